#!/usr/bin/env bash
# Guess: gray frames tagged as limited range, converted to YUV of limited range
#   with both ranges named, keep their luma.
# Happens: FFmpeg 8.1.2 (through PyAV 18.1.0) takes every gray format for full
#   range and compresses the contrast once more: of 8 bits, black 16 becomes 30
#   and white 235 becomes 218; of 10 bits likewise. From YUV the same luma is
#   kept.
# Means: each pass makes a gray film flatter. Here luma goes from depth to depth
#   and range to range in NumPy.
# Seen:
#   PyAV 18.1.0 FFmpeg 8.1.2
#   yuv444p -> yuv420p: [16, 235] -> [16, 235]
#   gray -> yuv420p: [16, 235] -> [30, 218]
#   yuv444p10le -> yuv420p10le: [64, 940] -> [64, 940]
#   gray10le -> yuv420p10le: [64, 940] -> [119, 869]

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    av==18.1.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import av
import numpy as np

av.logging.set_level(av.logging.ERROR)
print("PyAV", av.__version__, "FFmpeg", av.ffmpeg_version_info)
LIMITED = 1


def convert(source, target, black_white):
    got = []
    dtype = np.uint16 if "le" in source else np.uint8
    for value in black_white:
        frame = av.VideoFrame(64, 64, source)
        for index, plane in enumerate(frame.planes):
            middle = 512 if dtype == np.uint16 else 128
            count = plane.buffer_size // np.dtype(dtype).itemsize
            level = middle if index else value
            plane.update(np.full(count, level, dtype).tobytes())
        frame.color_range = LIMITED
        made = frame.reformat(
            format=target, src_color_range="MPEG", dst_color_range="MPEG"
        )
        got.append(int(np.frombuffer(bytes(made.planes[0]), dtype)[0]))
    print(f"{source} -> {target}: {list(black_white)} -> {got}")
    return got


if (
    convert("yuv444p", "yuv420p", (16, 235)) != [16, 235]
    or convert("gray", "yuv420p", (16, 235)) != [30, 218]
    or convert("yuv444p10le", "yuv420p10le", (64, 940)) != [64, 940]
    or convert("gray10le", "yuv420p10le", (64, 940)) != [119, 869]
):
    raise SystemExit("Changed: gray of limited range is converted otherwise.")
PY
