import keras
import numpy as np
import pytest

from keras_colorize.files import PART_PREFIX
from training.run.checkpoints import CheckpointError
from training.run.checkpoints import list_checkpoints
from training.run.checkpoints import read_state
from training.run.checkpoints import restore_variables
from training.run.checkpoints import save_checkpoint


def test_checkpoint_brings_back_model_and_optimizer(tmp_path):
    trained = make_model(seed=1)
    trained.fit(np.ones((6, 3)), np.ones((6, 2)), epochs=2, verbose=0)
    save_checkpoint(tmp_path, trained, {"step": 2, "note": "x"})
    fresh = make_model(seed=2)
    (checkpoint,) = list_checkpoints(tmp_path)
    restore_variables(checkpoint, fresh)
    assert read_state(checkpoint) == {"step": 2, "note": "x"}
    assert int(fresh.optimizer.iterations) == 2
    for a, b in zip(variables(trained), variables(fresh), strict=True):
        np.testing.assert_array_equal(a, b)


def test_only_the_last_two_checkpoints_are_kept(tmp_path):
    model = make_model()
    for step in (9, 10, 200):
        save_checkpoint(tmp_path, model, {"step": step})
    names = [path.name for path in list_checkpoints(tmp_path)]
    assert names == ["step-00000010", "step-00000200"]


def test_what_a_kill_left_half_written_is_ignored_and_removed(tmp_path):
    leftover = tmp_path / f"{PART_PREFIX}1234.part"
    leftover.mkdir()
    (leftover / "state.npz").write_bytes(b"half")
    assert list_checkpoints(tmp_path) == []
    save_checkpoint(tmp_path, make_model(), {"step": 1})
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000001"]


def test_damaged_checkpoint_is_refused(tmp_path):
    checkpoint = save_checkpoint(tmp_path, make_model(), {"step": 1})
    with open(checkpoint / "state.npz", "r+b") as file:
        file.seek(200)
        file.write(b"\xff\xff")
    with pytest.raises(CheckpointError, match="is damaged.*Delete"):
        read_state(checkpoint)


def test_weights_that_are_not_finite_are_not_saved(tmp_path):
    model = make_model()
    model.weights[0].assign(np.full((3, 2), np.nan))
    with pytest.raises(FloatingPointError, match="NaN"):
        save_checkpoint(tmp_path, model, {"step": 1})
    assert list(tmp_path.iterdir()) == []


def test_checkpoint_of_another_model_is_refused_and_changes_nothing(tmp_path):
    checkpoint = save_checkpoint(tmp_path, make_model(units=2), {"step": 1})
    other = make_model(units=4)
    before = variables(other)
    with pytest.raises(CheckpointError, match=r"shape \(3, 4\), saved \(3, 2"):
        restore_variables(checkpoint, other)
    with pytest.raises(CheckpointError, match="variables are on one side"):
        restore_variables(checkpoint, make_model(optimizer="sgd"))
    for a, b in zip(before, variables(other), strict=True):
        np.testing.assert_array_equal(a, b)


def make_model(units=2, seed=0, optimizer="adam"):
    inputs = keras.Input((3,))
    initializer = keras.initializers.GlorotUniform(seed=seed)
    outputs = keras.layers.Dense(
        units, kernel_initializer=initializer, name="dense"
    )(inputs)
    model = keras.Model(inputs, outputs)
    classes = {"adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD}
    model.compile(classes[optimizer](name="optimizer"), loss="mse")
    model.optimizer.build(model.trainable_variables)
    return model


def variables(model):
    return [np.array(v) for v in [*model.variables, *model.optimizer.variables]]
