"""What a worker process does: bytes of a photo in, bytes of a photo out.

All that can be slow or go wrong with what a client sent (JSON, base64, the
photo itself) happens here, so that the server stays free to answer.
"""

import functools
import json
import signal
from dataclasses import dataclass
from dataclasses import replace

from keras_colorize.serving.colorize import Written
from keras_colorize.serving.colorize import colorize_bytes
from keras_colorize.serving.images.preview import Preview
from keras_colorize.serving.images.preview import preview_photo
from keras_colorize.serving.session import ColorizeSession
from keras_colorize.serving.web_api.requests import RequestOptions
from keras_colorize.serving.web_api.requests import decode_image
from keras_colorize.serving.web_api.requests import encode_image
from keras_colorize.serving.web_api.requests import read_image_object


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to do with a photo.

    Attributes:
        model_path: .onnx file of the model.
        num_threads: Threads of the inference.
        max_pixels: Photos with more are refused.
        options: What the client asks for.
    """

    model_path: str
    num_threads: int
    max_pixels: int
    options: RequestOptions


def prepare(model_path: str, num_threads: int) -> None:
    """Loads what the first photo would have to wait for."""
    _outlive_signals()
    _session(model_path, num_threads)


def run_job(data: bytes, job: Job) -> Written:
    """Colorizes the bytes of a photo file.

    Raises:
        ColorizeError: If the photo or an option cannot be used.
        MemoryError: If the photo is too large for this machine.
    """
    _outlive_signals()
    session = _session(job.model_path, job.num_threads)
    options = job.options.checked_for(session.contract, job.max_pixels)
    return colorize_bytes(data, session, options, job.options.format)


def run_json_job(body: bytes, job: Job) -> Written:
    """Colorizes `{"image": "<base64>"}`; its data is JSON of the same shape.

    Raises:
        ColorizeError: If the body or the photo cannot be used.
        MemoryError: If the photo is too large for this machine.
    """
    data = decode_image(read_image_object(body)["image"])
    written = run_job(data, job)
    answer = {"image": encode_image(written)}
    return replace(written, data=json.dumps(answer).encode("ascii"))


def run_preview(data: bytes, max_pixels: int) -> Preview:
    """Makes a JPEG of the bytes of a photo file.

    Raises:
        ColorizeError: If it cannot be read, or has more pixels.
        MemoryError: If the photo is too large for this machine.
    """
    _outlive_signals()
    return preview_photo(data, max_pixels)


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
