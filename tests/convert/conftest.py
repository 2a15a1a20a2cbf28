"""Releases of models small enough for tests, and checkpoints of them."""

import dataclasses

import numpy as np
import pytest
from keras import ops

from keras_colorize.convert import checkpoint
from keras_colorize.convert.checkpoint import RELEASES
from keras_colorize.models.registry import create_model
from tests.models.tiny import tiny_overrides


def tiny_release(name):
    """The release of a model with few filters: same key map."""
    release = RELEASES[name]
    overrides = {**release.overrides, **tiny_overrides(name)}
    return dataclasses.replace(release, overrides=overrides)


def state_of(model, release):
    """What PyTorch would have saved of a model: the inverse of a conversion."""
    state = {}
    for variable in model.weights:
        key = release.key_of(variable)
        value = ops.convert_to_numpy(variable) / release.scales.get(key, 1.0)
        if value.ndim == 2:
            value = value[None, None]
        if value.ndim == 4:
            value = value.transpose(3, 2, 0, 1)
        state[key] = np.ascontiguousarray(value)
        if key.endswith("running_var"):
            counter = key.replace("running_var", "num_batches_tracked")
            state[counter] = np.array(7.0, "float32")
    return state


@pytest.fixture(params=["eccv16_base", "siggraph17_base"])
def release(request):
    return tiny_release(request.param)


@pytest.fixture
def model(release):
    return create_model(release.model, **release.overrides)


@pytest.fixture
def state(model, release):
    """Checkpoint of other random weights than those of `model`."""
    rng = np.random.default_rng(0)
    return {
        key: rng.uniform(0.1, 1.0, value.shape).astype("float32")
        for key, value in state_of(model, release).items()
    }


@pytest.fixture
def tiny_releases(monkeypatch):
    """Makes `import_checkpoint` build tiny models."""
    releases = {name: tiny_release(name) for name in RELEASES}
    monkeypatch.setattr(checkpoint, "RELEASES", releases)
    return releases
