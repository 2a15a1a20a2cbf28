"""What a worker process does: bytes of a photo in, bytes of a photo out.

All that can be slow or go wrong with what a client sent (JSON, base64, the
photo itself) happens here, so that the server stays free to answer.
"""

import base64
import binascii
import dataclasses
import functools
import json
import signal
from collections.abc import Sequence

from keras_colorize.serving.encoding import encode_photo
from keras_colorize.serving.encoding import losses
from keras_colorize.serving.errors import SettingError
from keras_colorize.serving.hints import Hint
from keras_colorize.serving.hints import parse_hints
from keras_colorize.serving.images import read_photo
from keras_colorize.serving.photo_files import colorize_photo
from keras_colorize.serving.session import ColorizeSession

# Each costs the network a pass over its image.
MAX_HINTS = 500


@dataclasses.dataclass(frozen=True)
class Job:
    """What to do with a photo.

    Attributes:
        model_path: .onnx file.
        num_threads: Threads of the inference.
        max_pixels: Photos with more are refused.
        strength: Factor on the predicted chroma.
        temperature: For models that predict distributions, or None.
        format: Pillow's name of the format to write, or None for the photo's.
        hints: JSON of color hints, or None.
    """

    model_path: str
    num_threads: int
    max_pixels: int
    strength: float = 1.0
    temperature: float | None = None
    format: str | None = None
    hints: str | None = None


@dataclasses.dataclass(frozen=True)
class Colorized:
    """A photo file, Pillow's name of its format, and what it does not carry."""

    data: bytes
    format: str
    notes: tuple[str, ...]


def prepare(model_path: str, num_threads: int) -> None:
    """Loads what the first photo would have to wait for."""
    _outlive_signals()
    _session(model_path, num_threads)


def colorize_bytes(data: bytes, job: Job) -> Colorized:
    """Colorizes the bytes of a photo file.

    Raises:
        ColorizeError: If the photo, a setting or the hints cannot be used.
        MemoryError: If the photo is too large for this machine.
    """
    _outlive_signals()
    session = _session(job.model_path, job.num_threads)
    hints = _read_hints(job.hints)
    session.check_settings(job.strength, job.temperature, hints)
    photo = read_photo(data, job.max_pixels)
    photo = colorize_photo(photo, session, job.strength, job.temperature, hints)
    format = job.format or photo.format
    notes = photo.notes + losses(photo, format)
    return Colorized(encode_photo(photo, format), format, notes)


def colorize_json(body: bytes, job: Job) -> bytes:
    """Colorizes `{"image": "<base64>"}` into JSON of the same form.

    Raises:
        ColorizeError: If the body or the photo cannot be used.
        MemoryError: If the photo is too large for this machine.
    """
    colorized = colorize_bytes(_decode_base64(_image_string(body)), job)
    text = base64.b64encode(colorized.data).decode("ascii")
    return json.dumps({"image": text}).encode("ascii")


def _image_string(body: bytes) -> str:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SettingError(
            'The body must be JSON, {"image": "<base64 of a photo file>"}. '
            f"Received: {type(error).__name__}: {error}."
        ) from error
    if (
        not isinstance(content, dict)
        or set(content) != {"image"}
        or not isinstance(content["image"], str)
    ):
        received = (
            f"an object with the keys {sorted(content)}"
            if isinstance(content, dict)
            else type(content).__name__
        )
        raise SettingError(
            'The body must be {"image": "<base64 of a photo file>"} and '
            f"nothing else. Received: {received[:200]}. For options use "
            "POST /v1/colorize."
        )
    return content["image"]


def _decode_base64(text: str) -> bytes:
    if text.startswith("data:"):  # as browsers' canvases and readers give it
        text = text.partition(",")[2]
    try:  # base64 programs break lines
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SettingError(
            "`image` must be the base64 of a photo file, with or without "
            f"data:…;base64, before it. Received: {len(text)} characters "
            f"({error})."
        ) from error


def _read_hints(text: str | None) -> Sequence[Hint] | None:
    if text is None:
        return None
    hints = parse_hints(text, "`hints`")
    if len(hints) > MAX_HINTS:
        raise SettingError(
            f"`hints` must be at most {MAX_HINTS}. Received: {len(hints)}."
        )
    return hints


@functools.cache  # no more than the server's catalog
def _session(model_path: str, num_threads: int) -> ColorizeSession:
    return ColorizeSession(model_path, num_threads=num_threads)


@functools.cache
def _outlive_signals() -> None:
    """Lets the server say when to stop, not Ctrl+C or a service manager.

    Both signal all processes; a worker shall finish what was accepted, and
    ends by itself when its server is gone.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
