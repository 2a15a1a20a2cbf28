"""Films as people have them, colorized and read back."""

import contextlib
import gc
import io
import os
import resource
import signal
import struct
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from skimage import data

from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.errors import OutputError
from keras_colorize.errors import SettingError
from keras_colorize.errors import VideoError
from keras_colorize.hints import FilmHint
from keras_colorize.hints import Hint
from keras_colorize.serving.options import ColorizeOptions
from keras_colorize.serving.session import ColorizeSession
from keras_colorize.serving.video import job
from keras_colorize.serving.video.codecs import SUFFIXES
from keras_colorize.serving.video.job import VideoOptions
from keras_colorize.serving.video.job import colorize_video
from keras_colorize.serving.video.pipeline import GrayFrame
from tests.kill_points import kill_at_each_point
from tests.serving import tiny_models
from tests.serving.video.videos import NTSC
from tests.serving.video.videos import caption
from tests.serving.video.videos import captions_of
from tests.serving.video.videos import gray_photo
from tests.serving.video.videos import luma_of
from tests.serving.video.videos import moving_square
from tests.serving.video.videos import packets_of
from tests.serving.video.videos import read_video
from tests.serving.video.videos import rgb_of
from tests.serving.video.videos import samples_of
from tests.serving.video.videos import sei_message
from tests.serving.video.videos import still
from tests.serving.video.videos import write_video

ROOT = Path(__file__).parents[3]
LOSSLESS = VideoOptions(codec="ffv1")
STILLS = (
    "astronaut",
    "camera",
    "chelsea",
    "coffee",
    "hubble_deep_field",  # nearly black
    "retina",
    "rocket",
)


@pytest.fixture(scope="module")
def lite_session():
    return ColorizeSession()


def change_of_ab(frames, held_luma=None):
    """Mean change of ab from frame to frame.

    Args:
        frames: of a written film in BT.601, full range.
        held_luma: uint8 (H, W) to see the chroma on; by default each frame
            has its own, with its grain.
    """
    kr, kb = 0.299, 0.114
    abs = []
    for frame in frames:
        luma = luma_of(frame) if held_luma is None else held_luma
        u, v = (
            (np.kron(samples_of(plane), np.ones((2, 2))) - 128) / 255
            for plane in frame.planes[1:]
        )
        R, B = luma / 255 + 2 * (1 - kr) * v, luma / 255 + 2 * (1 - kb) * u
        G = (luma / 255 - kr * R - kb * B) / (1 - kr - kb)
        rgb = np.clip(np.stack([R, G, B], -1), 0, 1)
        abs.append(rgb_to_lab(rgb)[..., 1:])
    return np.mean(
        [np.abs(b - a).mean() for a, b in zip(abs, abs[1:], strict=False)]
    )


def workspaces(output):
    """Folders that interrupted runs left beside a film."""
    return list(output.parent.glob(".*.keras-colorize"))


def colorized(path, output, session, settings=LOSSLESS, **kwargs):
    result = colorize_video(path, output, session, settings, **kwargs)
    assert result.path == output
    # Nothing is left beside the film.
    assert not workspaces(output)
    return result, read_video(output)


# === What is kept ===


@pytest.mark.parametrize("suffix", [".mkv", ".nut"])
def test_luma_of_every_frame_is_kept_to_the_bit(tmp_path, session, suffix):
    path = write_video(tmp_path / "film.mp4", still(9))
    result, film = colorized(path, tmp_path / f"color{suffix}", session)
    source = read_video(path)
    np.testing.assert_array_equal(film["luma"], source["luma"])
    assert result.num_frames == 9 and result.notes == ()
    rgb = np.array([rgb_of(frame) for frame in film["frames"]])
    # The tiny model adds 40 to red and takes 40 from blue.
    assert np.median(rgb[..., 0] - rgb[..., 2]) > 0.2


def test_lossy_film_keeps_its_lightness_nearly(tmp_path, session):
    path = write_video(tmp_path / "film.mp4", still(6, noise=0.0))
    _, film = colorized(path, tmp_path / "color.mp4", session, None)
    assert film["context"].name == "h264"
    change = np.array(film["luma"], float) - read_video(path)["luma"]
    # 64 x 48 pixels are all edges to an encoder.
    assert np.abs(change).mean() < 3.0 and abs(change.mean()) < 0.3


@pytest.mark.parametrize("rate", [NTSC, Fraction(24000, 1001), Fraction(25)])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_frame_rate_and_times_are_kept(tmp_path, session, rate, suffix):
    path = write_video(tmp_path / f"film{suffix}", still(14), rate=rate)
    _, film = colorized(path, tmp_path / f"color{suffix}", session, None)
    source = read_video(path)
    assert film["rate"] == source["rate"] == rate
    assert film["times"] == source["times"]
    assert film["seconds"] == pytest.approx(source["seconds"], abs=0.03)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_frames_of_changing_length_keep_their_times(
    tmp_path, session, suffix, monkeypatch
):
    monkeypatch.setattr(job, "SEGMENT_FRAMES", 4)  # joints between as well
    pts = np.cumsum([0, 40, 40, 120, 40, 33, 500, 40, 40, 41, 42, 80]).tolist()
    path = write_video(
        tmp_path / f"film{suffix}",
        still(12),
        rate=Fraction(25),
        pts=pts,
        time_base=Fraction(1, 1000),
    )
    _, film = colorized(path, tmp_path / f"color{suffix}", session, None)
    assert film["times"] == read_video(path)["times"]
    assert film["times"] == [Fraction(t, 1000) for t in pts]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".ts"])
def test_audio_packets_are_copied_bit_for_bit(tmp_path, session, suffix):
    path = write_video(tmp_path / "film.mp4", still(20))
    output = tmp_path / f"color{suffix}"
    colorized(path, output, session, None)
    source, result = packets_of(path, "audio"), packets_of(output, "audio")
    assert len(source) == 30  # one of them primes the decoder
    times, blocks = zip(*result, strict=True)
    if suffix == ".ts":  # AAC gets a header in each packet
        blocks = [block[7:] for block in blocks]
    assert [*blocks] == [block for _, block in source]
    start = read_video(output)["times"][0]
    steps = [t - times[0] for t in times]
    np.testing.assert_allclose(
        steps, [t - source[0][0] for t, _ in source], atol=2e-3
    )
    # Sound and picture still begin together.
    assert times[1] == pytest.approx(float(start), abs=0.003)


