"""`colorize_video`: a film in, the same film in color out.

Only the chroma of the video is new. Luma keeps its values (see `luma`), and
times, rotation, audio, subtitles, chapters and tags are those of the source.
"""

import dataclasses
import functools
import hashlib
import os
from collections.abc import Callable
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import av
from av.error import FFmpegError

from keras_colorize import __version__
from keras_colorize.errors import OutputError
from keras_colorize.errors import SettingError
from keras_colorize.errors import VideoError
from keras_colorize.files import check_vacant
from keras_colorize.files import check_writable
from keras_colorize.files import explained_os_errors
from keras_colorize.files import sha256_of
from keras_colorize.files import written_beside
from keras_colorize.hints import FilmHint
from keras_colorize.hints import Hint
from keras_colorize.hints import check_inside
from keras_colorize.serving.contract import Contract
from keras_colorize.serving.onnx_file import model_source
from keras_colorize.serving.options import ColorizeOptions
from keras_colorize.serving.session import ColorizeSession
from keras_colorize.serving.video.chroma import ChromaPlanes
from keras_colorize.serving.video.chroma import ChromaPredictor
from keras_colorize.serving.video.chroma import turned_size
from keras_colorize.serving.video.codecs import VideoCodec
from keras_colorize.serving.video.codecs import checked_quality
from keras_colorize.serving.video.codecs import choose_codec
from keras_colorize.serving.video.contrast import SceneContrast
from keras_colorize.serving.video.hint_tracks import FrameSize
from keras_colorize.serving.video.hint_tracks import check_times
from keras_colorize.serving.video.hint_tracks import find_tracks
from keras_colorize.serving.video.hint_tracks import load_tracks
from keras_colorize.serving.video.hint_tracks import placed_small
from keras_colorize.serving.video.luma import color_notes
from keras_colorize.serving.video.luma import depth_of
from keras_colorize.serving.video.luma import has_luma_plane
from keras_colorize.serving.video.luma import has_transparency
from keras_colorize.serving.video.luma import layout_of
from keras_colorize.serving.video.luma import used_depth
from keras_colorize.serving.video.mux import check_pauses
from keras_colorize.serving.video.mux import mux_video
from keras_colorize.serving.video.mux import try_copies
from keras_colorize.serving.video.pipeline import SceneColor
from keras_colorize.serving.video.pipeline import colored_frames
from keras_colorize.serving.video.pipeline import output_frame
from keras_colorize.serving.video.segments import Encoding
from keras_colorize.serving.video.segments import SegmentWriter
from keras_colorize.serving.video.side_data import display_matrix
from keras_colorize.serving.video.smoothing import DEFAULT_SMOOTH_FRAMES
from keras_colorize.serving.video.smoothing import ChromaSmoother
from keras_colorize.serving.video.source import OUR_COMMENT
from keras_colorize.serving.video.source import VideoSource
from keras_colorize.serving.video.source import clock
from keras_colorize.serving.video.tracking import import_opencv
from keras_colorize.serving.video.workspace import Workspace

# Frames in a segment: what is lost, at most, when the process is killed.
SEGMENT_FRAMES = 120
# Indices at the end of a file take less than this.
_UNREAD_SHARE = 0.15
_TOP_FIRST = 2  # AV_FIELD_TT
_MOST_JUMPS = 3  # that get a note of their own


