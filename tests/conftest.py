"""Settings and fixtures for all tests."""

import os

# Before Keras or TensorFlow is imported by any test. One thread: several test
# processes share the cores, and results stay the same from run to run.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Compiling for speed takes JAX far longer than running these tiny models.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "true")

import hashlib  # noqa: E402
import json  # noqa: E402
import random  # noqa: E402
import sys  # noqa: E402

import numpy as np  # noqa: E402
import pytest  # noqa: E402

from keras_colorize.exporters.memory import give_back_memory  # noqa: E402
from tests import helpers  # noqa: E402


def _fix_seeds():
    """Sets the seeds of all generators; imports no Keras by itself."""
    random.seed(0)
    np.random.seed(0)
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(0)


@pytest.fixture(autouse=True)
def fixed_seeds():
    """Same random numbers in a test whatever ran before."""
    _fix_seeds()


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef):
    """The same for what several tests share: it is made before their seeds."""
    if fixturedef.scope != "function":
        _fix_seeds()


@pytest.fixture(autouse=True, scope="module")
def memory_given_back():
    """Frees the models of a module before the next one: a laptop has 8 GB."""
    yield
    if "keras" in sys.modules:
        sys.modules["keras"].utils.clear_session(free_memory=True)
    give_back_memory()


@pytest.fixture
def photo():
    """uint8 (40, 56, 3): one color photo, not square."""
    return helpers.textured_photo(40, 56)


@pytest.fixture
def photo_folder(tmp_path):
    """Folder with 6 color JPEGs of different sizes in two sub-folders."""
    sizes = [(48, 64), (64, 48), (56, 72), (72, 56), (48, 80), (80, 52)]
    helpers.write_photo_folder(tmp_path / "photos", sizes)
    return tmp_path / "photos"


@pytest.fixture
def ship(tmp_path, monkeypatch):
    """Function that puts a model in the box, which is empty before."""
    from keras_colorize import presets
    from tests.serving import tiny_models

    box = tmp_path / "box"
    box.mkdir()
    monkeypatch.setattr(presets, "WEIGHTS_DIR", box)

    def ship(model, tag, is_default=False, data=None):
        data = data or tiny_models.photo_model({"model": model, "weights": tag})
        folder = box / f"{model}.{tag}"
        folder.mkdir()
        (folder / "model.onnx").write_bytes(data)
        metadata = {
            "model": model,
            "tag": tag,
            "default": is_default,
            "sha256": {"model.onnx": hashlib.sha256(data).hexdigest()},
        }
        (folder / "metadata.json").write_text(json.dumps(metadata))
        return folder

    return ship
