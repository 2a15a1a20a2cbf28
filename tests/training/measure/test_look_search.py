import numpy as np
import pytest

from keras_colorize.color.cielab_numpy import lab_to_rgb
from keras_colorize.metrics.colorfulness import colorfulness
from keras_colorize.metrics.fidelity import mean_delta_e_2000
from keras_colorize.metrics.fidelity import psnr
from tests.helpers import textured_photo
from training.measure import look_search
from training.measure.inputs import gray_of
from training.measure.look_search import SampledPhoto
from training.measure.look_search import find_looks
from training.measure.look_search import sample_photo
from training.measure.look_search import score_look
from training.measure.predictors import load_predictor
from training.measure.scoring import MAX_PSNR


def faded_photo(seed, certain=1.0, doubtful=1.0):
    """A photo whose strong colors were predicted right, the weak ones wrong."""
    rng = np.random.default_rng(seed)
    lab = np.full((12, 18, 3), 60.0, np.float32)
    ab = rng.choice([-24.0, 24.0], (12, 18, 2)).astype(np.float32)
    ab[:, 9:] *= 0.2
    lab[..., 1:] = ab
    image = np.rint(lab_to_rgb(lab) * 255.0).astype(np.uint8)
    predicted = 0.5 * certain * ab
    predicted[:, 9:] *= -doubtful
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


def test_trials_score_as_the_serving_path_does(tiny_preset):
    predictor = load_predictor(str(tiny_preset))
    from keras_colorize.models.registry import load_pretrained

    model = load_pretrained(tiny_preset)
    image = textured_photo(61, 43)
    size = predictor.contract.network_size
    sampled = sample_photo(model, image, size, step=1)
    settings = {"temperature": 1.0, "vividness": 1.0, "focus": 0.0}
    score = score_look([sampled], settings)
    shape = (61, 43)
    assert sampled.rgb.shape[:2] == shape
    options = type(predictor.options)(temperature=1.0)
    colorized = predictor.colorizer(options)(image)
    gray = gray_of(image)
    # Clipped pixels keep their lightness in the serving path only.
    gain = min(psnr(image, colorized), MAX_PSNR) - psnr(image, gray)
    assert score.psnr == pytest.approx(gain, abs=0.3)
    delta_e = mean_delta_e_2000(image, colorized)
    delta_e -= mean_delta_e_2000(image, gray)
    assert score.delta_e == pytest.approx(delta_e, abs=0.3)
    ratio = colorfulness(colorized) / colorfulness(image)
    assert score.colorfulness == pytest.approx(ratio, abs=0.05)
