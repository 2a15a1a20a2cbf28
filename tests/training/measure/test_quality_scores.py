import numpy as np
import pytest
from rich.console import Console

from keras_colorize.serving.images.read import read_photo
from tests.helpers import textured_photo
from tests.helpers import write_photo
from training.measure.evaluation import Evaluation
from training.measure.quality_scores import curve_rows
from training.measure.quality_scores import map_photos
from training.measure.quality_scores import score_briefly
from training.measure.quality_scores import score_settings
from training.measure.quality_settings import Setting
from training.measure.scoring import constant_color
from training.measure.scoring import measure_truth
from training.measure.scoring import score_photo

QUIET = Console(quiet=True)


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


def tint(image, strength=1.0, temperature=None):
    """Stands in for a colorizer: its settings decide on one color."""
    truth = measure_truth(image)
    return constant_color(truth, (10.0 * strength, 20.0 * (temperature or 0)))


def test_scores_of_each_setting_are_those_of_its_own_photo(paths):
    settings = {"balanced": Setting(), "vivid": Setting(0.5, 2.0)}
    curve = [Setting(0.5, 2.0)]
    evaluation, points = score_settings(
        paths, tint, (1.0, 2.0), settings, curve, "", QUIET
    )
    assert evaluation.paths == paths
    assert set(evaluation.scores) == {*settings, "gray", "mean_color"}
    truth = measure_truth(read_photo(paths[1]).rgb)
    for method, ab in (
        ("balanced", (10, 0)),
        ("vivid", (20, 10)),
        ("gray", (0, 0)),
        ("mean_color", (1, 2)),
    ):
        expected = score_photo(truth, constant_color(truth, ab))
        received = evaluation.scores[method][1]
        assert received["psnr"] == expected["psnr"], method
        assert received["delta_e_mean"] == expected["delta_e_mean"], method
    vivid = evaluation.scores["vivid"]
    assert [p["psnr"] for p in points[0]] == [s["psnr"] for s in vivid]


def test_brief_scores_are_the_full_ones(photo):
    truth = measure_truth(photo)
    image = constant_color(truth, (5.0, -9.0))
    brief, full = score_briefly(truth, image), score_photo(truth, image)
    assert brief == {name: full[name] for name in brief}


def test_differences_to_gray_are_paired():
    # PSNR varies by 10 dB from photo to photo, the gain by nothing.
    gray = [20.0, 30.0, 20.0, 30.0]
    evaluation = Evaluation(
        paths=list("abcd"),
        scores={"gray": [{"psnr": p, "delta_e_mean": p / 2} for p in gray]},
        colorfulness=[40.0, 60.0, 40.0, 60.0],
    )
    points = [
        [
            {"psnr": p + 1, "delta_e_mean": p / 2 - 3, "colorfulness": 30.0}
            for p in gray
        ]
    ]
    (row,) = curve_rows([Setting(0.6)], points, evaluation, 200)
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


def test_results_come_in_the_order_of_the_photos():
    items = np.arange(50)
    assert [*map_photos(lambda i: -i, items, "", QUIET)] == [*-items]
