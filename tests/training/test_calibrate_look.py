import json

from typer.testing import CliRunner

from keras_colorize.exporters.look_search import FOCUS
from keras_colorize.exporters.look_search import TEMPERATURES
from keras_colorize.models.registry import load_pretrained
from keras_colorize.presets import read_metadata
from tests.models.test_lite import TINY
from training import calibrate_look


def calibrate(*arguments):
    return CliRunner().invoke(calibrate_look.app, [str(a) for a in arguments])


def test_looks_are_written_into_a_copy_of_the_preset(photo_folder, tmp_path):
    from keras_colorize.models.lite.colorizer import LiteColorizer

    model = LiteColorizer("mobilenet_v1", **TINY)
    facts = {"mean_ab": [1.0, 2.0], "sha256": {"config.json": "old"}}
    model.save_to_preset(tmp_path / "before", facts)
    result = calibrate(
        *("--preset", tmp_path / "before", "--out", tmp_path / "after"),
        *("--photos", photo_folder, "--split", "val", "--limit", 2),
        *("--network-size", 32),
    )
    assert result.exit_code == 0, result.output
    assert load_pretrained(tmp_path / "before").looks == {}
    looks = load_pretrained(tmp_path / "after").looks
    assert set(looks) == {"natural", "vivid", "calm"}
    for look in looks.values():
        assert look["temperature"] in TEMPERATURES
        assert look["focus"] in FOCUS and look["vividness"] > 0
    metadata = read_metadata(tmp_path / "after")
    assert metadata["mean_ab"] == [1.0, 2.0]
    assert metadata.get("sha256", {}).get("config.json") != "old"
    json.dumps(looks)  # plain numbers


def test_models_without_looks_are_refused(tiny_preset, photo_folder, tmp_path):
    result = calibrate(
        *("--preset", tiny_preset, "--out", tmp_path / "after"),
        *("--photos", photo_folder),
    )
    assert result.exit_code == 2
    assert "Received: eccv16_small" in result.stderr
    assert not (tmp_path / "after").exists()
