#!/usr/bin/env bash
# Guess: a PFM, floats of gray or color behind three short lines, has one
#   meaning: rows from the bottom up, and values times the scale that the third
#   line has (its sign is the order of bytes).
# Happens: with a scale of 2 a gray of 0.25 is 0.5 by OpenImageIO 3.2.2, 0.125
#   by OpenCV 5.0.0, which divides, and 0.25 by Pillow 13.0.0, which leaves it
#   out: descriptions of the format only say that it tells the unit. OpenImageIO
#   also turns it upside down, its own files, too: it documents that it flips by
#   default, and does so only where "pnm:pfmflip" is set. None of them warns.
# Means: depth maps and HDR photos differ by a factor of 4 between two readers,
#   and no longer fit to their photo. Here a PFM is refused, by its name.
# Seen:
#   OpenImageIO 3.2.2.0 OpenCV 5.0.0 Pillow 13.0.0
#   top 0.25, bottom 0.75, scale 1
#     OpenImageIO: top 0.75, bottom 0.25
#     OpenImageIO, told to flip: top 0.25, bottom 0.75
#     OpenCV: top 0.25, bottom 0.75
#     Pillow: top 0.25, bottom 0.75
#   top 0.25, bottom 0.75, scale 2
#     OpenImageIO: top 1.5, bottom 0.5
#     OpenImageIO, told to flip: top 0.5, bottom 1.5
#     OpenCV: top 0.125, bottom 0.375
#     Pillow: top 0.25, bottom 0.75
#   top 0.25, bottom 0.75, written by OpenImageIO
#     OpenImageIO: top 0.75, bottom 0.25
#     OpenImageIO, told to flip: top 0.25, bottom 0.75
#     OpenCV: top 0.25, bottom 0.75
#     Pillow: top 0.25, bottom 0.75

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    openimageio==3.2.2.0 opencv-python-headless==5.0.0.93 pillow==13.0.0 \
    numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY' | tee seen.txt
from importlib.metadata import version

import cv2
import numpy as np
import OpenImageIO
import PIL
from PIL import Image


def by_openimageio(**hints):
    settings = OpenImageIO.ImageSpec()
    for name, value in hints.items():
        settings.attribute(f"pnm:{name}", value)
    given = [settings] if hints else []
    file = OpenImageIO.ImageInput.open("gray.pfm", *given)
    return file.read_image(0, 0, 0, 1, "float")


def show(title):
    print(f"top {grays[0, 0]}, bottom {grays[-1, 0]}, {title}")
    for name, values in {
        "OpenImageIO": by_openimageio(),
        "OpenImageIO, told to flip": by_openimageio(pfmflip=1),
        "OpenCV": cv2.imread("gray.pfm", cv2.IMREAD_UNCHANGED),
        "Pillow": np.asarray(Image.open("gray.pfm")),
    }.items():
        top, bottom = values.reshape(grays.shape)[[0, -1], 0]
        print(f"  {name}: top {top}, bottom {bottom}")


print("OpenImageIO", version("openimageio"), "OpenCV", cv2.__version__,
      "Pillow", PIL.__version__)
grays = np.array([[0.25] * 4, [0.5] * 4, [0.75] * 4], np.float32)
for scale in (1, 2):
    with open("gray.pfm", "wb") as file:
        file.write(f"Pf\n4 3\n-{scale}.0\n".encode())
        file.write(grays[::-1].astype("<f4").tobytes())
    show(f"scale {scale}")
file = OpenImageIO.ImageOutput.create("gray.pfm")
file.open("gray.pfm", OpenImageIO.ImageSpec(4, 3, 1, "float"))
file.write_image(grays[..., None])
file.close()
show("written by OpenImageIO")
PY
diff - seen.txt <<'TXT' || { echo "Changed: other grays or rows."; exit 1; }
OpenImageIO 3.2.2.0 OpenCV 5.0.0 Pillow 13.0.0
top 0.25, bottom 0.75, scale 1
  OpenImageIO: top 0.75, bottom 0.25
  OpenImageIO, told to flip: top 0.25, bottom 0.75
  OpenCV: top 0.25, bottom 0.75
  Pillow: top 0.25, bottom 0.75
top 0.25, bottom 0.75, scale 2
  OpenImageIO: top 1.5, bottom 0.5
  OpenImageIO, told to flip: top 0.5, bottom 1.5
  OpenCV: top 0.125, bottom 0.375
  Pillow: top 0.25, bottom 0.75
top 0.25, bottom 0.75, written by OpenImageIO
  OpenImageIO: top 0.75, bottom 0.25
  OpenImageIO, told to flip: top 0.25, bottom 0.75
  OpenCV: top 0.25, bottom 0.75
  Pillow: top 0.25, bottom 0.75
TXT
