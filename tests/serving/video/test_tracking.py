"""Following a disc: positions are those at which the things were drawn."""

import sys

import numpy as np
import pytest

from keras_colorize.errors import SettingError
from keras_colorize.serving.video.tracking import DiscTracker
from tests.serving.video.videos import moving_square
from tests.serving.video.videos import pattern

CENTER = np.array([40 + 16, 30 + 12])  # of the square in its first frame


def followed(frames, place=CENTER, radius=6):
    """x and y on each frame but the first, until it is lost."""
    tracker = DiscTracker(frames[0], *place, radius)
    places = []
    for frame in frames[1:]:
        place = tracker.follow(frame)
        if place is None:
            break
        places.append(place)
    return np.array(places), tracker


def drawn(num_frames, step, start=CENTER):
    return start + np.arange(1, num_frames)[:, None] * step


@pytest.mark.parametrize("noise", [0.0, 6.0])
@pytest.mark.parametrize(
    ("step", "num_frames"),
    [((2, 0), 20), ((-1, 1), 20), ((0, 0), 20), ((7, 2), 9)],
)
def test_a_square_that_moves_is_followed(step, num_frames, noise):
    places, _ = followed(moving_square(num_frames, step, noise=noise))
    np.testing.assert_allclose(places, drawn(num_frames, step), atol=0.3)


def test_a_place_beside_the_square_stays_where_it_is():
    """What moves is followed, not the frame."""
    frames = moving_square(12, (2, 0), start=(90, 60))
    places, _ = followed(frames, (30.0, 20.0))
    assert len(places) == 11
    np.testing.assert_allclose(places, drawn(12, (0, 0), (30, 20)), atol=0.3)


@pytest.mark.parametrize("noise", [0.0, 4.0, 8.0])
def test_a_flat_thing_is_followed_by_what_is_around_it(noise):
    """A camera that pans over a white wall with a pattern around it."""
    rng = np.random.default_rng(0)
    wall = pattern((160, 400), 3, 100.0, 25.0)
    wall[40:110, 150:230] = 200.0
    frames = [
        np.clip(
            wall[20:116, x : x + 144] + rng.normal(0, noise, (96, 144)), 0, 255
        )
        for x in range(130, 80, -3)
    ]
    frames = [frame.astype(np.uint8) for frame in frames]
    places, _ = followed(frames, (55.0, 50.0), radius=5)
    np.testing.assert_allclose(
        places, drawn(len(frames), (3, 0), (55, 50)), atol=0.5
    )


def test_where_nothing_is_to_be_seen_it_stays():
    rng = np.random.default_rng(0)
    frames = [
        np.clip(rng.normal(120, 5, (60, 90)), 0, 255).astype(np.uint8)
        for _ in range(6)
    ]
    places, _ = followed(frames, (20.5, 30.5))
    np.testing.assert_array_equal(places, [[20.5, 30.5]] * 5)


def test_a_lamp_that_flickers_does_not_lose_it():
    frames = moving_square(20, (2, 0))
    factors = np.resize([1.0, 0.75, 0.9, 0.8], 20)
    shifts = np.resize([0, 10, 3, 20, 8], 20)
    frames = [
        np.clip(frame * factor + shift, 0, 255).astype(np.uint8)
        for frame, factor, shift in zip(frames, factors, shifts, strict=True)
    ]
    places, _ = followed(frames)
    np.testing.assert_allclose(places, drawn(20, (2, 0)), atol=0.5)


def test_what_leaves_the_frame_is_lost_at_its_edge():
    frames = moving_square(24, (-3, 0))
    places, tracker = followed(frames)
    # The center is at 56, 53, ... 2 after 18 steps, and at -1 after 19.
    assert len(places) == 18 and tracker.has_left
    np.testing.assert_allclose(places, drawn(19, (-3, 0)), atol=0.5)


def test_what_is_hidden_is_lost_where_it_is_hidden():
    """The square goes behind a pole with a pattern, of the same light."""
    frames = moving_square(40, (2, 0))
    pole = pattern((96, 40), 5, 150.0, 40.0)
    for frame in frames:
        frame[:, 90:130] = np.clip(pole, 0, 255)
    places, tracker = followed(frames)
    # Half of it is hidden from x = 90 on, after 17 steps; the pole stands.
    assert 12 <= len(places) <= 25 and not tracker.has_left
    assert places[:, 0].max() < 94
    np.testing.assert_allclose(places[:12], drawn(13, (2, 0)), atol=0.5)


def test_another_thing_in_its_place_is_not_followed():
    before = moving_square(3, (0, 0))
    after = pattern((96, 144), 9).astype(np.uint8)
    places, tracker = followed([*before, after])
    assert len(places) == 2 and not tracker.has_left


@pytest.mark.parametrize("radius", [0.01, 1e9])
@pytest.mark.parametrize("size", [(8, 12), (40, 1), (96, 144)])
def test_any_radius_and_size_are_taken(size, radius):
    frame = np.clip(pattern(size, 1), 0, 255).astype(np.uint8)
    places, _ = followed([frame, frame, frame], (0.0, 7.0), radius)
    np.testing.assert_allclose(places, [(0.0, 7.0)] * 2, atol=0.01)


def test_frames_are_not_changed():
    frames = moving_square(3, (1, 0))
    copies = [frame.copy() for frame in frames]
    for frame in frames:
        frame.flags.writeable = False
    followed(frames)
    np.testing.assert_array_equal(frames, copies)


def test_opencv_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(SettingError, match=r"pip install '.*\[video,hints\]'"):
        DiscTracker(np.zeros((20, 30), np.uint8), 1, 1, 1)
