import io

import numpy as np
import pytest
from rich.console import Console

from keras_colorize.serving.images.read import read_photo
from tests.helpers import textured_photo
from tests.helpers import write_photo
from training.measure.predictors import baselines
from training.measure.predictors import constant_color
from training.measure.scoring import MAX_PSNR
from training.measure.scoring import map_photos
from training.measure.scoring import measure_truth
from training.measure.scoring import score_briefly
from training.measure.scoring import score_photo
from training.measure.scoring import score_photos

QUIET = Console(quiet=True)


@pytest.fixture
def warm_photo():
    """uint8 (18, 25, 3), colors around (190, 120, 70)."""
    noise = np.random.default_rng(0).integers(-30, 30, (18, 25, 3))
    return (np.array([190, 120, 70]) + noise).astype(np.uint8)


@pytest.fixture
def paths(tmp_path):
    sizes = ((24, 32), (33, 20), (18, 40))
    return [
        str(
            write_photo(
                tmp_path / f"{i}.png", textured_photo(*sizes[i], seed=i)
            )
        )
        for i in range(3)
    ]


def test_perfect_photo_scores_the_optimum(warm_photo):
    truth = measure_truth(warm_photo)
    scores = score_photo(truth, truth.image)
    assert scores["psnr"] == MAX_PSNR
    assert scores["ssim"] == pytest.approx(1)
    for name in ("delta_e_mean", "delta_e_median", "delta_e_p95", "ab_rmse"):
        assert scores[name] == 0
    assert scores["auc"] == 1
    assert scores["colorfulness"] == truth.colorfulness
    np.testing.assert_allclose(scores["bin_accuracy"], truth.bin_shares)


def test_shares_and_prior_of_the_truth_sum_to_one(warm_photo):
    truth = measure_truth(warm_photo)
    assert truth.bin_shares.sum() == pytest.approx(1)
    assert truth.prior.sum() == pytest.approx(1)
    assert (truth.prior[truth.bin_shares > 0] > 0).all()


def test_gray_photo_keeps_lightness_and_has_no_color(warm_photo):
    truth = measure_truth(warm_photo)
    gray = constant_color((0.0, 0.0))(truth.image)
    assert int(np.ptp(gray, axis=-1).max()) <= 1
    scores = score_photo(truth, gray)
    assert scores["colorfulness"] < 0.5
    # ab = 0 leaves the truth's own chroma as the error, but for rounding.
    expected = np.sqrt((truth.lab[..., 1:] ** 2).mean())
    assert scores["ab_rmse"] == pytest.approx(expected, abs=0.5)


def test_color_of_the_truth_beats_gray(warm_photo):
    truth = measure_truth(warm_photo)
    mean = truth.lab[..., 1:].mean(axis=(0, 1))
    scores = {
        name: score_photo(truth, colorize(truth.image))
        for name, colorize in baselines(tuple(mean)).items()
    }
    for name in ("psnr", "auc"):
        assert scores["mean_color"][name] > scores["gray"][name]
    for name in ("delta_e_mean", "ab_rmse"):
        assert scores["mean_color"][name] < scores["gray"][name]


def test_tiny_photo_is_refused():
    with pytest.raises(ValueError, match="at least 11 pixels.*20 x 8"):
        measure_truth(np.zeros((8, 20, 3), np.uint8))


def test_brief_scores_are_the_full_ones(photo):
    truth = measure_truth(photo)
    image = constant_color((5.0, -9.0))(photo)
    brief, full = score_briefly(truth, image), score_photo(truth, image)
    assert brief == {name: full[name] for name in brief}


def test_each_colorizer_gets_the_scores_of_its_own_photo(paths):
    colors = {"balanced": (10, 0), "vivid": (20, 10), "gray": (0, 0)}
    colorizers = {name: constant_color(ab) for name, ab in colors.items()}
    vivid = {"vivid": colorizers["vivid"]}
    result = score_photos(paths, colorizers, "", QUIET, brief=vivid)
    assert result.paths == paths
    assert [*result.scores] == [*colors]
    image = read_photo(paths[1]).rgb
    truth = measure_truth(image)
    assert result.colorfulness[1] == truth.colorfulness
    for name, colorize in colorizers.items():
        expected = score_photo(truth, colorize(image))
        received = result.scores[name][1]
        for score in ("psnr", "ssim", "delta_e_mean", "auc"):
            assert received[score] == expected[score], name
    for full, brief in zip(
        result.scores["vivid"], result.brief["vivid"], strict=True
    ):
        assert brief["psnr"] == full["psnr"]
        assert "ssim" not in brief


def test_photo_that_cannot_be_scored_is_listed_with_the_reason(paths, tmp_path):
    (tmp_path / "text.jpg").write_text("not a photo")
    low = write_photo(tmp_path / "low.png", textured_photo(8, 20, seed=0))
    mixed = [str(tmp_path / "text.jpg"), paths[0], str(low), paths[1]]
    console = Console(file=io.StringIO(), width=400)
    result = score_photos(mixed, baselines((1.0, 2.0)), "Bench", console)
    assert "Bench: 2 photos are left out" in console.file.getvalue()
    assert result.paths == paths[:2]
    assert [len(rows) for rows in result.scores.values()] == [2, 2]
    assert [photo["file"] for photo in result.skipped] == mixed[::2]
    assert "at least 11 pixels" in result.skipped[1]["reason"]


def test_bug_of_a_colorizer_is_not_taken_for_a_damaged_photo(paths):
    def wrong(image):
        raise ValueError("no such layer")

    with pytest.raises(ValueError, match="no such layer"):
        score_photos(paths, {"model": wrong}, "", QUIET)


def test_results_come_in_the_order_of_the_photos():
    items = np.arange(50)
    assert [*map_photos(lambda i: -i, items, "", QUIET)] == [*-items]
