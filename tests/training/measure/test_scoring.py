import numpy as np
import pytest

from keras_colorize.color.gamut import AbGamut
from keras_colorize.metrics.fidelity import ab_auc
from keras_colorize.metrics.fidelity import class_balance_weights
from training.measure.scoring import MAX_PSNR
from training.measure.scoring import constant_color
from training.measure.scoring import measure_truth
from training.measure.scoring import score_photo
from training.measure.summary import Bootstrap
from training.measure.summary import balancing_weights
from training.measure.summary import summarize


def test_perfect_photo_scores_the_optimum():
    truth = measure_truth(make_photo())
    scores = score_photo(truth, truth.image)
    assert scores["psnr"] == MAX_PSNR
    assert scores["ssim"] == pytest.approx(1)
    for name in ("delta_e_mean", "delta_e_median", "delta_e_p95", "ab_rmse"):
        assert scores[name] == 0
    assert scores["auc"] == 1
    assert scores["colorfulness"] == truth.colorfulness
    np.testing.assert_allclose(scores["bin_accuracy"], truth.bin_shares)


def test_shares_and_prior_of_the_truth_sum_to_one():
    truth = measure_truth(make_photo())
    assert truth.bin_shares.sum() == pytest.approx(1)
    assert truth.prior.sum() == pytest.approx(1)
    assert (truth.prior[truth.bin_shares > 0] > 0).all()


def test_gray_photo_keeps_lightness_and_has_no_color():
    truth = measure_truth(make_photo())
    gray = constant_color(truth, (0.0, 0.0))
    assert int(np.ptp(gray, axis=-1).max()) <= 1
    scores = score_photo(truth, gray)
    assert scores["colorfulness"] < 0.5
    # ab = 0 leaves the truth's own chroma as the error, but for rounding.
    expected = np.sqrt((truth.lab[..., 1:] ** 2).mean())
    assert scores["ab_rmse"] == pytest.approx(expected, abs=0.5)


def test_color_of_the_truth_beats_gray():
    truth = measure_truth(make_photo())
    mean = truth.lab[..., 1:].mean(axis=(0, 1))
    colored = score_photo(truth, constant_color(truth, tuple(mean)))
    gray = score_photo(truth, constant_color(truth, (0.0, 0.0)))
    for name in ("psnr", "auc"):
        assert colored[name] > gray[name]
    for name in ("delta_e_mean", "ab_rmse"):
        assert colored[name] < gray[name]


def test_tiny_photo_is_refused():
    with pytest.raises(ValueError, match="at least 11 pixels.*20 x 8"):
        measure_truth(np.zeros((8, 20, 3), np.uint8))


def test_bootstrap_gives_the_mean_and_an_interval_around_it():
    bootstrap = Bootstrap(num_photos=50, num_resamples=400)
    values = np.random.default_rng(1).normal(3.0, 1.0, 50)
    means = bootstrap.ratio(values)
    assert means[0] == pytest.approx(values.mean())
    low, high = np.quantile(means[1:], [0.025, 0.975])
    # 1.96 standard errors to each side.
    half = 1.96 * values.std() / np.sqrt(50)
    assert high - low == pytest.approx(2 * half, rel=0.2)
    np.testing.assert_array_equal(bootstrap.ratio(values, values), 1)


def test_summary_agrees_with_the_closed_form_on_two_photos():
    truths = [measure_truth(make_photo(seed)) for seed in (0, 1)]
    gamut = AbGamut()
    prior = np.mean([truth.prior for truth in truths], axis=0)
    summary = summarize(*inputs_of(truths), prior, num_resamples=100)
    gray = summary["methods"]["gray"]
    true_ab = np.stack([truth.lab[..., 1:] for truth in truths])
    gray_ab = np.stack([measure_truth(gray_of(t)).lab[..., 1:] for t in truths])
    assert gray["auc"]["value"] == pytest.approx(
        ab_auc(true_ab, gray_ab), abs=1e-6
    )
    weights = class_balance_weights(true_ab, prior, gamut)
    assert gray["auc_balanced"]["value"] == pytest.approx(
        ab_auc(true_ab, gray_ab, weights), abs=1e-6
    )


def test_summary_pairs_each_photo_with_its_gray_twin():
    truths = [measure_truth(make_photo(seed)) for seed in (0, 1, 2)]
    scores, of_truth = inputs_of(truths)
    prior = truths[0].prior + 1e-6
    summary = summarize(scores, of_truth, prior, num_resamples=100)
    difference = summary["minus_gray"]["model"]["psnr"]
    expected = np.mean(
        [
            model["psnr"] - gray["psnr"]
            for model, gray in zip(scores["model"], scores["gray"], strict=True)
        ]
    )
    assert difference["value"] == pytest.approx(expected)
    assert difference["interval_95"][0] > 0
    assert summary["better_than_gray"]["model"] == {
        "psnr": {"value": 1.0, "interval_95": [1.0, 1.0]},
        "delta_e_mean": {"value": 1.0, "interval_95": [1.0, 1.0]},
    }
    ratio = summary["methods"]["model"]["colorfulness_ratio"]
    assert ratio["value"] == pytest.approx(1.0)


def test_empty_bins_weigh_as_much_as_the_rarest():
    np.testing.assert_allclose(
        balancing_weights(np.array([0.5, 0.0, 0.25, 0.25])), [2, 4, 4, 4]
    )


def inputs_of(truths):
    """The model is perfect here."""
    scores = {
        "model": [score_photo(truth, truth.image) for truth in truths],
        "gray": [score_photo(truth, gray_of(truth)) for truth in truths],
    }
    of_truth = {
        "colorfulness": np.array([truth.colorfulness for truth in truths]),
        "bin_shares": np.stack([truth.bin_shares for truth in truths]),
    }
    return scores, of_truth


def gray_of(truth):
    return constant_color(truth, (0.0, 0.0))


def make_photo(seed=0):
    """uint8 (18, 25, 3), warm colors around (190, 120, 70)."""
    noise = np.random.default_rng(seed).integers(-30, 30, (18, 25, 3))
    return (np.array([190, 120, 70]) + noise).astype(np.uint8)
