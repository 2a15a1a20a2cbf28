"""The registry: names, overrides, and no Keras until a model is built."""

import dataclasses
import subprocess
import sys

import pytest

from keras_colorize.models import registry


def test_registered_twice_is_refused():
    spec = registry.get_spec("eccv16_small")
    with pytest.raises(ValueError, match="'eccv16_small' again"):
        registry.register(spec)


def test_names_are_sorted_and_say_their_family():
    names = registry.model_names()
    assert names == sorted(names)
    assert {"eccv16_base", "eccv16_small"} <= set(names)


def test_unknown_name_suggests_close_ones():
    with pytest.raises(ValueError, match="Did you mean eccv16_small"):
        registry.get_spec("eccv16_smal")
    with pytest.raises(ValueError, match="Registered models: .*eccv16_base"):
        registry.create_model("resnet")


def test_unknown_override_lists_the_allowed_ones():
    with pytest.raises(ValueError, match="fliters.*stackwise_filters"):
        registry.create_model("eccv16_small", fliters=3)


def test_override_changes_one_model_and_not_the_registry():
    filters = (4,) * 8
    model = registry.create_model("eccv16_small", stackwise_filters=filters)
    assert model.stackwise_filters == filters
    spec = registry.get_spec("eccv16_small")
    assert spec.config["stackwise_filters"] != filters


def test_rows_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        registry.get_spec("eccv16_small").params = 1


def test_listing_models_imports_no_keras():
    code = (
        "import sys; from keras_colorize import list_models;"
        "list_models(); sys.exit('keras' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
