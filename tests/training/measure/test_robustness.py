import numpy as np
import pytest
from rich.console import Console

from keras_colorize.color.cielab_numpy import gray_of_photo
from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.models.registry import create_model
from tests.helpers import write_photo_folder
from tests.models.tiny import tiny_overrides
from training.measure.robustness import DEGRADATIONS
from training.measure.robustness import degraded_grays
from training.measure.robustness import measure_robustness
from training.measure.robustness import score_color
from training.measure.robustness import summarize_conditions
from training.measure.summary import Bootstrap


def test_only_the_input_is_degraded(photo):
    """With the true color the score is perfect, whatever the input was."""
    true_ab = rgb_to_lab(photo.astype(np.float32) / 255.0)[..., 1:]
    seen = []

    def predict_ab(L):
        seen.append(L)
        return true_ab

    grays = degraded_grays(photo, seed=3)
    scores = [score_color(photo, g, predict_ab) for g in grays.values()]
    assert min(scores) > 55  # nothing but rounding
    assert len({*scores}) == 1
    clean = seen[0]
    for name, L in zip(grays, seen, strict=True):
        assert L.shape == (40, 56, 1)
        if name != "clean":
            assert np.abs(L - clean).mean() > 0.3, name


def test_faded_photo_is_seen_with_full_contrast():
    """As by every session: levels from 50 to 205 become 0 to 255."""
    ramp = np.tile(np.arange(256, dtype=np.uint8), (64, 2))
    photo = np.repeat(ramp[..., None], 3, axis=-1)
    seen = []

    def predict_ab(L):
        seen.append(L)
        return np.zeros((*L.shape[:2], 2), np.float32)

    grays = degraded_grays(photo, seed=3)
    for name in ("clean", "old-film contrast, 50 to 205"):
        score_color(photo, grays[name], predict_ab)
    clean, faded = seen
    assert grays["old-film contrast, 50 to 205"].min() == 50
    assert (faded.min(), faded.max()) == (0, 100)
    # Two levels of gray at most: 255 became 155, and the ends are cut off.
    assert np.abs(faded - clean).max() < 1.5


def test_every_degradation_repeats_itself(photo):
    first, second = (degraded_grays(photo, seed=5) for _ in range(2))
    assert set(first) == {"clean", *DEGRADATIONS}
    np.testing.assert_array_equal(first["clean"], gray_of_photo(photo))
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])
        assert first[name].dtype == np.uint8


def test_spread_is_the_largest_mean_minus_the_smallest():
    scores = [
        {"clean": 20.0, "blur": 19.0, "noise": 20.5},
        {"clean": 30.0, "blur": 29.0, "noise": 30.5},
    ]
    rows, spread = summarize_conditions(scores, Bootstrap(2, 100), "clean")
    assert [row["psnr"]["value"] for row in rows] == [25, 24, 25.5]
    assert [row["minus_clean"]["value"] for row in rows] == [0, -1, 0.5]
    assert rows[1]["minus_clean"]["interval_95"] == [-1, -1]  # paired
    assert spread == {"value": 1.5, "interval_95": [1.5, 1.5]}
    rows, _ = summarize_conditions(scores, Bootstrap(2, 100))
    assert set(rows[0]) == {"condition", "psnr"}


@pytest.mark.parametrize(
    ("name", "sizes"),
    [("eccv16_small", ["16", "32"]), ("autoencoder_32", ["32"])],
)
def test_network_is_scored_at_each_size_it_takes(tmp_path, name, sizes):
    model = create_model(name, **tiny_overrides(name))
    model.save_to_preset(tmp_path / "preset")
    paths = write_photo_folder(tmp_path, [(24, 40), (36, 20)])
    result = measure_robustness(
        paths,
        tmp_path / "preset",
        32,
        100,
        Console(quiet=True),
        sizes=(16, 32),
    )
    rows = result["conditions"]["network size"]
    assert [row["condition"] for row in rows] == sizes
    aged = result["conditions"]["degradation"]
    assert [row["condition"] for row in aged] == ["clean", *DEGRADATIONS]
    # The clean photo at the default size is in both lists.
    assert aged[0]["psnr"] == rows[sizes.index("32")]["psnr"]
    assert (result["photos"], result["network_size"]) == (2, 32)
