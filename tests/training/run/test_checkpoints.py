import json
import os
import types

import keras
import numpy as np
import pytest

from keras_colorize.files import PART_PREFIX
from tests.kill_points import kill_at_each_point
from training.run.checkpoints import CheckpointError
from training.run.checkpoints import DamagedCheckpointError
from training.run.checkpoints import list_checkpoints
from training.run.checkpoints import read_newest
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


def test_other_names_and_files_are_no_checkpoints(tmp_path):
    save_checkpoint(tmp_path, numbers(7), {"step": 100_000_007})
    for name in (
        "step-zzz",
        "step-12",
        "step-00000001.old",
        "tmp-step-00000003",
    ):
        (tmp_path / name).mkdir()
    (tmp_path / "step-00000005").touch()
    save_checkpoint(tmp_path, numbers(1), {"step": 1})
    names = [path.name for path in list_checkpoints(tmp_path)]
    assert names == ["step-00000001", "step-100000007"]


def _cut(path):
    path.write_bytes(path.read_bytes()[:50])


def _flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)


def _without(*keys):
    def damage(path):
        state = json.loads(path.read_text())
        path.write_text(json.dumps({k: state[k] for k in state.keys() - keys}))

    return damage


_DAMAGES = {
    "arrays missing": ("state.npz", os.unlink),
    "arrays empty": ("state.npz", os.truncate),
    "arrays cut": ("state.npz", _cut),
    "arrays flipped": ("state.npz", _flip),
    "state missing": ("state.json", os.unlink),
    "state empty": ("state.json", os.truncate),
    "state cut": ("state.json", lambda path: os.truncate(path, 9)),
    "state binary": ("state.json", lambda path: path.write_bytes(b"\xff\xfe")),
    "state a list": ("state.json", lambda path: path.write_text("[]")),
    "state null": ("state.json", lambda path: path.write_text("null")),
    "no checksum": ("state.json", _without("sha256")),
    "no step": ("state.json", _without("step")),
    "text for a step": (
        "state.json",
        lambda path: path.write_text('{"sha256": "", "step": "2"}'),
    ),
    "of another step": (
        "state.json",
        lambda path: path.write_text('{"sha256": "", "step": 1}'),
    ),
}


@pytest.mark.parametrize("damage", _DAMAGES)
def test_damaged_checkpoint_is_told_and_the_one_before_it_taken(
    tmp_path, damage
):
    older = save_checkpoint(tmp_path, numbers(1), {"step": 1})
    newer = save_checkpoint(tmp_path, numbers(2), {"step": 2})
    name, change = _DAMAGES[damage]
    path = newer / name
    change(path, 0) if change is os.truncate else change(path)
    with pytest.raises(DamagedCheckpointError, match="is damaged: "):
        read_state(newer)
    told = []
    assert read_newest(tmp_path, told.append) == (older, {"step": 1})
    assert len(told) == 1 and told[0].startswith(f"{newer} is damaged")
    change(older / name, 0) if change is os.truncate else change(older / name)
    if damage != "of another step":
        with pytest.raises(CheckpointError, match="2 damaged. Put a copy"):
            read_newest(tmp_path, told.append)


def test_damaged_checkpoint_is_replaced_when_its_step_is_reached(tmp_path):
    save_checkpoint(tmp_path, numbers(1), {"step": 1})
    newer = save_checkpoint(tmp_path, numbers(2), {"step": 2})
    (newer / "state.npz").unlink()
    save_checkpoint(tmp_path, numbers(2), {"step": 2})
    assert read_newest(tmp_path, print) == (newer, {"step": 2})


def test_no_checkpoint_is_no_mistake(tmp_path):
    assert read_newest(tmp_path / "none", print) is None


def save_third_checkpoint(folder):
    for step in (1, 2):
        save_checkpoint(folder, numbers(step), {"step": step})
    yield
    save_checkpoint(folder, numbers(3), {"step": 3})


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is a POSIX signal")
def test_kill_at_any_point_of_a_save_leaves_a_whole_checkpoint(tmp_path):
    folders = kill_at_each_point(save_third_checkpoint, tmp_path)
    assert len(folders) > 15
    newest = []
    for folder in folders:
        checkpoint, state = read_newest(folder, pytest.fail)
        model = numbers(0)
        restore_variables(checkpoint, model)
        for variable in model.variables + model.optimizer.variables:
            np.testing.assert_array_equal(variable.value, state["step"])
        newest.append(state["step"])
        save_checkpoint(folder, numbers(4), {"step": 4})
        names = sorted(path.name for path in folder.iterdir())
        assert names == [f"step-0000000{state['step']}", "step-00000004"]
    # The former one up to the rename, the new one from there on.
    assert newest == sorted(newest) and set(newest) == {2, 3}


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


class Numbers:
    """A variable without TensorFlow, for processes that are forked."""

    def __init__(self, path, value):
        self.path, self.value = path, np.full((30, 50), value, np.float32)
        self.shape = self.value.shape

    def __array__(self, dtype=None, copy=None):
        return self.value

    def assign(self, value):
        self.value = value


def numbers(value):
    """A model and an optimizer that hold one number."""
    return types.SimpleNamespace(
        variables=[Numbers("a/kernel", value), Numbers("a/bias", value)],
        optimizer=types.SimpleNamespace(variables=[Numbers("m", value)]),
    )
