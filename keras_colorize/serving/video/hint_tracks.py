"""Color hints at a time of a film, carried through the scene around it.

A hint is placed on one frame and holds from the first to the last frame of its
scene. Its past is known only when it is met, and color is made in one pass; so
the film is read once before, up to the end of the last scene with a hint, and
where each hint is on each frame is kept for that pass. What is held of the
frames of a scene, to go back through them, lies in a file, and is bounded.
"""

import dataclasses
import tempfile
from array import array
from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from keras_colorize.errors import SettingError
from keras_colorize.files import written_beside
from keras_colorize.hints import FilmHint
from keras_colorize.hints import Hint
from keras_colorize.serving.video.chroma import turned_size
from keras_colorize.serving.video.luma import Layout
from keras_colorize.serving.video.luma import luma_plane
from keras_colorize.serving.video.luma import small_gray
from keras_colorize.serving.video.smoothing import is_cut
from keras_colorize.serving.video.source import VideoSource
from keras_colorize.serving.video.source import clock
from keras_colorize.serving.video.tracking import DiscTracker

# Frames that are kept of a scene: how far back a hint holds, 2 to 3 minutes.
MOST_FRAMES_BACK = 4096
# Clocks of players round down to milliseconds: one of them before its frame
# is still that frame.
_ROUNDING_SECONDS = 0.001
_NO_GRAY = np.zeros((0, 0), np.uint8)


@dataclasses.dataclass(frozen=True)
class FrameSize:
    """The frame that hints are placed on, and the one that is looked at.

    Attributes:
        picture: (width, height) of the upright frame, in its own pixels.
        small: (height, width) of what the network sees, as stored.
        quarter_turns: How many times a stored frame is turned left to be
            upright.
    """

    picture: tuple[int, int]
    small: tuple[int, int]
    quarter_turns: int

    def upright(self, gray: np.ndarray) -> np.ndarray:
        """Turns a stored frame (h, w)."""
        return np.ascontiguousarray(np.rot90(gray, self.quarter_turns))


class HintTracks:
    """Where the hints of a film are on each of its frames.

    Args:
        pts: int64 (M,), frames in order; a frame is there once for each hint
            that holds on it.
        numbers: int64 (M,), which hint, from 0.
        places: float64 (M, 2), x and y of its center, in pixels of the
            upright frame as the network sees it.
        notes: What people should know, a sentence each.
    """

    def __init__(
        self,
        pts: np.ndarray,
        numbers: np.ndarray,
        places: np.ndarray,
        notes: Sequence[str],
    ):
        self._pts, self._numbers, self._places = pts, numbers, places
        self.notes = tuple(notes)

    def at(self, pts: int, hints: Sequence[Hint]) -> tuple[Hint, ...]:
        """Returns the hints of a frame, in their order.

        Args:
            pts: Of the frame.
            hints: All of them, with the radius that they have there.
        """
        first, end = np.searchsorted(self._pts, [pts, pts + 1])
        rows = zip(
            self._numbers[first:end], self._places[first:end], strict=True
        )
        return tuple(
            dataclasses.replace(hints[number], x=float(x), y=float(y))
            for number, (x, y) in rows
        )

    def save(self, path: Path) -> None:
        """Writes all of it to a file."""
        with written_beside(path) as part, part.open("wb") as file:
            np.savez(
                file,
                pts=self._pts,
                numbers=self._numbers,
                places=self._places,
                notes=np.array(self.notes, np.str_),
            )


def load_tracks(path: Path) -> HintTracks | None:
    """Reads what `HintTracks.save` wrote; None if there is no such file."""
    try:
        with np.load(path) as file:
            arrays = dict(file)
    except FileNotFoundError:
        return None
    return HintTracks(**arrays)