def test_subtitles_chapters_and_tags_are_kept(tmp_path, session):
    path = write_video(
        tmp_path / "film.mkv", still(15), subtitles=True, tags={"title": "M"}
    )
    output = tmp_path / "color.mkv"
    result, film = colorized(path, output, session)
    assert packets_of(output, "subtitle") == packets_of(path, "subtitle")
    assert film["streams"] == ["video", "audio", "subtitle"]
    assert film["tags"]["title"] == "M"
    assert "keras-colorize" in film["tags"]["COMMENT"]
    assert "tiny.test" in film["tags"]["COMMENT"]
    assert result.notes == ()


def test_subtitles_that_the_container_cannot_hold_are_noted(tmp_path, session):
    path = write_video(tmp_path / "film.mkv", still(5), subtitles=True)
    result, film = colorized(path, tmp_path / "color.mp4", session, None)
    (note,) = result.notes
    assert "subtitle" in note and "srt" in note and ".mkv" in note
    assert film["streams"] == ["video", "audio"]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
@pytest.mark.parametrize("rotation", [90, 180, -90])
def test_rotation_is_kept(tmp_path, session, suffix, rotation):
    path = write_video(tmp_path / "film.mp4", still(3), rotation=rotation)
    result, film = colorized(path, tmp_path / f"color{suffix}", session, None)
    assert film["rotation"] == read_video(path)["rotation"]
    assert abs(film["rotation"]) == abs(rotation)
    assert film["luma"][0].shape == (48, 64) and result.notes == ()


def test_rotation_that_the_container_cannot_hold_is_noted(tmp_path, session):
    path = write_video(tmp_path / "film.mp4", still(3), rotation=90)
    result, _ = colorized(path, tmp_path / "color.ts", session, None)
    assert "rotation" in " ".join(result.notes)


@pytest.mark.parametrize(
    ("codec", "pix_fmt"),
    [("h264", "yuv420p"), ("h264", "yuv422p"), ("h265", "yuv420p10le")],
)
def test_closed_captions_stay_with_their_frames(
    tmp_path, session, codec, pix_fmt
):
    frames = still(9, size=(48, 80))
    if "10" in pix_fmt:
        frames = [frame.astype(np.uint16) * 4 for frame in frames]
    texts = {i: caption(0x94, 0x20 + i) for i in (3, 4, 6)}
    options, films = VideoOptions(codec=codec), []
    for name, sei in (("plain", None), ("captioned", texts)):
        path = write_video(
            tmp_path / f"{name}.mp4", frames, pix_fmt=pix_fmt, sei=sei
        )
        output = tmp_path / f"{name}-color.mp4"
        result, film = colorized(path, output, session, options)
        films.append([rgb_of(frame) for frame in film["frames"]])
        assert result.notes == ()
    expected = [None] * 9
    for i in texts:
        expected[i] = bytes([0xFC, 0x94, 0x20 + i])
    assert captions_of(path) == captions_of(output) == expected
    np.testing.assert_array_equal(*films)  # pixels are the same


def test_closed_captions_that_the_codec_cannot_hold_are_noted(
    tmp_path, session, monkeypatch
):
    monkeypatch.setattr(job, "SEGMENT_FRAMES", 4)
    path = write_video(
        tmp_path / "film.mp4", still(21), sei={1: caption(0x94, 0x2C)}
    )

    def stop(done, total):
        if done == 17:
            raise KeyboardInterrupt

    output = tmp_path / "color.mkv"
    with pytest.raises(KeyboardInterrupt):
        colorize_video(path, output, session, LOSSLESS, on_progress=stop)
    result, film = colorized(path, output, session)
    (note,) = result.notes
    assert result.num_resumed == 16
    assert "closed captions" in note and "--codec h264" in note
    np.testing.assert_array_equal(film["luma"], read_video(path)["luma"])


def test_what_frames_carry_beside_the_picture_is_noted(tmp_path, session):
    light_level = sei_message(144, struct.pack(">2H", 1000, 400))
    active_format = sei_message(4, b"\xb5\0\x31DTG1\x41\xf8")
    path = write_video(
        tmp_path / "film.mp4",
        still(5),
        sei={0: light_level, 3: active_format},
    )
    result, _ = colorized(path, tmp_path / "color.mp4", session, None)
    (note,) = result.notes
    assert "left out: active format (AFD), content light level (HDR)," in note


def test_side_data_that_pyav_has_no_name_for_is_passed_by(tmp_path, session):
    """Cameras write EXIF, which says how to turn it, into each frame."""
    exif = Image.Exif()
    exif[274] = 6  # orientation
    path = tmp_path / "film.avi"
    with av.open(str(path), "w") as film:
        stream = film.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for i, gray in enumerate(still(3)):
            file = io.BytesIO()
            Image.fromarray(gray).convert("RGB").save(file, "jpeg", exif=exif)
            packet = av.Packet(file.getvalue())
            packet.stream, packet.time_base = stream, Fraction(1, 25)
            packet.pts = packet.dts = i
            film.mux(packet)
    result, film = colorized(path, tmp_path / "color.mkv", session)
    assert film["rotation"] == -90 and len(film["frames"]) == 3
    assert result.notes == ()


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"color_trc": 16, "color_primaries": 9, "colorspace": 9}, "PQ (HDR)"),
        ({"color_trc": 18, "color_primaries": 9, "colorspace": 9}, "HLG (HDR)"),
        ({"color_trc": 8}, "linear light"),
        ({"color_primaries": 11}, "color primaries 11"),
        ({"colorspace": 8}, "YCgCo"),
    ],
)
def test_colors_that_are_taken_for_others_are_noted(
    tmp_path, session, tags, words
):
    frames = [frame.astype(np.uint16) * 4 for frame in still(3)]
    path = write_video(
        tmp_path / "film.mkv", frames, pix_fmt="yuv420p10le", **tags
    )
    result, film = colorized(path, tmp_path / "color.mkv", session)
    (note,) = result.notes
    assert words in note and "convert the film" in note
    for name in ("color_trc", "color_primaries"):
        assert getattr(film["context"], name) == tags.get(name, 2)


