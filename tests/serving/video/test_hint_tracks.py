"""Hints carried through scenes: positions are those of what was drawn."""

import contextlib
from fractions import Fraction

import numpy as np
import pytest

from keras_colorize.errors import SettingError
from keras_colorize.hints import FilmHint
from keras_colorize.serving.video import hint_tracks
from keras_colorize.serving.video.hint_tracks import FrameSize
from keras_colorize.serving.video.hint_tracks import check_times
from keras_colorize.serving.video.hint_tracks import find_tracks
from keras_colorize.serving.video.hint_tracks import load_tracks
from keras_colorize.serving.video.hint_tracks import placed_small
from keras_colorize.serving.video.luma import Layout
from keras_colorize.serving.video.source import VideoSource
from tests.serving.video.videos import moving_square
from tests.serving.video.videos import still
from tests.serving.video.videos import write_video

RATE = Fraction(25)
SIZE = FrameSize((144, 96), (96, 144), 0)
LAYOUT = Layout(144, 96, (144, 96), 8, True, 6, 2)
# Frames 0 to 7, 8 to 25 and 26 to 31; only the second one moves.
STEP = (2, -1)
NUM_FRAMES = 32


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    scenes = [
        *still(8, "coffee", (96, 144)),
        *moving_square(18, STEP, start=(20, 40)),
        *still(6, "chelsea", (96, 144)),
    ]
    return write_video(
        tmp_path_factory.mktemp("film") / "film.mkv",
        scenes,
        rate=RATE,
        pix_fmt="gray",
        codec="ffv1",
        audio=False,
    )


def hint(x, y, color="red", **moment):
    return FilmHint(x, y, 6, color, **moment)


def square_at(frame):
    """A hint on the center of the square."""
    x, y = center(frame)
    return hint(x, y, frame=frame)


def center(frame):
    return 20 + 16 + STEP[0] * (frame - 8), 40 + 12 + STEP[1] * (frame - 8)


def tracked(path, hints, size=SIZE, layout=LAYOUT):
    """Lists of (number, x, y) by frame, and the notes."""
    small = placed_small(hints, size)
    with contextlib.closing(VideoSource(path)) as source:
        source.first_frame()
        tracks = find_tracks(source, layout, small, size, path.parent)
        step = round(1 / (source.rate * source.stream.time_base))
    places = []
    for frame in range(NUM_FRAMES):
        found = tracks.at(frame * step, small)
        places.append([(small_number(h, small), h.x, h.y) for h in found])
    return places, tracks.notes


def small_number(found, hints):
    return [h.color for h in hints].index(found.color)


@pytest.mark.parametrize("frame", [8, 15, 25])
def test_a_hint_holds_in_its_scene_before_and_after_and_follows(path, frame):
    places, notes = tracked(path, [square_at(frame)])
    assert [len(of_frame) for of_frame in places] == [0] * 8 + [1] * 18 + [
        0
    ] * 6
    for number in range(8, 26):
        np.testing.assert_allclose(
            places[number][0][1:], center(number), atol=0.5
        )
    assert places[frame][0][1:] == center(frame) and notes == ()


@pytest.mark.parametrize(
    ("time", "frame"),
    [
        (0.32, 8),  # 8 / 25
        ("0:00.320", 8),
        (0.319, 8),  # a clock that rounded down
        (0.317, 7),
        (0.3599, 9),
        (0.34, 8),
        ("00:00:01.27", 31),  # the last one, up to its end
        (0, 0),
    ],
)
def test_a_time_is_the_frame_that_is_shown_then(path, time, frame):
    """Told apart by what is exactly on the placed frame."""
    places, _ = tracked(path, [hint(70.25, 50.25, time=time)])
    x = [of_frame[0][1] if of_frame else None for of_frame in places]
    assert x[frame] == 70.25
    scene = (
        range(8) if frame < 8 else range(8, 26) if frame < 26 else range(26, 32)
    )
    assert all(x[i] != 70.25 for i in scene if i != frame)
    assert all(x[i] is None for i in range(NUM_FRAMES) if i not in scene)


def test_hints_of_several_scenes_keep_their_order(path):
    hints = [
        hint(100, 20, "blue", frame=30),
        square_at(20),
        hint(30, 30, "green", time=0.0),
        hint(120, 80, "yellow", frame=20),
    ]
    places, notes = tracked(path, hints)
    numbers = [[n for n, _, _ in of_frame] for of_frame in places]
    assert numbers == [[2]] * 8 + [[1, 3]] * 18 + [[0]] * 6
    assert notes == ()


def test_places_are_those_of_the_frame_that_the_network_sees(path):
    """Half as large, and turned: what is stored is shown turned left."""
    size = FrameSize((96, 144), (48, 72), 1)
    # The square at (x, y) as stored is at (y, 144 - x) when turned left.
    x, y = center(15)
    places, _ = tracked(path, [hint(y, 144 - x, frame=15)], size)
    for number in range(8, 26):
        x, y = center(number)
        np.testing.assert_allclose(
            places[number][0][1:], (y / 2, (144 - x) / 2), atol=1.0
        )


