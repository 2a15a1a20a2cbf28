#!/usr/bin/env bash
# Guess: a color PNG has one gray version; a chunk that says sRGB, which is what
#   every reader assumes anyway, changes nothing.
# Happens: TensorFlow 2.21.0 with channels=1 and OpenCV 5.0.0 with
#   IMREAD_GRAYSCALE leave graying to libpng. Where a chunk `sRGB` or `gAMA`
#   says how values are coded, it weighs red, green and blue in linear light,
#   and as stored where none does: pure red is 147 or 76. Read in color, the
#   files are equal; a JPEG of it is 76 by both.
# Means: in a set of photos of mixed origin, grays hang on the program that
#   wrote each file, and differ from those that the same network sees in use.
#   Here photos are read in color, and L is computed from it.
# Seen:
#   TensorFlow 2.21.0 OpenCV 5.0.0
#   colors: red, green, blue, brown, white
#   plain, TensorFlow [76, 149, 29, 124, 255], OpenCV [76, 149, 29, 124, 255]
#   sRGB, TensorFlow [147, 200, 95, 137, 255], OpenCV [147, 200, 95, 137, 255]
#   gAMA, TensorFlow [147, 200, 95, 137, 255], OpenCV [147, 200, 95, 137, 255]
#   equal in color: True

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    tensorflow==2.21.0 opencv-python-headless==5.0.0.93 pillow==13.0.0 \
    numpy==2.4.6
cd "$work"
TF_CPP_MIN_LOG_LEVEL=3 "$work/venv/bin/python" - 2>noise.txt <<'PY' \
    | tee seen.txt || { cat noise.txt; exit 1; }
import io
import struct
import zlib

import cv2
import numpy as np
import tensorflow as tf
from PIL import Image

print("TensorFlow", tf.__version__, "OpenCV", cv2.__version__)
COLORS = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "brown": (200, 100, 50),
    "white": (255, 255, 255),
}
print("colors:", ", ".join(COLORS))
photo = np.array([list(COLORS.values())] * 4, np.uint8)
stored = io.BytesIO()
Image.fromarray(photo).save(stored, "PNG")
plain = stored.getvalue()


def tag(kind, content):
    """Adds a chunk between the header (33 bytes) and the pixels."""
    check = struct.pack(">I", zlib.crc32(kind + content))
    chunk = struct.pack(">I", len(content)) + kind + content + check
    return plain[:33] + chunk + plain[33:]


files = {
    "plain": plain,
    "sRGB": tag(b"sRGB", b"\0"),
    "gAMA": tag(b"gAMA", struct.pack(">I", 45455)),
}
is_equal = True
for name, data in files.items():
    coded = np.frombuffer(data, np.uint8)
    by_tensorflow = tf.io.decode_png(data, channels=1).numpy()[1, :, 0]
    by_opencv = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)[1]
    print(f"{name}, TensorFlow {by_tensorflow.tolist()},",
          f"OpenCV {by_opencv.tolist()}")
    colors = tf.io.decode_png(data, channels=3).numpy()
    is_equal &= np.array_equal(colors, photo)
    colors = cv2.imdecode(coded, cv2.IMREAD_COLOR_RGB)
    is_equal &= np.array_equal(colors, photo)
print("equal in color:", is_equal)
PY
diff - seen.txt <<'TXT' || { echo "Changed: other grays."; exit 1; }
TensorFlow 2.21.0 OpenCV 5.0.0
colors: red, green, blue, brown, white
plain, TensorFlow [76, 149, 29, 124, 255], OpenCV [76, 149, 29, 124, 255]
sRGB, TensorFlow [147, 200, 95, 137, 255], OpenCV [147, 200, 95, 137, 255]
gAMA, TensorFlow [147, 200, 95, 137, 255], OpenCV [147, 200, 95, 137, 255]
equal in color: True
TXT