@pytest.mark.parametrize(("primaries", "transfer"), [(9, 15), (12, 1)])
def test_wide_primaries_of_usual_brightness_need_no_note(
    tmp_path, session, primaries, transfer
):
    tags = {"color_primaries": primaries, "color_trc": transfer}
    path = write_video(tmp_path / "film.mp4", still(3), colorspace=9, **tags)
    result, film = colorized(path, tmp_path / "color.mkv", session)
    assert result.notes == ()
    assert film["context"].color_primaries == primaries
    assert film["context"].color_trc == transfer
    np.testing.assert_array_equal(film["luma"], read_video(path)["luma"])
    result, _ = colorized(path, tmp_path / "color.avi", session, None)
    assert "wide primaries not told: avi" in " ".join(result.notes)


def test_brightness_that_changes_within_a_film_is_noted(tmp_path, session):
    pieces = [
        write_video(
            tmp_path / f"{i}.ts",
            still(12),
            color_trc=transfer,
            start=12 * i / NTSC,
            audio=False,
        )
        for i, transfer in enumerate((1, 16))
    ]
    path = tmp_path / "film.ts"
    path.write_bytes(b"".join(piece.read_bytes() for piece in pieces))
    result, _ = colorized(path, tmp_path / "color.mkv", session)
    assert "frames are of luma as PQ (HDR)" in " ".join(result.notes)


def test_colors_are_tagged_as_they_are_stored(tmp_path, session):
    path = write_video(
        tmp_path / "film.mp4", still(3), colorspace=1, color_range=2
    )
    _, film = colorized(path, tmp_path / "color.mp4", session, None)
    assert film["context"].colorspace == 1  # BT.709, whatever the size
    assert film["context"].color_range == 2  # full
    path = write_video(tmp_path / "untagged.mp4", still(3))
    _, film = colorized(path, tmp_path / "small.mp4", session, None)
    assert film["context"].colorspace == 6  # BT.601
    assert film["context"].color_range == 1


@pytest.mark.parametrize(
    ("pix_fmt", "codec"),
    [
        ("gray", "ffv1"),
        ("yuv422p", "ffv1"),
        ("yuv420p10le", "ffv1"),
        ("gray10le", "ffv1"),
        ("yuv444p", "libx264"),
        ("yuvj420p", "libx264"),
    ],
)
def test_luma_of_every_format_is_kept(tmp_path, session, pix_fmt, codec):
    frames = still(4)
    if "10" in pix_fmt:
        frames = [frame.astype(np.uint16) * 4 + 1 for frame in frames]
    path = write_video(
        tmp_path / "film.mkv", frames, pix_fmt=pix_fmt, codec=codec
    )
    result, film = colorized(path, tmp_path / "color.mkv", session)
    np.testing.assert_array_equal(film["luma"], read_video(path)["luma"])
    assert result.notes == ()


def test_ten_bits_become_eight_where_the_codec_has_no_more(tmp_path, session):
    frames = [frame.astype(np.uint16) * 4 + 1 for frame in still(3)]
    path = write_video(
        tmp_path / "film.mkv", frames, pix_fmt="yuv420p10le", codec="ffv1"
    )
    result, film = colorized(path, tmp_path / "color.webm", session, None)
    assert film["frames"][0].format.name == "yuv420p"
    assert "10 bits per sample became 8" in " ".join(result.notes)


@pytest.mark.parametrize("size", [(49, 64), (48, 65), (51, 67)])
@pytest.mark.parametrize("codec", ["h264", "av1", "ffv1", "vp9"])
def test_odd_sizes_play_everywhere(tmp_path, session, size, codec):
    path = write_video(
        tmp_path / "film.mkv", still(3, size=size), pix_fmt="gray", codec="ffv1"
    )
    result, film = colorized(
        path, tmp_path / "color.mkv", session, VideoOptions(codec=codec)
    )
    assert film["frames"][0].format.name in ("yuv420p", "yuvj420p")
    if codec in ("ffv1", "vp9"):
        assert film["luma"][0].shape == size and result.notes == ()
    else:
        assert film["luma"][0].shape == tuple(s + s % 2 for s in size)
        assert f"{size[1]} x {size[0]} pixels became" in result.notes[0]


def test_transparency_is_noted_where_there_is_some(tmp_path, session):
    path = write_video(
        tmp_path / "film.mkv", still(3), pix_fmt="yuva420p", codec="ffv1"
    )
    result, _ = colorized(path, tmp_path / "color.mkv", session)
    assert result.notes == ("transparency (alpha) is left out.",)


