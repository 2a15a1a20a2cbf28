"""Photos in color: whatever holds one, one read from a file, a file, bytes.

`colorize` is for people; `colorize_file` and `colorize_bytes` are for those
who loaded a model and checked their options once for many photos.
"""

import contextlib
import os
import time
import warnings
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from keras_colorize import __version__
from keras_colorize.errors import ColorizeWarning
from keras_colorize.errors import OutputError
from keras_colorize.errors import PhotoError
from keras_colorize.files import check_vacant
from keras_colorize.files import file_state
from keras_colorize.files import write_bytes
from keras_colorize.hints import Hint
from keras_colorize.photo_formats import format_of_path
from keras_colorize.presets import DEFAULT_MODEL
from keras_colorize.serving.contract import NATURAL
from keras_colorize.serving.images.captions import mark_xmp
from keras_colorize.serving.images.exif import stamp_exif
from keras_colorize.serving.images.naming import Naming
from keras_colorize.serving.images.naming import page_path
from keras_colorize.serving.images.read import Photo
from keras_colorize.serving.images.read import photo_from_image
from keras_colorize.serving.images.read import read_photo
from keras_colorize.serving.images.tint import is_in_color
from keras_colorize.serving.images.write import dropped_features
from keras_colorize.serving.images.write import encode_photo
from keras_colorize.serving.images.write import image_from_photo
from keras_colorize.serving.images.write import join_tiffs
from keras_colorize.serving.options import ColorizeOptions
from keras_colorize.serving.options import PhotoOptions
from keras_colorize.serving.session import ColorizeSession

IN_COLOR_NOTE = "It is in color already, and stays as it is."


class _Stopwatch:
    """Adds up what is spent on each stage, in seconds."""

    def __init__(self, show_stage: Callable[[str], None] | None = None):
        self.seconds: dict[str, float] = {}
        self._show_stage = show_stage

    @contextlib.contextmanager
    def on(self, stage: str) -> Iterator[None]:
        if self._show_stage is not None:
            self._show_stage(stage)
        begin = time.perf_counter()
        yield
        spent = time.perf_counter() - begin
        self.seconds[stage] = self.seconds.get(stage, 0.0) + spent


@dataclass(frozen=True, eq=False)
class Written:
    """What became of a photo file.

    Attributes:
        data: Bytes of the new file; None for a photo that is in color and
            stays as it is.
        format: Pillow's name of its format.
        notes: One sentence for each thing that the result does not carry.
        pages: Bytes of the files of further pages, where the format has one
            page a file.
        num_pixels: That were colorized.
        seconds: What was spent on "decode", "network" and "encode".
    """

    data: bytes | None
    format: str
    notes: tuple[str, ...]
    pages: tuple[bytes, ...] = ()
    num_pixels: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)


