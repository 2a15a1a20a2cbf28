"""Every model on the backend that runs: it trains, and equals TensorFlow.

Under JAX or PyTorch one more process computes the same on TensorFlow.
"""

import functools
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest

from tests.backends import reference
from tests.models.tiny import distinct_models
from tests.models.tiny import has_effect

ROOT = pathlib.Path(__file__).parents[2]

every_model = pytest.mark.parametrize("name", distinct_models())
on_another_backend = pytest.mark.skipif(
    keras.backend.backend() == "tensorflow",
    reason="TensorFlow is what the other backends are compared with",
)

own_results = functools.cache(reference.results_of)


@pytest.fixture(scope="module")
def tensorflow_results(tmp_path_factory):
    file = tmp_path_factory.mktemp("tensorflow") / "results.npz"
    run = subprocess.run(
        [sys.executable, "-m", "tests.backends.reference", file],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    with np.load(file) as results:
        return dict(results)


def part(results, start):
    """Items of `results` whose key starts so, with the rest of the key."""
    return {
        key.removeprefix(start): value
        for key, value in results.items()
        if key.startswith(start)
    }


def assert_close(ours, theirs, tolerance):
    """Differences relative to the largest of the expected values."""
    assert ours.keys() == theirs.keys()
    for key, expected in theirs.items():
        difference = np.abs(ours[key] - expected).max()
        assert difference <= tolerance * np.abs(expected).max(), key


@every_model
def test_two_fit_steps_move_every_weight(name):
    results = own_results(name)
    assert results["loss"].shape == (reference.NUM_STEPS,)
    assert np.isfinite(results["loss"]).all()
    assert results["loss"][1] < results["loss"][0]
    for path, change in part(results, "moved/").items():
        assert change < 1, path
        assert change > 0 or not has_effect(name, path), path


@every_model
@on_another_backend
def test_outputs_equal_those_of_tensorflow(name, tensorflow_results):
    ours, theirs = own_results(name), part(tensorflow_results, f"{name}/")
    for key in ("output", "ab"):
        assert_close(part(ours, key), part(theirs, key), tolerance=1e-4)
    photos = ours["colorized"], theirs["colorized"]
    difference = np.abs(photos[0].astype(int) - photos[1])
    assert difference.max() <= 1
    assert np.ptp(photos[1].astype(int), axis=-1).max() > 0


@every_model
@on_another_backend
def test_fit_steps_equal_those_of_tensorflow(name, tensorflow_results):
    ours, theirs = own_results(name), part(tensorflow_results, f"{name}/")
    assert ours.keys() == theirs.keys()
    assert ours["loss"][0] == pytest.approx(theirs["loss"][0], rel=1e-4)
    assert_close(part(ours, "stat"), part(theirs, "stat"), tolerance=5e-3)
    # How far the loss falls tells whether the gradients agree. Weight by
    # weight they need not: in networks as small as these, one ReLU that
    # rounding opens or closes changes those before it by percents.
    fall, expected = -np.diff(ours["loss"]), -np.diff(theirs["loss"])
    np.testing.assert_allclose(fall, expected, rtol=0.03)
