"""Folders of weights: what is in the box, and one verb that loads them."""

import json

import numpy as np
import onnx
import pytest
import skimage.data
import yaml
from keras import ops

from keras_colorize import ColorizeSession
from keras_colorize import files
from keras_colorize import list_models
from keras_colorize import load_pretrained
from keras_colorize import presets
from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.color.difference import delta_e_2000
from keras_colorize.color.luminance import keep_lightness
from keras_colorize.errors import ModelError
from keras_colorize.errors import SettingError
from keras_colorize.exporters.loading import load_for_export
from keras_colorize.exporters.precision import copy_in_float32
from keras_colorize.models import registry
from keras_colorize.models.full_size import usual_network_size
from keras_colorize.serving.options import ColorizeOptions
from tests.helpers import textured_photo
from tests.models.tiny import tiny_overrides

# Share of pixels where float32 rounding may fall on different sides of a half.
MAX_SHARE = 1e-3
# Weights that see photos at another size than other weights of their name.
OF_A_SIZE_OF_THEIR_OWN = [
    weights.name
    for weights in presets.list_shipped()
    if presets.read_metadata(weights.folder)["network_size"]
    != registry.get_spec(weights.model).input_size
]


def test_shipped_weights_are_listed_by_name(ship):
    ship("eccv16_small", "photos", is_default=True)
    ship("eccv16_l2_small", "photos")
    names = [w.name for w in presets.list_shipped()]
    assert names == ["eccv16_l2_small.photos", "eccv16_small.photos"]


def test_model_name_means_its_default_weights(ship):
    ship("eccv16_small", "aerial")
    ship("eccv16_small", "photos", is_default=True)
    assert presets.find_shipped("eccv16_small").tag == "photos"
    assert presets.find_shipped("eccv16_small.aerial").tag == "aerial"


def test_model_name_without_a_default_means_the_first(ship):
    ship("eccv16_small", "photos")
    ship("eccv16_small", "aerial")
    assert presets.find_shipped("eccv16_small").tag == "aerial"


def test_unknown_name_lists_close_matches_and_all_names(ship):
    ship("eccv16_small", "photos")
    with pytest.raises(SettingError) as error:
        presets.find_onnx("eccv16_smal")
    assert "Did you mean eccv16_small" in str(error.value)
    assert "Expected one of eccv16_small, eccv16_small.photos" in str(
        error.value
    )


def test_registered_model_without_weights_is_not_called_unknown(ship):
    ship("eccv16_small", "photos")
    for load in (presets.find_onnx, load_pretrained):
        with pytest.raises(SettingError, match="comes without weights.*export"):
            load("eccv16_base")


def test_tampered_file_is_refused(ship):
    folder = ship("eccv16_small", "photos")
    path = presets.find_onnx("eccv16_small")
    assert path == folder / "model.onnx"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match="damaged or was changed.*SHA-256"):
        presets.find_onnx("eccv16_small")


def test_missing_file_is_refused(ship):
    (ship("eccv16_small", "photos") / "model.onnx").unlink()
    with pytest.raises(ModelError, match="missing in .*Install"):
        presets.find_onnx("eccv16_small")


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "7", "null", '[["model", "a"]]', "\xff"),
        *('{"model": "eccv16_small"}', '{"model": 7, "tag": "photos"}'),
        '{"model": "a", "tag": "b", "sha256": [["model.onnx", "0"]]}',
        '{"model": "a", "tag": "b", "sha256": {"model.onnx": 7}}',
        '{"model": "a", "tag": "b", "sha256": {}, "default": "no"}',
    ],
)
def test_damaged_metadata_is_refused(ship, text):
    path = ship("eccv16_small", "photos") / "metadata.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(ModelError, match="must be a JSON object"):
        presets.list_shipped()


@pytest.mark.parametrize(
    "shipped", presets.list_shipped(), ids=lambda shipped: shipped.name
)
def test_weights_in_the_box_are_the_ones_that_were_put_there(shipped):
    presets.verify_checksum(shipped, presets.ONNX_FILE, *presets.KERAS_FILES)
    metadata = json.loads((shipped.folder / "metadata.json").read_text("utf-8"))
    assert shipped.folder.name == f"{metadata['model']}.{metadata['tag']}"
    assert (shipped.folder / "README.md").is_file()


