"""Archives for a release: complete, verified, the same bytes each time."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from keras_colorize.errors import ModelError
from keras_colorize.errors import SettingError
from keras_colorize.exporters.release import pack_release
from keras_colorize.files import sha256_of

ROOT = Path(__file__).parents[2]


@pytest.fixture
def weights(tmp_path):
    """Function that writes a folder like `ship_weights`, with other bytes."""

    def write(name="here", **changes):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "config.json").write_text("{}")
        (folder / "model.weights.h5").write_bytes(
            b"weights of " + name.encode()
        )
        (folder / "model.onnx").write_bytes(bytes(range(256)))
        (folder / "README.md").write_text("a card")
        metadata = {
            "model": "eccv16_small",
            "tag": name,
            "license": "test only",
            "training_data": "made by formula",
            "sha256": {
                file: sha256_of(folder / file)
                for file in ("config.json", "model.weights.h5", "model.onnx")
            },
        }
        (folder / "metadata.json").write_text(json.dumps(metadata | changes))
        return folder

    return write


def test_archives_unpack_to_the_folders_and_checksums_hold(weights, tmp_path):
    folders = [weights("b"), weights("a")]
    (folders[1] / "CREDITS.md").write_text("credits")
    target = tmp_path / "new" / "release"
    paths = pack_release(folders, target)
    assert [path.name for path in paths] == [
        "eccv16_small.b.zip",
        "eccv16_small.a.zip",
    ]
    lines = (target / "SHA256SUMS").read_text().splitlines()
    assert lines == [
        f"{sha256_of(target / name)}  {name}"
        for name in ("eccv16_small.a.zip", "eccv16_small.b.zip")
    ]
    assert len(list(target.iterdir())) == 3
    for folder, path in zip(folders, paths, strict=True):
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path / "unpacked")
        unpacked = tmp_path / "unpacked" / path.stem
        assert {f.name: f.read_bytes() for f in unpacked.iterdir()} == {
            f.name: f.read_bytes() for f in folder.iterdir()
        }


def test_bytes_do_not_depend_on_times_and_modes(weights, tmp_path):
    folder = weights()
    (first,) = pack_release([folder], tmp_path / "first")
    (folder / "model.onnx").touch()
    (folder / "config.json").chmod(0o600)
    (second,) = pack_release([folder], tmp_path / "second")
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("file", ["README.md", "model.onnx", "config.json"])
def test_a_missing_file_is_named_and_nothing_is_written(
    weights, tmp_path, file
):
    folder = weights()
    (folder / file).unlink()
    with pytest.raises(FileNotFoundError, match=f"Missing in .*{file}"):
        pack_release([folder], tmp_path / "release")
    assert not (tmp_path / "release").exists()


@pytest.mark.parametrize(
    "file", ["model.onnx", "config.json", "model.weights.h5"]
)
def test_a_changed_file_is_refused(weights, tmp_path, file):
    good, bad = weights("good"), weights("bad")
    (bad / file).write_bytes(b"other")
    with pytest.raises(ModelError, match=f"{file} is damaged or was changed"):
        pack_release([good, bad], tmp_path / "release")
    assert not (tmp_path / "release").exists()


@pytest.mark.parametrize("key", ["license", "training_data"])
def test_weights_without_terms_are_refused(weights, tmp_path, key):
    with pytest.raises(ModelError, match=f"without {key}. Ship"):
        pack_release([weights(**{key: ""})], tmp_path / "release")


def test_two_of_one_name_and_a_folder_in_use_are_refused(weights, tmp_path):
    folders = [weights("one", tag="same"), weights("two", tag="same")]
    with pytest.raises(SettingError, match="one and in .*two"):
        pack_release(folders, tmp_path / "release")
    with pytest.raises(FileExistsError, match="Give another one"):
        pack_release(folders[:1], tmp_path)
    with pytest.raises(SettingError, match="Unknown model 'lit'"):
        pack_release(["lit"], tmp_path / "release")


def test_command_packs_weights_in_the_box_that_load_again(tmp_path):
    command = ["export/release_weights.py", "--output", tmp_path / "release"]
    subprocess.run([sys.executable, *command, "lite"], cwd=ROOT, check=True)
    with zipfile.ZipFile(tmp_path / "release" / "lite.photos.zip") as archive:
        archive.extractall(tmp_path)
    code = (
        "from keras_colorize.serving.session import ColorizeSession; "
        "print(ColorizeSession('lite.photos/model.onnx').contract.weights)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert result.stdout.strip() == "photos"