def test_frames_that_change_size_are_scaled_and_noted(tmp_path, session):
    """The second piece has more and wider pixels; then back to the first."""
    pieces = [
        write_video(
            tmp_path / f"{i}.ts",
            still(12, size=size),
            codec="mpeg2video",
            sample_aspect_ratio=shape,
            start=12 * i / NTSC,
        )
        for i, (size, shape) in enumerate(
            [((96, 128), 1), ((96, 176), Fraction(8, 11)), ((96, 128), 1)]
        )
    ]
    path = tmp_path / "film.ts"
    path.write_bytes(b"".join(piece.read_bytes() for piece in pieces))
    result, film = colorized(path, tmp_path / "color.mkv", session)
    *counters, note = result.notes
    assert all("pieces were joined" in counter for counter in counters)
    assert result.damage == ""
    assert "176 x 96 pixels, pixels 8/11 as wide" in note
    assert (
        "from 0:00:00.40" in note
        or "from 0:00:00.39" in note
        and "like the first" in note
    )
    assert {luma.shape for luma in film["luma"]} == {(96, 128)}
    # The decoder drops the last frame before each change.
    assert 34 <= len(film["frames"]) <= 36
    change = film["luma"][16].astype(float) - film["luma"][4]
    assert np.abs(change).mean() < 8.0  # the same photo, whole


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [
        (".mp4", "h265"),
        (".mp4", "av1"),
        (".webm", "vp9"),
        (".avi", None),
        (".mov", "mpeg4"),
    ],
)
def test_every_codec_gives_a_film_of_as_many_frames(
    tmp_path, session, suffix, codec, capfd
):
    frames = still(8, size=(96, 128))
    path = write_video(tmp_path / "film.mp4", frames, audio=False)
    settings = VideoOptions(codec=codec)
    _, film = colorized(path, tmp_path / f"color{suffix}", session, settings)
    assert len(film["frames"]) == 8
    change = np.array(film["luma"], float) - read_video(path)["luma"]
    assert np.abs(change).mean() < 4.0
    rgb = rgb_of(film["frames"][-1])
    assert np.median(rgb[..., 0] - rgb[..., 2]) > 0.2


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_film_gives_the_same_bytes(tmp_path, session, suffix):
    path = write_video(tmp_path / "film.mp4", still(3))
    first, second = tmp_path / f"1{suffix}", tmp_path / f"2{suffix}"
    for output in (first, second):
        colorize_video(path, output, session)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux")
def test_no_encoder_leaves_a_real_time_thread_behind(tmp_path, session):
    path = write_video(tmp_path / "film.mp4", still(8), audio=False)
    policies = set()

    def look(*_):
        for thread in os.listdir("/proc/self/task"):
            with contextlib.suppress(ProcessLookupError):  # it has ended
                policies.add(os.sched_getscheduler(int(thread)))

    colorize_video(
        path,
        tmp_path / "color.mp4",
        session,
        VideoOptions(codec="av1"),
        on_progress=look,
    )
    look()
    assert policies == {os.SCHED_OTHER}


# === Color over time ===


@pytest.mark.parametrize(
    ("name", "noise"),
    [
        ("astronaut", 6.0),  # hard: colors at the edge of the gamut
        ("coffee", 6.0),
        *(
            pytest.param(name, noise, marks=pytest.mark.slow)
            for noise in (3.0, 6.0)
            for name in STILLS
            if noise < 6.0 or name not in ("astronaut", "coffee")
        ),
    ],
)
def test_flicker_of_a_still_scene_falls_to_a_third_at_most(
    tmp_path, lite_session, name, noise
):
    """The shipped model on a photo with grain, from the first frame on."""
    path = write_video(
        tmp_path / "film.mkv",
        still(12, name, (96, 144), noise),
        pix_fmt="gray",
        codec="ffv1",
        audio=False,
    )
    each, smooth = (
        read_video(
            colorize_video(
                path,
                tmp_path / f"{frames}.mkv",
                lite_session,
                VideoOptions(codec="ffv1", smooth_frames=frames),
            ).path
        )["frames"]
        for frames in (1, 12)
    )
    luma = luma_of(each[0])
    flicker, flicker_of_chroma = change_of_ab(each), change_of_ab(each, luma)
    # There is something to smooth, if little in the dark.
    assert flicker > (0.1 if name == "hubble_deep_field" else 0.5)
    # What is left is mostly the grain of the luma, seen as a change of ab.
    assert change_of_ab(smooth) < flicker / 3.5
    assert change_of_ab(smooth, luma) < flicker_of_chroma / 5


def test_first_frame_after_a_cut_is_as_if_it_were_colorized_alone(
    tmp_path, session
):
    scenes = still(6, "astronaut") + still(6, "coffee")
    frames = {"pix_fmt": "gray", "codec": "ffv1", "audio": False}
    path = write_video(tmp_path / "film.mkv", scenes, **frames)
    _, film = colorized(path, tmp_path / "color.mkv", session)
    alone = write_video(tmp_path / "alone.mkv", scenes[6:7], **frames)
    _, single = colorized(alone, tmp_path / "single.mkv", session)
    assert bytes(film["frames"][6].planes[1]) == bytes(
        single["frames"][0].planes[1]
    )
    np.testing.assert_array_equal(
        rgb_of(film["frames"][6]), rgb_of(single["frames"][0])
    )
    # And the one after it is smoothed.
    alone = write_video(tmp_path / "next.mkv", scenes[7:8], **frames)
    _, single = colorized(alone, tmp_path / "second.mkv", session)
    assert not np.array_equal(
        rgb_of(film["frames"][7]), rgb_of(single["frames"][0])
    )


def test_no_strength_gives_a_gray_film(tmp_path, session):
    path = write_video(tmp_path / "film.mp4", still(3))
    settings = VideoOptions(ColorizeOptions(0.0), codec="ffv1")
    _, film = colorized(path, tmp_path / "gray.mkv", session, settings)
    for frame in film["frames"]:
        rgb = rgb_of(frame)
        assert np.abs(rgb - rgb.mean(-1, keepdims=True)).max() < 0.01


# === Scenes that are in color ===


def write_scenes(path, scenes, pix_fmt="yuv420p"):
    """Writes scenes of a photo of skimage each, in color or gray."""
    with av.open(str(path), "w") as film:
        stream = film.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, pix_fmt
        for name, is_gray, num_frames in scenes:
            image = Image.fromarray(getattr(data, name)()).convert("RGB")
            rgb = np.asarray(image.resize((96, 64), Image.Resampling.BOX))
            if is_gray:
                rgb = np.repeat(rgb.mean(-1, keepdims=True), 3, -1)
            for _ in range(num_frames):
                frame = av.VideoFrame.from_ndarray(
                    rgb.astype(np.uint8), "rgb24"
                ).reformat(format=pix_fmt, dst_colorspace=6, dst_color_range=1)
                frame.colorspace, frame.color_range = 6, 1
                film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return path


