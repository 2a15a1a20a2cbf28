import pytest

from keras_colorize.serving.session import ColorizeSession
from tests.serving import tiny_models


@pytest.fixture(scope="session")
def session():
    """A photo-head model that adds SHIFT to every pixel."""
    return ColorizeSession(tiny_models.photo_model(), num_threads=1)
