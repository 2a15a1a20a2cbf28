import numpy as np
import pytest
from PIL import Image

from keras_colorize.errors import SettingError
from keras_colorize.models.autoencoder.dense import AutoencoderColorizer
from keras_colorize.models.registry import create_model
from keras_colorize.models.registry import get_spec
from keras_colorize.serving.options import ColorizeOptions
from tests.helpers import textured_photo
from tests.models.tiny import tiny_overrides
from training.measure.predictors import load_predictor


@pytest.mark.parametrize("name", ["autoencoder_32", "my_own_name"])
def test_network_of_one_size_is_served_at_that_size(name, tmp_path):
    config = {**get_spec("autoencoder_32").config, "name": name}
    model = AutoencoderColorizer(**config | tiny_overrides("autoencoder_32"))
    model.save_to_preset(tmp_path / "preset")
    predictor = load_predictor(str(tmp_path / "preset"))
    assert predictor.description["network_size"] == 32
    for size in ((41, 30), (20, 77)):
        photo = textured_photo(*size)
        assert predictor.colorizer()(photo).shape == photo.shape
    with pytest.raises(ValueError, match="must be 32. Received: network_size"):
        load_predictor(str(tmp_path / "preset"), network_size=64)


def test_a_preset_is_served_at_the_size_that_it_says(tmp_path):
    model = create_model("eccv16_small", **tiny_overrides("eccv16_small"))
    model.save_to_preset(tmp_path, {"network_size": 40})
    predictor = load_predictor(str(tmp_path))
    assert predictor.description["network_size"] == 40


def test_strength_zero_is_the_gray_baseline(tiny_preset, photo_folder):
    predictor = load_predictor(
        str(tiny_preset), network_size=32, options=ColorizeOptions(strength=0.0)
    )
    image = np.asarray(Image.open(photo_folder / "lake" / "000.png"))
    gray = predictor.colorizer()(image)
    assert gray.shape == image.shape
    assert int(np.ptp(gray, axis=-1).max()) <= 1


def test_temperature_changes_the_colors(tiny_preset, photo_folder):
    image = np.asarray(Image.open(photo_folder / "lake" / "000.png"))
    predictor = load_predictor(str(tiny_preset), network_size=32)
    results = [
        predictor.colorizer(ColorizeOptions(temperature=temperature))(image)
        for temperature in (0.05, 1.0)
    ]
    assert (results[0] != results[1]).any()


def test_weights_file_of_a_registered_model_can_be_evaluated(tmp_path):
    path = tmp_path / "a.weights.h5"
    create_model("eccv16_l2_small").save_weights(path)
    predictor = load_predictor(
        str(path), arch="eccv16_l2_small", network_size=16
    )
    black = np.zeros((20, 24, 3), np.uint8)
    assert predictor.colorizer()(black).shape == black.shape
    warm = ColorizeOptions(temperature=0.5)
    with pytest.raises(SettingError, match="takes no temperature"):
        load_predictor(str(path), arch="eccv16_l2_small", options=warm)
    with pytest.raises(SettingError, match="takes no temperature"):
        predictor.colorizer(warm)
