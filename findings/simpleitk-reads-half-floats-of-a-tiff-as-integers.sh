#!/usr/bin/env bash
# Guess: a TIFF of 16-bit floats is read as floats, or refused where a reader
#   has no such type: the file says that its samples are floats.
# Happens: SimpleITK 2.5.7 returns an array of uint16 that has the bits of the
#   floats: 0.5 is 14336, 1.0 is 15360. No error and no warning. The order of
#   values is kept, so that the photo looks like one: stretched from its darkest
#   to its brightest, what should be 25 % is 87 %. OpenImageIO 3.2.2 and
#   tifffile 2026.3.3 return 0.25; floats of 32 bits are right by all.
# Means: a scan is far too bright, with little contrast, and a mean or a
#   difference of it is a mean of logarithms. Here half floats are read as such,
#   by our own reader of TIFF.
# Seen:
#   SimpleITK 2.5.7 OpenImageIO 3.2.2.0 tifffile 2026.3.3
#   float32
#     SimpleITK float32 [0.0, 0.125, 0.25, 0.5, 1.0]
#     OpenImageIO float32 [0.0, 0.125, 0.25, 0.5, 1.0]
#     tifffile float32 [0.0, 0.125, 0.25, 0.5, 1.0]
#   float16
#     SimpleITK uint16 [0, 12288, 13312, 14336, 15360]
#     OpenImageIO float16 [0.0, 0.125, 0.25, 0.5, 1.0]
#     tifffile float16 [0.0, 0.125, 0.25, 0.5, 1.0]
#   float16 by SimpleITK, in percent of its range: [0, 80, 87, 93, 100]

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    simpleitk==2.5.7 openimageio==3.2.2.0 tifffile==2026.3.3 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY' | tee seen.txt
from importlib.metadata import version

import numpy as np
import OpenImageIO
import SimpleITK
import tifffile


def by_openimageio(path):
    file = OpenImageIO.ImageInput.open(path)
    return file.read_image(0, 0, 0, 1, "unknown")


readers = {
    "SimpleITK": lambda path: SimpleITK.GetArrayFromImage(
        SimpleITK.ReadImage(path)
    ),
    "OpenImageIO": by_openimageio,
    "tifffile": tifffile.imread,
}
print(*(f"{name} {version(name.lower())}" for name in readers))
for kind in ("float32", "float16"):
    grays = np.array([[0, 0.125, 0.25, 0.5, 1]], kind)
    tifffile.imwrite("gray.tif", grays, photometric="minisblack")
    print(kind)
    for name, read in readers.items():
        values = read("gray.tif")
        print(f"  {name} {values.dtype} {values.ravel().tolist()}")
values = readers["SimpleITK"]("gray.tif").ravel()
print("float16 by SimpleITK, in percent of its range:",
      [round(100 * int(value) / int(values.max())) for value in values])
PY
diff - seen.txt <<'TXT' || { echo "Changed: other values."; exit 1; }
SimpleITK 2.5.7 OpenImageIO 3.2.2.0 tifffile 2026.3.3
float32
  SimpleITK float32 [0.0, 0.125, 0.25, 0.5, 1.0]
  OpenImageIO float32 [0.0, 0.125, 0.25, 0.5, 1.0]
  tifffile float32 [0.0, 0.125, 0.25, 0.5, 1.0]
float16
  SimpleITK uint16 [0, 12288, 13312, 14336, 15360]
  OpenImageIO float16 [0.0, 0.125, 0.25, 0.5, 1.0]
  tifffile float16 [0.0, 0.125, 0.25, 0.5, 1.0]
float16 by SimpleITK, in percent of its range: [0, 80, 87, 93, 100]
TXT
