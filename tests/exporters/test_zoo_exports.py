"""Every registered model exports, colorizes by the session, and agrees."""

import keras
import numpy as np
import pytest

from keras_colorize.exporters.onnx import export_onnx
from keras_colorize.exporters.onnx_graph import open_session
from keras_colorize.exporters.saved_model import export_saved_model
from keras_colorize.models import registry
from keras_colorize.serving.session import ColorizeSession
from tests.models.tiny import distinct_models
from tests.models.tiny import tiny_overrides

# One of a family shows what its larger ones do.
LARGE = ("ddcolor_large", "unetpp_base")
every_model = pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=pytest.mark.slow if n in LARGE else ())
        for n in distinct_models()
    ],
)


def tiny(name):
    keras.utils.set_random_seed(0)
    model = registry.create_model(name, **tiny_overrides(name))
    network_size = (model.fixed_size or (4 * model.size_multiple,))[0]
    return model, network_size


@every_model
def test_onnx_file_agrees_with_keras_and_colorizes_a_photo(name, tmp_path):
    model, network_size = tiny(name)
    path = tmp_path / "model.onnx"
    # Compares at two sizes and two batch sizes, or raises.
    report = export_onnx(model, path, network_size=network_size)
    assert report.agreement.num_comparisons == 4
    session, bare = ColorizeSession(path), open_session(path)
    assert session.contract.model == name
    assert ("hints" in session.contract.optional_inputs) == model.takes_hints
    rng = np.random.default_rng(0)
    for size in ((40, 61), (77, 33)):
        photo = rng.integers(0, 256, (*size, 1), np.uint8).repeat(3, axis=-1)
        colorized = session.colorize_array(photo, strength=10.0)
        assert colorized.shape == photo.shape
        # Networks as small as these are faint: seen at a strength that only
        # the bare file takes.
        (strong,) = bare.run(
            ["colorized"],
            {"image": photo[None], "strength": np.array(500.0, np.float32)},
        )
        assert np.ptp(strong.astype(int), axis=-1).max() > 0
        by_keras = model.colorize(
            photo, strength=10.0, network_size=network_size
        )
        assert np.abs(by_keras.astype(int) - colorized).max() <= 1
        gray = session.colorize_array(photo, strength=0.0)
        assert np.abs(gray.astype(int) - photo).max() <= 1


@every_model
def test_ab_head_agrees_with_keras(name, tmp_path):
    model, network_size = tiny(name)
    export_onnx(
        model, tmp_path / "ab.onnx", head="ab", network_size=network_size
    )


@pytest.mark.parametrize(
    "name",
    [
        "autoencoder_32",
        "ddcolor_nano",
        "hypercolumn_vgg16",
        "siggraph17_small",
        "unetpp_base",
    ],
)
def test_saved_model_of_each_kind_agrees_with_keras(name, tmp_path):
    model, network_size = tiny(name)
    report = export_saved_model(
        model, tmp_path / "saved", network_size=network_size
    )
    assert report.agreement.max_difference <= 1
