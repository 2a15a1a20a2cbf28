"""Small films for tests, of real photos, and what is in a written film."""

from fractions import Fraction

import av
import numpy as np
from PIL import Image
from skimage import data
from skimage.filters import gaussian

NTSC = Fraction(30000, 1001)
SIZE = (48, 64)  # height, width


def gray_photo(name="astronaut", size=SIZE):
    """uint8 (H, W), a photo of skimage."""
    image = Image.fromarray(getattr(data, name)()).convert("L")
    return np.asarray(image.resize(size[::-1], Image.Resampling.BOX))


def still(num_frames, name="astronaut", size=SIZE, noise=3.0, seed=0):
    """Frames of a photo with grain that is new in each."""
    rng = np.random.default_rng(seed)
    photo = gray_photo(name, size).astype(np.float32)
    return [
        np.clip(photo + rng.normal(0, noise, size), 0, 255).astype(np.uint8)
        for _ in range(num_frames)
    ]


def pattern(size, seed, mean=120.0, spread=30.0):
    """float32 (H, W), blobs of some pixels that look alike nowhere."""
    noise = np.random.default_rng(seed).normal(size=size)
    blurred = gaussian(noise, 2.5, mode="wrap")
    return (mean + spread * blurred / blurred.std()).astype(np.float32)


def moving_square(num_frames, step, start=(40, 30), noise=2.0, size=(96, 144)):
    """Frames of a square with a pattern that moves over another pattern.

    Args:
        num_frames: how many.
        step: x and y, whole pixels from frame to frame.
        start: x and y of its top left corner in the first frame. It is 32
            wide and 24 high, so its center is 16 and 12 more.
        noise: standard deviation of grain, levels.
        size: (height, width) of the frame; the square may leave it.
    """
    rng = np.random.default_rng(7)
    square = pattern((24, 32), 1, 150.0, 40.0)
    frames = []
    for i in range(num_frames):
        left, top = start[0] + step[0] * i, start[1] + step[1] * i
        canvas = np.pad(pattern(size, 0, 100.0, 20.0), 64)
        canvas[64 + top : 88 + top, 64 + left : 96 + left] = square
        frame = canvas[64:-64, 64:-64] + rng.normal(0, noise, size)
        frames.append(np.clip(frame, 0, 255).astype(np.uint8))
    return frames


def write_video(
    path,
    grays,
    rate=NTSC,
    pix_fmt="yuv420p",
    codec="libx264",
    pts=None,
    time_base=None,
    audio=True,
    subtitles=False,
    rotation=None,
    tags=None,
    start=0,
    sei=None,
    **frame_tags,
):
    """Writes a film; luma codes are the grays as they are.

    Args:
        grays: list of uint8 (H, W), or uint16 for formats of 10 bits.
        pts: ticks of each frame, by default one after another.
        rotation: degrees, counter-clockwise.
        tags: dict of the container.
        start: seconds at which the times begin.
        sei: dict of a frame's number and `sei_message`s before it; H.264 whose
            frames come one after another.
        frame_tags: attributes of the codec context, such as color_range.
    """
    time_base = time_base or 1 / rate
    with av.open(str(path), "w") as film:
        film.metadata.update(tags or {})
        options = {"crf": "12", "bf": "2"} if codec == "libx264" else {}
        video = film.add_stream(codec, rate=rate, options=options)
        video.height, video.width = grays[0].shape
        video.pix_fmt = pix_fmt
        video.codec_context.time_base = time_base
        for name, value in frame_tags.items():
            setattr(video.codec_context, name, value)
        if rotation is not None:
            video.set_display_rotation(rotation)
        sound = film.add_stream("aac", rate=44100) if audio else None
        if sound:
            sound.layout = "mono"
        text = film.add_mux_stream("subrip") if subtitles else None
        for i, gray in enumerate(grays):
            frame = video_frame(gray, pix_fmt)
            frame.pts = i if pts is None else pts[i]
            frame.pts += round(start / time_base)
            frame.time_base = time_base
            film.mux(with_sei(video.encode(frame), sei))
        film.mux(with_sei(video.encode(None), sei))
        if sound:
            _write_sound(film, sound, float(len(grays) / rate), start)
        if text:
            _write_text(film, text)
    return path


