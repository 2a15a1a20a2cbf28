#!/usr/bin/env bash
# Guess: x264 gives the same bytes for the same frames and settings, with one
#   thread without doubt: it is deterministic by default.
# Happens: libx264 in PyAV 18.1.0 (FFmpeg 8.1.2) on a processor with AVX-512
#   gives bytes that hang on what was in memory before: three fillings by
#   MALLOC_PERTURB_ of glibc, three results. With asm=AVX2, or without mbtree,
#   they are one.
# Means: a film made again, or in segments, differs from the first by some
#   bytes. Here H.264 is made with asm=AVX2 where the processor has AVX-512.
# Needs: a processor with AVX-512 and glibc; elsewhere it says so and ends.
# Seen:
#   PyAV 18.1.0 FFmpeg 8.1.2
#   as it comes: 3 results of 3 runs
#   asm=AVX2: 1 result of 3 runs
#   mbtree=0: 1 result of 3 runs

set -euo pipefail

if ! grep -q -m 1 -w avx512vl /proc/cpuinfo 2>/dev/null; then
    echo "Not applicable: this needs Linux and a processor with AVX-512."
    exit 0
fi
if ! getconf GNU_LIBC_VERSION >/dev/null 2>&1; then
    echo "Not applicable: MALLOC_PERTURB_ needs glibc."
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    av==18.1.0 numpy==2.4.6
cd "$work"
cat >encode.py <<'PY'
import hashlib
import sys
from fractions import Fraction

import av
import numpy as np

WIDTH, HEIGHT = 320, 240
encoder = av.CodecContext.create("libx264", "w")
encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
encoder.time_base, encoder.framerate = Fraction(1, 25), Fraction(25)
encoder.options = {"preset": "medium", "crf": "18", "threads": "1"}
if len(sys.argv) > 1:
    encoder.options |= {"x264-params": sys.argv[1]}
rows, columns = np.mgrid[:HEIGHT, :WIDTH]
digest = hashlib.sha256()
for number in range(20):
    waves = 60 * np.sin((columns + 3 * number) / 23)
    waves += 50 * np.cos((rows - 2 * number) / 17)
    gray = (128 + waves).astype(np.uint8)
    frame = av.VideoFrame.from_ndarray(gray, format="gray")
    frame = frame.reformat(format="yuv420p")
    frame.pts, frame.time_base = number, Fraction(1, 25)
    for packet in encoder.encode(frame):
        digest.update(bytes(packet))
for packet in encoder.encode(None):
    digest.update(bytes(packet))
print(digest.hexdigest())
PY
"$work/venv/bin/python" - <<'PY'
import os
import subprocess
import sys

import av

print("PyAV", av.__version__, "FFmpeg", av.ffmpeg_version_info)
seen = {}
for params in ("", "asm=AVX2", "mbtree=0"):
    results = set()
    for filling in ("0", "85", "170"):
        run = subprocess.run(
            [sys.executable, "encode.py", *filter(None, [params])],
            env=os.environ | {"MALLOC_PERTURB_": filling},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        results.add(run.stdout)
    seen[params] = len(results)
    word = "result" if len(results) == 1 else "results"
    print(f"{params or 'as it comes'}: {len(results)} {word} of 3 runs")
if seen != {"": 3, "asm=AVX2": 1, "mbtree=0": 1}:
    raise SystemExit("Changed: x264 depends on memory in another way.")
PY