@dataclasses.dataclass(frozen=True)
class VideoOptions:
    """How to colorize and write a film.

    Attributes:
        color: What holds for the colors of every frame; without hints, which
            films have below.
        smooth_frames: Number of frames whose mean color a pixel shows that
            holds still; 1 turns smoothing off.
        codec: One of `video.codecs.CODEC_NAMES`; None for the usual one of
            the container.
        quality: Number of the codec, smaller is better; None for its usual.
        skip_color: Whether scenes that are in color keep it.
        hints: Colors at places of frames, for models that take them; each
            holds in the scene around its frame and follows what it is on.
            Where they overlap, the last one wins.
    """

    color: ColorizeOptions = ColorizeOptions()
    smooth_frames: int = DEFAULT_SMOOTH_FRAMES
    codec: str | None = None
    quality: int | None = None
    skip_color: bool = False
    hints: tuple[FilmHint, ...] = ()

    def check(self, contract: Contract, codec: VideoCodec) -> None:
        """Refuses options that mean nothing to a model or codec.

        Args:
            contract: What the model file says about itself.
            codec: As `choose_codec` gave it.

        Raises:
            SettingError: If a value is out of range, or there is no such
                thing; or if OpenCV is missing for hints.
            TypeError: If `hints` holds anything but `FilmHint`.
        """
        if self.color.hints:
            raise SettingError(
                "Hints of a film say when: give `FilmHint`s as `hints` of "
                f"VideoOptions. Received: {len(self.color.hints)} hints of "
                "photos in `color`."
            )
        dataclasses.replace(self.color, hints=self.hints).check(contract)
        for hint in self.hints:
            if not isinstance(hint, FilmHint):
                raise TypeError(
                    "`hints` must be a sequence of keras_colorize.FilmHint. "
                    f"Received: {type(hint).__name__}."
                )
        if self.hints:
            import_opencv()
        if self.smooth_frames < 1:
            raise SettingError(
                "`smooth_frames` must be at least 1, which turns smoothing "
                f"off. Received: smooth_frames={self.smooth_frames}."
            )
        checked_quality(codec, self.quality)


@dataclasses.dataclass(frozen=True)
class VideoResult:
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


def colorize_video(
    source: str | os.PathLike,
    output: str | os.PathLike,
    session: ColorizeSession,
    options: VideoOptions | None = None,
    overwrite: bool = False,
    on_progress: Callable[[int, int | None], None] | None = None,
) -> VideoResult:
    """Colorizes a film.

    The work is kept in a hidden folder beside `output` until it is whole:
    when the process is stopped or killed, the same call goes on where it
    was. The film appears under its name in one step, at the end.

    Args:
        source: The film; any file that FFmpeg reads.
        output: The file to write, its suffix says the container: one of
            `video.codecs.SUFFIXES`.
        session: The loaded model.
        options: How; default `VideoOptions()`.
        overwrite: Whether an existing file may be replaced.
        on_progress: Called after each frame with the number of frames done
            and how many there are (about; None if unknown).

    Returns:
        The `VideoResult`. Of a film that is damaged or cut off it has what
        could be read, and says so in `damage`.

    Raises:
        VideoError: If the source has no video or cannot be read at all.
        OutputError: If the result cannot be put there.
        SettingError: If a setting has no meaning for the model or codec, or a
            hint lies outside the frame or beyond the film.
    """
    source, output = Path(source), Path(output)
    options = options or VideoOptions()
    codec = choose_codec(output, options.codec)
    options.check(session.contract, codec)
    _check_output(source, output, overwrite)
    with closing(VideoSource(source)) as opened:
        work = VideoWork(opened, output, session, options, codec)
        with closing(work.workspace):
            work.encode(on_progress or (lambda done, total: None))
            return work.join()


