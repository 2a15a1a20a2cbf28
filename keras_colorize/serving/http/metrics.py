"""What the server counts, in the text form of Prometheus."""

from collections.abc import Iterable
from collections.abc import Sized

from prometheus_client import CollectorRegistry
from prometheus_client import Counter
from prometheus_client import Histogram
from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from keras_colorize.serving.colorize import Written
from keras_colorize.serving.http.workers import WorkerPool

_PREFIX = "keras_colorize_"
_BOUNDS_S = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)


class Metrics:
    """The numbers of one server; no name, address or key is among them.

    Args:
        pool: Its workers.
        uploads: The bodies that are on their way.

    Attributes:
        content_type: Of what `render` gives.
    """

    content_type = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self, pool: WorkerPool, uploads: Sized):
        self._registry = CollectorRegistry()
        self._requests = Counter(
            f"{_PREFIX}requests",
            "Requests that were answered, by status.",
            ["status"],
            registry=self._registry,
        )
        self._stages = Histogram(
            f"{_PREFIX}stage_seconds",
            "Seconds that a photo spent in wait, decode, network and encode.",
            ["stage"],
            buckets=_BOUNDS_S,
            registry=self._registry,
        )
        self._pixels = Counter(
            f"{_PREFIX}pixels",
            "Pixels that were colorized.",
            registry=self._registry,
        )
        self._registry.register(_PoolCollector(pool, uploads))

    def count_request(self, status: int) -> None:
        """Counts an answer; 499 for a client that left before."""
        self._requests.labels(str(status)).inc()

    def count_photo(self, written: Written, wait_s: float) -> None:
        """Counts a photo that was colorized.

        Args:
            written: What became of it.
            wait_s: Seconds that it waited for a worker.
        """
        for stage, seconds in {"wait": wait_s, **written.seconds}.items():
            self._stages.labels(stage).observe(seconds)
        self._pixels.inc(written.num_pixels)

    def render(self) -> bytes:
        """Returns all numbers as text."""
        return generate_latest(self._registry)


class _PoolCollector:
    """Numbers that are there already; read when somebody asks."""

    def __init__(self, pool: WorkerPool, uploads: Sized):
        self._pool = pool
        self._uploads = uploads

    def collect(self) -> Iterable[GaugeMetricFamily | CounterMetricFamily]:
        pool = self._pool
        gauges = {
            "workers": ("Processes that colorize.", pool.workers),
            "accepted": ("Photos in work or waiting.", pool.num_accepted),
            "queue": ("Photos that wait for a worker.", pool.num_waiting),
            "capacity": ("Photos that are accepted at a time.", pool.capacity),
            "uploads": ("Bodies on their way.", len(self._uploads)),
        }
        for name, (text, value) in gauges.items():
            yield GaugeMetricFamily(_PREFIX + name, text, value=value)
        yield CounterMetricFamily(
            f"{_PREFIX}worker_restarts",
            "Workers that died or were ended, and had to be replaced.",
            value=pool.num_restarts,
        )
