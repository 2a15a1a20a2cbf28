"""Presets by address, from a server on the loopback that speaks the Hub's."""

import hashlib
import json
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from keras_colorize import hub
from keras_colorize.errors import ModelError
from keras_colorize.errors import SettingError
from keras_colorize.models import registry
from tests.hub_server import COMMIT
from tests.hub_server import hub_of
from tests.models.tiny import tiny_overrides

ROOT = Path(__file__).parents[1]
# Finds each address of its arguments, and prints what came of it.
FIND = """
import json, sys
from keras_colorize import presets
for address in sys.argv[1:]:
    try:
        folder = presets.find_preset(address)
        names = sorted(path.name for path in folder.iterdir())
        print(json.dumps([str(folder), *names]))
    except Exception as error:
        print(json.dumps([type(error).__name__, str(error)]))
"""
LOAD = """
import sys, numpy as np
from keras_colorize import load_pretrained
from keras_colorize.models.eccv16.colorizer import ECCV16Colorizer
model = ECCV16Colorizer.from_preset(sys.argv[1])
again = load_pretrained(sys.argv[1])
for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
    assert np.array_equal(a, b)
np.savez(sys.argv[2], *model.get_weights())
"""


@pytest.fixture
def client(tmp_path):
    """Function that runs code as a user of a server, cache and all."""
    pytest.importorskip("huggingface_hub", reason="extra `hub`")

    def run(url, code, *arguments):
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), *sys.path])),
            "HF_ENDPOINT": url,
            "HF_HOME": str(tmp_path / "cache"),
            "HF_HUB_DISABLE_TELEMETRY": "1",
        }
        result = subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)],
            env=environment,
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
        assert result.returncode == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]

    return run


@pytest.fixture
def preset(tmp_path):
    """Folder of files as a preset has them; Keras never sees these."""
    folder = tmp_path / "preset"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.weights.h5").write_bytes(b"weights" * 1000)
    (folder / "README.md").write_text("# Card")
    (folder / "setup.py").write_text("raise SystemExit")
    write_metadata(folder)
    return folder


def write_metadata(folder, **sha256):
    names = ("config.json", "model.weights.h5")
    true = {
        n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in names
    }
    metadata = {"sha256": {**true, **sha256}}
    (folder / "metadata.json").write_text(json.dumps(metadata))


def test_a_model_that_was_saved_is_loaded_from_the_hub(client, tmp_path):
    keras = pytest.importorskip("keras")
    model = registry.create_model(
        "eccv16_small", **tiny_overrides("eccv16_small")
    )
    model.save_to_preset(tmp_path / "mine", {"license": "CC0"})
    with hub_of({"owner/name": tmp_path / "mine"}) as server:
        client(server.url, LOAD, "hf://owner/name", tmp_path / "w.npz")
    import numpy as np

    with np.load(tmp_path / "w.npz") as arrays:
        for weight, array in zip(model.weights, arrays.values(), strict=True):
            np.testing.assert_array_equal(
                keras.ops.convert_to_numpy(weight), array
            )


def test_addresses_give_their_files_once_and_errors_are_sentences(
    client, preset
):
    folders = {"owner/name": preset, "owner/terms": "gated"}
    with hub_of(folders) as server:
        first, again, tag, nope, absent, terms, no_address = client(
            server.url,
            FIND,
            "hf://owner/name",
            "hf://owner/name",
            "hf://owner/name@v1",
            "hf://owner/name@nope",
            "hf://owner/absent",
            "hf://owner/terms",
            "hf://name",
        )
        loads = [p for p in server.requests if p.endswith(".h5")]
    # Nothing but what a preset has, and never twice.
    files = ["config.json", "metadata.json", "model.weights.h5"]
    assert first[1:] == files
    assert Path(first[0]).name == COMMIT
    assert first == again == tag
    assert 1 <= len(loads) <= 2  # one of them asks for the size
    assert nope[0] == "SettingError" and "no such revision" in nope[1]
    assert absent[0] == "SettingError" and "hf auth login" in absent[1]
    assert terms[0] == "SettingError" and "accepted its terms" in terms[1]
    assert no_address[0] == "SettingError"
    assert "is hf://owner/name" in no_address[1]


def test_offline_uses_what_is_here_and_says_what_to_do(client, preset):
    with hub_of({"owner/name": preset}) as server:
        client(server.url, FIND, "hf://owner/name")
        url = server.url
    here, elsewhere = client(url, FIND, "hf://owner/name", "hf://owner/other")
    assert here[1:] == ["config.json", "metadata.json", "model.weights.h5"]
    assert elsewhere[0] == "ModelError"
    assert (
        "Go online once, set HF_ENDPOINT to a mirror, or copy" in elsewhere[1]
    )


