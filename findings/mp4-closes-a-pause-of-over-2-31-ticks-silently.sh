#!/usr/bin/env bash
# Guess: times of packets are 64-bit numbers, so a pause of any length is either
#   kept in an MP4 or refused.
# Happens: FFmpeg 8.1.2 (through PyAV 18.1.0) writes a frame that lies more than
#   2^31 - 1 ticks after the last (6 h 38 min at 90,000 ticks per second)
#   without an error; that one and each later one come back 1 tick after the
#   frame before. Matroska keeps the pause.
# Means: a film of a time-lapse or a camera that was stopped loses its times.
#   Here such a pause is an error that names the limit.
# Seen:
#   PyAV 18.1.0 FFmpeg 8.1.2
#   film.mp4: pause of 23860.87387 s, read 0.00000, 23860.87387, 23860.91387
#   film.mkv: pause of 23860.87387 s, read 0.00000, 23860.87400, 23860.91400
#   film.mp4: pause of 23860.98498 s, read 0.00000, 0.00001, 0.00002
#   film.mkv: pause of 23860.98498 s, read 0.00000, 23860.98500, 23861.02500

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
TICK = Fraction(1, 90000)


def read_back(name, pause):
    with av.open(name, "w") as output:
        stream = output.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 25)
        stream.time_base = TICK
        packets = []
        for number in range(3):
            gray = np.full((64, 64), 9 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(gray, format="gray")
            frame = frame.reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            packets += stream.encode(frame)
        packets += stream.encode()
        times = (0, pause, pause + 3600)
        for packet, ticks in zip(packets, times, strict=True):
            packet.time_base, packet.pts, packet.dts = TICK, ticks, ticks
            output.mux(packet)
    with av.open(name) as source:
        return [float(frame.time) for frame in source.decode(video=0)]


seen = {}
for pause in (2**31 - 5000, 2**31 + 5000):
    for name in ("film.mp4", "film.mkv"):
        back = read_back(name, pause)
        times = ", ".join(f"{second:.5f}" for second in back)
        print(f"{name}: pause of {float(pause * TICK):.5f} s, read {times}")
        seen[name, pause] = abs(back[1] - pause * TICK) < 0.001
if seen != {
    ("film.mp4", 2**31 - 5000): True,
    ("film.mkv", 2**31 - 5000): True,
    ("film.mp4", 2**31 + 5000): False,
    ("film.mkv", 2**31 + 5000): True,
}:
    raise SystemExit("Changed: MP4 keeps or refuses the long pause now.")
PY
