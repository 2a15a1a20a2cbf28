"""A model thin enough to export in seconds, and its export."""

import dataclasses

import numpy as np
import pytest

NETWORK_SIZE = 24


def make_thin_model(name="thin", **arguments):
    """ECCV16 with 3 filters a layer; no bias or statistic is left at 0 or 1."""
    from keras_colorize.models.eccv16.colorizer import ECCV16Colorizer

    model = ECCV16Colorizer((3,) * 8, name=name, **arguments)
    rng = np.random.default_rng(8)
    model.set_weights(
        [
            w + rng.uniform(0.0, 0.3, w.shape) if w.ndim == 1 else w
            for w in model.get_weights()
        ]
    )
    return model


@pytest.fixture(scope="session")
def thin_model():
    return make_thin_model()


@pytest.fixture(scope="session")
def thin_graph(thin_model):
    from keras_colorize.serving.graph import build_serving_graph

    return build_serving_graph(thin_model, NETWORK_SIZE)


@pytest.fixture
def thin_spec(monkeypatch):
    """Registers `eccv16_thin` for one test."""
    from keras_colorize.models import registry

    registry.list_models()
    spec = dataclasses.replace(
        registry.get_spec("eccv16_small"),
        name="eccv16_thin",
        config={"stackwise_filters": (3,) * 8},
        input_size=NETWORK_SIZE,
    )
    monkeypatch.setitem(registry._specs, spec.name, spec)
    return spec
