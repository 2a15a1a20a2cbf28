"""Reports of many photos as a folder of Parquet files.

Each file is written in one step once it has enough rows, so that what was
done is told even if the run is killed, and several runs may report to one
folder. `report_writer` of `run` writes JSON Lines.
"""

import contextlib
import dataclasses
import io
import secrets
import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from keras_colorize.errors import SettingError
from keras_colorize.serving.batch.places import Place
from keras_colorize.serving.batch.places import open_place
from keras_colorize.serving.batch.run import FileResult

SUFFIX = ".parquet"
_ROWS = 10_000
_SECONDS = 60.0


@contextlib.contextmanager
def parquet_report_writer(
    address: str,
) -> Iterator[Callable[[FileResult], None]]:
    """Gives a function that adds rows to a folder of Parquet files.

    A file gets up to 10,000 rows, or those of a minute; the last one gets
    what is left when the block ends, in whatever way.

    Args:
        address: The folder or address; other files there stay.

    Raises:
        SettingError: If pyarrow is missing.
        OutputError: If a file cannot be written.
    """
    try:
        import pyarrow.parquet as parquet  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise SettingError(
            "Reports in Parquet need pyarrow. Install it with "
            'pip install "keras-colorize[ray]", or report to a .jsonl file.'
        ) from error

    def to_parquet(rows: list[FileResult]) -> bytes:
        file = io.BytesIO()
        parquet.write_table(rows_to_table(rows), file)
        return file.getvalue()

    parts = _Parts(open_place(address), to_parquet)
    try:
        yield parts.add
    finally:
        parts.flush()


def rows_to_table(rows: Iterable[FileResult]) -> Any:
    """Returns rows of a report as a `pyarrow.Table`."""
    import pyarrow  # pyright: ignore[reportMissingImports]

    text = pyarrow.string()
    schema = pyarrow.schema(
        {
            **dict.fromkeys(("input", "output", "status", "model"), text),
            "seconds": pyarrow.float64(),
            "error": text,
            "notes": pyarrow.list_(text),
        }
    )
    plain = [_as_text(dataclasses.asdict(row)) for row in rows]
    return pyarrow.Table.from_pylist(plain, schema)


class _Parts:
    def __init__(self, place: Place, to_parquet):
        self._place = place
        self._to_parquet = to_parquet
        self._rows: list[FileResult] = []
        self._since = time.monotonic()
        self._number = 0
        began = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        self._run = f"{began}-{secrets.token_hex(4)}"

    def add(self, row: FileResult) -> None:
        self._rows.append(row)
        is_late = time.monotonic() - self._since > _SECONDS
        if len(self._rows) >= _ROWS or is_late:
            self.flush()

    def flush(self) -> None:
        if self._rows:
            name = f"part-{self._run}-{self._number:05d}{SUFFIX}"
            self._place.write(name, self._to_parquet(self._rows))
            self._rows, self._number = [], self._number + 1
        self._since = time.monotonic()


def _as_text(row: dict) -> dict:
    """Returns a row whose names are UTF-8, as Parquet wants it."""
    return {
        key: value.encode("utf-8", "backslashreplace").decode()
        if isinstance(value, str)
        else value
        for key, value in row.items()
    }
