"""What is refused: a status and one sentence, alike over every way in."""

from keras_colorize.errors import ColorizeError
from keras_colorize.errors import PhotoSizeError


class Refused(Exception):
    """A request or an event that is not carried out.

    Attributes:
        status: HTTP status.
        reason: One or more sentences for a person.
        headers: Of the answer, where it is one over HTTP.
    """

    def __init__(
        self, status: int, reason: str, headers: dict[str, str] | None = None
    ):
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = headers or {}

    @property
    def content(self) -> dict[str, str]:
        """The JSON that tells it."""
        return {"reason": self.reason}


# What a user can mend.
MISTAKES = (Refused, ColorizeError, MemoryError)


def refusal_of(error: Exception) -> Refused:
    """Returns the refusal that a mistake of a user ends in.

    Args:
        error: One of `MISTAKES`.
    """
    if isinstance(error, Refused):
        return error
    if isinstance(error, PhotoSizeError):  # its advice is for others
        return Refused(
            413,
            f"The photo is too large: expected {error.expected}. Received: "
            f"{error.received}. Shrink or crop it, then send it again.",
        )
    if isinstance(error, MemoryError):
        return Refused(413, f"Out of memory: {error}. Shrink the photo.")
    return Refused(422, str(error))


def failure_of(door: str) -> Refused:
    """Returns the refusal that a bug ends in, which keeps it to the log.

    Args:
        door: What clients talk to: "server" or "function".
    """
    return Refused(500, f"The {door} failed on this request. Its log says why.")
