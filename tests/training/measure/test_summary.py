import numpy as np
import pytest

from keras_colorize.color.gamut import AbGamut
from keras_colorize.color.quantization import encode_nearest
from keras_colorize.metrics.fidelity import ab_accuracy
from keras_colorize.serving.options import ColorizeOptions
from training.measure.predictors import constant_color
from training.measure.scoring import PhotoScores
from training.measure.scoring import measure_truth
from training.measure.scoring import score_photo
from training.measure.settings import label_of
from training.measure.summary import Bootstrap
from training.measure.summary import balancing_weights
from training.measure.summary import curve_rows
from training.measure.summary import summarize

GRAY = constant_color((0.0, 0.0))


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


def test_auc_is_the_mean_over_all_pixels_weighted_by_class_if_balanced():
    photos = [make_photo(seed) for seed in (0, 1)]
    result = scores_of(photos)
    summary = summarize(result, None, num_resamples=100)
    gray = summary["methods"]["gray"]
    true_ab = np.stack([measure_truth(p).lab[..., 1:] for p in photos])
    gray_ab = np.stack([measure_truth(GRAY(p)).lab[..., 1:] for p in photos])
    accuracy = ab_accuracy(true_ab, gray_ab).astype(np.float64)
    assert gray["auc"]["value"] == pytest.approx(accuracy.mean(), abs=1e-6)
    prior = np.mean(result.priors, axis=0)
    weights = 1 / prior[np.asarray(encode_nearest(true_ab, AbGamut()))]
    assert gray["auc_balanced"]["value"] == pytest.approx(
        (weights * accuracy).sum() / weights.sum(), abs=1e-6
    )


def test_class_balance_lets_rare_colors_count_as_much():
    # Three gray pixels predicted exactly, one red pixel predicted gray, off
    # by 100. Raw: 1 - 100 / 4 / 150; each of the two colors has half the
    # weight in the balanced one: 1 - 100 / 2 / 150.
    shares = np.array([0.75, 0.25])
    score = {
        **dict.fromkeys(
            (
                *("psnr", "ssim", "delta_e_mean", "delta_e_median"),
                *("delta_e_p95", "ab_rmse", "colorfulness"),
            ),
            1.0,
        ),
        "auc": 1 - 25 / 150,
        "bin_accuracy": np.array([0.75, 0.25 * (1 - 100 / 150)]),
    }
    result = PhotoScores(
        paths=["a"],
        scores={"gray": [score]},
        colorfulness=[1.0],
        bin_shares=[shares],
        priors=[shares],
    )
    gray = summarize(result, None, 100)["methods"]["gray"]
    assert gray["auc"]["value"] == pytest.approx(1 - 25 / 150)
    assert gray["auc_balanced"]["value"] == pytest.approx(1 - 50 / 150)


def test_summary_pairs_each_photo_with_its_gray_twin():
    result = scores_of([make_photo(seed) for seed in (0, 1, 2)])
    summary = summarize(result, result.priors[0] + 1e-6, num_resamples=100)
    difference = summary["minus_gray"]["model"]["psnr"]
    expected = np.mean(
        [
            model["psnr"] - gray["psnr"]
            for model, gray in zip(
                result.scores["model"], result.scores["gray"], strict=True
            )
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


def test_summary_of_no_photo_says_why_there_is_none():
    skipped = [{"file": "a.png", "reason": "is not a photo"}]
    nothing = PhotoScores(skipped=skipped)
    with pytest.raises(ValueError, match="1 were skipped.*is not a photo"):
        summarize(nothing, None, 100)
    with pytest.raises(ValueError, match="1 were skipped.*is not a photo"):
        curve_rows([ColorizeOptions()], nothing, 100)


def test_differences_of_the_curve_to_gray_are_paired():
    # PSNR varies by 10 dB from photo to photo, the gain by nothing.
    gray = [20.0, 30.0, 20.0, 30.0]
    setting = ColorizeOptions(temperature=0.6)
    result = PhotoScores(
        paths=list("abcd"),
        scores={"gray": [{"psnr": p, "delta_e_mean": p / 2} for p in gray]},
        brief={
            label_of(setting): [
                {"psnr": p + 1, "delta_e_mean": p / 2 - 3, "colorfulness": 30.0}
                for p in gray
            ]
        },
        colorfulness=[40.0, 60.0, 40.0, 60.0],
    )
    (row,) = curve_rows([setting], result, 200)
    assert row["psnr"]["value"] == 26
    low, high = row["psnr"]["interval_95"]
    assert (low, high) == (21, 31)  # resamples of one kind of photo only
    for name, gain in (
        ("psnr_minus_gray", 1.0),
        ("delta_e_mean_minus_gray", -3.0),
    ):
        assert row[name]["value"] == pytest.approx(gain)
        assert row[name]["interval_95"] == pytest.approx([gain, gain])
    assert row["colorfulness_ratio"]["value"] == pytest.approx(120 / 200)
    assert (row["label"], row["temperature"]) == ("temperature 0.6", 0.6)


def test_empty_bins_weigh_as_much_as_the_rarest():
    np.testing.assert_allclose(
        balancing_weights(np.array([0.5, 0.0, 0.25, 0.25])), [2, 4, 4, 4]
    )


def scores_of(photos):
    """The model is perfect here."""
    truths = [measure_truth(photo) for photo in photos]
    return PhotoScores(
        paths=[str(i) for i in range(len(photos))],
        scores={
            "model": [score_photo(t, t.image) for t in truths],
            "gray": [score_photo(t, GRAY(t.image)) for t in truths],
        },
        colorfulness=[truth.colorfulness for truth in truths],
        bin_shares=[truth.bin_shares for truth in truths],
        priors=[truth.prior for truth in truths],
    )


def make_photo(seed=0):
    """uint8 (18, 25, 3), warm colors around (190, 120, 70)."""
    noise = np.random.default_rng(seed).integers(-30, 30, (18, 25, 3))
    return (np.array([190, 120, 70]) + noise).astype(np.uint8)
