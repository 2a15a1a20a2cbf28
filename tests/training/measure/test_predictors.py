import pytest

from keras_colorize.models.autoencoder.dense import AutoencoderColorizer
from keras_colorize.models.registry import get_spec
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