def test_files_that_are_not_those_that_were_saved_are_refused(client, preset):
    write_metadata(preset, **{"model.weights.h5": "0" * 64})
    with hub_of({"owner/name": preset}) as server:
        (answer,) = client(server.url, FIND, "hf://owner/name")
    assert answer[0] == "ModelError"
    assert "model.weights.h5 is damaged or was changed" in answer[1]


def test_files_that_were_changed_here_are_refused(client, preset):
    with hub_of({"owner/name": preset}) as server:
        ((folder, *_),) = client(server.url, FIND, "hf://owner/name")
        config = Path(folder) / "config.json"
        content = config.read_text()
        config.resolve().write_text(content + " ")
        (answer,) = client(server.url, FIND, "hf://owner/name")
    assert answer[0] == "ModelError"
    assert "config.json is damaged or was changed" in answer[1]


def test_presets_that_do_not_say_their_checksums_are_refused(client, preset):
    (preset / "metadata.json").write_text("{}")
    with hub_of({"owner/name": preset}) as server:
        (answer,) = client(server.url, FIND, "hf://owner/name")
    assert answer[0] == "ModelError"
    assert "must say the SHA-256 of config.json and model.weights" in answer[1]


def test_a_missing_file_is_named(client, preset):
    (preset / "model.weights.h5").unlink()
    with hub_of({"owner/name": preset}) as server:
        (answer,) = client(server.url, FIND, "hf://owner/name")
    assert answer[0] == "FileNotFoundError"
    assert "Missing: model.weights.h5 of hf://owner/name" in answer[1]


@pytest.mark.slow  # the client tries for some seconds
def test_half_a_download_is_an_error_and_the_rest_can_follow(client, preset):
    folders = {"owner/name": preset}
    with hub_of(folders, truncated=["model.weights.h5"]) as server:
        (answer,) = client(server.url, FIND, "hf://owner/name")
    assert answer[0] == "ModelError"
    assert "could not be downloaded" in answer[1]
    with hub_of(folders) as server:
        (answer,) = client(server.url, FIND, "hf://owner/name")
    assert answer[1:] == ["config.json", "metadata.json", "model.weights.h5"]


# === Kaggle: its client speaks to one host alone, so it is stood in for ===


@pytest.fixture
def kaggle(monkeypatch):
    """Function that makes `kagglehub` answer by a function of the handle."""

    def stand_in(answer):
        exceptions = types.ModuleType("kagglehub.exceptions")
        exceptions.KaggleApiHTTPError = type("HTTP", (OSError,), {})
        exceptions.DataCorruptionError = type("Corrupt", (Exception,), {})
        module = types.ModuleType("kagglehub")
        module.exceptions = exceptions
        module.model_download = lambda handle: answer(handle, exceptions)
        monkeypatch.setitem(sys.modules, "kagglehub", module)
        monkeypatch.setitem(sys.modules, "kagglehub.exceptions", exceptions)

    return stand_in


@pytest.mark.parametrize("version", ["", "/3"])
def test_kaggle_gets_the_handle(kaggle, version):
    kaggle(lambda handle, _: f"/cache/{handle}")
    handle = f"owner/model/keras/small{version}"
    assert hub.download(f"kaggle://{handle}") == Path(f"/cache/{handle}")


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        (
            "KaggleApiHTTPError",
            SettingError,
            "nothing at kaggle.*needs a login",
        ),
        ("DataCorruptionError", ModelError, "could not be downloaded.*again"),
    ],
)
def test_errors_of_kaggle_are_sentences(kaggle, kind, error, words):
    def fail(handle, exceptions):
        raise getattr(exceptions, kind)("no\nmore")

    kaggle(fail)
    with pytest.raises(error, match=words):
        hub.download("kaggle://owner/model/keras/small")


@pytest.mark.parametrize(
    "address",
    [
        "hf://../../etc",
        "hf://owner/name/more",
        "hf://owner/name@",
        "kaggle://owner/model",
        "kaggle://owner/model/keras/small/newest",
    ],
)
def test_other_addresses_are_refused_before_anything_is_asked(address):
    assert hub.is_address(address)
    with pytest.raises(SettingError, match="An address of weights is"):
        hub.download(address)


@pytest.mark.parametrize(
    ("address", "package"),
    [
        ("hf://owner/name", "huggingface_hub"),
        ("kaggle://owner/model/keras/small", "kagglehub"),
    ],
)
def test_without_the_package_the_error_names_the_extra(
    monkeypatch, address, package
):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=r"keras-colorize\[hub\]"):
        hub.download(address)