def video_frame(gray, pix_fmt="yuv420p"):
    """A frame whose first plane is `gray`; chroma is not neutral."""
    frame = av.VideoFrame(gray.shape[1], gray.shape[0], pix_fmt)
    for plane in frame.planes:
        samples = np.frombuffer(plane, gray.dtype)
        samples[:] = 90 if gray.dtype == np.uint8 else 360
    stride = frame.planes[0].line_size // gray.itemsize
    samples = np.frombuffer(frame.planes[0], gray.dtype).reshape(-1, stride)
    samples[: gray.shape[0], : gray.shape[1]] = gray
    return frame


def sei_message(kind, payload):
    """Bytes of a message beside the picture (ITU-T H.264, annex D).

    Args:
        kind: number of the type of payload.
        payload: bytes, less than 255.
    """
    data = bytes([kind, len(payload)]) + payload + b"\x80"
    nal = bytearray(b"\0\0\0\1\6")
    for byte in data:
        if nal[-2:] == b"\0\0" and byte <= 3:
            nal.append(3)  # or it would look like the start of another
        nal.append(byte)
    return bytes(nal)


def caption(first, second):
    """A `sei_message` of one pair of bytes of closed captions (ATSC A/53)."""
    head = b"\xb5\0\x31GA94\3\x41\xff\xfc"
    return sei_message(4, head + bytes([first, second, 0xFF]))


def with_sei(packets, sei):
    """Yields packets behind the messages for their `pts`; see `write_video`."""
    for packet in packets:
        if not sei or packet.pts not in sei:
            yield packet
            continue
        copy = av.Packet(sei[packet.pts] + bytes(packet))
        copy.stream, copy.is_keyframe = packet.stream, packet.is_keyframe
        copy.pts, copy.dts = packet.pts, packet.dts
        copy.duration, copy.time_base = packet.duration, packet.time_base
        yield copy


def captions_of(path):
    """Closed captions of each frame, bytes or None."""
    return [
        bytes(frame.side_data["A53_CC"])
        if any(data.type.name == "A53_CC" for data in frame.side_data)
        else None
        for frame in read_video(path)["frames"]
    ]


def read_video(path):
    """Dict of what a film has."""
    with av.open(str(path)) as film:
        video = film.streams.video[0]
        frames = list(film.decode(video))
        return {
            "frames": frames,
            "times": [f.pts * f.time_base for f in frames],
            "rate": video.average_rate,
            "luma": [luma_of(frame) for frame in frames],
            "rotation": frames[0].rotation,
            "streams": [s.type for s in film.streams],
            "tags": film.metadata,
            "context": video.codec_context,
            "seconds": film.duration / av.time_base,
        }


def luma_of(frame):
    """(H, W), the samples of the first plane."""
    deep = frame.format.components[0].bits > 8
    samples = samples_of(frame.planes[0], np.uint16 if deep else np.uint8)
    return samples[: frame.height, : frame.width]


def samples_of(plane, dtype=np.uint8):
    """(rows, columns) of a plane, a copy."""
    samples = np.frombuffer(plane, dtype)
    stride = plane.line_size // samples.itemsize
    return samples.reshape(-1, stride)[: plane.height, : plane.width].copy()


def rgb_of(frame):
    """float (H, W, 3) in [0, 1]."""
    return frame.to_ndarray(format="rgb24") / 255.0


def packets_of(path, kind):
    """(time, bytes) of the packets of a kind of streams."""
    with av.open(str(path)) as film:
        streams = [s for s in film.streams if s.type == kind]
        return [
            (round(float(p.pts * p.time_base), 3), bytes(p))
            for p in film.demux(streams)
            if p.size
        ]


def _write_sound(film, stream, seconds, start):
    wave = np.sin(np.arange(1024) / 9.0).astype(np.float32)[None]
    for i in range(round(seconds * 44100 / 1024)):
        frame = av.AudioFrame.from_ndarray(wave * (i % 7) / 7, "fltp", "mono")
        frame.sample_rate, frame.pts = 44100, i * 1024 + round(start * 44100)
        film.mux(stream.encode(frame))
    film.mux(stream.encode(None))


def _write_text(film, stream):
    for i, line in enumerate((b"Good evening.", b"Who are you?")):
        packet = av.Packet(line)
        packet.stream, packet.time_base = stream, Fraction(1, 1000)
        packet.pts = packet.dts = 100 + 300 * i
        packet.duration = 200
        film.mux(packet)
