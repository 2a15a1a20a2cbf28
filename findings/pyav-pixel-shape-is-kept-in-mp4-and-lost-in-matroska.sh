#!/usr/bin/env bash
# Guess: `stream.sample_aspect_ratio`, set on a stream to be written, is in the
#   file, whatever the container.
# Happens: PyAV 18.1.0 (FFmpeg 8.1.2) sets it on the encoder only. MP4 takes it
#   from there; Matroska and AVI do not, so that VP9 and FFV1 come back with
#   none (0:0). MPEG-4 hides it, as its bitstream carries the ratio.
# Means: a film of DV or DVD is shown too narrow or too wide. Here the fields
#   are put into the headers of Matroska and AVI afterwards.
# Seen:
#   PyAV 18.1.0 FFmpeg 8.1.2
#   libvpx-vp9 in mp4: set 12/11, read 12/11
#   libvpx-vp9 in mkv: set 12/11, read None
#   ffv1 in avi: set 12/11, read None
#   mpeg4 in mkv: set 12/11, read 12/11

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
shape = Fraction(12, 11)
seen = {}
for suffix, codec in (
    ("mp4", "libvpx-vp9"),
    ("mkv", "libvpx-vp9"),
    ("avi", "ffv1"),
    ("mkv", "mpeg4"),
):
    name = f"film.{suffix}"
    with av.open(name, "w") as output:
        stream = output.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        stream.sample_aspect_ratio = shape
        gray = np.full((64, 64), 128, np.uint8)
        frame = av.VideoFrame.from_ndarray(gray, format="gray")
        output.mux(stream.encode(frame.reformat(format="yuv420p")))
        output.mux(stream.encode())
    with av.open(name) as source:
        back = source.streams.video[0].sample_aspect_ratio
    print(f"{codec} in {suffix}: set {shape}, read {back}")
    seen[suffix, codec] = back
if seen != {
    ("mp4", "libvpx-vp9"): shape,
    ("mkv", "libvpx-vp9"): None,
    ("avi", "ffv1"): None,
    ("mkv", "mpeg4"): shape,
}:
    raise SystemExit("Changed: other containers keep the shape of a pixel.")
PY
