import json
import math

import numpy as np
import pytest
from skimage.color import rgb2lab

from keras_colorize.errors import SettingError
from keras_colorize.hints import FilmHint
from keras_colorize.hints import Hint
from keras_colorize.hints import hints_to_array
from keras_colorize.hints import load_film_hints
from keras_colorize.hints import load_hints

BLUE = {"x": 12, "y": 8.5, "radius": 3, "color": "#3366cc"}


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "hints.json"
        is_text = isinstance(content, str)
        path.write_text(content if is_text else json.dumps(content))
        return path

    return write


# === One hint ===


@pytest.mark.parametrize(
    ("color", "rgb"),
    [
        ("#3366cc", (51, 102, 204)),
        ("#36c", (51, 102, 204)),
        ("navy", (0, 0, 128)),
        ("rgb(51, 102, 204)", (51, 102, 204)),
        ((51, 102, 204), (51, 102, 204)),
        ([0, 255, 7.0], (0, 255, 7)),
    ],
)
def test_color_is_hex_name_or_three_numbers(color, rgb):
    assert Hint(1, 2, 3, color).rgb == rgb


@pytest.mark.parametrize(
    "color",
    [
        "bleu",
        "",
        "#3366cc80",  # what should half a color be?
        "#33",
        (1, 2),
        (1, 2, 256),
        (1, 2, -1),
        (0.5, 0.5, 0.5),
        (True, False, True),
        None,
        7,
        ["1", "2", "3"],
    ],
)
def test_what_is_no_color_is_refused(color):
    with pytest.raises(SettingError, match="`color` of a hint must be like"):
        Hint(1, 2, 3, color)


@pytest.mark.parametrize("value", ["3", None, True, math.nan, math.inf, [1]])
@pytest.mark.parametrize("name", ["x", "y", "radius"])
def test_what_is_no_number_of_pixels_is_refused(name, value):
    with pytest.raises(SettingError, match=f"`{name}` of a hint must be a num"):
        Hint(**{**BLUE, name: value})


def test_number_beyond_any_photo_is_refused():
    with pytest.raises(SettingError, match="`radius` of a hint must be a num"):
        Hint(1, 2, 10**400, "red")


@pytest.mark.parametrize("radius", [0, -2, -0.5])
def test_radius_must_be_above_zero(radius):
    with pytest.raises(SettingError, match=f"above 0.*radius={radius}"):
        Hint(1, 2, radius, "red")


# === At a time ===


@pytest.mark.parametrize(
    ("time", "seconds"),
    [
        (0, 0.0),
        (83.4, 83.4),
        ("83.4", 83.4),
        ("01:23.4", 83.4),
        ("1:23.400", 83.4),
        ("00:01:23.400", 83.4),
        ("00:01:23,400", 83.4),  # as subtitles have it
        ("2:00:00", 7200.0),
        (" 00:00:05 ", 5.0),
    ],
)
def test_time_is_seconds_or_a_clock(time, seconds):
    hint = FilmHint(**BLUE, time=time)
    assert hint.seconds == pytest.approx(seconds) and hint.frame is None


@pytest.mark.parametrize(
    "time",
    [
        -1,
        math.nan,
        math.inf,
        True,
        "",
        "soon",
        "-5",
        "1:75",  # no minute has so many seconds
        "75:00:10:12",  # of 24 frames a second? 25?
        "00:01:23:12",
        "1e3",
        "٣",
        [83],
    ],
)
def test_what_is_no_time_is_refused(time):
    with pytest.raises(SettingError, match="`time` of a hint must be seconds"):
        FilmHint(**BLUE, time=time)


def test_frames_are_counted_from_0():
    hint = FilmHint(**BLUE, frame=0)
    assert hint.frame == 0 and hint.seconds is None
    for frame in (-1, 1.5, "3", True, math.nan, 10**12):
        with pytest.raises(SettingError, match="`frame` of a hint must be a"):
            FilmHint(**BLUE, frame=frame)


def test_a_hint_of_a_film_has_one_moment():
    for moments in ({}, {"time": 1.0, "frame": 2}):
        with pytest.raises(SettingError, match="either `time` or `frame`"):
            FilmHint(**BLUE, **moments)
    with pytest.raises(SettingError, match="`color` of a hint"):
        FilmHint(1, 2, 3, "bleu", time=0)


# === As an array ===


def test_array_holds_places_and_cie_chroma():
    hints = [Hint(12, 8.5, 3, "#3366cc"), Hint(0, 0, 0.5, (200, 30, 40))]
    array = hints_to_array(hints, height=20, width=30)
    assert array.shape == (1, 2, 5) and array.dtype == np.float32
    np.testing.assert_array_equal(array[0, :, :3], [[12, 8.5, 3], [0, 0, 0.5]])
    rgb = np.array([[[51, 102, 204], [200, 30, 40]]], np.uint8)
    np.testing.assert_allclose(array[..., 3:], rgb2lab(rgb)[..., 1:], atol=1e-3)