def test_sizes_are_scaled_as_areas():
    size = FrameSize((200, 50), (100, 100), 0)
    (small,) = placed_small([FilmHint(40, 20, 8, "red", time=0)], size)
    # x half as large, y doubled: the disc keeps its area.
    assert (small.x, small.y, small.radius) == (20, 40, 8)
    turned = FrameSize((50, 200), (60, 100), 3)
    (small,) = placed_small([FilmHint(49.9, 100, 8, "red", time=0)], turned)
    assert small.y == 50 and small.x == pytest.approx(59.88)
    assert small.radius == pytest.approx(8 * (60 / 50 * 100 / 200) ** 0.5)


def test_the_last_pixel_stays_inside():
    size = FrameSize((30, 20), (200, 300), 0)
    (small,) = placed_small(
        [FilmHint(29.999999999999996, 5, 1, "red", frame=0)], size
    )
    assert small.x < 300


def test_a_hint_that_is_lost_is_told(tmp_path):
    frames = moving_square(24, (2, 0))
    for frame in frames[5:9]:  # something dark passes by
        frame[28:56, 48:90] = 70
    path = write_video(
        tmp_path / "film.mkv",
        frames,
        rate=RATE,
        pix_fmt="gray",
        codec="ffv1",
        audio=False,
    )
    hints = [FilmHint(60, 42, 6, "red", frame=2)]
    places, (note,) = tracked(path, hints)
    assert [bool(of_frame) for of_frame in places[:24]] == [True] * 5 + [
        False
    ] * 19
    assert "hint 1 (frame 2) is lost at 0:00:00.200" in note
    hints = [FilmHint(40 + 16 + 2 * 20, 42, 6, "red", frame=20)]
    places, (note,) = tracked(path, hints)
    assert [bool(of_frame) for of_frame in places[:24]] == [False] * 9 + [
        True
    ] * 15
    assert "hint 1 (frame 20) is lost at 0:00:00.320" in note


def test_what_leaves_the_frame_is_no_surprise(tmp_path):
    path = write_video(
        tmp_path / "film.mkv",
        moving_square(24, (-4, 0)),
        rate=RATE,
        pix_fmt="gray",
        codec="ffv1",
        audio=False,
    )
    places, notes = tracked(path, [FilmHint(56, 42, 6, "red", frame=0)])
    # 56, 52, ..., 4, 0 after 14 steps.
    assert [bool(p) for p in places[:24]] in (
        [True] * n + [False] * (24 - n) for n in (14, 15)
    )
    assert notes == ()


def test_frames_kept_are_bounded(path, monkeypatch):
    monkeypatch.setattr(hint_tracks, "MOST_FRAMES_BACK", 5)
    places, notes = tracked(path, [square_at(22)])
    assert [bool(p) for p in places] == [False] * 17 + [True] * 9 + [False] * 6
    for number in range(17, 26):
        np.testing.assert_allclose(
            places[number][0][1:], center(number), atol=0.5
        )
    (note,) = notes
    assert "hint 1 holds from 0:00:00.680 on" in note  # 17 / 25
    # Nothing is dropped of a scene that fits.
    _, notes = tracked(path, [square_at(13)])
    assert notes == ()


def test_nothing_is_read_behind_the_last_scene_with_a_hint(path, monkeypatch):
    seen = []
    follow = hint_tracks.is_cut
    monkeypatch.setattr(
        hint_tracks, "is_cut", lambda *g: seen.append(0) or follow(*g)
    )
    tracked(path, [hint(30, 30, frame=3)])
    assert len(seen) == 8


@pytest.mark.parametrize(
    ("moment", "received"),
    [
        ({"frame": 32}, "frame 32"),
        ({"time": 1.28}, "1.28 s"),
        ({"time": "00:01:00"}, "00:01:00"),
    ],
)
def test_what_lies_beyond_the_film_is_told(path, moment, received):
    hints = [hint(3, 3, frame=0), hint(5, 5, **moment)]
    with pytest.raises(
        SettingError,
        match=rf"Hint 2 lies beyond the film, which ends at 0:00:01\.280 after "
        rf"32 frames\. Received: {received}\.",
    ):
        tracked(path, hints)


def test_times_are_checked_against_the_packets():
    hints = [hint(1, 1, time=1.28), hint(1, 1, frame=99), hint(1, 1, time=1.3)]
    with pytest.raises(SettingError, match="Hint 3 lies beyond.*0:00:01.280"):
        check_times(hints, 1.28)
    check_times(hints[:2], 1.28)


def test_tracks_are_read_as_they_were_written(path, tmp_path):
    size = SIZE
    hints = placed_small([square_at(15), hint(9, 9, frame=2)], size)
    with contextlib.closing(VideoSource(path)) as source:
        tracks = find_tracks(source, LAYOUT, hints, size, tmp_path)
    file = tmp_path / "hints.npz"
    assert load_tracks(file) is None
    tracks.notes = ("one", "two")
    tracks.save(file)
    again = load_tracks(file)
    assert again.notes == ("one", "two")
    for pts in range(0, 1400, 40):
        assert again.at(pts, hints) == tracks.at(pts, hints)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["hints.npz"]
