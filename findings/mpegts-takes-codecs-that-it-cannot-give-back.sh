#!/usr/bin/env bash
# Guess: a container that has no code for a codec refuses it, at `add_stream` or
#   when the header is written, as MOV does.
# Happens: FFmpeg 8.1.2 (through PyAV 18.1.0) writes VP9 and FFV1 into MPEG-TS
#   without an error. The file then has one stream of unknown data and no video.
# Means: hours of work end in a file that no player shows. Here only H.264 and
#   H.265 go into .ts; other codecs are refused before the first frame.
# Seen:
#   PyAV 18.1.0 FFmpeg 8.1.2
#   libx264: 25 frames written, streams ['video'], 25 frames read
#   libvpx-vp9: 25 frames written, streams ['data'], 0 frames read
#   ffv1: 25 frames written, streams ['data'], 0 frames read
#   MOV, to compare: 'mov' format does not support 'ffv1' codec

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
seen = {}
for codec in ("libx264", "libvpx-vp9", "ffv1"):
    with av.open("film.ts", "w", format="mpegts") as output:
        stream = output.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for number in range(25):
            gray = np.full((64, 64), 9 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(gray, format="gray")
            frame = frame.reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    with av.open("film.ts") as source:
        kinds = [stream.type for stream in source.streams]
        frames = 0
        if source.streams.video:
            frames = sum(1 for _ in source.decode(video=0))
    print(f"{codec}: 25 frames written, streams {kinds}, {frames} frames read")
    seen[codec] = (kinds, frames)
if seen != {
    "libx264": (["video"], 25),
    "libvpx-vp9": (["data"], 0),
    "ffv1": (["data"], 0),
}:
    raise SystemExit("Changed: MPEG-TS refuses or returns these codecs now.")
try:
    with av.open("film.mov", "w") as output:
        output.add_stream("ffv1", rate=25)
except ValueError as error:
    print("MOV, to compare:", error)
else:
    raise SystemExit("Changed: MOV takes FFV1 now.")
PY