SCENES = (("astronaut", True, 6), ("coffee", False, 5), ("chelsea", True, 4))


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv444p"])
def test_scenes_in_color_keep_it_and_gray_ones_get_it(
    tmp_path, session, pix_fmt
):
    path = write_scenes(tmp_path / "film.mkv", SCENES, pix_fmt)
    options = VideoOptions(codec="ffv1", skip_color=True)
    result, film = colorized(path, tmp_path / "c.mkv", session, options)
    assert result.notes == (
        "5 of 15 frames were in color already and keep it.",
    )
    plain, _ = colorized(path, tmp_path / "all.mkv", session)
    plain = read_video(plain.path)
    source = read_video(path)["frames"]
    for i, frame in enumerate(film["frames"]):
        chroma = [samples_of(plane) for plane in frame.planes[1:]]
        if 6 <= i < 11:
            before = source[i].reformat(format="yuv420p")
            expected = [samples_of(plane) for plane in before.planes[1:]]
        else:
            expected = [samples_of(p) for p in plain["frames"][i].planes[1:]]
        np.testing.assert_array_equal(chroma, expected)
    np.testing.assert_array_equal(
        film["luma"], [luma_of(frame) for frame in source]
    )


def test_a_film_that_says_it_is_ours_keeps_all_its_color(tmp_path, session):
    path = write_video(tmp_path / "film.mkv", still(4), audio=False)
    colorized(path, tmp_path / "color.mkv", session)
    options = VideoOptions(codec="ffv1", skip_color=True)
    result, film = colorized(
        tmp_path / "color.mkv", tmp_path / "again.mkv", session, options
    )
    assert "4 of 4 frames" in result.notes[0]
    for old, new in zip(
        read_video(tmp_path / "color.mkv")["frames"],
        film["frames"],
        strict=True,
    ):
        np.testing.assert_array_equal(rgb_of(new), rgb_of(old))


def test_a_film_stopped_in_a_color_scene_goes_on_in_color(
    tmp_path, session, monkeypatch
):
    monkeypatch.setattr(job, "SEGMENT_FRAMES", 4)
    path = write_scenes(tmp_path / "film.mkv", SCENES)
    options = VideoOptions(codec="ffv1", skip_color=True)
    output = tmp_path / "stopped.mkv"

    def stop(done, total):
        if done == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        colorize_video(path, output, session, options, on_progress=stop)
    result, _ = colorized(path, output, session, options)
    assert result.num_resumed == 8 and "5 of 15" in result.notes[0]
    colorized(path, tmp_path / "whole.mkv", session, options)
    stopped, whole = (
        [rgb_of(f) for f in read_video(p)["frames"]]
        for p in (output, tmp_path / "whole.mkv")
    )
    np.testing.assert_array_equal(stopped, whole)


# === Interruption ===

_KILLED_RUN = """
import sys
from keras_colorize.serving.video import job
from keras_colorize.serving.session import ColorizeSession
job.SEGMENT_FRAMES = 20
session = ColorizeSession(sys.argv[3], num_threads=1)
result = job.colorize_video(sys.argv[1], sys.argv[2], session)
print(result.num_resumed, result.num_frames)
"""


def start_run(path, output, model):
    return subprocess.Popen(
        [sys.executable, "-c", _KILLED_RUN, path, output, model],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def kill_at(path, output, model, num_segments):
    """Kills a run as soon as so many segments are finished."""
    process = start_run(path, output, model)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        text = "".join(
            manifest.read_text()
            for folder in workspaces(output)
            if (manifest := folder / "manifest.json").exists()
        )
        if text.count('"file"') >= num_segments:
            break
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not output.exists()


def test_a_film_killed_twice_becomes_the_film_of_an_unbroken_run(tmp_path):
    model = tmp_path / "tiny.onnx"
    model.write_bytes(tiny_models.photo_model())
    scenes = still(90, "coffee") + still(90, "chelsea")
    path = write_video(tmp_path / "film.mp4", scenes)
    output = tmp_path / "killed.mp4"
    kill_at(path, output, model, num_segments=1)
    kill_at(path, output, model, num_segments=3)
    process = start_run(path, output, model)
    resumed, done = map(int, process.communicate()[0].split())
    assert done == 180 and resumed >= 60
    assert not workspaces(output)
    whole = tmp_path / "whole.mp4"
    process = start_run(path, whole, model)
    assert process.communicate()[0].split() == ["0", "180"]
    assert output.read_bytes() == whole.read_bytes()
    assert read_video(whole)["times"] == read_video(path)["times"]


def color_a_film(root):
    job.SEGMENT_FRAMES = 4  # for this process
    path = write_video(root / "film.mp4", still(12), audio=False)
    model = ColorizeSession(tiny_models.photo_model(), num_threads=1)
    yield
    colorize_video(path, root / "color.mp4", model)


@pytest.mark.slow
def test_film_killed_at_any_point_of_writing_goes_on(
    tmp_path, session, monkeypatch
):
    monkeypatch.setattr(job, "SEGMENT_FRAMES", 4)
    *killed, whole = kill_at_each_point(color_a_film, tmp_path, most=40)
    for root in killed:
        output = root / "color.mp4"
        colorize_video(root / "film.mp4", output, session, overwrite=True)
        assert output.read_bytes() == (whole / "color.mp4").read_bytes()
        assert not workspaces(output)


def test_other_settings_start_anew(tmp_path, session, monkeypatch):
    monkeypatch.setattr(job, "SEGMENT_FRAMES", 4)
    path = write_video(tmp_path / "film.mp4", still(12))
    output = tmp_path / "color.mkv"

    class Stop(Exception):
        pass

    def stop_at_ten(done, total):
        assert total == 12
        if done == 10:
            raise Stop

    def interrupted():
        with pytest.raises(Stop):
            colorize_video(
                path, output, session, LOSSLESS, on_progress=stop_at_ten
            )
        assert len(workspaces(output)) == 1 and not output.exists()

    interrupted()
    result, _ = colorized(path, output, session)
    assert (result.num_resumed, result.num_frames) == (8, 12)
    output.unlink()
    interrupted()
    settings = VideoOptions(ColorizeOptions(0.5), codec="ffv1")
    result, _ = colorized(path, output, session, settings)
    assert (result.num_resumed, result.num_frames) == (0, 12)


def test_another_container_goes_on_with_the_same_frames(tmp_path, session):
    path = write_video(tmp_path / "film.mp4", still(5))

    def refuse(*arguments):
        raise ValueError("no room for these packets")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, "mux_video", refuse)
        with pytest.raises(OutputError, match="Write .mkv with the same"):
            colorize_video(path, tmp_path / "color.mp4", session)
    result, film = colorized(path, tmp_path / "color.mkv", session, None)
    assert (result.num_resumed, len(film["frames"])) == (5, 5)


