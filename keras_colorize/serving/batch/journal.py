"""What earlier runs made of a folder, so that the next one goes on.

`.keras-colorize.jsonl` in the folder of results holds one JSON object a line,
appended as soon as a photo is done:

    {"output": "sea/a.png", "input": "/photos/sea/a.jpg", "bytes": 81234,
     "modified_ns": 1760000000000000000, "status": "colorized",
     "model": "lite.photos", "settings": {"strength": 1.0, …}}

A line that a kill cut short is left out when the file is read.
"""

import dataclasses
import json
import os
from pathlib import Path
from typing import IO

from keras_colorize.files import explained_os_errors
from keras_colorize.serving.options import PhotoOptions

JOURNAL_NAME = ".keras-colorize.jsonl"


class Journal:
    """The photos that are done in one folder of results; a context manager.

    Args:
        folder: Folder of results; need not exist before the first `add`.
        model: Name of the model of this run.
        options: Options of this run.
    """

    def __init__(self, folder: Path, model: str, options: PhotoOptions):
        self._folder = folder
        self._made_with = {"model": model, "settings": _plain(options)}
        self._rows = {row["output"]: row for row in self._read()}
        self._file: IO[str] | None = None

    def owners(self) -> dict[Path, Path]:
        """Returns the photo of each result, as long as there is that photo."""
        return {
            self._folder / name: Path(row["input"])
            for name, row in self._rows.items()
            if os.path.exists(row["input"])
        }

    def is_left(self, source: Path, target: Path) -> bool:
        """Tells whether this photo, unchanged, was found to be in color."""
        row = self._row(target)
        return (
            row is not None
            and row["status"] == "left"
            and row["settings"]["skip_color"]
            and self._made_with["settings"]["skip_color"]
            and self._is_same_photo(row, source)
        )

    def is_stale(self, source: Path, target: Path) -> bool:
        """Tells whether a result is of another photo or of other options."""
        row = self._row(target)
        if row is None:
            return False
        made_with = {key: row[key] for key in self._made_with}
        return made_with != self._made_with or not self._is_same_photo(
            row, source
        )

    def add(self, source: Path, target: Path, status: str) -> None:
        """Notes down one photo; at once in the file.

        Raises:
            OutputError: If the file cannot be written.
        """
        row = {
            "output": self._key(target),
            "input": str(source.resolve()),
            **_state(source),
            "status": status,
            **self._made_with,
        }
        self._rows[row["output"]] = row
        path = self._folder / JOURNAL_NAME
        with explained_os_errors(path):
            if self._file is None:
                self._file = _open_to_append(path)
            self._file.write(json.dumps(row, ensure_ascii=False) + "\n")
            self._file.flush()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _read(self):
        path = self._folder / JOURNAL_NAME
        if not path.is_file():
            return
        with explained_os_errors(path):
            lines = path.read_text("utf-8", errors="replace").splitlines()
        for line in lines:
            row = _parsed(line)
            if row is not None:
                yield row

    def _key(self, target: Path) -> str:
        return target.relative_to(self._folder).as_posix()

    def _row(self, target: Path) -> dict | None:
        return self._rows.get(self._key(target))

    def _is_same_photo(self, row: dict, source: Path) -> bool:
        seen = _state(source)  # not its path: folders are moved
        return seen == {key: row[key] for key in seen}


def _plain(options: PhotoOptions) -> dict:
    # Not the limit: it decides whether a photo is done, not how.
    plain = {
        **dataclasses.asdict(options.color),
        "quality": options.quality,
        "skip_color": options.skip_color,
    }
    return json.loads(json.dumps(plain))


def _state(source: Path) -> dict[str, int]:
    try:
        status = os.stat(source)
    except OSError:
        return {"bytes": -1, "modified_ns": -1}
    return {"bytes": status.st_size, "modified_ns": status.st_mtime_ns}


def _open_to_append(path: Path) -> IO[str]:
    file = path.open("a+", encoding="utf-8")
    if file.tell() and not path.read_bytes().endswith(b"\n"):
        file.write("\n")  # a kill cut the last line short
    return file


def _parsed(line: str) -> dict | None:
    keys = {"output", "input", "bytes", "modified_ns", "status", "model"}
    try:
        row = json.loads(line)
    except ValueError:
        return None
    has_settings = isinstance(row, dict) and isinstance(
        row.get("settings"), dict
    )
    return row if has_settings and keys <= set(row) else None
