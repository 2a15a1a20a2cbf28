"""Films whose times jump, begin anywhere, or are wrong in one place."""

from fractions import Fraction
from types import SimpleNamespace

import av
import numpy as np
import pytest
from av.stream import Disposition

from keras_colorize.serving.video.job import colorize_video
from keras_colorize.serving.video.timeline import known_packets
from keras_colorize.serving.video.timeline import read_timeline
from tests.serving.video.videos import packets_of
from tests.serving.video.videos import read_video
from tests.serving.video.videos import still
from tests.serving.video.videos import write_video

RATE = Fraction(25)
MPEG2 = {"rate": RATE, "codec": "mpeg2video"}
WRAP = 2**33 / 90_000  # seconds that the clock of MPEG counts


def joined(path, *pieces):
    path.write_bytes(b"".join(piece.read_bytes() for piece in pieces))
    return path


def piece(path, num_frames=30, **kwargs):
    return write_video(path, still(num_frames), **{**MPEG2, **kwargs})


def colorized(path, output, session):
    result = colorize_video(path, output, session)
    return result, read_video(output)


def steps(times):
    return np.diff(np.array(times, float))


# === Recordings that were joined ===


@pytest.mark.parametrize(
    ("suffix", "target", "audio"),
    [
        (".ts", ".mkv", True),
        (".ts", ".mp4", True),
        (".vob", ".mp4", False),  # PyAV has no encoder of MP2
    ],
)
def test_joined_recordings_go_on_one_after_another(
    tmp_path, session, suffix, target, audio
):
    part = piece(tmp_path / f"part{suffix}", audio=audio)
    path = joined(tmp_path / f"film{suffix}", part, part)
    output = tmp_path / f"color{target}"
    result, film = colorized(path, output, session)
    assert result.num_frames == len(film["frames"]) == 60
    assert "another recording begins at 0:00:01.2" in result.notes[0]
    assert result.damage == ""
    # Sound is longer than the picture; and of frames without times in
    # MPEG-PS, FFmpeg guesses them.
    assert steps(film["times"]).max() < 0.09
    assert film["times"][-1] == pytest.approx(59 / 25, abs=0.09)
    if audio:
        times = np.array([time for time, _ in packets_of(output, "audio")])
        assert len(times) == 2 * len(packets_of(part, "audio"))
        assert 0 < steps(times).min() and steps(times).max() < 0.08
        # Sound and picture begin together in both.
        lead = film["times"][0] - times[0], film["times"][30]
        second = times[len(times) // 2]
        assert float(lead[1]) - second == pytest.approx(
            float(lead[0]), abs=0.03
        )


def test_three_recordings_of_any_clock_are_joined(tmp_path, session):
    """The second one is from a later hour, the third from an earlier one."""
    parts = [
        piece(tmp_path / f"{start}.ts", start=start)
        for start in (7200, 20_000, 100)
    ]
    path = joined(tmp_path / "film.ts", *parts)
    result, film = colorized(path, tmp_path / "color.mkv", session)
    assert len(film["frames"]) == 90
    assert steps(film["times"]).max() < 0.08
    assert len([n for n in result.notes if "another recording" in n]) == 2


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi"])
def test_what_is_not_read_of_joined_files_is_told(tmp_path, session, suffix):
    """FFmpeg reads two of them to the end, and the first half of MP4."""
    part = write_video(
        tmp_path / f"part{suffix}", still(20), rate=RATE, codec="mpeg4"
    )
    path = joined(tmp_path / f"film{suffix}", part, part)
    result, film = colorized(path, tmp_path / "color.mkv", session)
    is_told = any("of the file are not read" in note for note in result.notes)
    assert len(film["frames"]) == (20 if is_told else 40)
    assert is_told == (suffix == ".mp4")
    assert steps(film["times"]).max() < 0.09


def test_pieces_that_overlap_by_milliseconds_are_no_jump(tmp_path, session):
    parts = [
        piece(tmp_path / "a.ts"),
        piece(tmp_path / "b.ts", start=1.17),  # 30 frames are 1.2 seconds
    ]
    path = joined(tmp_path / "film.ts", *parts)
    output = tmp_path / "color.mp4"
    result, film = colorized(path, output, session)
    assert result.damage == "" and film["streams"] == ["video", "audio"]
    assert "another recording" not in " ".join(result.notes)
    assert len(film["frames"]) == 60 and steps(film["times"]).min() > 0


# === Where a film begins ===


@pytest.mark.parametrize("start", [0.5, 3600 * 20, WRAP - 0.6])
@pytest.mark.parametrize("target", [".mkv", ".mp4"])
def test_a_film_begins_at_0_and_goes_on(tmp_path, session, start, target):
    """At any hour, and where the clock of 33 bits begins anew."""
    path = piece(tmp_path / "film.ts", start=start)
    output = tmp_path / f"color{target}"
    result, film = colorized(path, output, session)
    assert result.notes == () and result.damage == ""
    times = np.array(film["times"], float)
    np.testing.assert_allclose(steps(times), 0.04, atol=1.1e-3)
    assert times[0] < 0.05 and film["seconds"] < 1.4
    sound = packets_of(output, "audio")
    assert 0 <= sound[0][0] < 0.01 and len(sound) > 50


# === Priming ===


@pytest.mark.parametrize("target", [".mkv", ".mp4", ".mov"])
def test_silence_that_primes_a_decoder_stays_hidden(tmp_path, session, target):
    path = write_video(tmp_path / "film.mp4", still(20))
    output = tmp_path / f"color{target}"
    _, film = colorized(path, output, session)
    assert film["times"] == pytest.approx(read_video(path)["times"], abs=1e-3)

    def sound(path):
        with av.open(str(path)) as container:
            frames = list(container.decode(audio=0))
        samples = np.concatenate([f.to_ndarray()[0] for f in frames])
        return float(frames[0].pts * frames[0].time_base), samples

    (start, samples), (source_start, source) = sound(output), sound(path)
    assert start == pytest.approx(source_start, abs=1e-3)
    np.testing.assert_array_equal(samples[:8000], source[:8000])


# === Single packets, without a file ===


def container(format_flags=0, start_time=None, **streams):
    """What `read_timeline` looks at; streams are lists of times in ms."""
    packets, headers = [], []
    for index, (type_, times) in enumerate(streams.items()):
        headers.append(
            SimpleNamespace(
                index=index,
                type=type_.rstrip("0123456789"),
                time_base=Fraction(1, 1000),
                average_rate=Fraction(25),
                disposition=Disposition(0),
                codec_context=SimpleNamespace(sample_rate=48000),
            )
        )
        packets += [
            SimpleNamespace(
                stream_index=index,
                size=1,
                pts=time,
                dts=time,
                duration=40,
                time_base=Fraction(1, 1000),
                is_discard=False,
                has_sidedata=lambda name: False,
                place=place,
                pos=None,
            )
            for place, time in enumerate(times)
        ]
    packets.sort(key=lambda packet: packet.place)
    return SimpleNamespace(
        streams=headers,
        demux=lambda: iter(packets),
        format=SimpleNamespace(flags=format_flags),
        start_time=start_time,
    )


def mapped(times, timeline, stream=0):
    return [t + timeline.shift(stream, i) for i, t in enumerate(times)]


@pytest.mark.parametrize("wrong", [-5000, 90, 700_000])
def test_one_wrong_time_is_set_right_and_moves_nothing_else(wrong):
    times = [40 * i for i in range(50)]
    times[20] = 800 + wrong
    timeline = read_timeline(container(video=times, audio=[0, 40]))
    expected = [40 * i for i in range(50)]
    if wrong == 90:  # the mux moves what is late by so little
        expected[20] = 890
    assert mapped(times, timeline) == expected
    assert timeline.jumps == ()


def test_a_long_pause_is_kept_where_times_are_those_of_an_event():
    """A camera that was switched off for 90 days, in MP4 or Matroska."""
    times = [0, 40, 80, 90 * 86_400_000, 90 * 86_400_000 + 40]
    timeline = read_timeline(container(video=times))
    assert mapped(times, timeline) == times and timeline.jumps == ()


def test_a_leap_ahead_is_closed_in_a_broadcast():
    times = [0, 40, 80, 60_000, 60_040, 60_080, 60_120]
    timeline = read_timeline(container(512, video=times))
    assert mapped(times, timeline) == [0, 40, 80, 120, 160, 200, 240]


def test_streams_jump_together_though_their_packets_do_not():
    """The last sound of the first part is read after the next picture."""
    video = [40 * i for i in range(20)] + [40 * i for i in range(20)]
    audio = [40 * i for i in range(22)] + [40 * i for i in range(18)]
    timeline = read_timeline(container(512, video=video, audio=audio))
    offset = 880  # where the sound of the first part ends
    assert mapped(video, timeline)[20:] == [t + offset for t in video[20:]]
    assert mapped(audio, timeline, 1)[22:] == [t + offset for t in audio[22:]]
    assert timeline.jumps == (0.88,)


def test_a_stream_without_times_is_left_alone():
    timeline = read_timeline(container(video=[None, None, None]))
    assert mapped([0, 1], timeline) == [0, 1] and timeline.start == 0


def test_a_place_without_picture_and_sound_is_found():
    video = [40 * i for i in range(50) if not 20 <= i < 40]
    audio = [20 * i for i in range(100) if not 35 <= i < 78]
    timeline = read_timeline(container(video=video, audio=audio))
    ((start, end),) = timeline.pauses
    assert (start, end) == pytest.approx((0.8, 1.56), abs=1e-6)
    # Pictures alone may hold, and a silent film has no sound to tell.
    even = [20 * i for i in range(100)]
    for streams in ({"video": video, "audio": even}, {"video": video}):
        assert read_timeline(container(**streams)).pauses == []


def test_a_stream_that_appears_in_the_middle_does_not_end_the_film():
    """PyAV raises an IndexError at its first packet, and then goes on."""
    packets = iter([SimpleNamespace(size=1), None, SimpleNamespace(size=2)])

    def demux():
        for packet in packets:
            if packet is None:
                raise IndexError("list index out of range")
            yield packet

    read = list(known_packets(SimpleNamespace(demux=demux)))
    assert [getattr(packet, "size", None) for packet in read] == [1, None, 2]
    assert isinstance(read[1], ValueError)