@pytest.mark.parametrize(
    "shipped", presets.list_shipped(), ids=lambda shipped: shipped.name
)
def test_onnx_file_in_the_box_says_what_its_folder_says(shipped):
    metadata = json.loads((shipped.folder / "metadata.json").read_text("utf-8"))
    facts = ColorizeSession(shipped.name, num_threads=1).contract.facts
    for key in ("license", "training_data", "weights_version"):
        assert facts[key] == metadata[key]
    assert facts["weights"] == shipped.tag
    assert facts["weights_sha256"] == shipped.sha256["model.weights.h5"]
    source = registry.get_spec(shipped.model).source
    assert facts["source"] == metadata.get("architecture", source)
    assert facts["contract"].startswith("image: uint8 (batch, height, width, 3")
    # Where tools look that know nothing of this package.
    model = onnx.load(shipped.folder / presets.ONNX_FILE)
    assert model.doc_string.startswith("Colorizes gray photos: ")
    assert facts["contract"] in model.doc_string
    assert f"License: {metadata['license']}" in model.doc_string
    assert str(model.model_version) == metadata["weights_version"]


def test_changed_architecture_of_keras_weights_is_refused(ship):
    folder = ship("eccv16_small", "photos")
    metadata = json.loads((folder / "metadata.json").read_text())
    (folder / "config.json").write_text("{}")
    metadata["sha256"]["config.json"] = files.sha256_of(folder / "config.json")
    (folder / "metadata.json").write_text(json.dumps(metadata))
    presets.verify_checksum(presets.find_shipped("eccv16_small"), "config.json")
    (folder / "config.json").write_text("{ }")
    with pytest.raises(ModelError, match=r"config\.json is damaged or was"):
        load_pretrained("eccv16_small")


COLORIZER = "keras_colorize.models.eccv16.colorizer"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "must be a JSON object"),
        ("[1]", "must be a JSON object"),
        ("{}", "names a class of keras_colorize"),
        ('{"module": 7}', "names a class of keras_colorize"),
        ('{"module": "os", "class_name": "system"}', "module='os'"),
        ('{"module": "keras_colorize.nix"}', "does not describe a model"),
        (f'{{"module": "{COLORIZER}"}}', "does not describe a model"),
        (
            '{"module": "keras_colorize.layers.annealed_mean", '
            '"class_name": "AnnealedMean", "config": {"bins": [[0, 0]]}}',
            "names a Colorizer. Received: 'AnnealedMean'",
        ),
        (
            f'{{"module": "{COLORIZER}", "class_name": "ECCV16Colorizer", '
            '"registered_name": "keras_colorize>ECCV16Colorizer", '
            '"config": {"stackwise_filters": "many"}}',
            "does not describe a model",
        ),
    ],
)
def test_folders_that_describe_no_model_are_refused(tmp_path, text, words):
    (tmp_path / "config.json").write_text(text)
    (tmp_path / "model.weights.h5").write_text("no weights")
    with pytest.raises(ModelError, match=words):
        load_pretrained(tmp_path)


def test_file_of_weights_that_is_none_is_refused(tmp_path):
    tiny("unetpp_base").save_to_preset(tmp_path / "mine")
    (tmp_path / "mine" / "model.weights.h5").write_text("no weights")
    with pytest.raises(ModelError, match="damaged or was changed.*on purpose"):
        load_pretrained(tmp_path / "mine")
    (tmp_path / "mine" / "metadata.json").unlink()
    with pytest.raises(ValueError, match="does not hold weights of unetpp"):
        load_pretrained(tmp_path / "mine")


@pytest.mark.parametrize("name", ["mine.weights (1).h5", "mine.h5", "mine"])
def test_weights_of_another_name_say_how_they_must_be_called(tmp_path, name):
    model = tiny("unetpp_base")
    model.save_weights(tmp_path / "mine.weights.h5")
    (tmp_path / "mine.weights.h5").rename(tmp_path / name)
    with pytest.raises(ValueError, match=r"end in \.weights\.h5: rename it"):
        model.load_weights(tmp_path / name)


