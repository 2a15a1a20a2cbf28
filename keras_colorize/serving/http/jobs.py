"""What a worker process does: bytes of a photo in, bytes of a photo out.

All that can be slow or go wrong with what a client sent (JSON, base64, the
photo itself) happens here, so that the server stays free to answer.
"""

import dataclasses
import functools
import json
import signal

from keras_colorize.serving.session import ColorizeSession
from keras_colorize.serving.web_api.requests import Colorized
from keras_colorize.serving.web_api.requests import UploadOptions
from keras_colorize.serving.web_api.requests import colorize_upload
from keras_colorize.serving.web_api.requests import decode_image
from keras_colorize.serving.web_api.requests import image_object
from keras_colorize.serving.web_api.requests import read_image_object


@dataclasses.dataclass(frozen=True, kw_only=True)
class Job(UploadOptions):
    """What to do with a photo.

    Attributes:
        model_path: .onnx file.
        num_threads: Threads of the inference.
    """

    model_path: str
    num_threads: int


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
    return colorize_upload(data, _session(job.model_path, job.num_threads), job)


def colorize_json(body: bytes, job: Job) -> bytes:
    """Colorizes `{"image": "<base64>"}` into JSON of the same form.

    Raises:
        ColorizeError: If the body or the photo cannot be used.
        MemoryError: If the photo is too large for this machine.
    """
    data = decode_image(read_image_object(body)["image"])
    return json.dumps(image_object(colorize_bytes(data, job))).encode("ascii")


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