@pytest.mark.parametrize(
    ("x", "y"), [(30, 5), (5, 20), (-0.1, 5), (5, -1), (25, 22)]
)
def test_point_outside_the_photo_is_refused(x, y):
    hints = [Hint(29.9, 19.9, 3, "red"), Hint(x, y, 3, "red")]
    with pytest.raises(
        SettingError,
        match=rf"Hint 2 lies outside the photo of 30x20 .*x={x}, y={y}\.",
    ):
        hints_to_array(hints, height=20, width=30)


# === Files ===


def test_file_is_a_list_or_an_object_of_it(write):
    for content in ([BLUE], {"hints": [BLUE]}):
        assert load_hints(write(content)) == [Hint(**BLUE)]
        assert load_hints(str(write(content)))[0].rgb == (51, 102, 204)
    for content in ([], {"hints": []}):
        assert load_hints(write(content)) == []


def test_order_of_the_file_is_kept(write):
    rows = [{**BLUE, "x": x} for x in (5, 1, 3)]
    assert [hint.x for hint in load_hints(write(rows))] == [5, 1, 3]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "must be a JSON list of hints. Received: "),
        ("x=1, y=2", "must be a JSON list"),
        ("[{]", "must be a JSON list"),
        ("7", "must hold a list of hints.*Received: 7"),
        ("{}", r"must hold a list of hints.*Received: \[\]"),
        ({"hint": [BLUE]}, r"must hold a list.*Received: \['hint'\]"),
        ({"hints": [BLUE], "v": 1}, r"nothing else. Received: \['hints', 'v'"),
        ({"hints": None}, "must hold a list"),
        ([BLUE, 5], "hint 2: a hint has the keys x, y, radius, color.*: 5"),
        (
            [BLUE, {"x": 1, "y": 2, "color": "red"}],
            r"hint 2: a hint has the keys .*Received: \['color', 'x', 'y'\]",
        ),
        ([{**BLUE, "colour": "red"}], "hint 1: a hint has the keys .*'colour'"),
        ([BLUE, BLUE, {**BLUE, "x": "12"}], "hint 3: `x` of a hint must be a"),
        ('[{"x": NaN, "y": 1, "radius": 1, "color": "red"}]', "hint 1: `x`"),
        ([{**BLUE, "radius": 0}], "hint 1: `radius` of a hint must be above"),
        ([{**BLUE, "color": "bleu"}], "hint 1: `color` .*color='bleu'"),
    ],
)
def test_misuse_is_told_with_file_and_number(write, content, message):
    with pytest.raises(SettingError, match=message) as told:
        load_hints(write(content))
    assert "hints.json" in str(told.value)


def test_file_that_cannot_be_read_is_told(tmp_path):
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(SettingError, match="The hints cannot be read"):
            load_hints(path)
    path = tmp_path / "binary.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingError, match="must be a JSON list of hints"):
        load_hints(path)


# === Files of films ===


def test_file_of_a_film_says_when(write):
    rows = [{**BLUE, "time": "01:23.4"}, {**BLUE, "frame": 7}]
    for content in (rows, {"hints": rows}):
        hints = load_film_hints(write(content))
        assert hints == [FilmHint(**row) for row in rows]
    assert load_film_hints(write([])) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[{]", "must be a JSON list"),
        ([BLUE], "hint 1: a hint of a film has the keys .*time or frame"),
        ([{**BLUE, "time": 1, "frame": 2}], "hint 1: .*either time or frame"),
        ([5], "hint 1: a hint of a film has the keys .*Received: 5"),
        ([{"time": 1}], "hint 1: a hint of a film has the keys"),
        ([{**BLUE, "time": 1, "end": 2}], "hint 1: a hint of a film .*'end'"),
        (
            [{**BLUE, "time": 1}, {**BLUE, "time": "1:99"}],
            "hint 2: `time` of a hint must be",
        ),
        ([{**BLUE, "frame": -1}], "hint 1: `frame` of a hint must be a whole"),
        ([{**BLUE, "time": None}], "hint 1: .*either `time` or `frame`"),
    ],
)
def test_misuse_in_a_film_is_told_with_file_and_number(write, content, message):
    with pytest.raises(SettingError, match=message) as told:
        load_film_hints(write(content))
    assert "hints.json" in str(told.value)


def test_photos_have_no_time(write):
    with pytest.raises(SettingError, match="only that of a film has a time"):
        load_hints(write([{**BLUE, "time": 1}]))
