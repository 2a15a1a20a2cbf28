"""Starting a model from another variant, and what does not fit."""

import numpy as np
import pytest

from keras_colorize.models.registry import create_model
from tests.models.tiny import tiny_overrides
from training.run.assembly import take_over_weights


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
