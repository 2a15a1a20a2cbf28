"""What whoever runs a server decides."""

import dataclasses

from keras_colorize.errors import SettingError
from keras_colorize.serving.web_api.limits import MAX_BODY_BYTES
from keras_colorize.serving.web_api.limits import MAX_PIXELS
from keras_colorize.serving.web_api.limits import num_cores

MAX_DEFAULT_WORKERS = 4


@dataclasses.dataclass(frozen=True)
class ServerSettings:
    """Limits of a server; the defaults suit one machine and some people.

    Attributes:
        workers: Processes that colorize, each one photo at a time.
        threads_per_worker: Threads of one inference.
        queue_size: Requests that may wait for a worker; one more is refused
            with 429.
        max_body_bytes: Largest request that is read.
        max_pixels: Largest photo that is decoded.
        upload_timeout_s: Seconds in which a request must have arrived, and
            within which each piece of an answer must be taken.
        job_timeout_s: Seconds that one photo may take in a worker.
        api_key: What clients must send as `Authorization: Bearer KEY`, or
            None for no key.

    Raises:
        SettingError: If a number is out of range, or the key is empty or not
            ASCII.
    """

    workers: int = 1
    threads_per_worker: int = 1
    queue_size: int = 16
    max_body_bytes: int = MAX_BODY_BYTES
    max_pixels: int = MAX_PIXELS
    upload_timeout_s: float = 60.0
    job_timeout_s: float = 120.0
    api_key: str | None = dataclasses.field(default=None, repr=False)

    def __post_init__(self):
        numbers = dict(vars(self))
        key = numbers.pop("api_key")
        for name, value in numbers.items():
            if not value > 0 and not (name == "queue_size" and value == 0):
                raise SettingError(
                    f"`{name}` must be above 0. Received: {name}={value}."
                )
        if key is not None and not (key.isascii() and key.strip()):
            raise SettingError(
                "The API key must be of ASCII characters and not empty, as it "
                "travels in a header. Leave it out for a server without key."
            )


def default_workers() -> int:
    """Counts one for two cores, as an inference uses both; at most four."""
    return min(MAX_DEFAULT_WORKERS, max(1, num_cores() // 2))


def default_threads(workers: int) -> int:
    """Gives each worker an equal share of the cores."""
    return max(1, num_cores() // workers)
