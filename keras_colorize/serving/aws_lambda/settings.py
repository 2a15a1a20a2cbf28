"""What whoever deploys the function decides, in its environment."""

import dataclasses
import math
from collections.abc import Mapping
from pathlib import Path

from keras_colorize.errors import SettingError
from keras_colorize.serving.web_api.limits import MAX_BODY_BYTES
from keras_colorize.serving.web_api.limits import MAX_PIXELS
from keras_colorize.serving.web_api.limits import num_cores

PREFIX = "KERAS_COLORIZE_"
# Lambda gives one vCPU for each 1,769 MB: its documentation of memory.
_MB_PER_VCPU = 1769
# Peak of a process, measured with `lite` on 12 and 24 megapixels (8 and 16
# bits, with and without alpha): 115 MB and 7 to 38 bytes a pixel. Above it the
# function would be killed, which is no answer.
_BASE_MB = 300
_BYTES_PER_PIXEL = 50
_FEWEST_PIXELS = 100_000


@dataclasses.dataclass(frozen=True)
class FunctionSettings:
    """Limits of a function.

    Attributes:
        models_dir: Folder of further .onnx files, which need not exist.
        model: Name of the model for events that name none; None for `lite`,
            or the first there is.
        num_threads: Threads of one inference.
        max_body_bytes: Largest request, and largest object in a bucket, that
            is read.
        max_pixels: Largest photo that is decoded.
        output_bucket: Where results of notifications go; None for the bucket
            of the photo.
    """

    models_dir: Path
    model: str | None = None
    num_threads: int = 1
    max_body_bytes: int = MAX_BODY_BYTES
    max_pixels: int = MAX_PIXELS
    output_bucket: str | None = None


def settings_from(
    environment: Mapping[str, str], models_dir: Path
) -> FunctionSettings:
    """Reads the settings of a function.

    Args:
        environment: Variables by name: `KERAS_COLORIZE_MODEL`, `_THREADS`,
            `_MAX_BODY_BYTES`, `_MAX_PIXELS` and `_OUTPUT_BUCKET`. Threads
            follow the vCPUs and pixels the memory that Lambda says it gives.
        models_dir: Folder of further .onnx files.

    Raises:
        SettingError: If a number is none, or not above 0.
    """
    memory_mb = _number(environment, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", None)
    threads, pixels = num_cores(), MAX_PIXELS
    if memory_mb is not None:
        threads = min(threads, math.ceil(memory_mb / _MB_PER_VCPU))
        fitting = (memory_mb - _BASE_MB) * 1_000_000 // _BYTES_PER_PIXEL
        pixels = min(pixels, max(fitting, _FEWEST_PIXELS))
    return FunctionSettings(
        models_dir=models_dir,
        model=environment.get(f"{PREFIX}MODEL") or None,
        num_threads=_number(environment, f"{PREFIX}THREADS", threads),
        max_body_bytes=_number(
            environment, f"{PREFIX}MAX_BODY_BYTES", MAX_BODY_BYTES
        ),
        max_pixels=_number(environment, f"{PREFIX}MAX_PIXELS", pixels),
        output_bucket=environment.get(f"{PREFIX}OUTPUT_BUCKET") or None,
    )


def _number(environment, name, default):
    text = environment.get(name)
    if not text:
        return default
    if not text.isdecimal() or int(text) == 0:
        raise SettingError(
            f"The variable {name} must be a whole number above 0. Received: "
            f"{text!r}."
        )
    return int(text)
