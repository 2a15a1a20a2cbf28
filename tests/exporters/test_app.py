import json
import os
import pathlib
import subprocess
import sys

import onnx
import pytest
from typer.testing import CliRunner

from export import export_onnx
from export import export_saved_model
from export import ship_weights
from keras_colorize.exporters import many
from keras_colorize.exporters.formats import OnnxFormat
from keras_colorize.exporters.loading import load_for_export
from keras_colorize.exporters.onnx import OnnxWriter
from keras_colorize.exporters.validate import ExportMismatchError
from keras_colorize.models.registry import create_model
from keras_colorize.serving.session import ColorizeSession
from tests.helpers import textured_photo
from tests.helpers import write_photo
from tests.models.tiny import tiny_overrides

ROOT = pathlib.Path(__file__).parents[2]
FORMATS = [(export_onnx, "thin.onnx"), (export_saved_model, "thin")]


def invoke(script, *arguments):
    return CliRunner().invoke(script.app, [str(a) for a in arguments])


@pytest.mark.parametrize(("script", "name"), FORMATS)
def test_script_writes_the_export_and_one_line(
    thin_spec, tmp_path, script, name
):
    output = tmp_path / name
    result = invoke(
        script, "--model", thin_spec.name, "--output", output, "--size", 32
    )
    assert result.exit_code == 0, result.output
    assert output.exists()
    assert result.stdout.startswith(f"{output}: ")
    assert "untrained" in result.stderr


def test_options_of_the_onnx_script_arrive(thin_spec, tmp_path):
    output = tmp_path / "thin.onnx"
    result = invoke(
        export_onnx,
        *("--model", thin_spec.name),
        *("--output", output),
        *("--size", 40),
        *("--head", "ab"),
        *("--network-size", 32),
        *("--opset", 17),
        *("--precision", "fp16"),
    )
    assert result.exit_code == 0, result.output
    model = onnx.load(output)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert metadata["network_size"] == "32"
    assert metadata["head"] == "ab"
    assert metadata["weights"] == "untrained"
    assert model.opset_import[0].version == 17


def test_shipped_weights_keep_what_is_not_said_again(tmp_path, photos):
    model = create_model("eccv16_small", **tiny_overrides("eccv16_small"))
    model.save_to_preset(tmp_path / "preset", {"mean_ab": [1.0, 2.0]})
    output = tmp_path / "shipped"
    result = invoke(
        ship_weights,
        *("--preset", tmp_path / "preset"),
        *("--tag", "test"),
        *("--license", "none"),
        *("--training-data", "made by formula"),
        *("--weights-version", "2"),
        *("--network-size", 32),
        *("--output", output),
    )
    assert result.exit_code == 0, result.output
    metadata = json.loads((output / "metadata.json").read_text())
    assert metadata["mean_ab"] == [1.0, 2.0]
    assert metadata["training_data"] == "made by formula"
    assert metadata["weights_version"] == "2"
    # Again in int8: what is not given is as it was.
    result = invoke(
        ship_weights,
        *("--preset", output),
        *("--tag", "test"),
        *("--precision", "int8"),
        *("--calibration", photos),
        *("--output", output),
    )
    assert result.exit_code == 0, result.output
    assert "int8" in result.stdout
    again = json.loads((output / "metadata.json").read_text())
    before = metadata["sha256"].pop("model.onnx")
    assert again["sha256"].pop("model.onnx") != before
    for facts in (again, metadata):
        assert facts.pop("core_seconds") > 0.0  # measured anew
    assert again == metadata
    facts = ColorizeSession(output / "model.onnx").contract.facts
    assert facts["precision"] == "int8"
    assert facts["weights_version"] == "2"


def test_the_network_size_of_a_preset_is_that_of_its_exports(
    thin_spec, tmp_path
):
    model = create_model(thin_spec.name)
    model.save_to_preset(tmp_path / "preset", {"network_size": 32})
    result = invoke(
        export_onnx,
        *("--model", thin_spec.name),
        *("--weights", tmp_path / "preset"),
        *("--output", tmp_path / "thin.onnx"),
        *("--size", 40),
    )
    assert result.exit_code == 0, result.output
    contract = ColorizeSession(tmp_path / "thin.onnx").contract
    assert contract.network_size == 32


def test_weights_in_the_box_are_exported_at_their_size(tmp_path):
    rows = many.export_many(
        OnnxFormat(), ["lite.open"], tmp_path, precisions=["fp32"]
    )
    row = next(rows)
    assert not row.error
    assert ColorizeSession(row.path).contract.network_size == 160


@pytest.mark.parametrize(("script", "name"), FORMATS)
@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--model", "eccv16_thim", "Did you mean eccv16_thin"),
        ("--weights", "absent.keras", "no weights at absent.keras"),
        ("--size", "large", "`size` must be 'dynamic'"),
        ("--head", "rgb", "`head` must be one of"),
        ("--network-size", "30", "multiple of 8"),
    ],
)
def test_mistakes_end_in_one_sentence_and_no_file(
    thin_spec, tmp_path, script, name, option, value, message
):
    options = {"--model": thin_spec.name, "--output": tmp_path / name}
    options[option] = value
    pairs = [part for pair in options.items() for part in pair]
    result = invoke(script, *pairs)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(("script", "name"), FORMATS)
