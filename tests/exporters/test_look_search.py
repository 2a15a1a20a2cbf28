import keras
import numpy as np
import pytest

from keras_colorize import ColorizeSession
from keras_colorize.color.cielab_numpy import lab_to_rgb
from keras_colorize.exporters import look_search
from keras_colorize.exporters.look_search import SampledPhoto
from keras_colorize.exporters.look_search import calibrate_looks
from keras_colorize.exporters.look_search import find_looks
from keras_colorize.exporters.look_search import sample_photo
from keras_colorize.exporters.look_search import score_look
from keras_colorize.exporters.onnx import export_onnx
from keras_colorize.metrics.colorfulness import colorfulness
from keras_colorize.metrics.fidelity import mean_delta_e_2000
from keras_colorize.metrics.fidelity import psnr
from keras_colorize.models.lite.colorizer import LiteColorizer
from keras_colorize.serving.options import ColorizeOptions
from tests.exporters.thin_model import NETWORK_SIZE
from tests.helpers import textured_photo
from tests.models.test_lite import TINY


def faded_photo(seed, share_wrong=0.0):
    """A photo whose strong colors were predicted right, the weak ones wrong.

    Of the strong ones a share is wrong, too.
    """
    rng = np.random.default_rng(seed)
    lab = np.full((12, 18, 3), 60.0, np.float32)
    ab = rng.choice([-24.0, 24.0], (12, 18, 2)).astype(np.float32)
    ab[:, 9:] *= 0.2
    lab[..., 1:] = ab
    image = np.rint(lab_to_rgb(lab) * 255.0).astype(np.uint8)
    predicted = 0.5 * ab
    predicted[:, 9:] *= -1.0
    predicted[rng.random((12, 18)) < share_wrong] *= -1.0
    gray = look_search._scores(image, lab, np.zeros_like(ab))
    ab = dict.fromkeys(look_search.TEMPERATURES, predicted)
    rows, columns = np.eye(12, dtype="f"), np.eye(18, dtype="f")
    return SampledPhoto(image, lab, ab, rows, columns, gray)


def test_looks_reach_their_colorfulness_and_calm_the_smallest_error():
    looks = find_looks([faded_photo(seed) for seed in range(3)])
    assert [*looks] == ["natural", "vivid", "calm"]
    for name, aim in look_search.AIMS.items():
        assert looks[name].score.colorfulness == pytest.approx(aim, abs=0.02)
    best = max(looks.values(), key=lambda found: found.score.gain)
    assert looks["vivid"].settings["vividness"] > 1.0
    assert best.score.gain > 0.0
    # What is weak is wrong here: it pays to leave it out.
    assert looks["vivid"].settings["focus"] == max(look_search.FOCUS)


def test_natural_of_a_weak_model_keeps_half_of_what_calm_gains():
    photos = [faded_photo(seed, share_wrong=0.45) for seed in range(3)]
    looks = find_looks(photos)
    natural, calm = looks["natural"].score, looks["calm"].score
    at_the_aim = look_search._best_at(photos, look_search.AIMS["natural"])
    assert at_the_aim.score.gain < look_search.KEPT_GAIN * calm.gain
    assert natural.gain >= look_search.KEPT_GAIN * calm.gain > 0
    assert calm.colorfulness < natural.colorfulness < 0.79
    assert looks["vivid"].score.colorfulness == pytest.approx(1.0, abs=0.02)


def test_natural_of_a_model_that_knows_nothing_is_near_calm():
    """All its colors are wrong, so the search for fewer comes to an end."""
    photos = [faded_photo(seed, share_wrong=1.0) for seed in range(3)]
    looks = find_looks(photos)
    natural, calm = looks["natural"].score, looks["calm"].score
    assert calm.gain < 0
    assert natural.colorfulness - calm.colorfulness < 0.1


def test_trials_score_as_the_exported_file_does(thin_model, tmp_path):
    path = tmp_path / "thin.onnx"
    export_onnx(thin_model, path, network_size=NETWORK_SIZE)
    session = ColorizeSession(path)
    image = textured_photo(61, 43)
    sampled = sample_photo(thin_model, image, NETWORK_SIZE, step=1)
    settings = {"temperature": 1.0, "vividness": 1.0, "focus": 0.0}
    score = score_look([sampled], settings)
    assert sampled.rgb.shape[:2] == (61, 43)
    colorized, gray = (
        session.colorize_checked(image, options)
        for options in (
            ColorizeOptions(temperature=1.0),
            ColorizeOptions(strength=0.0),
        )
    )
    # Clipped pixels keep their lightness in the serving path only.
    gain = min(psnr(image, colorized), look_search._MAX_PSNR) - psnr(
        image, gray
    )
    assert score.psnr == pytest.approx(gain, abs=0.3)
    delta_e = mean_delta_e_2000(image, colorized)
    delta_e -= mean_delta_e_2000(image, gray)
    assert score.delta_e == pytest.approx(delta_e, abs=0.3)
    ratio = colorfulness(colorized) / colorfulness(image)
    assert score.colorfulness == pytest.approx(ratio, abs=0.05)


def test_a_model_gets_looks_that_fit_it_and_keeps_them(tmp_path):
    model = LiteColorizer("mobilenet_v1", **TINY)
    with pytest.raises(ValueError, match="Received: no photo"):
        calibrate_looks(model, [], 32)
    images = (textured_photo(61, 43, seed=seed) for seed in range(2))
    found = calibrate_looks(model, images, 32)
    assert model.looks == {name: look.settings for name, look in found.items()}
    assert [*model.looks] == ["natural", "vivid", "calm"]
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.looks == model.looks


def test_large_photos_are_sampled_and_looks_need_a_distribution(thin_model):
    model = LiteColorizer("mobilenet_v1", **TINY)
    sampled = sample_photo(model, textured_photo(900, 1300), 32)
    # Every 9th pixel: 100 along the short side.
    assert sampled.rgb.shape == (100, 144, 3)
    with pytest.raises(ValueError, match="Received: thin"):
        calibrate_looks(thin_model, [textured_photo(61, 43)], 32)
