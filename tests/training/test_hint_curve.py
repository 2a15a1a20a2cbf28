import json

import pytest
from typer.testing import CliRunner

from keras_colorize.models.registry import create_model
from tests.models.tiny import tiny_overrides
from training import hint_curve


@pytest.fixture(scope="module")
def presets(tmp_path_factory):
    """Preset folders of two tiny models by name."""
    folder = tmp_path_factory.mktemp("presets")
    for name in ("siggraph17_small", "eccv16_small"):
        create_model(name, **tiny_overrides(name)).save_to_preset(folder / name)
    return folder


def run(model, photo_folder, output):
    return CliRunner().invoke(
        hint_curve.app,
        [
            *("--model", str(model)),
            *("--data", str(photo_folder)),
            *("--output", str(output)),
            *("--size", "32"),
        ],
    )


def test_curve_has_a_finite_score_for_each_number_of_hints(
    presets, photo_folder, tmp_path
):
    output = tmp_path / "curve.json"
    result = run(presets / "siggraph17_small", photo_folder, output)
    assert result.exit_code == 0, result.stderr
    written = json.loads(output.read_text())
    assert written["photos"] == 4
    assert [row["hints"] for row in written["curve"]] == [
        *hint_curve.NUMBERS_OF_HINTS
    ]
    assert all(5 < row["psnr"] < 60 for row in written["curve"])
    # An untrained network reacts to hints, if not for the better.
    assert len({row["psnr"] for row in written["curve"]}) > 1


def test_model_without_hints_is_refused(presets, photo_folder, tmp_path):
    output = tmp_path / "curve.json"
    result = run(presets / "eccv16_small", photo_folder, output)
    assert result.exit_code == 2
    assert "takes no color hints" in result.stderr
    assert not output.exists()
