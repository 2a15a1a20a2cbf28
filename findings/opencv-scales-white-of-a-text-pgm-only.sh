#!/usr/bin/env bash
# Guess: a PGM says which value is white, so that white is white however the
#   file is written: as text (P2) or as bytes (P5).
# Happens: OpenCV 5.0.0 scales text of up to 255 levels to 255, and gives bytes
#   as stored: with 100 levels white is 255 from P2 and 100 from P5. With 1000
#   levels neither is scaled: white is 1000 of 65535, and 3 of 255 when it is
#   read as 8 bits. Pillow 13.0.0 scales all of them.
# Means: scans of instruments come in nearly black. Here white is what
#   the file says, in text as in bytes.
# Seen:
#   OpenCV 5.0.0 Pillow 13.0.0
#   P2, white is 100: OpenCV as it is 255 in 8 bits 255 Pillow 255
#   P5, white is 100: OpenCV as it is 100 in 8 bits 100 Pillow 255
#   P2, white is 255: OpenCV as it is 255 in 8 bits 255 Pillow 255
#   P5, white is 255: OpenCV as it is 255 in 8 bits 255 Pillow 255
#   P2, white is 1000: OpenCV as it is 1000 in 8 bits 3 Pillow 65535
#   P5, white is 1000: OpenCV as it is 1000 in 8 bits 3 Pillow 65535
#   P2, white is 65535: OpenCV as it is 65535 in 8 bits 255 Pillow 65535
#   P5, white is 65535: OpenCV as it is 65535 in 8 bits 255 Pillow 65535

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    opencv-python-headless==5.0.0.93 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY' | tee seen.txt
import io

import cv2
import numpy as np
import PIL
from PIL import Image

print("OpenCV", cv2.__version__, "Pillow", PIL.__version__)
for white in (100, 255, 1000, 65535):
    values = np.array([0, white])
    kind = np.uint8 if white < 256 else np.dtype(">u2")
    files = {
        "P2": b"P2\n2 1\n%d\n%d %d\n" % (white, *values),
        "P5": b"P5\n2 1\n%d\n" % white + values.astype(kind).tobytes(),
    }
    for name, data in files.items():
        encoded = np.frombuffer(data, np.uint8)
        print(
            f"{name}, white is {white}: OpenCV as it is",
            int(cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)[0, 1]),
            "in 8 bits", int(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)[0, 1]),
            "Pillow", int(np.asarray(Image.open(io.BytesIO(data)))[0, 1]),
        )
PY
diff - seen.txt <<'TXT' || { echo "Changed: other whites."; exit 1; }
OpenCV 5.0.0 Pillow 13.0.0
P2, white is 100: OpenCV as it is 255 in 8 bits 255 Pillow 255
P5, white is 100: OpenCV as it is 100 in 8 bits 100 Pillow 255
P2, white is 255: OpenCV as it is 255 in 8 bits 255 Pillow 255
P5, white is 255: OpenCV as it is 255 in 8 bits 255 Pillow 255
P2, white is 1000: OpenCV as it is 1000 in 8 bits 3 Pillow 65535
P5, white is 1000: OpenCV as it is 1000 in 8 bits 3 Pillow 65535
P2, white is 65535: OpenCV as it is 65535 in 8 bits 255 Pillow 65535
P5, white is 65535: OpenCV as it is 65535 in 8 bits 255 Pillow 65535
TXT
