#!/usr/bin/env bash
# Guess: packets copied from MP4 to Matroska keep picture and sound as they
#   were; only rounding to milliseconds may differ.
# Happens: PyAV 18.1.0 (FFmpeg 8.1.2) loses that the first AAC packet is
#   priming, which an MP4 hides: the Matroska file has no CodecDelay, 1,024
#   samples more are heard, and the picture begins 21 ms late. Encoding straight
#   into Matroska writes CodecDelay.
# Means: a colorized film with copied sound starts late. Here CodecDelay is put
#   into the header, so the picture stays at 0.
# Seen:
#   PyAV 18.1.0 FFmpeg 8.1.2
#   film.mp4: picture from 0.000 s, 96256 samples, CodecDelay: False
#   again.mp4: picture from 0.000 s, 96256 samples, CodecDelay: False
#   copy.mkv: picture from 0.021 s, 97280 samples, CodecDelay: False
#   encoded.mkv: picture from 0.000 s, 96256 samples, CodecDelay: True

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    av==18.1.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
from fractions import Fraction

import av
import numpy as np

av.logging.set_level(av.logging.ERROR)
print("PyAV", av.__version__, "FFmpeg", av.ffmpeg_version_info)
CODEC_DELAY = b"\x56\xaa"


def write_film(name):
    with av.open(name, "w") as output:
        video = output.add_stream("mpeg4", rate=25)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        audio = output.add_stream("aac", rate=48000, layout="mono")
        gray = np.full((64, 64), 128, np.uint8)
        for number in range(50):
            frame = av.VideoFrame.from_ndarray(gray, format="gray")
            frame = frame.reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            output.mux(video.encode(frame))
        output.mux(video.encode())
        tone = np.sin(np.arange(96000) * 0.05).astype(np.float32) / 3
        sound = av.AudioFrame.from_ndarray(
            tone[None], format="fltp", layout="mono"
        )
        sound.sample_rate, sound.pts = 48000, 0
        sound.time_base = Fraction(1, 48000)
        output.mux(audio.encode(sound))
        output.mux(audio.encode())


def copy(source_name, name):
    with av.open(source_name) as source, av.open(name, "w") as output:
        copies = [output.add_stream_from_template(s) for s in source.streams]
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = copies[packet.stream.index]
                output.mux(packet)


def describe(name):
    with av.open(name) as source:
        first = next(source.decode(video=0)).time
    with av.open(name) as source:
        heard = sum(frame.samples for frame in source.decode(audio=0))
    with open(name, "rb") as file:
        is_told = CODEC_DELAY in file.read(1000)
    return first, heard, is_told


write_film("film.mp4")
copy("film.mp4", "again.mp4")
copy("film.mp4", "copy.mkv")
write_film("encoded.mkv")
names = ("film.mp4", "again.mp4", "copy.mkv", "encoded.mkv")
seen = {name: describe(name) for name in names}
for name, (first, heard, is_told) in seen.items():
    print(f"{name}: picture from {first:.3f} s, {heard} samples, "
          f"CodecDelay: {is_told}")
if seen != {
    "film.mp4": (0.0, 96256, False),
    "again.mp4": (0.0, 96256, False),
    "copy.mkv": (0.021, 97280, False),
    "encoded.mkv": (0.0, 96256, True),
}:
    raise SystemExit("Changed: the copy tells its priming in another way.")
PY
