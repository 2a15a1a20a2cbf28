"""All codecs in all containers: what was told of a film is told, or noted."""

from fractions import Fraction

import av
import numpy as np
import pytest

from keras_colorize.errors import SettingError
from keras_colorize.serving.video.codecs import CODEC_NAMES
from keras_colorize.serving.video.codecs import CONTAINERS
from keras_colorize.serving.video.codecs import choose_codec
from keras_colorize.serving.video.headers import display_size
from keras_colorize.serving.video.headers import write_matroska_fields
from keras_colorize.serving.video.job import VideoOptions
from keras_colorize.serving.video.job import colorize_video
from tests.serving.video.videos import NTSC
from tests.serving.video.videos import caption
from tests.serving.video.videos import captions_of
from tests.serving.video.videos import read_video
from tests.serving.video.videos import still
from tests.serving.video.videos import with_sei
from tests.serving.video.videos import write_video

SHAPE = Fraction(12, 11)  # PAL tape, 4:3
SIZE = (64, 96)
FAST = (("h264", ".mp4"), ("ffv1", ".mkv"), ("vp9", ".mkv"), ("ffv1", ".avi"))
ROWS = [
    pytest.param(
        codec,
        suffix,
        marks=() if (codec, suffix) in FAST else pytest.mark.slow,
    )
    for suffix, container in CONTAINERS.items()
    for codec in container.holds
    if suffix != ".m4v"  # another name of .mp4
]
# What is checked, and words of the note that says that it was lost.
NOTES = {
    "shape": "shape of pixels lost",
    "range": "full range of luma not told",
    "matrix": "color matrix not told",
    "bits": "10 bits per sample became 8",
}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """10 bits, full range, BT.709, NTSC rate, pixels of 12:11; no sound."""
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    frames = [frame.astype(np.uint16) * 4 + 2 for frame in still(8, size=SIZE)]
    write_video(
        path,
        frames,
        pix_fmt="yuv420p10le",
        codec="ffv1",
        audio=False,
        colorspace=1,
        color_range=2,
    )
    assert write_matroska_fields(path, display_size(96, 64, SHAPE), {})
    return path


@pytest.mark.parametrize(("codec", "suffix"), ROWS)
def test_a_film_is_told_as_it_was_or_a_note_says_what_was_lost(
    tmp_path, session, source, codec, suffix
):
    output = tmp_path / f"color{suffix}"
    result = colorize_video(source, output, session, VideoOptions(codec=codec))
    film = read_video(output)
    frame, context = film["frames"][0], film["context"]
    with av.open(str(output)) as container:
        shape = container.streams.video[0].sample_aspect_ratio
    told = {
        "shape": shape == SHAPE,
        "range": context.color_range == 2,
        "matrix": context.colorspace == 1,
        "bits": frame.format.name == "yuv420p10le",
    }
    notes = " ".join(result.notes)
    for what, is_told in told.items():
        assert is_told != (NOTES[what] in notes), what
    assert (frame.height, frame.width) == SIZE
    assert len(film["frames"]) == 8
    times = np.array(film["times"], float) - float(film["times"][0])
    np.testing.assert_allclose(times, np.arange(8) / float(NTSC), atol=2e-3)
    if film["rate"]:  # MPEG-TS counts it, from 8 frames it cannot
        assert float(film["rate"]) == pytest.approx(float(NTSC), rel=0.01)
    assert "matroska" not in container_name(suffix) or notes in (
        "",
        "10 bits per sample became 8.",
    )


def container_name(suffix):
    return CONTAINERS[suffix].format


@pytest.mark.parametrize("suffix", CONTAINERS)
def test_what_a_container_does_not_hold_is_refused_before_work(
    tmp_path, suffix
):
    for codec in set(CODEC_NAMES) - set(CONTAINERS[suffix].holds):
        with pytest.raises(SettingError, match="does not go into"):
            choose_codec(tmp_path / f"color{suffix}", codec)


def write_interlaced(path, is_top_first, sei=None):
    """Writes H.264 of three interlaced frames."""
    with av.open(str(path), "w") as film:
        field = "tff" if is_top_first else "bff"
        options = {"flags": "+ildct+ilme", "x264-params": f"{field}=1"}
        stream = film.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for gray in still(3, size=SIZE):
            frame = av.VideoFrame.from_ndarray(gray, "gray")
            packets = stream.encode(frame.reformat(format="yuv420p"))
            film.mux(with_sei(packets, sei))
        film.mux(with_sei(stream.encode(None), sei))


@pytest.mark.parametrize("is_top_first", [True, False])
@pytest.mark.parametrize(
    ("codec", "suffix"),
    [
        ("ffv1", ".mkv"),
        ("h264", ".mkv"),
        ("h264", ".mp4"),
        ("h264", ".ts"),
        ("mpeg4", ".mkv"),
    ],
)
def test_interlaced_frames_stay_interlaced(
    tmp_path, session, codec, suffix, is_top_first
):
    path, output = tmp_path / "film.mkv", tmp_path / f"color{suffix}"
    write_interlaced(path, is_top_first)
    before = read_video(path)
    assert before["context"].field_order == (2 if is_top_first else 3)
    result = colorize_video(path, output, session, VideoOptions(codec=codec))
    after = read_video(output)
    assert len(after["frames"]) == 3 and result.notes == ()
    assert all(frame.interlaced_frame for frame in after["frames"])
    assert after["context"].field_order == before["context"].field_order


def test_interlaced_frames_keep_their_closed_captions(tmp_path, session):
    path, output = tmp_path / "film.mkv", tmp_path / "color.mkv"
    write_interlaced(path, True, {1: caption(0x94, 0x2C)})
    options = VideoOptions(codec="h264")
    result = colorize_video(path, output, session, options)
    expected = [None, b"\xfc\x94\x2c", None]
    assert captions_of(path) == captions_of(output) == expected
    after = read_video(output)
    assert all(frame.interlaced_frame for frame in after["frames"])
    assert after["context"].field_order == 2 and result.notes == ()


def test_codec_that_knows_no_fields_says_so(tmp_path, session):
    path = tmp_path / "film.mkv"
    write_interlaced(path, True)
    options = VideoOptions(codec="vp9")
    result = colorize_video(path, tmp_path / "color.mkv", session, options)
    assert "vp9 knows no fields" in result.notes[0]


@pytest.mark.parametrize("shape", ["12/11", "8/9", "16/15", "64/45", "1/2"])
@pytest.mark.parametrize(("width", "height"), [(720, 576), (704, 480)])
def test_display_size_has_exactly_the_shape_of_the_picture(
    shape, width, height
):
    shown = display_size(width, height, Fraction(shape))
    assert Fraction(*shown) == Fraction(width, height) * Fraction(shape)
    assert max(shown) < 2.5 * max(width, height)