def test_a_folder_is_loaded_by_the_same_verb(ship, tmp_path):
    ship("eccv16_small", "photos")
    model = tiny("eccv16_small")
    folder = tmp_path / "mine"
    model.save_to_preset(folder, {"license": "test"})
    assert presets.read_metadata(folder)["license"] == "test"
    for given in (folder, str(folder)):
        again = load_pretrained(given)
        assert again.get_config() == model.get_config()
        for got, want in zip(again.weights, model.weights, strict=True):
            np.testing.assert_array_equal(
                ops.convert_to_numpy(got), ops.convert_to_numpy(want)
            )


def test_a_name_in_the_box_wins_over_a_folder_called_like_it(
    ship, tmp_path, monkeypatch
):
    ship("eccv16_small", "photos")
    monkeypatch.chdir(tmp_path)
    tiny("unetpp_base").save_to_preset("eccv16_small")
    with pytest.raises(ModelError, match="should come with config.json"):
        load_pretrained("eccv16_small")
    assert load_pretrained("./eccv16_small").name == "unetpp_base"


def test_models_are_listed_by_pattern_and_by_weights_in_the_box(ship):
    ship("eccv16_small", "photos")
    ship("eccv16_small", "aerial")
    ship("lite", "photos")
    assert list_models() == registry.model_names()
    every_eccv16 = list_models("eccv16*")
    assert "eccv16_base" in every_eccv16
    assert all(name.startswith("eccv16") for name in every_eccv16)
    assert list_models(pretrained=True) == ["eccv16_small", "lite"]
    assert list_models(filter="eccv16*", pretrained=True) == ["eccv16_small"]
    assert list_models("absent*") == []


def tiny(name):
    return registry.create_model(name, **tiny_overrides(name))


def keras_function(name, network_size):
    """The serving graph: photo to photo, uint8 (H, W, 3)."""
    from keras_colorize.exporters.serving_graph import build_serving_graph

    graph = build_serving_graph(load_pretrained(name), network_size)
    return lambda photo: graph.serve(photo[None]).numpy()[0]


def assert_same_pixels(got, expected, max_share):
    difference = np.abs(got.astype(int) - expected)
    assert difference.max() <= 1
    assert (difference.max(axis=-1) > 0).mean() <= max_share
    assert_has_color(got)


def assert_has_color(photo):
    assert np.ptp(photo.astype(int), axis=-1).max() > 10


def alone(session, image):
    """What the file gives; `colorize_array` would raise the contrast first."""
    return session.colorize_checked(image, ColorizeOptions())


def test_keras_and_a_float_file_color_a_photo_alike():
    image = textured_photo(90, 140)
    got = alone(ColorizeSession("eccv16_small"), image)
    expected = keras_function("eccv16_small", 128)(image)
    assert_same_pixels(got, expected, MAX_SHARE)


def test_int8_keeps_the_colors_of_keras():
    session = ColorizeSession("lite")
    assert session.contract.facts["precision"] == "int8"
    photos = (
        textured_photo(90, 140),
        skimage.data.coffee(),
        skimage.data.chelsea(),
    )
    serve = keras_function("lite", 256)
    means = []
    for photo in photos:
        expected = keep_lightness(photo, serve(photo))
        got = alone(session, photo)
        labs = [rgb_to_lab(x / np.float32(255)) for x in (expected, got)]
        means.append(float(ops.mean(delta_e_2000(*labs))))
        assert_has_color(got)
    # CIEDE2000 of about 1 is just noticeable; seen: 0.15 and 0.19.
    assert np.mean(means) < 0.25
    assert max(means) < 0.35


@pytest.mark.parametrize("name", OF_A_SIZE_OF_THEIR_OWN)
def test_weights_in_the_box_see_photos_at_the_size_that_they_say(name):
    session = ColorizeSession(name)
    size = session.contract.network_size
    model = load_pretrained(name)
    assert usual_network_size(model) == size
    photo = textured_photo(90, 140)
    expected = alone(session, photo).astype(int)
    difference = np.abs(model.colorize(photo) - expected)
    assert difference.mean() < 1.0  # of 255; the file may be int8
    model.network_size = size + 96
    other = np.abs(model.colorize(photo) - expected)
    assert other.mean() > 2 * difference.mean()


