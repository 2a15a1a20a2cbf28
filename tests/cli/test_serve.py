"""`keras-colorize serve`: what it refuses before it serves."""

import builtins
import socket
import sys

import pytest
from typer.testing import CliRunner

from keras_colorize.cli.app import app
from keras_colorize.serving.http.settings import LOOPBACK_NAMES
from tests.serving import tiny_models


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "tiny.onnx"
    path.write_bytes(tiny_models.photo_model())
    return path


def error_of(*arguments):
    result = CliRunner().invoke(app, ["serve", *map(str, arguments)])
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in (1, 2)
    assert "Traceback" not in result.output
    return result.stderr


def test_port_that_is_taken_is_told(model):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        error = error_of("--model", model, "--port", port)
    assert f"cannot listen on 127.0.0.1, port {port}" in error
    assert "--port" in error and error.count("\n") == 1


def test_unknown_host_is_told(model):
    error = error_of("--model", model, "--host", "256.0.0.1", "--port", 0)
    assert "cannot listen on 256.0.0.1" in error


def test_unknown_model_is_told_before_it_listens(tmp_path):
    assert "Did you mean lite" in error_of("--model", "lit")
    assert "no model file" in error_of("--model", tmp_path / "none.onnx")
    (tmp_path / "text.onnx").write_text("Dear grandmother")
    assert "cannot be loaded" in error_of("--model", tmp_path / "text.onnx")


def test_two_models_of_one_name_are_refused(model, tmp_path):
    other = tmp_path / "other" / "tiny.onnx"
    other.parent.mkdir()
    other.write_bytes(model.read_bytes())
    error = error_of("--model", model, "--model", other)
    assert "name of its own" in error and "tiny, tiny" in error


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("--port", "65536"), ("--workers", "0"), ("--queue", "-1")),
        *(("--max-mib", "0"), ("--max-pixels", "0"), ("--timeout", "0")),
        ("--api-key", "schlüssel"),
    ],
)
def test_numbers_without_a_meaning_are_refused(model, option, value):
    assert error_of("--model", model, option, value)


@pytest.mark.parametrize("key", ["", "\n"])
def test_empty_key_starts_no_open_server(model, monkeypatch, key):
    monkeypatch.setenv("KERAS_COLORIZE_API_KEY", key)
    assert "API key must be" in error_of("--model", model, "--port", 0)


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("127.0.0.5", {*LOOPBACK_NAMES, "127.0.0.5", "photos.example"}),
        ("[::1]", {*LOOPBACK_NAMES, "photos.example"}),
        ("0.0.0.0", {*LOOPBACK_NAMES, "photos.example"}),
    ],
)
def test_hosts_are_those_of_this_machine_and_the_ones_allowed(
    model, monkeypatch, host, names
):
    seen = []
    monkeypatch.setattr(
        "keras_colorize.serving.http.server.run_server",
        lambda settings, *_, **__: seen.append(settings.hosts),
    )
    for options in (["--allow-host", "photos.example"], []):
        arguments = ["serve", "--model", str(model), "--host", host, *options]
        CliRunner().invoke(app, arguments)
    assert set(seen[0]) == names
    wide = set() if host == "0.0.0.0" else names - {"photos.example"}
    assert set(seen[1]) == wide


def test_missing_package_is_named_with_its_extra(model, monkeypatch):
    for name in [n for n in sys.modules if n.startswith("keras_colorize.s")]:
        if ".http" in name:
            monkeypatch.delitem(sys.modules, name)
    real_import = builtins.__import__

    def import_without_uvicorn(name, *arguments, **options):
        if name.partition(".")[0] == "uvicorn":
            raise ModuleNotFoundError("No module", name="uvicorn")
        return real_import(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", import_without_uvicorn)
    error = error_of("--model", model)
    assert "needs the package uvicorn" in error
    assert "pip install 'keras-colorize[serve]'" in error


def test_help_shows_how_to_use_it():
    text = CliRunner().invoke(app, ["serve", "--help"]).output
    assert "127.0.0.1" in text and "curl -F photo=@" in text
    assert "KERAS_COLORIZE_API_KEY" in text
