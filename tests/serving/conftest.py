import hashlib
import json

import pytest

from keras_colorize.serving import weights
from keras_colorize.serving.session import ColorizeSession
from tests.serving import tiny_models


@pytest.fixture(scope="session")
def session():
    """A photo-head model that adds SHIFT to every pixel."""
    return ColorizeSession(tiny_models.photo_model(), num_threads=1)


@pytest.fixture
def ship(tmp_path, monkeypatch):
    """Function that puts a model in the box, which is empty before."""
    box = tmp_path / "box"
    box.mkdir()
    monkeypatch.setattr(weights, "WEIGHTS_DIR", box)

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
