"""`colorize`: one photo in, the same kind of photo out."""

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from keras_colorize.serving.encoding import encode_photo
from keras_colorize.serving.hints import Hint
from keras_colorize.serving.images import image_from_photo
from keras_colorize.serving.images import photo_from_image
from keras_colorize.serving.images import read_photo
from keras_colorize.serving.naming import Naming
from keras_colorize.serving.photo_files import colorize_file
from keras_colorize.serving.photo_files import colorize_photo
from keras_colorize.serving.photo_settings import PhotoSettings
from keras_colorize.serving.session import ColorizeSession
from keras_colorize.serving.weights import DEFAULT_MODEL


def colorize(
    photo: str | os.PathLike | bytes | Image.Image | np.ndarray,
    model: str | os.PathLike = DEFAULT_MODEL,
    strength: float = 1.0,
    temperature: float | None = None,
    session: ColorizeSession | None = None,
    output: str | os.PathLike | None = None,
    overwrite: bool = False,
    hints: Sequence[Hint] | None = None,
) -> Path | bytes | Image.Image | np.ndarray:
    """Colorizes one photo; what goes in comes out.

    | in | out |
    | --- | --- |
    | path | `Path` of the file written: `output`, or beside the photo |
    | bytes of a photo file | bytes of a file of the same format |
    | Pillow image | Pillow image, RGB or RGBA |
    | uint8 (H, W), (H, W, 1), (H, W, 3) | uint8 (H, W, 3) |
    | uint8 (H, W, 4) | uint8 (H, W, 4), the same alpha |

    Files and Pillow images are turned upright, converted to sRGB, and keep
    their alpha, EXIF and resolution; files of 16 bits keep their luminance in
    16 bits. The Software entry of the EXIF names the model.

    Args:
        photo: The photo.
        model: Name of shipped weights, or the path of an .onnx file.
        strength: Factor on the predicted chroma; 0 gives a gray photo.
        temperature: In (0, 1], for models that predict distributions: lower
            is more vivid and less even. Default: the model's.
        session: A loaded model, instead of `model`. Without it the models
            used last stay loaded.
        output: For a path: the file to write, or an existing folder.
            Default: `<stem>.colorized<suffix>` beside the photo.
        overwrite: For a path: whether an existing file may be replaced.
        hints: Colors at places of the upright photo, for models that take
            them.

    Returns:
        The colorized photo, as in the table.

    Raises:
        PhotoError: If the photo cannot be read.
        OutputError: If the result cannot be written.
        SettingError: If the model or a setting is unknown, or a hint lies
            outside the photo.
        TypeError: If `photo` is none of these, or `output` is given for
            something that is not a path.
    """
    is_path = isinstance(photo, (str, os.PathLike))
    if (output is not None or overwrite) and not is_path:
        raise TypeError(
            "`output` and `overwrite` are for photos given as paths. "
            f"Received: a photo of type {type(photo).__name__}. Leave them "
            "out and write the result yourself."
        )
    if not isinstance(
        photo, (str, os.PathLike, bytes, Image.Image, np.ndarray)
    ):
        raise TypeError(
            "`photo` must be a path, the bytes of a photo file, a Pillow "
            f"image or a uint8 array. Received: {type(photo).__name__}."
        )
    session = session or _cached_session(*_cache_key(model))
    settings = {
        "strength": strength,
        "temperature": temperature,
        "hints": hints,
    }
    if isinstance(photo, np.ndarray):
        return _colorize_array(photo, session, settings)
    if isinstance(photo, Image.Image):
        result = colorize_photo(photo_from_image(photo), session, **settings)
        return image_from_photo(result)
    if isinstance(photo, bytes):
        return encode_photo(
            colorize_photo(read_photo(photo), session, **settings)
        )
    target = _target_path(Path(photo), output)
    hints = tuple(hints or ())
    colorize_file(
        Path(photo),
        target,
        session,
        PhotoSettings(strength, temperature, hints),
        overwrite,
    )
    return target


def _target_path(source: Path, output) -> Path:
    if output is None:
        return Naming().beside(source)
    if Path(output).is_dir():
        return Naming().inside(Path(output), source)
    return Path(output)


def _colorize_array(photo, session, settings):
    if photo.dtype != np.uint8:
        raise TypeError(
            "`photo` must be a uint8 array (floats in [0, 1]: multiply by 255 "
            f"and round; uint16: divide by 257). Received: {photo.dtype}."
        )
    channels = 1 if photo.ndim == 2 else photo.shape[-1]
    if photo.ndim not in (2, 3) or channels not in (1, 3, 4):
        raise ValueError(
            "`photo` must be (H, W), (H, W, 1), (H, W, 3) or (H, W, 4). "
            f"Received: shape={photo.shape}."
        )
    photo = photo.reshape(*photo.shape[:2], channels)
    rgb = np.repeat(photo, 3, axis=2) if channels == 1 else photo[..., :3]
    rgb = session.colorize_array(np.ascontiguousarray(rgb), **settings)
    return np.concatenate([rgb, photo[..., 3:]], 2) if channels == 4 else rgb


def _cache_key(model) -> tuple:
    """The model and, for a file, what changes when it is exported anew."""
    path = Path(model) if isinstance(model, (str, os.PathLike)) else None
    if path is None or not path.is_file():
        return model, None
    status = path.stat()
    return str(path.absolute()), (status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=2)  # sessions hold their weights in memory
def _cached_session(model, _state) -> ColorizeSession:
    return ColorizeSession(model)
