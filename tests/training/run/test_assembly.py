"""Starting a model from another variant, and what does not fit."""

import numpy as np
import pytest

from keras_colorize.models.registry import create_model
from tests.models.tiny import tiny_overrides
from training.run.assembly import take_over_weights
from training.run.assembly import train_layers_alone


def tiny(name):
    return create_model(name, **tiny_overrides(name))


def test_weights_of_another_variant_are_taken_over_by_path_and_shape(tmp_path):
    source = tiny("lite_resnet18")
    source.save_to_preset(tmp_path)
    model = tiny("lite")
    fresh = {v.path: np.asarray(v) for v in model.weights}
    taken = take_over_weights(model, tmp_path)
    others = {v.path: np.asarray(v) for v in source.weights}
    equal = [
        v.path
        for v in model.weights
        if v.path in others
        and others[v.path].shape == tuple(v.shape)
        and np.array_equal(others[v.path], np.asarray(v))
    ]
    assert len(equal) == taken
    assert "layer3_1_conv2/kernel" in equal
    assert "q_logits/kernel" in equal
    for variable in model.weights:
        if variable.path.startswith(("conv_stem/", "decoder32_in_conv/")):
            np.testing.assert_array_equal(variable, fresh[variable.path])


def test_a_preset_of_another_family_is_refused(tmp_path):
    tiny("unetpp_base").save_to_preset(tmp_path)
    with pytest.raises(ValueError, match="must be a variant of lite"):
        take_over_weights(tiny("lite"), tmp_path)


def test_only_the_named_layers_are_trained():
    model = create_model("lite", **tiny_overrides("lite"), takes_hints=True)
    train_layers_alone(model, ("hint_spread", "hint_change"))
    trained = {variable.path for variable in model.trainable_variables}
    assert trained == {
        *(f"hint_change/{name}" for name in ("kernel", "bias")),
        *(
            f"hint_spread/{name}_{kind}"
            for name in ("query", "key", "nothing")
            for kind in ("kernel", "bias")
        ),
        "hint_spread/nearness",
    }


def test_without_a_name_all_layers_stay_trained():
    model = tiny("lite_resnet18")
    before = len(model.trainable_variables)
    train_layers_alone(model, ())
    assert len(model.trainable_variables) == before


def test_layers_to_train_must_exist():
    with pytest.raises(ValueError, match="`train` must name layers of"):
        train_layers_alone(tiny("lite_resnet18"), ("hint_change",))
