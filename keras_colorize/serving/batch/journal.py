"""What earlier runs made of a folder, so that the next one goes on.

`.keras-colorize.jsonl` in the folder of results holds one JSON object a line,
appended as soon as a photo is done:

    {"version": 2, "output": "sea/a.png", "input": "/photos/sea/a.jpg",
     "bytes": 81234, "modified_ns": 1760000000000000000,
     "status": "colorized", "results": [{"bytes": 91234, "modified_ns": …,
     "sha256": "…"}], "model": "lite.photos", "settings": {"strength": 1.0, …}}

"results" has one entry a file: several for pages. Rows without "version" are
of earlier versions and have none. Rows that do not fit are left out; so is a
last one that a kill cut short.
"""

import dataclasses
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import IO
from typing import Any

from keras_colorize.files import explained_os_errors
from keras_colorize.files import file_state
from keras_colorize.files import json_line
from keras_colorize.files import sha256_of
from keras_colorize.serving.images.naming import page_path
from keras_colorize.serving.options import PhotoOptions

JOURNAL_NAME = ".keras-colorize.jsonl"
_VERSION = 2
_KINDS = {
    "output": str,
    "input": str,
    "bytes": int,
    "modified_ns": int,
    "status": str,
    "model": str,
    "settings": dict,
}
_KINDS_OF_RESULT = {"bytes": int, "modified_ns": int, "sha256": str}


class Journal:
    """The photos that are done in one folder of results; a context manager.

    Args:
        folder: Folder of results; need not exist before the first `add`.
        model: Name of the model of this run.
        options: Options of this run.

    Attributes:
        num_dropped: Rows of the file that do not fit.
    """

    def __init__(self, folder: Path, model: str, options: PhotoOptions):
        self._folder = folder
        self._path = folder / JOURNAL_NAME
        self._made_with = {"model": model, "settings": _plain(options)}
        self.num_dropped = 0
        self._rows = {row["output"]: row for row in self._read()}
        self._file: IO[str] | None = None

    def owners(self) -> dict[Path, Path]:
        """Returns the photo of each result, as long as there is that photo."""
        return {
            path: Path(row["input"])
            for name, row in self._rows.items()
            if os.path.exists(row["input"])
            for path in _files_of(self._folder / name, row)
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

    def changed(self, target: Path) -> list[Path]:
        """Returns those files of a result that are not as they were written.

        Not those that are gone, nor what rows of earlier versions cannot say.
        """
        row = self._row(target) or {}
        return [
            path
            for path, result in zip(
                _files_of(target, row), row.get("results", ()), strict=False
            )
            if path.exists() and not _is_same_file(path, result)
        ]

    def add(
        self,
        source: Path,
        target: Path,
        status: str,
        photo: dict[str, int] | None = None,
        num_files: int = 0,
    ) -> None:
        """Notes down one photo; at once in the file.

        Args:
            source: The photo.
            target: Where its result is.
            status: "colorized" or "left".
            photo: `file_state` of the photo before it was read; default: now.
            num_files: Of the result: 1, or the number of pages.

        Raises:
            OutputError: If the file cannot be written.
        """
        pages = [page_path(target, i + 1) for i in range(num_files)]
        states = [file_state(path) for path in pages]
        row = {
            "version": _VERSION,
            "output": self._key(target),
            "input": os.path.realpath(source),
            **(photo or file_state(source)),
            "status": status,
            "results": [
                {**state, "sha256": _checksum(path)}
                for state, path in zip(states, pages, strict=True)
            ],
            **self._made_with,
        }
        self._rows[row["output"]] = row
        with explained_os_errors(self._path):
            if self._file is None:
                self._file = _open_to_append(self._path)
            self._file.write(json_line(row))
            self._file.flush()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _read(self):
        if not self._path.is_file():
            return
        with explained_os_errors(self._path):
            text = self._path.read_text("utf-8", errors="replace")
        *lines, last = text.split("\n")  # no other end of line is one
        for line in lines:
            row = _parsed(line)
            if row is not None:
                yield row
            else:
                self.num_dropped += bool(line.strip())
        row = _parsed(last)
        if row is not None:
            yield row

    def _key(self, target: Path) -> str:
        return target.relative_to(self._folder).as_posix()

    def _row(self, target: Path) -> dict | None:
        return self._rows.get(self._key(target))

    def _is_same_photo(self, row: dict, source: Path) -> bool:
        seen = file_state(source)  # not its path: folders are moved
        return seen == {key: row[key] for key in seen}


def _files_of(target: Path, row: dict) -> Iterable[Path]:
    count = len(row.get("results") or [{}])
    return [page_path(target, page) for page in range(1, count + 1)]


def _is_same_file(path: Path, result: dict[str, Any]) -> bool:
    seen = file_state(path)
    if seen["bytes"] != result["bytes"]:
        return False
    if seen["modified_ns"] == result["modified_ns"]:
        return True
    return _checksum(path) == result["sha256"]


def _checksum(path: Path) -> str:
    """Returns the checksum of a file; empty for one that cannot be read."""
    try:
        return sha256_of(path)
    except OSError:
        return ""


def _plain(options: PhotoOptions) -> dict:
    # Not the limit: it decides whether a photo is done, not how.
    plain = {
        **dataclasses.asdict(options.color),
        "quality": options.quality,
        "skip_color": options.skip_color,
        "mark": options.mark,
    }
    return json.loads(json.dumps(plain))


def _open_to_append(path: Path) -> IO[str]:
    """Opens a journal; a last line that a kill cut short is removed."""
    file = path.open("a+", encoding="utf-8", newline="\n")
    data = path.read_bytes()
    if data and not data.endswith(b"\n"):
        last = data.rpartition(b"\n")[2]
        if _parsed(last.decode("utf-8", errors="replace")) is not None:
            file.write("\n")
        else:
            file.truncate(len(data) - len(last))
    return file


def _parsed(line: str) -> dict | None:
    """Reads a row; None for what is none, or of a later version."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not _fits(row, _KINDS) or row.get("version", 1) not in (1, _VERSION):
        return None
    results = row.get("results", [])
    if not isinstance(results, list) or not all(
        _fits(result, _KINDS_OF_RESULT) for result in results
    ):
        return None
    if not (_is_path(row["output"]) and _is_path(row["input"])):
        return None
    # What earlier versions did not know was as it is by default now.
    row["settings"] = {**_plain(PhotoOptions()), **row["settings"]}
    return row


def _is_path(text: str) -> bool:
    """Tells whether the system takes a text as a path."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _fits(row: Any, kinds: dict[str, type]) -> bool:
    return isinstance(row, dict) and all(
        isinstance(row.get(key), kind) for key, kind in kinds.items()
    )
