"""What whoever runs a server decides."""

import dataclasses

from keras_colorize.errors import SettingError
from keras_colorize.serving.web_api.limits import MAX_BODY_BYTES
from keras_colorize.serving.web_api.limits import MAX_PIXELS
from keras_colorize.serving.web_api.limits import num_cores

MAX_DEFAULT_WORKERS = 4
# Under which this machine reaches itself.
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")
_MAY_BE_0 = ("queue_size", "upload_grace_s")


@dataclasses.dataclass(frozen=True)
class ServerSettings:
    """Limits of a server; the defaults suit one machine and some people.

    Attributes:
        workers: Processes that colorize, each one photo at a time.
        threads_per_worker: Threads of one inference.
        queue_size: Requests that may wait for a worker; one more is refused
            with 429.
        max_connections: Connections at a time. Where there are more, the one
            that has waited longest with a request half-sent or none is
            closed.
        header_timeout_s: Seconds in which the head of a request must have
            arrived.
        max_uploads: Bodies of requests that may be on their way at a time;
            one more is refused with 429.
        max_uploads_per_client: How many of them one address may send.
        upload_timeout_s: Seconds in which a request must have arrived.
        upload_grace_s: Seconds before `min_bytes_per_s` counts.
        min_bytes_per_s: Slower uploads are given up, and clients that take
            an answer more slowly.
        max_body_bytes: Largest request that is read.
        max_pixels: Largest photo that is decoded.
        job_timeout_s: Seconds that one photo may take in a worker.
        hosts: Names and addresses under which clients may reach the server;
            none for any.
        api_key: What clients must send as `Authorization: Bearer KEY`, or
            None for no key. Space around it, as of a file's last line, does
            not count.

    Raises:
        SettingError: If a number is out of range, or the key is empty or not
            ASCII.
    """

    workers: int = 1
    threads_per_worker: int = 1
    queue_size: int = 16
    max_connections: int = 256
    header_timeout_s: float = 10.0
    max_uploads: int = 32
    max_uploads_per_client: int = 24
    upload_timeout_s: float = 60.0
    upload_grace_s: float = 5.0
    min_bytes_per_s: float = 10_000.0
    max_body_bytes: int = MAX_BODY_BYTES
    max_pixels: int = MAX_PIXELS
    job_timeout_s: float = 120.0
    hosts: tuple[str, ...] = LOOPBACK_NAMES
    api_key: str | None = dataclasses.field(default=None, repr=False)

    def __post_init__(self):
        numbers = dict(vars(self))
        key = numbers.pop("api_key")
        del numbers["hosts"]
        for name, value in numbers.items():
            if not value > 0 and not (name in _MAY_BE_0 and value == 0):
                raise SettingError(
                    f"`{name}` must be above 0. Received: {name}={value}."
                )
        if key is None:
            return
        key = key.strip()
        if not (key and key.isascii() and key.isprintable()):
            raise SettingError(
                "The API key must be of printable ASCII characters and not "
                "empty, as it travels in a header. Leave it out (unset "
                "KERAS_COLORIZE_API_KEY) for a server without key."
            )
        object.__setattr__(self, "api_key", key)  # the class is frozen


def default_workers() -> int:
    """Counts one for two cores, as an inference uses both; at most four."""
    return min(MAX_DEFAULT_WORKERS, max(1, num_cores() // 2))


def default_threads(workers: int) -> int:
    """Gives each worker an equal share of the cores."""
    return max(1, num_cores() // workers)