class VideoWork:
    """One film on its way from source to result.

    Args:
        source: The open film.
        output: The file to write.
        session: The loaded model.
        options: How to colorize and write it.
        codec: As `choose_codec` gave it.

    Attributes:
        workspace: What is done of it; to be closed.
        num_resumed: Frames that an earlier run had done.
    """

    def __init__(
        self,
        source: VideoSource,
        output: Path,
        session: ColorizeSession,
        options: VideoOptions,
        codec: VideoCodec,
    ):
        self.source = source
        self.output = output
        self.session = session
        self.options = options
        frame = source.first_frame()
        self.matrix = display_matrix(frame)
        self.encoding = _encoding(source, frame, codec, options.quality)
        check_pauses(source, output)
        self.copied, notes = try_copies(source, output)
        self.notes = [*_notes(source, frame, self.encoding), *notes]
        turns = round((frame.rotation or 0) / 90) % 4
        self.predictor = ChromaPredictor(
            session,
            options.color,
            _display_size(source, frame),
            turns,
        )
        width, height = turned_size(self.encoding.layout.picture, turns)
        check_inside(options.hints, height, width, "frame")
        check_times(options.hints, source.timeline.end)
        self.workspace = Workspace(output.parent, self._identity())
        self.num_resumed = self.workspace.num_frames
        source.damage = self.workspace.damage
        source.changes = list(self.workspace.changes)
        source.side_data.update(self.workspace.side_data)

    def encode(self, on_progress: Callable[[int, int | None], None]) -> None:
        """Makes the segments that are still missing.

        Args:
            on_progress: See `colorize_video`.
        """
        contrast = SceneContrast()
        smoother = ChromaSmoother(self.options.smooth_frames)
        chroma = ChromaPlanes(self.encoding.layout, self.options.color.strength)
        contrast.restore(self.workspace.state)
        smoother.restore(self.workspace.state)
        chroma.restore(self.workspace.state)
        scenes = None
        if self.options.skip_color:
            scenes = SceneColor(self.source.is_ours)
            scenes.restore(self.workspace.state)
        with explained_os_errors(self.output):
            frames = colored_frames(
                self.source,
                self.encoding.layout,
                self.predictor,
                contrast,
                smoother,
                SEGMENT_FRAMES,
                self.workspace.last_pts,
                scenes,
                self._hints_at(),
            )
            with closing(frames):
                self._write_segments(frames, chroma, on_progress)

    def _hints_at(self) -> Callable[[int], Sequence[Hint]] | None:
        """Follows the hints, or reads what an earlier run has found."""
        if not self.options.hints:
            return None
        layout, turns = self.encoding.layout, self.predictor.quarter_turns
        # The network sees the last row or column twice where one is added.
        whole = turned_size((layout.width, layout.height), turns)
        size = FrameSize(whole, self.predictor.size, turns)
        hints = placed_small(self.options.hints, size)
        path = self.workspace.folder / "hints.npz"
        tracks = load_tracks(path)
        if tracks is None:
            with closing(VideoSource(self.source.path)) as source:
                source.first_frame()
                try:
                    tracks = find_tracks(
                        source, layout, hints, size, self.workspace.folder
                    )
                except SettingError:
                    self.workspace.remove()  # nothing is in it yet
                    raise
            tracks.save(path)
        self.notes += tracks.notes
        return functools.partial(tracks.at, hints=hints)

    def _write_segments(self, frames, chroma, on_progress) -> None:
        workspace = self.workspace
        done, num_kept = workspace.num_frames, workspace.num_kept
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
            num_kept += frame.source.chroma is not None
            on_progress(done, self.source.num_frames)
            if frame.state is not None:
                state = {**frame.state, **chroma.state()}
                workspace.add(writer.finish(), state, self.source, num_kept)
                writer = None
        if writer is not None:  # the end of the film
            workspace.add(writer.finish(), {}, self.source, num_kept)

    def join(self) -> VideoResult:
        """Writes the film and removes the workspace.

        Raises:
            OutputError: If the container refuses it.
        """
        workspace = self.workspace
        damage = self.source.damage
        try:
            with (
                explained_os_errors(self.output),
                written_beside(self.output) as part,
            ):
                notes = mux_video(
                    part,
                    workspace.folder,
                    workspace.segments,
                    self.encoding,
                    self.source,
                    self.copied,
                    self.matrix,
                    self._comment(),
                )
        except (ValueError, FFmpegError) as error:
            if isinstance(error, OutputError):
                raise
            raise OutputError(
                f"{self.output} cannot be written ({error}). Write .mkv with "
                "the same options: the frames are done and will be used."
            ) from error
        if workspace.num_kept:
            notes.append(
                f"{workspace.num_kept} of {workspace.num_frames} frames were "
                "in color already and keep it."
            )
        workspace.remove()
        return VideoResult(
            self.output,
            workspace.num_frames,
            self.num_resumed,
            (*self.notes, *self.source.changes, *notes),
            damage,
        )

    def _identity(self) -> dict:
        """Collects all that the result depends on, for the workspace."""
        status = self.source.path.stat()
        return {
            "version": __version__,
            "pyav": av.__version__,
            "source": str(self.source.path.resolve()),
            "size": status.st_size,
            "mtime_ns": status.st_mtime_ns,
            "model": _checksum(self.session),
            "color": dataclasses.asdict(self.options.color),
            "smooth_frames": self.options.smooth_frames,
            "skip_color": self.options.skip_color,
            "hints": [dataclasses.asdict(h) for h in self.options.hints],
            "encoding": str(self.encoding),
            "segment_frames": SEGMENT_FRAMES,
        }

    def _comment(self) -> str:
        contract = self.session.contract
        model = ".".join(filter(None, (contract.model, contract.weights)))
        comment = (
            f"{OUR_COMMENT} {__version__} with {model}, "
            f"look {self.options.color.look}, "
            f"strength {self.options.color.strength:g}"
        )
        if self.options.hints:
            comment += f", {len(self.options.hints)} hints"
        return comment