def test_a_network_size_stays_with_the_model(tmp_path):
    model = tiny("eccv16_small")
    model.save_to_preset(tmp_path / "one")
    assert "network_size" not in presets.read_metadata(tmp_path / "one")
    assert usual_network_size(load_pretrained(tmp_path / "one")) == 128
    model.save_to_preset(tmp_path / "two", {"network_size": 24})
    again = load_pretrained(tmp_path / "two")
    assert usual_network_size(again) == 24
    again.save_to_preset(tmp_path / "three")
    again.save(tmp_path / "four.keras")
    assert presets.read_metadata(tmp_path / "three")["network_size"] == 24
    config = json.loads((tmp_path / "three/config.json").read_text())
    assert "network_size" not in config["config"]  # it is said once
    for name in ("three", "four.keras"):
        loaded, _ = load_for_export("eccv16_small", tmp_path / name)
        assert usual_network_size(copy_in_float32(loaded)) == 24
    photo = textured_photo(33, 47)
    np.testing.assert_array_equal(
        again.colorize(photo), again.colorize(photo, network_size=24)
    )


@pytest.mark.parametrize("size", [20, 0, -8, "24", 24.0])
def test_a_network_size_that_does_not_fit_is_refused(size, tmp_path):
    model = tiny("eccv16_small")
    with pytest.raises(ValueError, match="positive multiple of 8"):
        model.save_to_preset(tmp_path / "new", {"network_size": size})
    assert not (tmp_path / "new").exists()
    model.save_to_preset(tmp_path)
    facts = presets.read_metadata(tmp_path)
    files.write_json(
        tmp_path / "metadata.json", {**facts, "network_size": size}
    )
    with pytest.raises(ModelError, match="metadata.json: .*multiple of 8"):
        load_pretrained(tmp_path)


@pytest.mark.parametrize(
    "precision", [pytest.param("fp32", marks=pytest.mark.slow), "fp16"]
)
def test_float_exports_of_the_default_model_are_those_of_keras(
    precision, tmp_path
):
    from keras_colorize.exporters.onnx import export_onnx

    path = tmp_path / "lite.onnx"
    export_onnx(load_pretrained("lite"), path, precision=precision)
    image = textured_photo(90, 140)
    got = alone(ColorizeSession(path), image)
    assert_same_pixels(got, keras_function("lite", 256)(image), MAX_SHARE)


def test_default_model_is_light_and_comes_with_its_card():
    weights = presets.find_shipped(presets.DEFAULT_MODEL)
    assert weights.model == "lite"
    for name, limit in (("model.onnx", 9.3e6), ("model.weights.h5", 16e6)):
        assert (weights.folder / name).stat().st_size <= limit
    card = (weights.folder / "README.md").read_text(encoding="utf-8")
    for heading in ("Data and terms", "Recipe", "Scores", "Limits"):
        assert f"## {heading}" in card


@pytest.mark.parametrize(
    ("license", "terms"),
    [
        ("Research use. Trained on photos under …", "research use"),
        ("Research use.", "research use"),
        ("CC0-1.0. Trained on photos that …", "CC0-1.0"),
        ("Apache-2.0. Trained on photos that …", "Apache-2.0"),
        ("", "not stated"),
    ],
)
def test_terms_are_the_first_sentence_of_the_license(license, terms):
    assert presets.terms_of({"license": license}) == terms
    assert presets.terms_of({}) == "not stated"


# === What a preset says, and what a class has ===


def test_one_verb_takes_names_and_folders(tmp_path):
    from keras_colorize.models.colorizer import Colorizer
    from keras_colorize.models.eccv16.colorizer import ECCV16Colorizer
    from keras_colorize.models.lite.colorizer import LiteColorizer

    model = ECCV16Colorizer.from_preset("eccv16_small")
    assert type(model) is type(load_pretrained("eccv16_small.photos"))
    with pytest.raises(ModelError, match="Expected a preset of LiteColorizer"):
        LiteColorizer.from_preset("eccv16_small")
    with pytest.raises(SettingError, match="Did you mean eccv16_small"):
        Colorizer.from_preset("eccv16_smal")


