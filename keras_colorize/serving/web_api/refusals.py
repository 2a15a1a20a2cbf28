"""Why an event is not carried out: a status and one sentence."""

from keras_colorize.errors import ColorizeError

# What a user can mend; `refusal_of` knows them.
USER_MISTAKES = (ColorizeError, MemoryError)


class Refused(Exception):
    """An event that is not carried out.

    Attributes:
        status: HTTP status.
        reason: For a person.
        headers: Of the answer, where it is one over HTTP.
    """

    def __init__(
        self, status: int, reason: str, headers: dict[str, str] | None = None
    ):
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = headers or {}


def refusal_of(error: Exception) -> Refused:
    """The refusal that a mistake of a user ends in.

    The same statuses as those of the HTTP server.

    Args:
        error: `Refused` or one of `USER_MISTAKES`.
    """
    if isinstance(error, Refused):
        return error
    if isinstance(error, MemoryError):
        return Refused(413, f"Out of memory: {error}. Shrink the photo.")
    return Refused(422, str(error))