def _checksum(session: ColorizeSession) -> str:
    """Hashes the model file: a path may hold another model by now."""
    source = model_source(session.model)
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    return sha256_of(source)


def _encoding(source, frame, codec, quality) -> Encoding:
    return Encoding(
        codec=codec,
        quality=checked_quality(codec, quality),
        layout=layout_of(frame, codec.takes_odd_sizes, codec.max_depth),
        time_base=source.stream.time_base,
        rate=source.rate,
        pixel_aspect=source.stream.sample_aspect_ratio,
        color_trc=frame.color_trc,
        field_order=_field_order(source, frame),
    )


def _field_order(source, frame) -> int:
    """AVFieldOrder number; of interlaced films that do not say: top first."""
    if not frame.interlaced_frame:
        return 0
    return source.field_order if source.field_order > 1 else _TOP_FIRST


def _display_size(source, frame) -> tuple[int, int]:
    """Returns (height, width) as shown: square pixels, upright."""
    aspect = source.stream.sample_aspect_ratio or 1
    height, width = frame.height, max(round(frame.width * aspect), 1)
    is_turned = round((frame.rotation or 0) / 90) % 2
    return (width, height) if is_turned else (height, width)


def _notes(source, frame, encoding: Encoding) -> list[str]:
    notes = [
        f"another recording begins at {clock(seconds)}, where the times of the "
        "source jump; it goes on there without a gap."
        for seconds in source.timeline.jumps[:_MOST_JUMPS]
    ]
    if len(source.timeline.jumps) > _MOST_JUMPS:
        notes.append(f"so do {len(source.timeline.jumps) - _MOST_JUMPS} more.")
    notes += [
        f"neither picture nor sound is stored from {clock(start)} to "
        f"{clock(end)}: a pause, or a part is missing."
        for start, end in source.timeline.pauses[:_MOST_JUMPS]
    ]
    if source.unread_share > _UNREAD_SHARE:
        notes.append(
            f"the last {source.unread_share:.0%} of the file are not read: if "
            "recordings were joined there, colorize each by itself."
        )
    depth, layout = depth_of(frame), encoding.layout
    if used_depth(frame) > layout.depth:
        notes.append(f"{depth} bits per sample became {layout.depth}.")
    if not has_luma_plane(frame):
        notes.append(
            f"stored as {frame.format.name}, so luma was computed, not copied."
        )
    notes += color_notes(frame)
    if (layout.width, layout.height) != layout.picture:
        width, height = layout.picture
        notes.append(
            f"{width} x {height} pixels became {layout.width} x "
            f"{layout.height}: {encoding.codec.name} takes no odd numbers that "
            "all players show. --codec ffv1 does."
        )
    if has_transparency(frame):
        notes.append("transparency (alpha) is left out.")
    if encoding.field_order and not encoding.fields:
        notes.append(
            f"{encoding.codec.name} knows no fields, so interlaced frames are "
            "written as whole frames, and players show combs where something "
            "moves; --codec h264 keeps them interlaced."
        )
    if encoding.encoder_time_base != encoding.time_base:
        notes.append(
            f"{encoding.codec.name} counts {encoding.rate} frames per second; "
            "frames of other lengths are moved to the nearest."
        )
    return notes


def _check_output(source: Path, output: Path, overwrite: bool) -> None:
    try:
        is_there, is_file = os.path.exists(source), source.is_file()
    except OSError:  # a name that no file can have
        is_there = is_file = False
    if not is_there:
        raise VideoError(
            f"There is no film {source}. Expected a file; check the path."
        )
    if not is_file:
        raise VideoError(
            f"{source} is no file, but a folder, pipe or device. Expected a "
            "film in a file, as it is read more than once."
        )
    with explained_os_errors(output):
        is_source = output.exists() and output.samefile(source)
        is_folder = output.is_dir()
    if is_source:
        raise OutputError(
            f"{output} is the film itself, which is not replaced. Choose "
            "another name."
        )
    if is_folder:
        raise OutputError(
            f"{output} is a folder. Expected the name of a file to write."
        )
    if not overwrite:
        check_vacant(output)
    check_writable(output.parent)
