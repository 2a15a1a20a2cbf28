import json
import operator
import pathlib

import pytest

from training.config import TrainConfig
from training.config import changed
from training.overrides import apply_overrides
from training.overrides import check_same_run
from training.overrides import config_from_json
from training.overrides import config_to_json
from training.overrides import list_recipes
from training.overrides import load_recipe

# The `config.json` of seven recipes as runs wrote it while it was flat; of
# `lite_semantic` with the encoder that `lite` had then.
FLAT_CONFIGS = json.loads(
    (pathlib.Path(__file__).parent / "flat_configs.json").read_text()
)


def test_unknown_recipe_names_close_matches():
    with pytest.raises(ValueError, match="Did you mean eccv16_intel"):
        load_recipe("eccv16_intell")


@pytest.mark.parametrize(
    ("pair", "value"),
    [
        ("epochs=16", 16),
        ("data.batch_size=16", 16),
        ("data.crop_size=96", (96, 96)),
        ("data.crop_size=96,128", (96, 128)),
        ("optimizer.learning_rate=3e-4", 3e-4),
        ("data.flip=false", False),
        ("data.flip=Yes", True),
        ("data.limit=none", None),
        ("data.limit=25", 25),
        ("data.labels=glacier, mountain", ("glacier", "mountain")),
        ("data.labels=", ()),
        ("data.hints=none", None),
        ("data.hints.stop_probability=0.25", 0.25),
        ("data.degradation.jpeg_quality=20,30", (20, 30)),
        ("loss.prior=runs/a=b.json", "runs/a=b.json"),
        ('model.overrides={"temperature": 1}', {"temperature": 1}),
    ],
)
def test_override_is_read_by_the_type_of_its_field(pair, value):
    config = apply_overrides(TrainConfig(), [pair])
    read = operator.attrgetter(pair.partition("=")[0])(config)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("data.batch_sise=8", "Did you mean data.batch_size"),
        ("learning_rat=8", "Did you mean optimizer.learning_rate"),
        ("crop_size=160", "It is 'data.crop_size' now"),
        ("model=lite", "It is 'model.name' now"),
        ("data.output_stride=1", "There is no configuration key"),
        ("data.batch_size", "Expected key=value"),
        (
            "data.batch_size=many",
            "must be int. Received: data.batch_size=many",
        ),
        ("data.batch_size=none", "must be int"),
        ("data.flip=maybe", "true or false"),
        ("model.overrides=[1]", "a JSON object"),
        ("data.hints=7", "a JSON object"),
        ("loss.name=l3", "one of rebalanced_crossentropy, crossentropy, hyb"),
        ("data.crop_size=999", "at most resize_short"),
        ("data.hints.stop_probability=0", "in \\(0, 1\\]"),
        ("data.min_scale=0", "in \\(0, inf\\)"),
        ("data.degradation.probability=1.5", "in \\[0, 1\\]"),
        ("optimizer.ema=1", "in \\(0, 1\\) or none"),
        ("loss.prior=none", '"estimate" with loss'),
        ("schedule.name=steps", "at least 1 with schedule"),
    ],
)
def test_override_mistake_is_explained(pair, message):
    with pytest.raises(ValueError, match=message):
        apply_overrides(TrainConfig(), [pair])


def test_run_may_be_continued_for_more_epochs_but_not_with_another_rate():
    config = TrainConfig()
    saved = config_to_json(config)
    check_same_run(changed(config, epochs=99, samples={"count": 0}), saved)
    faster = changed(config, optimizer={"learning_rate": 1.0})
    with pytest.raises(
        ValueError, match="optimizer.learning_rate: was 0.001, is now 1"
    ):
        check_same_run(faster, saved)
    elsewhere = changed(config, data={"labels": ("sea",)})
    with pytest.raises(ValueError, match="data.labels: was .*, is now .*'sea'"):
        check_same_run(elsewhere, saved)
    hinted = changed(config, data={"hints": {}})
    with pytest.raises(ValueError, match="stop_probability: was None"):
        check_same_run(hinted, saved)


@pytest.mark.parametrize("name", list_recipes())
def test_configuration_survives_its_file(name):
    text = config_to_json(load_recipe(name))
    assert config_to_json(config_from_json(text)) == text


@pytest.mark.parametrize("name", FLAT_CONFIGS)
def test_run_with_a_flat_configuration_can_be_continued(name):
    recipe, flat = load_recipe(name), FLAT_CONFIGS[name]
    text = json.dumps(flat)
    assert config_to_json(config_from_json(text)) == config_to_json(recipe)
    check_same_run(recipe, text)
    with pytest.raises(ValueError, match="loss.sigma: was 7.5, is now 5.0"):
        check_same_run(recipe, json.dumps(flat | {"sigma": 7.5}))


def test_a_run_from_before_a_field_existed_can_be_continued():
    config = TrainConfig()
    saved = json.loads(config_to_json(config))
    del saved["schedule"]["decay_share"]
    check_same_run(config, json.dumps(saved))
    other = changed(config, schedule={"decay_share": 0.25})
    with pytest.raises(ValueError, match="decay_share: was 0.5, is now 0.25"):
        check_same_run(other, json.dumps(saved))
