#!/usr/bin/env bash
# Guess: `cast` clips what is out of range, as libvips documents: an unsigned
#   value that is too high becomes the highest of 8 or 16 bits, and white stays
#   white.
# Happens: libvips 8.18.7 takes 32-bit unsigned values for signed ones on their
#   way to 8 and 16 bits: from 2^31 on they are below 0, and clipped to 0. White
#   of a 32-bit TIFF is black in a thumbnail and after `colourspace("b-w")`,
#   which do not scale it either: a gray of 40 % is white. Floats of the same
#   height are clipped to white.
# Means: a scan looks like an etching of itself, with its lights black, and
#   nothing is said. Here 32-bit values are read by our own reader of TIFF and
#   divided by their white.
# Seen:
#   libvips 8.18.7 pyvips 3.2.0
#   stored: 0, 255, 256, 2147483647, 2147483648, 4294967295
#   uint cast to uchar: 0, 255, 255, 255, 0, 0
#   uint cast to ushort: 0, 255, 256, 65535, 0, 0
#   float cast to uchar: 0, 255, 255, 255, 255, 255
#   float cast to ushort: 0, 255, 256, 65535, 65535, 65535
#   TIFF of 0, 40, 60, 100 %, b-w: 0, 255, 0, 0
#   TIFF of 0, 40, 60, 100 %, thumbnail: 0, 255, 0, 0

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    pyvips==3.2.0 pyvips-binary==8.18.7 tifffile==2026.3.3 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY' | tee seen.txt
from importlib.metadata import version

import numpy as np
import pyvips
import tifffile


def show(title, image):
    print(f"{title}:", ", ".join(f"{value:.0f}" for value in image.numpy()[0]))


print("libvips", ".".join(str(pyvips.version(part)) for part in range(3)),
      "pyvips", version("pyvips"))
stored = np.array([[0, 255, 256, 2**31 - 1, 2**31, 2**32 - 1]], np.uint32)
image = pyvips.Image.new_from_memory(stored.tobytes(), 6, 1, 1, "uint")
show("stored", image)
for kind, values in (("uint", image), ("float", image.cast("float"))):
    for target in ("uchar", "ushort"):
        show(f"{kind} cast to {target}", values.cast(target))
shares = np.array([[0, 40, 60, 100]])
grays = (shares * (2**32 - 1) // 100).astype(np.uint32)
tifffile.imwrite("gray.tif", grays, photometric="minisblack")
title = "TIFF of 0, 40, 60, 100 %"
show(f"{title}, b-w",
     pyvips.Image.new_from_file("gray.tif").colourspace("b-w"))
show(f"{title}, thumbnail", pyvips.Image.thumbnail("gray.tif", 4))
PY
diff - seen.txt <<'TXT' || { echo "Changed: other grays."; exit 1; }
libvips 8.18.7 pyvips 3.2.0
stored: 0, 255, 256, 2147483647, 2147483648, 4294967295
uint cast to uchar: 0, 255, 255, 255, 0, 0
uint cast to ushort: 0, 255, 256, 65535, 0, 0
float cast to uchar: 0, 255, 255, 255, 255, 255
float cast to ushort: 0, 255, 256, 65535, 65535, 65535
TIFF of 0, 40, 60, 100 %, b-w: 0, 255, 0, 0
TIFF of 0, 40, 60, 100 %, thumbnail: 0, 255, 0, 0
TXT
