"""The card of weights: what a person reads before using them."""

from keras_colorize.errors import ModelError
from keras_colorize.files import CARD_FILE
from keras_colorize.models import registry
from keras_colorize.presets import read_metadata

_NOT_STATED = "not stated; ask whoever trained them before you use them"


def model_card(facts):
    """Writes the card of a folder of weights, as the Hub shows it.

    Args:
        facts: dict, what its `metadata.json` says; see
            `Colorizer.save_to_preset`.

    Returns:
        str, Markdown with the Hub's YAML header.
    """
    name = facts["model"]
    license_of_weights = facts.get("license") or _NOT_STATED
    lines = [
        "---",
        "library_name: keras-colorize",
        "pipeline_tag: image-to-image",
        "tags: [colorization, keras]",
        # The Hub knows short names only; the text is below.
        "license: other",
        "license_name: see-card",
        "---",
        "",
        f"# {name}",
        "",
        f"Weights of `{name}`: colors for gray photos.{_source_of(facts)}",
        "",
        "```python",
        "from keras_colorize import load_pretrained",
        "",
        'model = load_pretrained("hf://OWNER/NAME")  # or the path of a folder',
        "colorized = model.colorize(image)  # uint8 (height, width, 3)",
        "```",
        "",
        "## Terms",
        "",
        f"- Weights: {license_of_weights}",
        f"- Training photos: {_training_data(facts)}",
        "- Code: Apache-2.0, https://pypi.org/project/keras-colorize",
        "",
        "## Scores",
        "",
        *_score_lines(facts.get("scores") or {}),
        "",
        "Colors are guesses: they are likely, not true.",
    ]
    return "\n".join(lines) + "\n"


def has_generated_card(folder):
    """Tells whether `model_card` wrote the card of a folder of weights.

    Args:
        folder: `pathlib.Path`.

    Returns:
        bool; False for a card that a person wrote or changed, and for none.
    """
    path = folder / CARD_FILE
    if not path.is_file():
        return False
    try:
        generated = model_card(read_metadata(folder))
    except (ModelError, KeyError, AttributeError):
        return False  # facts that no card was made of
    return path.read_bytes() == generated.encode()


def _source_of(facts):
    source = facts.get("architecture")
    if source is None and facts["model"] in registry.model_names():
        source = registry.get_spec(facts["model"]).source
    return f" Architecture: {source}." if source else ""


def _training_data(facts):
    return facts.get("training_data") or facts.get("dataset") or _NOT_STATED


def _score_lines(scores):
    if not scores:
        return ["Not measured."]
    rows = [f"| {key} | {value} |" for key, value in scores.items()]
    return ["| score | value |", "| --- | ---: |", *rows]
