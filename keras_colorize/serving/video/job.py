"""The work on one film: its segments, one by one, and then the whole."""

import dataclasses
import hashlib
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import av
from av.error import FFmpegError

from keras_colorize import __version__
from keras_colorize.errors import OutputError
from keras_colorize.files import explained_os_errors
from keras_colorize.serving.onnx_file import model_source
from keras_colorize.serving.session import ColorizeSession
from keras_colorize.serving.video.chroma import ChromaPlanes
from keras_colorize.serving.video.chroma import ChromaPredictor
from keras_colorize.serving.video.codecs import FilmCodec
from keras_colorize.serving.video.codecs import checked_quality
from keras_colorize.serving.video.luma import depth_of
from keras_colorize.serving.video.luma import has_luma_plane
from keras_colorize.serving.video.luma import layout_of
from keras_colorize.serving.video.mux import join_film
from keras_colorize.serving.video.pipeline import colored_frames
from keras_colorize.serving.video.pipeline import output_frame
from keras_colorize.serving.video.segments import Encoding
from keras_colorize.serving.video.segments import SegmentWriter
from keras_colorize.serving.video.settings import FilmResult
from keras_colorize.serving.video.settings import FilmSettings
from keras_colorize.serving.video.smoothing import ChromaSmoother
from keras_colorize.serving.video.source import FilmSource
from keras_colorize.serving.video.source import display_matrix
from keras_colorize.serving.video.workspace import Workspace

# Frames in a segment: what is lost, at most, when the process is killed.
SEGMENT_FRAMES = 120


class FilmWork:
    """One film on its way from source to result.

    Args:
        film: The open source.
        output: The file to write.
        session: The loaded model.
        settings: How.
        codec: As `choose_codec` gave it.

    Attributes:
        num_resumed: Frames that an earlier run had done.
    """

    def __init__(
        self,
        film: FilmSource,
        output: Path,
        session: ColorizeSession,
        settings: FilmSettings,
        codec: FilmCodec,
    ):
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

    def encode(self, on_progress: Callable[[int, int | None], None]) -> None:
        """Makes the segments that are still missing.

        Args:
            on_progress: See `colorize_film`.
        """
        smoother = ChromaSmoother(self.settings.smooth_frames)
        chroma = ChromaPlanes(self.encoding.layout, self.settings.strength)
        smoother.restore(self.workspace.state)
        chroma.restore(self.workspace.state)
        frames = colored_frames(
            self.film,
            self.encoding.layout,
            self.predictor,
            smoother,
            SEGMENT_FRAMES,
            self.workspace.last_pts,
        )
        with explained_os_errors(self.output), closing(frames):
            self._write_segments(frames, chroma, on_progress)

    def _write_segments(self, frames, chroma, on_progress) -> None:
        workspace = self.workspace
        done = workspace.num_frames
        writer = None
        for frame in frames:
            writer = writer or SegmentWriter(
                workspace.next_path(), self.encoding
            )
            writer.write(
                output_frame(frame, chroma),
                frame.source.pts,
                frame.source.duration or self.encoding.frame_ticks,
            )
            done += 1
            on_progress(done, self.film.num_frames)
            if frame.state is not None:
                state = {**frame.state, **chroma.state()}
                workspace.add(writer.finish(), state, self.film.damage)
                writer = None
        if writer is not None:  # the end of the film
            workspace.add(writer.finish(), {}, self.film.damage)

    def join(self) -> FilmResult:
        """Writes the film and removes the workspace.

        Raises:
            OutputError: If the container refuses it.
        """
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
        except (ValueError, FFmpegError) as error:
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
    height, width = frame.height, max(round(frame.width * aspect), 1)
    is_turned = round((frame.rotation or 0) / 90) % 2
    return (width, height) if is_turned else (height, width)


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
