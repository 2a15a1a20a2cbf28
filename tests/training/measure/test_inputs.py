import numpy as np
import pytest

from training.measure.inputs import resolve_mean_ab


def test_mean_color_comes_from_the_training_photos():
    assert resolve_mean_ab("3,-4.5", {}) == (3.0, -4.5)
    assert resolve_mean_ab(None, {"mean_ab": [1, 2]}) == (1.0, 2.0)
    with pytest.raises(ValueError, match="does not have. Give --mean-ab"):
        resolve_mean_ab(None, {})
    with pytest.raises(ValueError, match="two numbers A,B"):
        resolve_mean_ab("3", {})


def test_mean_color_of_a_prior_is_its_expectation(tmp_path):
    prior = np.zeros(313)
    prior[[120, 0]] = 0.75, 0.25  # bins (0, 0) and (-90, 50)
    np.save(tmp_path / "prior.npy", prior)
    path = str(tmp_path / "prior.npy")
    assert resolve_mean_ab(path, {}) == (-22.5, 12.5)
