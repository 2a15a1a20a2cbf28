"""Fixtures around one thin model; Keras loads when a test asks for it."""

import dataclasses

import pytest


@pytest.fixture(scope="session")
def thin_model():
    from tests.exporters.thin_model import make_thin_model

    return make_thin_model()


@pytest.fixture(scope="session")
def thin_graph(thin_model):
    from keras_colorize.exporters.serving_graph import build_serving_graph
    from tests.exporters.thin_model import NETWORK_SIZE

    return build_serving_graph(thin_model, NETWORK_SIZE)


@pytest.fixture
def thin_spec(monkeypatch):
    """Registers `eccv16_thin` for one test."""
    from keras_colorize.models import registry

    spec = dataclasses.replace(
        registry.get_spec("eccv16_small"),
        name="eccv16_thin",
        config={"stackwise_filters": (3,) * 8},
        input_size=24,
    )
    monkeypatch.setitem(registry._specs, spec.name, spec)
    return spec