def placed_small(
    hints: Sequence[FilmHint], size: FrameSize
) -> tuple[FilmHint, ...]:
    """Converts hints to pixels of the frame that the network sees, upright.

    Args:
        hints: In pixels of the film's frames.
        size: Of both.
    """
    width, height = size.picture
    rows, columns = turned_size(size.small, size.quarter_turns)
    across, down = columns / width, rows / height
    return tuple(
        dataclasses.replace(
            hint,
            x=min(hint.x * across, np.nextafter(columns, 0.0)),
            y=min(hint.y * down, np.nextafter(rows, 0.0)),
            # A disc stays a disc, of the area that the resized one would have.
            radius=hint.radius * (across * down) ** 0.5,
        )
        for hint in hints
    )


def check_times(hints: Sequence[FilmHint], seconds: float) -> None:
    """Refuses times beyond a film, before its frames are read.

    Args:
        hints: All of them.
        seconds: How long the film is, as its packets say.

    Raises:
        SettingError: If one lies beyond.
    """
    for number, hint in enumerate(hints):
        if hint.seconds is not None and hint.seconds > seconds:
            raise _beyond(number, hint, clock(seconds))


def find_tracks(
    source: VideoSource,
    layout: Layout,
    hints: Sequence[FilmHint],
    size: FrameSize,
    folder: Path,
) -> HintTracks:
    """Reads a film and follows its hints through their scenes.

    Args:
        source: The film, at its start.
        layout: Of the result.
        hints: At least one, as `placed_small` gave them.
        size: Of the frames.
        folder: Where frames are kept meanwhile.

    Raises:
        SettingError: If a hint lies beyond the last frame that can be read.
    """
    with _Pass(hints, size, folder) as work:
        for frame in _seen_frames(source, layout, size):
            if not work.take(frame):
                break
        else:
            work.finish(source.damage)
        return work.tracks()


@dataclasses.dataclass(frozen=True)
class _Seen:
    """A frame in the pass before.

    Attributes:
        number: From 0.
        pts: When it is shown, in ticks of the source.
        start: The same in seconds of the film.
        end: When the next one is shown.
        gray: uint8 (h, w), what the network would see, as stored.
    """

    number: int
    pts: int
    start: float
    end: float
    gray: np.ndarray


def _seen_frames(source, layout, size) -> Iterator[_Seen]:
    last: _Seen | None = None
    for number, frame in enumerate(source.frames()):
        luma = luma_plane(frame, layout, source.pixel_shape)
        gray = small_gray(luma, layout, *size.small)
        start = source.seconds(frame.pts)
        if last is not None:
            yield dataclasses.replace(last, end=start)
        length = source.seconds(frame.duration or 0) or float(1 / source.rate)
        end = start + length + _ROUNDING_SECONDS
        last = _Seen(number, frame.pts, start, end, gray)
    if last is not None:
        yield last