@pytest.mark.skipif(os.name == "nt", reason="locks are those of POSIX")
def test_a_second_run_of_the_same_film_is_refused(tmp_path, session):
    path = write_video(tmp_path / "film.mp4", still(3))
    messages = []

    def start_another(done, total):
        with pytest.raises(OutputError, match="Another run") as caught:
            colorize_video(path, tmp_path / "other.mkv", session, LOSSLESS)
        messages.append(caught.value)

    output = tmp_path / "color.mkv"
    colorized(path, output, session, on_progress=start_another)
    assert len(messages) == 3


def test_few_frames_wait_at_any_time(tmp_path, session):
    path = write_video(tmp_path / "film.mp4", still(80), audio=False)
    waiting = []

    def count(done, total):
        if done % 20 == 0:
            waiting.append(sum(type(o) is GrayFrame for o in gc.get_objects()))

    output = tmp_path / "color.mkv"
    colorize_video(path, output, session, on_progress=count)
    assert max(waiting) < 20


@pytest.mark.slow
def test_memory_does_not_grow_with_the_film(tmp_path, session):
    options = VideoOptions(codec="mpeg4")
    peaks = []
    # More than one segment each. Threads and malloc settle in the short ones.
    for number, num_frames in enumerate((160, 160, 160, 960)):
        path = write_video(
            tmp_path / f"{number}.mp4",
            still(8, size=(240, 320)) * (num_frames // 8),
            audio=False,
        )
        colorize_video(path, path.with_suffix(".mkv"), session, options)
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    # In KiB on Linux. 800 frames more are 88 MiB of luma and chroma alone.
    unit = 1024 if sys.platform == "darwin" else 1
    assert peaks[-1] - peaks[-2] < 40 * 1024 * unit


# === Bad films and bad wishes ===


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_what_can_be_read_of_a_cut_film_is_written(tmp_path, session, suffix):
    path = write_video(tmp_path / f"film{suffix}", still(120))
    if suffix == ".mp4":  # an index at its start, as films for the web have
        path = with_index_first(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    result, film = colorized(path, tmp_path / "color.mkv", session, None)
    assert 20 < result.num_frames < 100
    assert len(film["frames"]) == result.num_frames
    end = float(film["times"][-1])
    assert "stops at 0:00:0" in result.damage and "0:00:04.0" in result.damage
    seconds = result.damage.split("stops at 0:00:")[1].split(" ")[0]
    assert float(seconds) == pytest.approx(end, abs=0.2)


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
@pytest.mark.parametrize("audio", [True, False])
def test_film_that_lacks_its_last_half_second_says_so(
    tmp_path, session, suffix, audio
):
    path = write_video(tmp_path / f"film{suffix}", still(60), audio=audio)
    if suffix == ".mp4":
        path = with_index_first(path)
    result, _ = colorized(path, tmp_path / "color.mkv", session, None)
    assert result.damage == ""
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * 0.85)])
    (tmp_path / "color.mkv").unlink()
    result, film = colorized(path, tmp_path / "color.mkv", session, None)
    assert 40 < len(film["frames"]) < 60
    assert "it stops at 0:00:01." in result.damage
    assert "of 0:00:02.0" in result.damage