def test_a_class_knows_its_weights_in_the_box():
    from keras_colorize.models.colorizer import Colorizer
    from keras_colorize.models.lite.colorizer import LiteColorizer

    names = [weights.name for weights in presets.list_shipped()]
    assert sorted(Colorizer.presets) == names
    assert all(name.startswith("lite") for name in LiteColorizer.presets)
    facts = LiteColorizer.presets["lite.photos"]
    assert facts == presets.read_metadata(
        presets.find_shipped("lite.photos").folder
    )


@pytest.mark.parametrize(
    "shipped", presets.list_shipped(), ids=lambda shipped: shipped.name
)
def test_weights_of_other_settings_than_their_name_has_say_what_they_are(
    shipped,
):
    spec = registry.get_spec(shipped.model)
    model = load_pretrained(shipped.name)
    weights = [*model.trainable_weights, *model.constant_weights]
    is_changed = sum(np.prod(w.shape) for w in weights) != spec.params
    metadata = presets.read_metadata(shipped.folder)
    assert ("architecture" in metadata) == is_changed


def test_an_architecture_of_its_own_is_on_card_and_file(tmp_path):
    model = registry.create_model(
        "autoencoder_32", **tiny_overrides("autoencoder_32")
    )
    architecture = "this project: a narrow one"
    model.save_to_preset(tmp_path, {"architecture": architecture})
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert f"Architecture: {architecture}." in card
    _, described = load_for_export("autoencoder_32", tmp_path)
    assert described["source"] == architecture


def test_the_card_of_a_preset_says_its_terms_and_scores(tmp_path):
    model = tiny("unetpp_base")
    model.save_to_preset(
        tmp_path,
        {
            "license": "CC BY 4.0",
            "training_data": "my garden",
            "scores": {"PSNR dB": 24.5},
        },
    )
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    header, _, text = card.removeprefix("---\n").partition("---\n")
    header = yaml.safe_load(header)
    assert header["library_name"] == "keras-colorize"
    assert header["license"] == "other"
    for words in ("CC BY 4.0", "my garden", "| PSNR dB | 24.5 |", "UNet++"):
        assert words in text
    code = text.partition("```python\n")[2].partition("```")[0]
    code = code.replace("hf://OWNER/NAME", str(tmp_path))
    image = textured_photo(9, 12)
    names = {"image": image}
    exec(code, names)
    assert names["colorized"].shape == image.shape


def test_a_card_of_unknown_terms_says_so_and_a_written_one_is_kept(tmp_path):
    tiny("unetpp_base").save_to_preset(tmp_path / "one")
    card = tmp_path / "one" / "README.md"
    assert "Weights: not stated; ask whoever trained" in card.read_text()
    assert "Not measured." in card.read_text()
    card.write_text("Mine.")
    tiny("unetpp_base").save_to_preset(tmp_path / "one")
    assert card.read_text() == "Mine."


def test_a_card_that_nobody_changed_is_made_anew(tmp_path):
    model, card = tiny("unetpp_base"), tmp_path / "README.md"
    model.save_to_preset(tmp_path, {"license": "CC BY 4.0"})
    model.save_to_preset(tmp_path, {"license": "research use only"})
    assert "Weights: research use only" in card.read_text()
    assert "CC BY 4.0" not in card.read_text()
    changed = card.read_text() + "My words.\n"
    card.write_text(changed)
    model.save_to_preset(tmp_path, {"license": "CC0"})
    assert card.read_text() == changed
    (tmp_path / "metadata.json").write_text("damaged")  # whose card is it?
    model.save_to_preset(tmp_path, {"license": "CC BY 4.0"})
    assert card.read_text() == changed


def test_a_preset_of_a_model_in_training_is_no_training(tmp_path):
    model = tiny("unetpp_base")
    model.compile(optimizer="adam", loss="mse")
    model.save_to_preset(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    assert "compile_config" not in config
    assert not load_pretrained(tmp_path).compiled
