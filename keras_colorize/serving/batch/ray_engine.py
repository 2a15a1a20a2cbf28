"""Many photos on a cluster, by Ray Data.

Names are listed as a stream, workers that stay (actors, each with its own
loaded session) colorize them a few at a time, and one row a photo comes back.
Ray starts workers again that died, and gives their photos to others: what was
stored already is found there and not made again.
"""

import contextlib
import logging
import os
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from keras_colorize.errors import SettingError
from keras_colorize.serving.batch.parquet import rows_to_table
from keras_colorize.serving.batch.run import FileResult
from keras_colorize.serving.batch.stream import CHUNK
from keras_colorize.serving.batch.stream import StreamWork
from keras_colorize.serving.batch.stream import chunked
from keras_colorize.serving.batch.stream import colorize_chunk
from keras_colorize.serving.batch.stream import colorize_stored
from keras_colorize.serving.batch.stream import killed_row

# Small blocks: a hundred names or so go to a worker together. Ray's 128 MiB
# would be a million names, listed before the first photo is begun.
_BLOCK_BYTES = 8 * 2**10
# A photo that kills its worker must not do so for ever. (Ray's own limit of
# retries counts also those of a node that is gone, which follow each other at
# once.)
_MAX_ATTEMPTS = 4
# Listing waits for the net; where workers have all cores it must run as well.
_LISTING_CPUS = 0


def colorize_with_ray(
    list_names: Callable[[], Iterable[str]],
    work: StreamWork,
    jobs: int | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Iterator[FileResult]:
    """Colorizes photos on a cluster.

    It is the one of `RAY_ADDRESS`, else one that was started on this machine,
    else a new one of this machine alone.

    Args:
        list_names: Returns the names of the photos; called on the node of
            this process. Pickled.
        work: What the workers know. Both places must be reachable from every
            node.
        jobs: Most workers, of one core each; None for as many as there are
            cores.
        is_stopped: Asked after each row; once it says True, no more rows are
            waited for.

    Yields:
        One row a photo, as they are done.

    Raises:
        SettingError: If Ray Data is missing.
    """
    try:
        import ray  # pyright: ignore[reportMissingImports]
        import ray.data  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise SettingError(
            "The engine ray needs Ray Data. Install it with "
            'pip install "keras-colorize[ray]".'
        ) from error
    _be_quiet(ray)
    if not ray.is_initialized():
        ray.init(log_to_driver=False, logging_level=logging.ERROR)
    context = ray.data.DataContext.get_current().copy()
    context.target_max_block_size = _BLOCK_BYTES
    context.print_on_execution_start = False
    attempts = ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=-1)(
        _Attempts
    ).remote()
    with ray.data.DataContext.current(context):
        names = ray.data.read_datasource(
            _names_datasource(list_names),
            num_cpus=_LISTING_CPUS,
            override_num_blocks=1,
        )
        cores = int(ray.cluster_resources().get("CPU", 1))
        size = min(jobs or cores, cores)
        rows = names.map_batches(
            _Worker,
            fn_constructor_args=(work, attempts),
            batch_size=CHUNK,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(
                min_size=1, initial_size=size, max_size=jobs
            ),
            num_cpus=1,
        )
    with contextlib.closing(iter(rows.iter_rows())) as stream:
        for row in stream:
            yield FileResult(**{**row, "notes": tuple(row["notes"])})
            if is_stopped():
                return


def _be_quiet(ray) -> None:
    """Leaves the terminal to the progress bar and to what goes wrong."""
    logging.getLogger("ray").setLevel(logging.ERROR)
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False


class _Attempts:
    """An actor that counts what was begun and not ended."""

    def __init__(self):
        self._begun: Counter[str] = Counter()

    def begin(self, key: str) -> int:
        self._begun[key] += 1
        return self._begun[key]

    def end(self, keys: list[str]) -> None:
        for key in keys:
            self._begun.pop(key, None)


class _Worker:
    """An actor that holds a loaded session."""

    def __init__(self, work: StreamWork, attempts: Any):
        self._work = work
        self._attempts = attempts

    def __call__(self, batch) -> Any:
        import ray  # pyright: ignore[reportMissingImports]

        names = [os.fsdecode(name) for name in batch["name"].to_pylist()]
        key = f"chunk {names[0]}"
        if ray.get(self._attempts.begin.remote(key)) == 1:
            rows = colorize_chunk(names, self._work)
        else:  # one of them may have killed the last worker
            rows = [self._colorize_alone(name, ray) for name in names]
        self._attempts.end.remote([key, *names])
        return rows_to_table(rows)

    def _colorize_alone(self, name: str, ray) -> FileResult:
        if ray.get(self._attempts.begin.remote(name)) >= _MAX_ATTEMPTS:
            return killed_row(name, self._work)
        row = colorize_stored(name, self._work)
        ray.get(self._attempts.end.remote([name]))
        return row


def _names_datasource(list_names: Callable[[], Iterable[str]]) -> Any:
    """Makes a source of rows of a name each, listed while they are read."""
    import pyarrow  # pyright: ignore[reportMissingImports]
    from ray.data.block import BlockMetadata  # pyright: ignore[reportMissingImports]
    from ray.data.datasource import Datasource  # pyright: ignore[reportMissingImports]
    from ray.data.datasource import ReadTask  # pyright: ignore[reportMissingImports]

    # Binary: names need not be UTF-8.
    schema = pyarrow.schema({"name": pyarrow.binary()})

    def read():
        for chunk in chunked(list_names(), CHUNK):
            names = [os.fsencode(name) for name in chunk]
            yield pyarrow.table([names], schema=schema)

    class Names(Datasource):
        # What is listed a second time, elsewhere, may differ.
        supports_distributed_reads = False

        def estimate_inmemory_data_size(self):
            return None

        def get_read_tasks(self, parallelism, *_args, **_kwargs):
            metadata = BlockMetadata(
                num_rows=None,
                size_bytes=None,
                input_files=None,
                exec_stats=None,
            )
            return [ReadTask(read, metadata)]

    return Names()
