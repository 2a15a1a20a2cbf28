"""`colorize_film`: a film in, the same film in color out.

Only the chroma of the video is new. Luma keeps its values (see
`film.luma`), and times, rotation, audio, subtitles, chapters and tags are
those of the source. Needs PyAV (extra `video`), no Keras and no TensorFlow.
"""

import dataclasses
import hashlib
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from keras_colorize import __version__
from keras_colorize.serving.encoding import check_vacant
from keras_colorize.serving.encoding import check_writable
from keras_colorize.serving.encoding import explained_os_errors
from keras_colorize.serving.errors import FilmError
from keras_colorize.serving.errors import OutputError
from keras_colorize.serving.errors import SettingError
from keras_colorize.serving.model_file import model_source
from keras_colorize.serving.session import ColorizeSession

try:
    import av
except ImportError as error:
    raise SettingError(
        "Films need PyAV, which is not installed: pip install "
        "'keras-colorize[video]'."
    ) from error

from keras_colorize.serving.film.chroma import ChromaPlanes
from keras_colorize.serving.film.chroma import ChromaPredictor
from keras_colorize.serving.film.codecs import FilmCodec
from keras_colorize.serving.film.codecs import checked_quality
from keras_colorize.serving.film.codecs import choose_codec
from keras_colorize.serving.film.joining import join_film
from keras_colorize.serving.film.luma import depth_of
from keras_colorize.serving.film.luma import has_luma_plane
from keras_colorize.serving.film.luma import layout_of
from keras_colorize.serving.film.pipeline import colored_frames
from keras_colorize.serving.film.pipeline import output_frame
from keras_colorize.serving.film.segments import Encoding
from keras_colorize.serving.film.segments import SegmentWriter
from keras_colorize.serving.film.smoothing import DEFAULT_SMOOTH_FRAMES
from keras_colorize.serving.film.smoothing import ChromaSmoother
from keras_colorize.serving.film.source import FilmSource
from keras_colorize.serving.film.source import display_matrix
from keras_colorize.serving.film.workspace import Workspace

# Frames in a segment: what is lost, at most, when the process is killed.
SEGMENT_FRAMES = 120


@dataclasses.dataclass(frozen=True)
class FilmSettings:
    """How to colorize and write a film.

    Attributes:
        strength: Factor on the predicted chroma; 0 gives a gray film.
        temperature: In (0, 1], for models that predict distributions.
        smooth_frames: Number of frames whose mean color a pixel shows that
            holds still; 1 turns smoothing off.
        codec: One of `film.codecs.CODEC_NAMES`; None for the usual one of
            the container.
        quality: Number of the codec, smaller is better; None for its usual.
    """

    strength: float = 1.0
    temperature: float | None = None
    smooth_frames: int = DEFAULT_SMOOTH_FRAMES
    codec: str | None = None
    quality: int | None = None


@dataclasses.dataclass(frozen=True)
class FilmResult:
    """What became of a film.

    Attributes:
        path: The film written.
        num_frames: Frames in it.
        num_resumed: How many of them an earlier run had done.
        notes: What it does not carry over from the source.
        damage: What of the source could not be read; empty if all was.
    """

    path: Path
    num_frames: int
    num_resumed: int
    notes: tuple[str, ...]
    damage: str = ""


def colorize_film(
    source: str | os.PathLike,
    output: str | os.PathLike,
    session: ColorizeSession,
    settings: FilmSettings | None = None,
    overwrite: bool = False,
    on_progress: Callable[[int, int | None], None] | None = None,
) -> FilmResult:
    """Colorizes a film.

    The work is kept in a hidden folder beside `output` until it is whole:
    when the process is stopped or killed, the same call goes on where it
    was. The film appears under its name in one step, at the end.

    Args:
        source: The film; any file that FFmpeg reads.
        output: The file to write, its suffix says the container: one of
            `film.codecs.SUFFIXES`.
        session: The loaded model.
        settings: How; default `FilmSettings()`.
        overwrite: Whether an existing file may be replaced.
        on_progress: Called after each frame with the number of frames done
            and how many there are (about; None if unknown).

    Returns:
        The `FilmResult`. Of a film that is damaged or cut off it has what
        could be read, and says so in `damage`.

    Raises:
        FilmError: If the source has no video or cannot be read at all.
        OutputError: If the result cannot be put there.
        SettingError: If a setting has no meaning for the model or codec.
    """
    source, output = Path(source), Path(output)
    settings = settings or FilmSettings()
    codec = _checked_codec(settings, session, output)
    _check_output(source, output, overwrite)
    with closing(FilmSource(source)) as film:
        work = _Work(film, output, session, settings, codec)
        work.encode(on_progress or (lambda done, total: None))
        return work.join()


