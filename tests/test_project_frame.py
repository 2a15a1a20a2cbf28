"""Version, licenses and sizes: what no other test would notice."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import keras_colorize
from keras_colorize.presets import list_shipped
from keras_colorize.presets import read_metadata
from keras_colorize.presets import terms_of

ROOT = Path(__file__).parents[1]
LARGEST_FILE = 15 * 2**20  # bytes: one shipped weights file
LARGEST_SOURCE_FILE = 1 * 2**20


def project_files():
    """Files of the project; what git ignores is left out where git is."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs git and a checkout to tell files from leftovers")
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def test_version_is_the_one_on_top_of_the_change_log():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[([^]]+)\]", text, re.MULTILINE).group(1)
    assert newest == keras_colorize.__version__


def test_package_version_is_read_from_the_library():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    assert (
        project["tool"]["hatch"]["version"]["path"]
        == "keras_colorize/__init__.py"
    )


def test_constraints_pin_every_direct_dependency():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project = project["project"]
    wanted = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        wanted += extra
    names = {re.match(r"[\w-]+", line).group().lower() for line in wanted}
    pins = re.findall(
        r"^([\w-]+)==[\w.]+$",
        (ROOT / "constraints.txt").read_text("utf-8"),
        re.MULTILINE,
    )
    missing = names - {name.lower().replace("_", "-") for name in pins}
    assert missing == {"keras-colorize"}


def test_every_data_set_names_its_license_and_source():
    yaml = pytest.importorskip("yaml", reason="the train extra reads YAML")
    rows = yaml.safe_load((ROOT / "datasets.yaml").read_text("utf-8"))
    rows = rows.get("datasets", rows)
    if isinstance(rows, dict):
        rows = list(rows.values())
    assert rows
    for row in rows:
        assert row.get("license"), row
        assert row.get("source"), row


def test_license_is_apache_2():
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text


def test_package_has_an_entry_for_the_license_of_its_weights():
    """Of those in the wheel; others are in the source and in releases."""
    file = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project = file["project"]
    left_out = file["tool"]["hatch"]["build"]["targets"]["wheel"]["exclude"]
    folders = [
        weights.folder
        for weights in list_shipped()
        if f"{weights.folder.relative_to(ROOT).as_posix()}/**" not in left_out
    ]
    entries = project["license"].split(" AND ")
    terms = {terms_of(read_metadata(folder)) for folder in folders}
    assert entries[0] == "Apache-2.0"
    assert ("LicenseRef-Research-Use" in entries) == ("research use" in terms)
    files = {f for glob in project["license-files"] for f in ROOT.glob(glob)}
    assert files == {
        ROOT / "LICENSE",
        *(folder / "README.md" for folder in folders),
        *(folder / "CREDITS.md" for folder in folders),
    }
    assert folders


def test_no_committed_file_is_too_large():
    for file in project_files():
        shipped = "weights" in file.parts
        limit = LARGEST_FILE if shipped else LARGEST_SOURCE_FILE
        assert file.stat().st_size <= limit, file


def test_no_leftovers_are_committed():
    for file in project_files():
        assert file.suffix not in (".pyc", ".orig", ".rej", ".log"), file
        assert " " not in file.name, file
        assert file.name not in ("utils.py", ".DS_Store"), file


def test_names_with_keras_are_not_imported_with_the_package():
    code = (
        "import sys, keras_colorize; "
        "print(sorted({'keras', 'tensorflow', 'onnxruntime', 'PIL', 'numpy'}"
        " & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == "[]"
