#!/usr/bin/env bash
# Guess: a TIFF whose tag says that 0 is white (MinIsWhite) is opened with white
#   as the highest value at any depth, as it is at 8 bits.
# Happens: Pillow 13.0.0 inverts 8 bits and gives 16-bit integers and floats as
#   stored, in modes (I;16 and F) that do not say so: 0 stays 0.
# Means: a 16-bit scan is colorized as its negative. Here the values of a TIFF
#   are read and inverted without Pillow's modes.
# Seen:
#   Pillow 13.0.0
#   uint8: white is stored as 0, mode L gives 255
#   uint16: white is stored as 0, mode I;16 gives 0
#   float32: white is stored as 0, mode F gives 0

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    pillow==13.0.0 numpy==2.4.6 tifffile==2026.3.3
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

import numpy as np
import PIL
import tifffile
from PIL import Image

print("Pillow", PIL.__version__)
seen = {}
for dtype in (np.uint8, np.uint16, np.float32):
    file = io.BytesIO()
    white = np.zeros((8, 8), dtype)
    tifffile.imwrite(file, white, photometric="miniswhite", metadata=None)
    image = Image.open(file)
    seen[image.mode] = float(np.asarray(image)[0, 0])
    print(f"{np.dtype(dtype).name}: white is stored as 0, "
          f"mode {image.mode} gives {seen[image.mode]:g}")
if seen != {"L": 255.0, "I;16": 0.0, "F": 0.0}:
    raise SystemExit("Changed: MinIsWhite is inverted at other depths.")
PY
