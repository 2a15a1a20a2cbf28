import dataclasses

import pytest

from keras_colorize.models.registry import get_spec
from training.choices import OUTPUT_KIND_OF_LOSS
from training.config import TrainConfig
from training.overrides import apply_overrides
from training.overrides import check_same_run
from training.overrides import config_to_json
from training.overrides import list_recipes
from training.overrides import load_recipe


@pytest.mark.parametrize("name", list_recipes())
def test_recipe_fits_a_registered_model(name):
    config = load_recipe(name)
    spec = get_spec(config.model)
    assert spec.output_kind == OUTPUT_KIND_OF_LOSS[config.loss]
    assert config.crop_size % spec.size_multiple == 0
    is_classifier = spec.output_kind == "q_logits"
    assert ("ab_decoder" in config.freeze) == is_classifier


def test_small_intel_recipes_differ_from_the_full_ones_in_width_only():
    for name in ("eccv16_intel", "eccv16_intel_l2"):
        full = load_recipe(name)
        small = load_recipe(f"{name}_small")
        assert small != full
        assert dataclasses.replace(small, model=full.model) == full


def test_intel_recipe_is_the_reported_experiment():
    config = load_recipe("eccv16_intel")
    assert config.labels == ("glacier", "mountain")
    assert (config.limit, config.batch_size, config.epochs) == (2000, 32, 30)
    assert (config.learning_rate, config.decay_factor) == (1e-3, 0.1)
    assert config.plateau_min_delta == 1e-4
    assert (config.num_neighbors, config.temperature) == (5, 0.38)


@pytest.mark.parametrize("name", list_recipes())
def test_recipe_docstring_says_where_it_comes_from_and_what_came_out(name):
    module = __import__(f"training.configs.{name}", fromlist=["get_config"])
    for heading in ("Source:", "Command:", "Hardware:", "Hours:", "Score:"):
        assert heading in module.__doc__
    assert f"--config {name} " in module.__doc__


def test_unknown_recipe_names_close_matches():
    with pytest.raises(ValueError, match="Did you mean eccv16_intel"):
        load_recipe("eccv16_intell")


@pytest.mark.parametrize(
    ("pair", "field", "value"),
    [
        ("batch_size=16", "batch_size", 16),
        ("learning_rate=3e-4", "learning_rate", 3e-4),
        ("flip=false", "flip", False),
        ("flip=Yes", "flip", True),
        ("limit=none", "limit", None),
        ("limit=25", "limit", 25),
        ("labels=glacier, mountain", "labels", ("glacier", "mountain")),
        ("labels=", "labels", ()),
        ("prior=runs/a=b.json", "prior", "runs/a=b.json"),
        ('model_overrides={"temperature": 1}', "model_overrides", None),
    ],
)
def test_override_is_read_by_the_type_of_its_field(pair, field, value):
    config = apply_overrides(TrainConfig(), [pair])
    value = {"temperature": 1} if value is None and field[0] == "m" else value
    assert getattr(config, field) == value
    assert type(getattr(config, field)) is type(value)


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("batch_sise=8", "Did you mean batch_size"),
        ("batch_size", "Expected key=value"),
        ("batch_size=many", "must be int. Received: batch_size=many"),
        ("batch_size=none", "must be int"),
        ("flip=maybe", "true or false"),
        ("model_overrides=[1]", "a JSON object"),
        ("loss=l3", "one of rebalanced_crossentropy, crossentropy, hybrid"),
        ("crop_size=999", "at most resize_short"),
        ("hint_stop_probability=0", "in \\(0, 1\\] or none"),
        ("min_scale=0", "above 0"),
        ("degradation=1.5", "in \\[0, 1\\]"),
        ("ema=1", "in \\(0, 1\\) or none"),
        ("prior=none", '"estimate" with loss'),
    ],
)
def test_override_mistake_is_explained(pair, message):
    with pytest.raises(ValueError, match=message):
        apply_overrides(TrainConfig(), [pair])


def test_run_may_be_continued_for_more_epochs_but_not_with_another_rate():
    config = TrainConfig()
    saved = config_to_json(config)
    check_same_run(dataclasses.replace(config, epochs=99), saved)
    with pytest.raises(ValueError, match="learning_rate: was 0.001, is now 1"):
        check_same_run(dataclasses.replace(config, learning_rate=1.0), saved)
    with pytest.raises(ValueError, match="labels: was .*, is now .*'sea'"):
        check_same_run(dataclasses.replace(config, labels=("sea",)), saved)
