import json
from pathlib import Path

import numpy as np
import pytest

from keras_colorize.color.difference import delta_e_2000
from keras_colorize.metrics import fidelity
from tests.helpers import textured_photo

GOLDENS = Path(__file__).parents[1] / "goldens" / "color_vectors.json"
VECTORS = json.loads(GOLDENS.read_text("utf-8"))


@pytest.fixture
def photos():
    truth = textured_photo(30, 44, seed=0)
    noise = np.random.default_rng(1).normal(0.0, 12.0, truth.shape)
    return truth, (truth + noise).clip(0, 255).astype("uint8")


def test_psnr_by_hand():
    # Every channel is off by 5: MSE 25, 20 log10(255 / 5) = 34.1514 dB
    truth = np.full((12, 16, 3), 100, "uint8")
    assert fidelity.psnr(truth, truth + 5) == pytest.approx(34.15140352)


def test_psnr_and_ssim_equal_opencv_and_the_formula(photos):
    cv2 = pytest.importorskip("cv2", reason="the train extra has OpenCV")
    truth, result = photos
    assert fidelity.psnr(truth, result) == pytest.approx(cv2.PSNR(*photos))

    def blur(x):
        # Same window; borders differ, so they are left out below.
        return cv2.GaussianBlur(x, (11, 11), 1.5)

    x, y = truth.astype("float64"), result.astype("float64")
    mean_x, mean_y = blur(x), blur(y)
    var_x, var_y = blur(x * x) - mean_x**2, blur(y * y) - mean_y**2
    covariance = blur(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    expected = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    expected /= (mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2)
    expected = expected[5:-5, 5:-5].mean()
    assert fidelity.ssim(truth, result) == pytest.approx(expected, abs=1e-6)


def test_identical_photos_score_the_optimum(photos):
    truth = photos[0]
    assert fidelity.psnr(truth, truth.copy()) == float("inf")
    assert fidelity.ssim(truth, truth.copy()) == pytest.approx(1.0)
    assert fidelity.mean_delta_e_2000(truth, truth.copy()) == 0.0


def test_mean_delta_e_equals_the_keras_formula(photos):
    from keras import ops

    from keras_colorize.color.cielab import rgb_to_lab

    lab = [rgb_to_lab(photo.astype("float32") / 255.0) for photo in photos]
    expected = ops.convert_to_numpy(delta_e_2000(*lab)).mean()
    result = fidelity.mean_delta_e_2000(*photos)
    assert result == pytest.approx(expected, abs=1e-3)
    assert 1.0 < result < 20.0


def test_ab_rmse_by_hand():
    # Squared errors 9, 16, 0, 1 over two pixels and channels: sqrt(26 / 4)
    truth = np.array([[[10.0, 20.0], [0.0, 0.0]]])
    result = truth + [[[3.0, -4.0], [0.0, 1.0]]]
    assert fidelity.ab_rmse(truth, result) == pytest.approx(2.5495098)


def test_mean_accuracy_equals_the_reference_auc():
    distance = np.abs(np.random.default_rng(7).standard_normal(1000)) * 20
    truth = np.zeros((1000, 2))
    result = np.stack([np.zeros(1000), distance], -1)
    expected = VECTORS["auc"]["closed_form_1-E[min(d,150)]/150"]
    accuracy = fidelity.ab_accuracy(truth, result)
    assert accuracy.dtype == np.float32
    assert accuracy.mean(dtype="float64") == pytest.approx(expected, rel=1e-7)


def test_accuracy_by_hand_ends_at_150():
    # d = 5, 30 and 200
    truth = np.zeros((1, 3, 2))
    result = np.array([[[3.0, -4.0], [18.0, 24.0], [120.0, 160.0]]])
    accuracy = fidelity.ab_accuracy(truth, result)
    np.testing.assert_allclose(accuracy, [[29 / 30, 0.8, 0.0]], atol=1e-7)


def test_identical_ab_scores_the_optimum():
    ab = np.random.default_rng(0).uniform(-90, 90, (4, 6, 2))
    assert fidelity.ab_rmse(ab, ab) == 0.0
    assert (fidelity.ab_accuracy(ab, ab) == 1.0).all()


@pytest.mark.parametrize(
    "score", [fidelity.psnr, fidelity.ssim, fidelity.mean_delta_e_2000]
)
def test_misuse_of_photo_scores_is_refused(score, photos):
    truth, result = photos
    with pytest.raises(TypeError, match="`image_pred` must be uint8"):
        score(truth, result / 255.0)
    with pytest.raises(ValueError, match="Both photos must have one shape"):
        score(truth, result.transpose(1, 0, 2))


def test_ssim_refuses_photos_smaller_than_its_window(photos):
    with pytest.raises(ValueError, match="at least 11 pixels a side"):
        fidelity.ssim(photos[0][:10], photos[1][:10])


def test_misuse_of_ab_scores_is_refused():
    ab = np.zeros((4, 6, 2))
    with pytest.raises(ValueError, match=r"one shape \(\.\.\., 2\)"):
        fidelity.ab_rmse(ab, ab[:, :5])
    with pytest.raises(ValueError, match=r"one shape \(\.\.\., 2\)"):
        fidelity.ab_accuracy(ab[..., :1], ab[..., :1])