def test_frames_faster_than_avi_counts_are_refused_before_the_work(
    tmp_path, session
):
    frames, ms = still(15), Fraction(1, 1000)
    fast = [i * 50 // 3 for i in range(10)]  # 60 a second, of a film of 30
    pts = [*fast, 2000, 2033, 2066, 2100, 2133]
    path = write_video(
        tmp_path / "film.mkv", frames, 30, pts=pts, time_base=ms, audio=False
    )
    with pytest.raises(OutputError, match=r"30 a second.*Write \.mkv"):
        colorize_video(path, tmp_path / "color.avi", session)
    assert not workspaces(tmp_path / "color.avi")
    pts = [*fast[:3], *(100 + i * 33 for i in range(12))]
    path = write_video(
        tmp_path / "film.mkv", frames, 30, pts=pts, time_base=ms, audio=False
    )
    _, film = colorized(path, tmp_path / "color.avi", session, None)
    assert len(film["frames"]) == 15
    moved = [
        abs(float(t) - p / 1000)
        for t, p in zip(film["times"], pts, strict=True)
    ]
    assert max(moved) < 0.1


def test_frames_after_a_damaged_place_are_written(tmp_path, session):
    path = write_video(
        tmp_path / "film.mkv",
        still(40),
        pix_fmt="yuvj420p",
        codec="mjpeg",
        audio=False,
    )
    block = packets_of(path, "video")[20][1]
    data = path.read_bytes()
    assert data.count(block) == 1
    path.write_bytes(data.replace(block, bytes(len(block))))
    result, film = colorized(path, tmp_path / "color.mkv", session)
    assert 35 < len(film["frames"]) < 40
    assert "damaged at 0:00:00.667" in result.damage
    assert film["times"][-1] == read_video(tmp_path / "color.mkv")["times"][-1]


@pytest.mark.parametrize("share", [0.6, 0.8])
def test_avi_that_is_cut_says_so(tmp_path, session, share):
    """FFmpeg takes what is there for the whole; the header counts frames."""
    path = write_video(tmp_path / "film.avi", still(60), codec="mpeg4")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    result, film = colorized(path, tmp_path / "color.mkv", session)
    assert "it stops at 0:00:0" in result.damage
    assert len(film["frames"]) == result.num_frames > 5


def test_data_that_are_missing_are_told(tmp_path, session):
    path = write_video(tmp_path / "film.ts", still(60), codec="mpeg2video")
    whole = bytearray(path.read_bytes())
    middle, size = len(whole) // 2, len(whole) // 8
    whole[middle : middle + size] = bytes(size)
    path.write_bytes(whole)
    result, film = colorized(path, tmp_path / "color.mkv", session)
    assert "some data are missing" in " ".join(result.notes)
    assert "neither picture nor sound is stored" in " ".join(result.notes)
    assert 40 < len(film["frames"]) < 60
    # What comes after the hole is where it was.
    assert float(film["times"][-1]) == pytest.approx(59 / NTSC, abs=0.05)


def test_a_pause_of_90_days_is_kept_or_refused_before_work(tmp_path, session):
    pause = 90 * 86_400_000
    pts = [0, 40, 80, pause, pause + 40, pause + 80]
    path = write_video(
        tmp_path / "film.mkv",
        still(6),
        rate=Fraction(25),
        pts=pts,
        time_base=Fraction(1, 1000),
        audio=False,
    )
    for suffix in (".mp4", ".mov", ".avi"):
        with pytest.raises(OutputError, match="pauses for 2159:.*Write .mkv"):
            colorize_video(path, tmp_path / f"color{suffix}", session)
    assert not workspaces(tmp_path / "color.mp4")
    _, film = colorized(path, tmp_path / "color.mkv", session)
    assert film["times"] == [Fraction(t, 1000) for t in pts]


def with_index_first(path):
    output = path.with_name("web.mp4")
    with av.open(str(path)) as source:
        options = {"movflags": "faststart"}
        with av.open(str(output), "w", options=options) as film:
            copies = [
                film.add_stream_from_template(s, opaque=True)
                for s in source.streams
            ]
            for packet in source.demux():
                if packet.dts is not None:
                    packet.stream = copies[packet.stream_index]
                    film.mux(packet)
    return output


def test_errors_say_what_is_wrong_with_a_file(tmp_path, session):
    text, sound, photo = (
        tmp_path / name for name in ("text.mp4", "sound.m4a", "photo.png")
    )
    text.write_text("not a film" * 99)
    Image.fromarray(gray_photo()).save(photo)
    with av.open(str(sound), "w") as film:
        stream = film.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(
            np.zeros((2, 1024), np.float32), "fltp", "stereo"
        )
        frame.sample_rate = 44100
        film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    pipe = tmp_path / "pipe.mp4"
    os.mkfifo(pipe)
    output = tmp_path / "color.mp4"
    for path, message in (
        (text, "cannot be read as a film"),
        (sound, "no video stream.*streams of type audio"),
        (photo, "is a photo.*keras-colorize image"),
        (tmp_path / "none.mp4", "There is no film"),
        (tmp_path, "a folder, pipe or device"),
        (pipe, "a folder, pipe or device"),
    ):
        with pytest.raises(VideoError, match=message):
            colorize_video(path, output, session)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"text.mp4", "sound.m4a", "photo.png", "pipe.mp4"}


def test_wishes_that_cannot_be_met_are_refused_before_work(tmp_path, session):
    path = write_video(tmp_path / "film.mp4", still(3))
    there = tmp_path / "there.mp4"
    there.write_bytes(b"precious")
    for output, settings, error, message in (
        (there, {}, OutputError, "exists already"),
        (path, {}, OutputError, "is the film itself"),
        (tmp_path / "color.jpg", {}, OutputError, "which container"),
        (tmp_path / "no" / "c.mp4", {}, OutputError, "cannot be written"),
        (tmp_path / "c.mp4", {"codec": "divx"}, SettingError, "one of h264"),
        (tmp_path / "c.mp4", {"quality": 0}, SettingError, "from 1"),
        (
            tmp_path / "c.mkv",
            {"codec": "ffv1", "quality": 3},
            SettingError,
            "lossless",
        ),
        (
            tmp_path / "c.mp4",
            {"color": ColorizeOptions(-1.0)},
            SettingError,
            "strength",
        ),
        (
            tmp_path / "c.mp4",
            {"color": ColorizeOptions(hints=(Hint(1, 1, 2, "navy"),))},
            SettingError,
            "Hints of a film say when",
        ),
        (tmp_path / "c.mp4", {"smooth_frames": 0}, SettingError, "at least 1"),
        (tmp_path / "c.webm", {"codec": "h264"}, SettingError, "webm"),
    ):
        with pytest.raises(error, match=message):
            colorize_video(path, output, session, VideoOptions(**settings))
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"film.mp4", "there.mp4"}
    assert there.read_bytes() == b"precious"


def test_overwriting_replaces_the_film_when_the_new_one_is_whole(
    tmp_path, session
):
    path = write_video(tmp_path / "film.mp4", still(3))
    output = tmp_path / "color.mkv"
    output.write_bytes(b"old")
    seen = []
    colorized(
        path,
        output,
        session,
        overwrite=True,
        on_progress=lambda done, total: seen.append(output.read_bytes()),
    )
    assert seen == [b"old"] * 3
    assert len(output.read_bytes()) > 100


# === Color hints ===


class Painter(ColorizeSession):
    """Paints the hints as discs, and nothing else; never asks the network."""

    def __init__(self):
        super().__init__(tiny_models.ab_model(hint_columns=(3, 4)))
        self.seen = []

    def predict_ab(self, images, temperature=None, look="natural", hints=()):
        ab = np.zeros((*images.shape[:3], 2), np.float32)
        rows, columns = np.ogrid[: images.shape[1], : images.shape[2]]
        self.seen.append((images, hints))
        for hint in hints:
            across, down = columns + 0.5 - hint.x, rows + 0.5 - hint.y
            rgb = np.array(hint.rgb, np.float32) / 255.0
            is_in = across**2 + down**2 <= hint.radius**2
            ab[:, is_in] = rgb_to_lab(rgb)[1:]
        return ab


def chroma_center(frame):
    """x and y of the middle of what has color; None if nothing has."""
    rgb = rgb_of(frame)
    chroma = rgb.max(-1) - rgb.min(-1)
    rows, columns = np.nonzero(chroma > 0.1)
    if not len(rows):
        return None
    return columns.mean() + 0.5, rows.mean() + 0.5


