import numpy as np
import pytest

from tests.helpers import textured_photo
from training.measure.kid import FeatureExtractor
from training.measure.kid import kid


def test_kid_is_the_one_computed_by_hand():
    # d = 2, k(x, y) = (x . y / 2 + 1)**3. Of i != j all products are 0 but
    # those of the third photo with itself or others: x_3 . y_1 = 4.
    true = np.array([[2.0, 0.0], [0.0, 2.0], [2.0, 0.0]])
    colorized = np.array([[2.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    # Pairs of true: 12 and 23 give 1, 13 gives (4 / 2 + 1)**3 = 27: mean 29/3.
    # Pairs of colorized: 1. Across, i != j: x_3 with y_1 gives 27, the other
    # five 1: mean 32/6.
    expected = 29 / 3 + 1 - 2 * 32 / 6
    assert kid(true, colorized).value == pytest.approx(expected)
    # Of ones and zeros with d = 1: 8 + 1 - 2, whichever photo is left out.
    found = kid(np.ones((4, 1)), np.zeros((4, 1)))
    assert found.value == pytest.approx(7.0)
    assert found.standard_error == pytest.approx(0.0, abs=1e-9)


def test_true_photos_and_their_like_are_near_zero():
    rng = np.random.default_rng(4)
    first, second = rng.normal(size=(2, 400, 6))
    near = kid(first, second)
    assert abs(near.value) < 4 * near.standard_error
    far = kid(first, second + 0.7)
    assert far.value > 10 * near.standard_error > 0


def test_standard_error_is_the_scatter_over_draws_of_photos():
    rng = np.random.default_rng(5)
    found = [kid(*draw) for draw in two_kinds_of_photos(rng, 60)]
    scatter = np.std([one.value for one in found], ddof=1)
    errors = np.mean([one.standard_error for one in found])
    assert errors == pytest.approx(scatter, rel=0.25)


def two_kinds_of_photos(rng, count):
    for _ in range(count):
        true = rng.normal(size=(200, 4))
        yield true, true + rng.normal(1.0, 0.5, (200, 4))


def test_kid_needs_three_photos_in_pairs():
    with pytest.raises(ValueError, match="three photos or more"):
        kid(np.ones((2, 3)), np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"Received: shapes \(4, 3\)"):
        kid(np.ones((4, 3)), np.ones((3, 3)))


def test_features_see_color(tmp_path):
    from keras_colorize.encoders.vgg16 import build_judging_vgg16

    network = build_judging_vgg16()
    arrays = {
        "__".join(v.path.split("/")[-2:]): np.array(v) for v in network.weights
    }
    np.savez(tmp_path / "vgg16.npz", **arrays)
    extract = FeatureExtractor(tmp_path / "vgg16.npz")
    photo = textured_photo(40, 56)
    small = textured_photo(300, 231)
    features = extract([photo, photo[..., ::-1], small])
    assert features.shape == (3, 512) and np.isfinite(features).all()
    assert np.abs(features[0] - features[1]).max() > 1e-3
