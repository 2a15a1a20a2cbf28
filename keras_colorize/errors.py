"""What can go wrong for somebody with a photo or film, as exceptions.

All are `ValueError`s with one sentence for the person at the keyboard; the
command line prints that sentence instead of a traceback.
"""

import contextlib
from collections.abc import Iterator


class ColorizeError(ValueError):
    """Base of the errors below; `exit_code` is what the command returns."""

    exit_code = 1


class ColorizeWarning(UserWarning):
    """Something that a result does not carry, or shows otherwise."""


class PhotoError(ColorizeError):
    """A photo cannot be read, or cannot be written in the asked format."""


class PhotoSizeError(PhotoError):
    """A photo has more pixels, or another shape, than is allowed.

    Args:
        label: What to call the photo.
        expected: The limit, "at most 2000 pixels".
        received: What the photo has, "56x40 pixels".
        advice: For whoever can change the limit.
    """

    def __init__(self, label: str, expected: str, received: str, advice: str):
        super().__init__(label, expected, received, advice)  # for pickle
        self.expected = expected
        self.received = received
        self._message = (
            f"{label} is too large: expected {expected}. Received: {received}. "
            f"{advice}"
        )

    def __str__(self) -> str:
        return self._message


class VideoError(ColorizeError):
    """A film cannot be read, or not to its end."""


class ModelError(ColorizeError):
    """A model file is damaged, or is not a colorizer."""


class OutputError(ColorizeError):
    """A result cannot be put where it was asked to go."""


class SettingError(ColorizeError):
    """A model name, a strength or another setting has no meaning here."""

    exit_code = 2


@contextlib.contextmanager
def needs_extra(extra: str, what: str, *packages: str) -> Iterator[None]:
    """Says how to install what an import below misses.

    Args:
        extra: Of this package, such as "train".
        what: Who needs it, in plural: "Keras models".
        *packages: What the extra installs, by the names of imports; a module
            that is missing beside them is somebody else's fault.

    Raises:
        ImportError: If one of the packages is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in packages:
            raise
        raise ImportError(
            f"{what} need {error.name}, which is not installed. Run: pip "
            f"install 'keras-colorize[{extra}]'",
            name=error.name,
        ) from error