def hinted(*hints):
    return VideoOptions(codec="ffv1", smooth_frames=1, hints=hints)


@pytest.mark.parametrize("rotation", [None, 90, -90, 180])
def test_a_hint_colors_what_it_is_on_in_its_scene(tmp_path, rotation):
    """A square moves in 12 frames, after 5 of another scene."""
    frames = still(5, "coffee", (96, 144)) + moving_square(12, (3, 1))
    path = write_video(
        tmp_path / "film.mp4", frames, rate=Fraction(25), rotation=rotation
    )
    x, y = 40 + 16 + 3 * 6, 30 + 12 + 1 * 6  # in its seventh frame
    if rotation == 90:  # to the left: what was at the right is at the top
        x, y = y, 144 - x
    elif rotation == -90:
        x, y = 96 - y, x
    elif rotation == 180:
        x, y = 144 - x, 96 - y
    options = hinted(FilmHint(x, y, 8, "red", time="00:00:00.440"))
    result, film = colorized(path, tmp_path / "c.mkv", Painter(), options)
    assert result.notes == () and "1 hints" in film["tags"]["COMMENT"]
    centers = [chroma_center(frame) for frame in film["frames"]]
    assert centers[:5] == [None] * 5
    expected = [(56 + 3 * i, 42 + i) for i in range(12)]
    np.testing.assert_allclose(centers[5:], expected, atol=2.0)


def test_frames_without_hints_are_those_of_a_film_without(tmp_path):
    frames = still(7, "coffee", (96, 144)) + still(5, "chelsea", (96, 144))
    path = write_video(tmp_path / "film.mkv", frames, rate=Fraction(25))
    session = ColorizeSession(tiny_models.ab_model(hint_columns=(3, 4)))
    options = hinted(FilmHint(50, 40, 8, "red", frame=9))
    _, plain = colorized(path, tmp_path / "p.mkv", session, hinted())
    _, film = colorized(path, tmp_path / "c.mkv", session, options)
    for i, frame in enumerate(film["frames"]):
        same = np.array_equal(rgb_of(frame), rgb_of(plain["frames"][i]))
        assert same == (i < 7)
    np.testing.assert_array_equal(film["luma"], plain["luma"])


def test_without_hints_frames_go_to_the_network_as_ever(tmp_path):
    path = write_video(tmp_path / "film.mkv", still(5), audio=False)
    session = Painter()
    colorized(path, tmp_path / "c.mkv", session, hinted())
    assert [len(images) for images, _ in session.seen] == [2, 2, 1]
    assert all(hints == () for _, hints in session.seen)


def test_a_film_with_hints_that_was_stopped_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(job, "SEGMENT_FRAMES", 4)
    path = write_video(
        tmp_path / "film.mkv", moving_square(14, (3, 1)), audio=False
    )
    options = hinted(FilmHint(56, 42, 8, "red", frame=0))
    output = tmp_path / "stopped.mkv"

    def stop(done, total):
        if done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        colorize_video(path, output, Painter(), options, on_progress=stop)
    # It is not read before a second time.
    monkeypatch.delattr(job, "find_tracks")
    result, film = colorized(path, output, Painter(), options)
    assert result.num_resumed == 8
    monkeypatch.undo()
    _, whole = colorized(path, tmp_path / "whole.mkv", Painter(), options)
    for one, other in zip(film["frames"], whole["frames"], strict=True):
        np.testing.assert_array_equal(rgb_of(one), rgb_of(other))
    np.testing.assert_allclose(
        chroma_center(film["frames"][13]), (56 + 39, 42 + 13), atol=2.0
    )


def test_a_hint_that_is_lost_is_noted(tmp_path):
    frames = moving_square(12, (2, 0))
    for frame in frames[5:9]:  # something dark passes by
        frame[28:56, 48:90] = 70
    path = write_video(tmp_path / "film.mkv", frames, rate=Fraction(25))
    options = hinted(FilmHint(60, 42, 8, "red", frame=2))
    result, film = colorized(path, tmp_path / "c.mkv", Painter(), options)
    (note,) = result.notes
    assert "hint 1 (frame 2) is lost at 0:00:00.200" in note
    centers = [chroma_center(frame) for frame in film["frames"]]
    assert None not in centers[:5] and centers[5:] == [None] * 7


@pytest.mark.parametrize(
    ("hint", "message"),
    [
        (
            FilmHint(64, 5, 2, "red", time=0),
            "Hint 1 lies outside the frame of 64x48 pixels.*x=64, y=5",
        ),
        (
            FilmHint(5, 5, 2, "red", time=0.5),
            r"beyond the film, which ends at 0:00:00.*Received: 0.5 s\.",
        ),
        (
            FilmHint(5, 5, 2, "red", frame=5),
            r"ends at 0:00:00.200 after 5 frames. Received: frame 5\.",
        ),
    ],
)
def test_hints_that_fit_no_frame_are_refused_before_work(
    tmp_path, hint, message
):
    path = write_video(
        tmp_path / "film.mkv", still(5), rate=Fraction(25), audio=False
    )
    session = Painter()
    with pytest.raises(SettingError, match=message):
        colorize_video(path, tmp_path / "c.mkv", session, hinted(hint))
    assert session.seen == []
    assert [p.name for p in tmp_path.iterdir()] == ["film.mkv"]


def test_hints_are_refused_where_they_mean_nothing(
    tmp_path, session, monkeypatch
):
    path = write_video(tmp_path / "film.mkv", still(2))
    hint = FilmHint(5, 5, 2, "red", time=0)
    output = tmp_path / "c.mkv"
    with pytest.raises(SettingError, match="tiny.test takes no color hints"):
        colorize_video(path, output, session, hinted(hint))
    with pytest.raises(TypeError, match="keras_colorize.FilmHint"):
        colorize_video(path, output, Painter(), hinted(Hint(5, 5, 2, "red")))
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(SettingError, match=r"need OpenCV.*\[video,hints\]"):
        colorize_video(path, output, Painter(), hinted(hint))
    # Without hints nobody needs it.
    colorized(path, output, Painter(), hinted())