def test_unwritable_output_is_told(thin_spec, tmp_path, script, name):
    (tmp_path / "file").write_text("not a folder")
    output = tmp_path / "file" / name
    result = invoke(script, "--model", thin_spec.name, "--output", output)
    assert result.exit_code == 2
    assert "Error:" in result.stderr


def test_mismatch_has_an_exit_code_of_its_own(monkeypatch, tmp_path):
    def disagree(*args, **kwargs):
        raise ExportMismatchError("Worst difference: 9 levels of 255.")

    monkeypatch.setattr(OnnxWriter, "write", disagree)
    result = invoke(
        export_onnx,
        *("--model", "eccv16_l2_small"),
        *("--output", tmp_path / "x.onnx"),
    )
    assert result.exit_code == 1
    assert "9 levels" in result.stderr


def test_runs_as_a_file_of_the_checkout(tmp_path):
    done = subprocess.run(
        [
            *(sys.executable, "export/export_onnx.py"),
            *("--model", "no_such_model"),
            *("--output", tmp_path / "x.onnx"),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Unknown model" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    for index in range(6):
        photo = textured_photo(32, 40 + index)
        write_photo(folder / f"{index}.png", photo)
    return folder


def test_all_reports_a_failed_model_and_exports_the_others(
    thin_spec, tmp_path, photos, monkeypatch
):
    def load(name):
        if name == "autoencoder_32":
            raise OSError("its weights are\ngone")
        return load_for_export(name)

    monkeypatch.setattr("keras_colorize.exporters.many.load_for_export", load)
    output = tmp_path / "all"
    output.mkdir()
    older = output / "autoencoder_32.int8.onnx"
    older.write_bytes(b"an older export")
    result = invoke(
        export_onnx,
        *("--all", "--output", output),
        *("--model", "autoencoder_32", "--model", thin_spec.name),
        *("--precision", "int8"),
        *("--calibration", photos),
        *("--size", 32),
    )
    assert result.exit_code == 1, result.output
    assert (
        "Failed: autoencoder_32.int8.onnx: its weights are gone\n"
        in result.stderr
    )
    assert sorted(file.name for file in output.iterdir()) == [
        "autoencoder_32.int8.onnx",
        "eccv16_thin.int8.onnx",
    ]
    assert older.read_bytes() == b"an older export"
    for word in ("failed", "MB", "nodes", "ΔE", "32 x 32"):
        assert word in result.stdout


def test_all_writes_a_saved_model_for_each(thin_spec, tmp_path):
    output = tmp_path / "all"
    result = invoke(
        export_saved_model,
        *("--all", "--output", output, "--model", thin_spec.name),
        *("--size", 32),
    )
    assert result.exit_code == 0, result.output
    assert (output / thin_spec.name / "saved_model.pb").is_file()
    assert [file.name for file in output.iterdir()] == [thin_spec.name]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Give --model once, or --all"),
        (("--model", "lite", "--model", "lite"), "Received: 2 times"),
        (("--model", "lite", "--precision", "int4"), "`precision` must be"),
        (("--model", "lite", "--precision", "int8"), "give --calibration"),
        (("--all",), "give --calibration"),
        (("--all", "--precision", "int4"), "`precision` must be one"),
        (("--all", "--precision", "fp16", "--head", "rgb"), "`head` must be"),
        (("--all", "--model", "lit"), "Did you mean"),
        (("--all", "--weights", "x.keras"), "--all takes the weights in the"),
    ],
)
def test_mistakes_of_all_end_before_any_work(tmp_path, arguments, message):
    output = tmp_path / "out"
    result = invoke(export_onnx, *arguments, "--output", output)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not output.exists()


def test_all_wants_a_folder(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    result = invoke(export_saved_model, "--all", "--output", tmp_path / "file")
    assert result.exit_code == 2
    assert "--output is a folder" in result.stderr


@pytest.mark.slow
def test_all_three_precisions_of_small_models(tmp_path, photos):
    output = tmp_path / "all"
    names = ("eccv16_small", "autoencoder_bn", "unetpp_color_small")
    result = invoke(
        export_onnx,
        *("--all", "--output", output, "--calibration", photos),
        *(part for name in names for part in ("--model", name)),
    )
    assert result.exit_code == 0, result.output
    sizes = {file.name: file.stat().st_size for file in output.iterdir()}
    assert len(sizes) == 9
    for name in names:
        full, half, quarter = (
            sizes[f"{name}.{precision}.onnx"]
            for precision in ("fp32", "fp16", "int8")
        )
        assert quarter < 0.6 * full
        # Kernels with a batch norm in them may stay float32.
        assert half < (0.6 if name == "eccv16_small" else 1.05) * full
