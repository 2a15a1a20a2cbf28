"""Key maps: all of a checkpoint becomes all of a model, or nothing."""

import dataclasses

import numpy as np
import pytest
from keras import ops

from keras_colorize.convert import checkpoint
from keras_colorize.convert.checkpoint import RELEASES
from keras_colorize.convert.checkpoint import import_checkpoint
from keras_colorize.convert.release import load_release
from tests.convert.conftest import state_of
from tests.synthetic_weights import state_dict_shapes


def weights_of(model):
    return [ops.convert_to_numpy(w).copy() for w in model.weights]


def test_every_tensor_arrives(model, state, release):
    load_release(model, state, release)
    again = state_of(model, release)
    tensors = [key for key in state if "num_batches" not in key]
    assert len(tensors) == len(model.weights)
    for key in tensors:
        np.testing.assert_allclose(again[key], state[key], rtol=1e-6)


def test_the_map_names_the_modules_of_the_release(release):
    shapes = state_dict_shapes(release.model.split("_")[0])
    assert release.recognizes(shapes)
    assert len(set(release.layers.values())) == len(release.layers)
    others = [r for r in RELEASES.values() if r.model != release.model]
    assert not any(other.recognizes(shapes) for other in others)


def test_eccv16_brings_its_temperature_and_its_unit():
    release = RELEASES["eccv16_base"]
    assert release.overrides == {"temperature": 1.0}
    assert release.scales == {"model_out.weight": 110.0}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("model3.2.bias"), r"Missing: model3\.2\.bias\."),
        (
            lambda s: s.update({"head.weight": np.zeros(3)}),
            r"Missing: nothing\. Unexpected: head\.weight\.",
        ),
        (
            lambda s: s.update({"model1.0.bias": np.zeros(3)}),
            r"differ.*: model1\.0\.bias \(3,\) instead of \(4,\)",
        ),
        (
            lambda s: s.update(
                {"model2.0.weight": s["model2.0.weight"].transpose(2, 3, 1, 0)}
            ),
            r"differ.*: model2\.0\.weight \(4, 6, 3, 3\) instead of "
            r"\(3, 3, 4, 6\)",
        ),
        (lambda s: s.clear(), r"Missing: .*, .*, .* and \d+ more"),
    ],
    ids=["missing", "unexpected", "shape", "layout", "empty"],
)
def test_a_checkpoint_that_does_not_fit_changes_nothing(
    model, state, release, change, message
):
    before = weights_of(model)
    change(state)
    with pytest.raises(ValueError, match=message) as error:
        load_release(model, state, release)
    assert f"does not fit {release.model}" in str(error.value)
    for old, new in zip(before, weights_of(model), strict=True):
        np.testing.assert_array_equal(new, old)


def test_a_layer_without_a_row_is_reported(model, state, release):
    layers = {k: v for k, v in release.layers.items() if k != "stack4_norm"}
    with pytest.raises(ValueError, match="no row for .*stack4_norm/gamma"):
        load_release(model, state, dataclasses.replace(release, layers=layers))


def test_the_checkpoint_of_another_model_is_named(
    monkeypatch, tiny_releases, state, release
):
    monkeypatch.setattr(checkpoint, "read_state_dict", lambda path: state)
    model = import_checkpoint("file.pth", release.model)
    assert model.name == release.model
    for other in set(RELEASES) - {release.model}:
        message = f"holds weights of {release.model}"
        with pytest.raises(ValueError, match=message):
            import_checkpoint("file.pth", other)


def test_a_model_without_a_published_checkpoint_is_refused():
    with pytest.raises(
        ValueError, match=r"Known: .*eccv16_base \(color.*pth\)"
    ):
        import_checkpoint("file.pth", "eccv16_small")