class _Pass:
    """What is known while the film is read before. Close it after use."""

    def __init__(self, hints, size: FrameSize, folder: Path):
        self._hints = hints
        self._size = size
        self._pending = set(range(len(hints)))
        self._active: dict[int, DiscTracker] = {}
        self._kept = _KeptFrames(folder)
        self._last: _Seen | None = None
        # Rows of pts, number of the hint, x and y.
        self._rows: array[float] = array("d")
        self._notes: list[str] = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._kept.close()

    def take(self, frame: _Seen) -> bool:
        """Takes the next frame; False once the others do not matter."""
        if self._last is None or is_cut(self._last.gray, frame.gray):
            self._active.clear()
            self._kept.clear()
        if not self._pending and not self._active:
            return False
        self._last = frame
        gray = self._size.upright(frame.gray)
        for number, tracker in [*self._active.items()]:
            if not self._carry(number, tracker, frame, gray):
                del self._active[number]
        for number in sorted(self._pending):
            if self._is_due(self._hints[number], frame):
                self._place(number, frame, gray)
        if self._pending:
            self._kept.add(frame)
        return True

    def finish(self, damage: str) -> None:
        """Refuses hints that no frame was met for."""
        for number in sorted(self._pending):
            end = "before its first frame"
            if self._last is not None:
                end = clock(self._last.end - _ROUNDING_SECONDS)
                end += f" after {self._last.number + 1} frames"
            if damage:
                end += f" ({damage})"
            raise _beyond(number, self._hints[number], end)

    def tracks(self) -> HintTracks:
        """Returns what was found."""
        rows = np.array(self._rows).reshape(-1, 4)
        rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
        pts, numbers = rows[:, :2].astype(np.int64).T
        return HintTracks(pts, numbers, rows[:, 2:], self._notes)

    def _is_due(self, hint: FilmHint, frame: _Seen) -> bool:
        if hint.seconds is None:
            return hint.frame == frame.number
        return hint.seconds + _ROUNDING_SECONDS < frame.end

    def _place(self, number: int, frame: _Seen, gray: np.ndarray) -> None:
        hint = self._hints[number]
        self._pending.remove(number)
        self._add_row(number, frame, hint.x, hint.y)
        self._active[number] = DiscTracker(gray, hint.x, hint.y, hint.radius)
        tracker = DiscTracker(gray, hint.x, hint.y, hint.radius)
        for earlier in self._kept.backwards():
            gray = self._size.upright(earlier.gray)
            if not self._carry(number, tracker, earlier, gray):
                return
            frame = earlier
        if self._kept.has_dropped:
            self._notes.append(
                f"hint {number + 1} holds from {clock(frame.start)} on: no "
                f"hint goes back more than {MOST_FRAMES_BACK} frames. Place "
                "another before."
            )

    def _carry(self, number, tracker, frame: _Seen, gray) -> bool:
        """Follows a hint into a frame; False if it does not hold there."""
        place = tracker.follow(gray)
        if place is not None:
            self._add_row(number, frame, *place)
            return True
        if not tracker.has_left:
            self._notes.append(
                f"hint {number + 1} ({self._hints[number].moment}) is lost at "
                f"{clock(frame.start)}: what it is on is hidden there, or "
                "cannot be followed. Place another there if its color is "
                "missing."
            )
        return False

    def _add_row(self, number, frame: _Seen, x: float, y: float) -> None:
        self._rows.extend((frame.pts, number, x, y))


class _KeptFrames:
    """The last frames of a scene, in a file. Close it after use."""

    def __init__(self, folder: Path):
        self._file = tempfile.TemporaryFile(dir=folder)
        self._frames: list[_Seen] = []  # without grays
        self._shape = (0, 0)
        self.clear()

    @property
    def has_dropped(self) -> bool:
        """Whether the scene has more frames than are kept."""
        return self._num_added > MOST_FRAMES_BACK

    def close(self) -> None:
        """Deletes the file."""
        self._file.close()

    def clear(self) -> None:
        """Forgets all."""
        self._num_added = 0
        self._frames.clear()

    def add(self, frame: _Seen) -> None:
        """Keeps the next frame, and drops the oldest if there are many."""
        self._shape = frame.gray.shape
        place = self._num_added % MOST_FRAMES_BACK
        self._file.seek(place * frame.gray.size)
        self._file.write(np.ascontiguousarray(frame.gray).data)
        without = dataclasses.replace(frame, gray=_NO_GRAY)
        self._frames[place : place + 1] = [without]
        self._num_added += 1

    def backwards(self) -> Iterator[_Seen]:
        """Reads the frames that are kept, the last one first."""
        count = len(self._frames)
        size = self._shape[0] * self._shape[1]
        for number in range(
            self._num_added - 1, self._num_added - 1 - count, -1
        ):
            place = number % MOST_FRAMES_BACK
            self._file.seek(place * size)
            gray = np.frombuffer(self._file.read(size), np.uint8)
            yield dataclasses.replace(
                self._frames[place], gray=gray.reshape(self._shape)
            )


def _beyond(number: int, hint: FilmHint, end: str) -> SettingError:
    return SettingError(
        f"Hint {number + 1} lies beyond the film, which ends at {end}. "
        f"Received: {hint.moment}."
    )
