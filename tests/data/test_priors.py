import json

import numpy as np
import pytest
import tensorflow as tf

from keras_colorize.color.gamut import AbGamut
from keras_colorize.data.pipeline import PipelineConfig
from keras_colorize.data.pipeline import evaluation_dataset
from keras_colorize.data.pipeline import training_dataset
from keras_colorize.data.priors import PriorResult
from keras_colorize.data.priors import estimate_prior
from keras_colorize.data.priors import load_prior
from keras_colorize.data.priors import mean_ab

GAMUT = AbGamut()


def _constant_dataset(ab, shape=(2, 3, 5)):
    ab = np.broadcast_to(np.float32(ab), (*shape, 2))
    L = np.zeros((*shape, 1), np.float32)
    return tf.data.Dataset.from_tensors((L, ab))


def test_prior_of_one_color_is_its_soft_encoding():
    # Published vector, k = 5: bins 119, 138, 120, 139, 118 of (3.2, -7.9).
    result = estimate_prior(_constant_dataset((3.2, -7.9)), GAMUT)
    expected = {119: 0.49720, 138: 0.24201, 120: 0.15587}
    for index, share in expected.items():
        assert result.prior[index] == pytest.approx(share, abs=1e-5)
    assert np.count_nonzero(result.prior) == 5
    assert result.prior.sum() == pytest.approx(1.0)
    assert result.num_pixels == 30


def test_batches_of_unequal_size_weigh_by_pixels():
    one = _constant_dataset((0.4, 0.3), (1, 2, 2))
    two = _constant_dataset((50.4, 30.3), (3, 2, 2))
    prior = estimate_prior(one.concatenate(two), GAMUT).prior
    near_gray = np.abs(GAMUT.bins).max(axis=1) <= 20
    assert prior[near_gray].sum() == pytest.approx(0.25)


def test_options_of_the_encoding_change_the_result():
    dataset = _constant_dataset((3.2, -7.9))
    prior = estimate_prior(dataset, GAMUT, num_neighbors=10).prior
    assert np.count_nonzero(prior) == 10


def test_prior_of_a_photo_pipeline(photo_maker):
    paths = [photo_maker.photo(f"{i}.png", seed=i) for i in range(3)]
    config = PipelineConfig(crop_size=(16, 24), batch_size=2)
    result = estimate_prior(evaluation_dataset(paths, config), GAMUT)
    assert result.num_pixels == 3 * 4 * 6
    endless = training_dataset(paths, config)
    with pytest.raises(ValueError, match="endless"):
        estimate_prior(endless, GAMUT)
    assert estimate_prior(endless, GAMUT, max_batches=2).num_pixels == 96


def test_empty_dataset_is_refused():
    with pytest.raises(ValueError, match="empty dataset"):
        estimate_prior(_constant_dataset((0, 0)).take(0), GAMUT)


@pytest.mark.parametrize("suffix", ["json", "npy"])
def test_save_and_load_agree(tmp_path, suffix):
    result = estimate_prior(_constant_dataset((3.2, -7.9)), GAMUT)
    path = tmp_path / "new" / f"prior.{suffix}"
    result.save(path)
    loaded = load_prior(path, GAMUT)
    np.testing.assert_allclose(loaded.prior, result.prior, atol=1e-8)


def test_json_keeps_where_the_prior_comes_from(tmp_path):
    prior = np.full(313, 1 / 313)
    notes = {"photos": 12}
    PriorResult(prior, 99, 7, 4.0, notes).save(tmp_path / "p.json")
    loaded = load_prior(tmp_path / "p.json", GAMUT)
    assert (loaded.num_pixels, loaded.num_neighbors) == (99, 7)
    assert loaded.sigma == 4.0 and loaded.notes == notes


@pytest.mark.parametrize(
    ("prior", "message"),
    [
        (np.full(529, 1 / 529), "over 313 bins"),
        (np.full(313, 1.0), "sum to 1"),
        (np.full((313, 1), 1 / 313), "over 313 bins"),
        (np.full(313, np.nan), "sum to 1"),
    ],
)
def test_what_is_no_prior_is_refused(tmp_path, prior, message):
    np.save(tmp_path / "p.npy", prior)
    with pytest.raises(ValueError, match=message):
        load_prior(tmp_path / "p.npy", GAMUT)


def test_other_files_are_refused(tmp_path):
    (tmp_path / "p.json").write_text(json.dumps({"weights": [1]}))
    with pytest.raises(ValueError, match="Expected a prior file"):
        load_prior(tmp_path / "p.json", GAMUT)
    with pytest.raises(ValueError, match="must end in"):
        load_prior(tmp_path / "p.txt", GAMUT)


def test_mean_ab_is_the_expectation_over_the_bins():
    prior = np.zeros(313)
    prior[[120, 0]] = 0.75, 0.25  # bins (0, 0) and (-90, 50)
    assert mean_ab(prior, AbGamut()) == (-22.5, 12.5)
    assert mean_ab(4 * prior, AbGamut()) == (-22.5, 12.5)