def colorize(
    photo: str | os.PathLike | bytes | Image.Image | np.ndarray,
    model: str | os.PathLike = DEFAULT_MODEL,
    strength: float = 1.0,
    temperature: float | None = None,
    session: ColorizeSession | None = None,
    output: str | os.PathLike | None = None,
    overwrite: bool = False,
    hints: Sequence[Hint] | None = None,
    mark: bool = True,
    look: str = NATURAL,
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
    their alpha, EXIF, captions and resolution; files of 16 bits keep their
    luminance in 16 bits. The Software entry of the EXIF names the model.
    All pages of a TIFF are colorized, into one TIFF or, in other formats,
    into files `<stem>.page2<suffix>` and so on beside that of the first.

    Args:
        photo: The photo.
        model: Name of shipped weights, or the path of an .onnx file.
        strength: Factor on the predicted chroma; 0 gives a gray photo.
        temperature: In (0, 1], for models that predict distributions: lower
            goes nearer to the most likely color, which is less even. Default:
            that of the look.
        session: A loaded model, instead of `model`. Without it the models
            used last stay loaded.
        output: For a path: the file to write, or an existing folder.
            Default: `<stem>.colorized<suffix>` beside the photo.
        overwrite: For a path: whether an existing file may be replaced.
        hints: Colors at places of the upright photo, for models that take
            them; on the first page of several.
        mark: Whether the XMP of the result says that a trained model has
            changed the picture (IPTC's DigitalSourceType).
        look: `"natural"`, `"vivid"` for more color, which is more often
            wrong, or `"calm"`; of models that have looks.

    Returns:
        The colorized photo, as in the table.

    Warns:
        ColorizeWarning: For each thing that the result does not carry, such
            as bits beyond 8, pages or captions.

    Raises:
        PhotoError: If the photo cannot be read.
        OutputError: If the result cannot be written.
        SettingError: If the model or a setting is unknown, or a hint lies
            outside the photo.
        TypeError: If `photo` is none of these, or `output` is given for
            something that is not a path.
        ValueError: If an array has another shape, or no pixels.
    """
    is_path = isinstance(photo, (str, os.PathLike))
    if (output is not None or overwrite) and not is_path:
        raise TypeError(
            "`output` and `overwrite` are for photos given as paths. "
            f"Received: a photo of type {type(photo).__name__}. Leave them "
            "out and write the result yourself."
        )
    if not is_path and not isinstance(photo, (bytes, Image.Image, np.ndarray)):
        raise TypeError(
            "`photo` must be a path, the bytes of a photo file, a Pillow "
            f"image or a uint8 array. Received: {type(photo).__name__}."
        )
    session = session or _cached_session(*_cache_key(model))
    options = ColorizeOptions(strength, temperature, tuple(hints or ()), look)
    options.check(session.contract)
    if isinstance(photo, np.ndarray):
        return _colorize_array(photo, session, options)
    how = PhotoOptions(options, mark=mark)
    if isinstance(photo, Image.Image):
        colored = colorize_photo(
            photo_from_image(photo), session, options, mark
        )
        result, notes = image_from_photo(colored), colored.notes
        if colored.rgb16 is not None:
            notes += (f"{colored.bits} bits became 8: Pillow has no more.",)
    elif isinstance(photo, bytes):
        written = colorize_bytes(photo, session, how)
        result, notes = written.data or b"", written.notes
    else:
        source, result = Path(photo), _target_path(Path(photo), output)
        notes = colorize_file(source, result, session, how, overwrite).notes
    for note in notes:
        warnings.warn(note, ColorizeWarning, stacklevel=2)
    return result


def colorize_file(
    source: Path,
    target: Path,
    session: ColorizeSession,
    options: PhotoOptions,
    overwrite: bool = False,
    show_stage: Callable[[str], None] | None = None,
    write: Callable[[bytes, Path], None] = write_bytes,
) -> Written:
    """Colorizes a photo file into another one, whose suffix says the format.

    Args:
        source: The photo file.
        target: The file to write.
        session: The loaded model.
        options: How; its caller has checked it for this model.
        overwrite: Whether an existing file may be replaced.
        show_stage: Called with "decode", "network" and "encode" when each of
            them begins, for every page.
        write: Called with the bytes and the path of each file of the result.

    Raises:
        PhotoError: If the photo cannot be read or written in that format, or
            is changed meanwhile.
        OutputError: If the result cannot be put there, or would replace the
            photo itself.
        SettingError: If a hint lies outside the photo.
    """
    _check_kept(source, target)
    state = file_state(source)
    watch = _Stopwatch(show_stage)
    first = _read(source, options, watch)
    format = format_of_path(target)
    count = 1 if format == "TIFF" else _num_wanted(first, options)
    targets = [page_path(target, page) for page in range(1, count + 1)]
    if not overwrite:
        for path in targets:
            check_vacant(path)
    written = _colorize_into(source, first, format, session, options, watch)
    if file_state(source) != state:
        raise PhotoError(
            f"{source} was changed while it was colorized, so there is no new "
            "result. Run the command again once it stays as it is."
        )
    if written.data is not None:
        files = (written.data, *written.pages)
        notes = ()
        if format != "TIFF":  # which has all pages in one file
            notes = _note_on_former_pages(target, count)
        for data, path in zip(files, targets, strict=True):
            write(data, path)
        written = replace(written, notes=written.notes + notes)
    return written


def colorize_bytes(
    data: bytes,
    session: ColorizeSession,
    options: PhotoOptions,
    format: str | None = None,
) -> Written:
    """Colorizes the bytes of a photo file.

    Args:
        data: The bytes.
        session: The loaded model.
        options: How; its caller has checked it for this model.
        format: Pillow's name of the format; default the photo's own. Of
            several pages only TIFF gets more than the first.

    Raises:
        PhotoError: If the photo cannot be read or written in that format.
        OutputError: If the format needs a package that is missing.
        SettingError: If a hint lies outside the photo.
        MemoryError: If the photo is too large for this machine.
    """
    watch = _Stopwatch()
    first = _read(data, options, watch)
    format = format or first.format
    if format != "TIFF":
        options = replace(options, max_pages=1)
    return _colorize_into(data, first, format, session, options, watch)


def note_on_pages(num_pages: int) -> str:
    """Says that of several pages a result has the first."""
    return f"The file has {num_pages} pages; only the first is in the result."


def colorize_photo(
    photo: Photo,
    session: ColorizeSession,
    options: ColorizeOptions,
    mark: bool = True,
) -> Photo:
    """Colorizes a photo that was read; all else that it carries is kept.

    The Software entry of its EXIF names the model and the options.

    Args:
        photo: The photo; its pixels may become those of the result.
        session: The loaded model.
        options: How; its caller has checked it for this model.
        mark: Whether its XMP says that a trained model has changed it.
    """
    rgb, rgb16 = session.color_pixels(photo.rgb, photo.rgb16, options)
    maker = f"keras-colorize {__version__}, {session.contract.name}"
    if options.look != NATURAL:
        maker += f", look {options.look}"
    if options.strength != 1.0:
        maker += f", strength {options.strength:g}"
    if options.temperature is not None:
        maker += f", temperature {options.temperature:g}"
    if options.hints:
        maker += f", {len(options.hints)} hints"
    exif, captions = stamp_exif(photo.exif, maker), photo.captions
    if mark and options.strength > 0.0:
        captions = replace(captions, xmp=mark_xmp(captions.xmp))
    return replace(photo, rgb=rgb, rgb16=rgb16, exif=exif, captions=captions)


def _check_kept(source: Path, target: Path) -> None:
    """Refuses to replace a photo by its result: it may be the only original.

    Raises:
        OutputError: If both are one file, through links too.
    """
    is_both = os.path.exists(source) and os.path.exists(target)
    if is_both and os.path.samefile(source, target):
        raise OutputError(
            f"{target} would replace the photo {source}, which is never done. "
            "Choose another name or folder for the result."
        )


def _note_on_former_pages(target: Path, count: int) -> tuple[str, ...]:
    """Names pages beside a result to replace that had more of them.

    They stay, as they may be results of other photos.
    """
    page = count
    while target.exists() and page_path(target, page + 1).exists():
        page += 1
    names = [page_path(target, x).name for x in range(count + 1, page + 1)]
    if not names:
        return ()
    which = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
    return (
        f"{which} beside it stayed: of an earlier result, it seems, which had "
        "more pages.",
    )


def _read(
    source, options: PhotoOptions, watch: _Stopwatch, page: int = 0
) -> Photo:
    with watch.on("decode"):
        photo = read_photo(source, options.max_pixels, page)
    options.check_shape(*photo.rgb.shape[:2])
    return photo


def _num_wanted(photo: Photo, options: PhotoOptions) -> int:
    """Counts the pages to colorize."""
    return min(photo.num_pages, options.max_pages or photo.num_pages)


def _colorize_into(source, first, format, session, options, watch) -> Written:
    """Colorizes the pages of a source whose first one was read."""
    count = _num_wanted(first, options)
    files, notes, num_left, num_pixels = [], [], 0, 0
    for number in range(1, count + 1):
        photo = first
        if number > 1:
            photo = _read(source, options, watch, number - 1)
        label = f"Page {number}: " if count > 1 else ""
        if options.skip_color and is_in_color(photo):
            if count == 1:
                return Written(None, first.format, (IN_COLOR_NOTE,))
            num_left += 1
            said = (IN_COLOR_NOTE,)
        else:
            color = options.color
            if number > 1:
                color = replace(color, hints=())
            source_photo = photo
            with watch.on("network"):
                photo = colorize_photo(photo, session, color, options.mark)
            said = photo.notes + dropped_features(photo, format, source_photo)
            num_pixels += photo.rgb.shape[0] * photo.rgb.shape[1]
        with watch.on("encode"):
            files.append(encode_photo(photo, format, options.quality))
        notes += [label + note for note in said]
    if num_left == count:
        return Written(None, first.format, (IN_COLOR_NOTE,))
    if count < first.num_pages:
        notes.append(note_on_pages(first.num_pages))
    if count > 1 and format == "TIFF":
        files = [join_tiffs(files)]
    return Written(
        files[0],
        format,
        tuple(notes),
        pages=tuple(files[1:]),
        num_pixels=num_pixels,
        seconds=watch.seconds,
    )


def _colorize_array(photo, session, options):
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
    if 0 in photo.shape:
        raise ValueError(
            "`photo` must have at least one pixel. Received: "
            f"shape={photo.shape}."
        )
    photo = photo.reshape(*photo.shape[:2], channels)
    rgb = np.repeat(photo, 3, axis=2) if channels == 1 else photo[..., :3]
    rgb, _ = session.color_pixels(rgb.copy(), None, options)
    return np.concatenate([rgb, photo[..., 3:]], 2) if channels == 4 else rgb


def _target_path(source: Path, output) -> Path:
    if output is None:
        return Naming().beside(source)
    if Path(output).is_dir():
        return Naming().inside(Path(output), source)
    return Path(output)


def _cache_key(model) -> tuple:
    """Returns the model and, for a file, what changes with a new export."""
    path = Path(model) if isinstance(model, (str, os.PathLike)) else None
    if path is None or not path.is_file():
        return model, None
    status = path.stat()
    return str(path.absolute()), (status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=2)  # sessions hold their weights in memory
def _cached_session(model, _state) -> ColorizeSession:
    return ColorizeSession(model)