class _Work:
    """One film on its way from source to result."""

    def __init__(self, film, output, session, settings, codec):
        self.film = film
        self.output = output
        self.session = session
        self.settings = settings
        frame = film.first_frame()
        self.matrix = display_matrix(frame)
        self.encoding = _encoding(film, frame, codec, settings.quality)
        self.notes = _notes(frame, self.encoding)
        turns = round((frame.rotation or 0) / 90) % 4
        self.predictor = ChromaPredictor(
            session, settings.temperature, _display_size(film, frame), turns
        )
        self.workspace = Workspace(output, self._identity())
        self.num_resumed = self.workspace.num_frames
        film.damage = self.workspace.damage

    def encode(self, on_progress) -> None:
        """Makes the segments that are still missing."""
        workspace, layout = self.workspace, self.encoding.layout
        smoother = ChromaSmoother(self.settings.smooth_frames)
        chroma = ChromaPlanes(layout, self.settings.strength)
        smoother.restore(workspace.state)
        chroma.restore(workspace.state)
        frames = colored_frames(
            self.film,
            layout,
            self.predictor,
            smoother,
            SEGMENT_FRAMES,
            workspace.last_pts,
        )
        done = workspace.num_frames
        writer = None
        with closing(frames):
            for frame in frames:
                writer = writer or SegmentWriter(
                    workspace.next_path(), self.encoding
                )
                writer.write(
                    output_frame(frame, chroma),
                    frame.pts,
                    frame.duration or self.encoding.frame_ticks,
                )
                done += 1
                on_progress(done, self.film.num_frames)
                if frame.state is not None:
                    state = {**frame.state, **chroma.state()}
                    workspace.add(writer.finish(), state, self.film.damage)
                    writer = None
        if writer is not None:
            workspace.add(writer.finish(), {}, self.film.damage)

    def join(self) -> FilmResult:
        """Writes the film and removes the workspace."""
        workspace = self.workspace
        damage = self.film.damage
        part = workspace.folder / f"film{self.output.suffix}"
        try:
            with explained_os_errors(self.output):
                notes = join_film(
                    part,
                    workspace.folder,
                    workspace.segments,
                    self.encoding,
                    self.film,
                    self.matrix,
                    self._comment(),
                )
                os.replace(part, self.output)
        except (ValueError, av.FFmpegError) as error:
            if isinstance(error, OutputError):
                raise
            raise OutputError(
                f"{self.output} cannot be written ({error}). Write .mkv, "
                "which holds nearly everything; the frames done are kept."
            ) from error
        workspace.remove()
        return FilmResult(
            self.output,
            workspace.num_frames,
            self.num_resumed,
            (*self.notes, *notes),
            damage,
        )

    def _identity(self) -> dict:
        """All that the result depends on, for the workspace."""
        status = self.film.path.stat()
        return {
            "version": __version__,
            "pyav": av.__version__,
            "source": str(self.film.path.resolve()),
            "size": status.st_size,
            "mtime_ns": status.st_mtime_ns,
            "model": _checksum(self.session),
            "settings": dataclasses.asdict(self.settings),
            "encoding": str(self.encoding),
            "segment_frames": SEGMENT_FRAMES,
        }

    def _comment(self) -> str:
        contract = self.session.contract
        model = ".".join(filter(None, (contract.model, contract.weights)))
        return (
            f"Colorized by keras-colorize {__version__} with {model}, "
            f"strength {self.settings.strength:g}"
        )


def _checksum(session: ColorizeSession) -> str:
    """SHA-256 of the model file: a path may hold another model by now."""
    source, _ = model_source(session.model)
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    with Path(source).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checked_codec(settings, session, output) -> FilmCodec:
    session.check_settings(settings.strength, settings.temperature)
    if settings.smooth_frames < 1:
        raise SettingError(
            "`smooth_frames` must be at least 1, which turns smoothing off. "
            f"Received: smooth_frames={settings.smooth_frames}."
        )
    codec = choose_codec(output, settings.codec)
    checked_quality(codec, settings.quality)
    return codec


def _check_output(source: Path, output: Path, overwrite: bool) -> None:
    if not source.is_file():
        raise FilmError(
            f"There is no film {source}. Expected a file; check the path."
        )
    if output.exists() and output.samefile(source):
        raise OutputError(
            f"{output} is the film itself, which is not replaced. Choose "
            "another name."
        )
    if output.is_dir():
        raise OutputError(
            f"{output} is a folder. Expected the name of a file to write."
        )
    if not overwrite:
        check_vacant(output)
    check_writable(output.parent)


def _encoding(film, frame, codec, quality) -> Encoding:
    is_even = frame.width % 2 == frame.height % 2 == 0
    return Encoding(
        codec=codec,
        quality=checked_quality(codec, quality),
        layout=layout_of(
            frame, is_even or codec.subsamples_odd, codec.max_depth
        ),
        time_base=film.stream.time_base,
        rate=film.rate,
        pixel_aspect=film.stream.sample_aspect_ratio,
        color_primaries=frame.color_primaries,
        color_trc=frame.color_trc,
    )


def _display_size(film, frame) -> tuple[int, int]:
    """(height, width) as shown: square pixels, upright."""
    aspect = film.stream.sample_aspect_ratio or 1
    size = frame.height, max(round(frame.width * aspect), 1)
    return size[::-1] if round((frame.rotation or 0) / 90) % 2 else size


def _notes(frame, encoding: Encoding) -> list[str]:
    notes = []
    depth = depth_of(frame)
    if depth > encoding.layout.depth:
        notes.append(f"{depth} bits per sample became {encoding.layout.depth}.")
    elif not has_luma_plane(frame):
        notes.append(
            f"stored as {frame.format.name}, so luma was computed, not copied."
        )
    if frame.interlaced_frame:
        notes.append("interlaced frames are written as whole frames.")
    if encoding.encoder_time_base != encoding.time_base:
        notes.append(
            f"{encoding.codec.name} counts {encoding.rate} frames per second; "
            "frames of other lengths are moved to the nearest."
        )
    return notes
