#!/usr/bin/env bash
# Guess: an AVIF says whether its luma goes from 0 to 255 or, as in films, from
#   16 to 235, and readers stretch the latter, be the picture gray or color.
# Happens: OpenCV 5.0.0 and libvips 8.18.7 (libheif) stretch color only. A gray
#   AVIF, one plane without chroma, comes as it is stored: black is 16, white is
#   235. Pillow 13.0.0 and imagecodecs 2026.3.6 stretch it. All four read it
#   rightly in color, and the gray one that says full range.
# Means: a gray photo has neither black nor white, and comes out of step with
#   its own color version by up to 20 levels, and nothing is said. Here Pillow
#   reads AVIF.
# Seen:
#   OpenCV 5.0.0 libvips 8.18.7 Pillow 13.0.0 imagecodecs 2026.3.6
#   one plane, full range
#     OpenCV: 0 64 128 192 255
#     libvips: 0 64 128 192 255
#     Pillow: 0 64 128 192 255
#     imagecodecs: 0 64 128 192 255
#   one plane, limited range
#     OpenCV: 16 71 126 181 235
#     libvips: 16 71 126 181 235
#     Pillow: 0 64 128 192 255
#     imagecodecs: 0 64 128 192 255
#   three planes, limited range
#     OpenCV: 0 64 128 192 255
#     libvips: 0 64 129 193 255
#     Pillow: 0 64 128 192 255
#     imagecodecs: 0 64 128 192 255

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    opencv-python-headless==5.0.0.93 pyvips==3.2.0 pyvips-binary==8.18.7 \
    pillow==13.0.0 imagecodecs==2026.3.6 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY' | tee seen.txt
import cv2
import imagecodecs
import numpy as np
import PIL
import pyvips
from PIL import Image


def show(title, subsampling, range):
    """Writes five flat grays, lossless but for the range, and reads them."""
    name = f"{title}.avif"  # one each: libvips remembers what it has opened
    Image.fromarray(grays).save(
        name, quality=100, subsampling=subsampling, range=range
    )
    with open(name, "rb") as file:
        data = file.read()
    print(title)
    for reader, pixels in {
        "OpenCV": cv2.imread(name, cv2.IMREAD_UNCHANGED),
        "libvips": pyvips.Image.new_from_file(name).numpy(),
        "Pillow": np.asarray(Image.open(name)),
        "imagecodecs": imagecodecs.avif_decode(data),
    }.items():
        values = pixels.reshape(*grays.shape, -1)[16, 16::32]
        assert (values == values[:, :1]).all()  # gray
        print(f"  {reader}:", *values[:, 0])


grays = np.kron([[0, 64, 128, 192, 255]], np.ones((32, 32))).astype(np.uint8)
print("OpenCV", cv2.__version__,
      "libvips", ".".join(str(pyvips.version(part)) for part in range(3)),
      "Pillow", PIL.__version__, "imagecodecs", imagecodecs.__version__)
show("one plane, full range", "4:0:0", "full")
show("one plane, limited range", "4:0:0", "limited")
show("three planes, limited range", "4:4:4", "limited")
PY
diff - seen.txt <<'TXT' || { echo "Changed: other grays."; exit 1; }
OpenCV 5.0.0 libvips 8.18.7 Pillow 13.0.0 imagecodecs 2026.3.6
one plane, full range
  OpenCV: 0 64 128 192 255
  libvips: 0 64 128 192 255
  Pillow: 0 64 128 192 255
  imagecodecs: 0 64 128 192 255
one plane, limited range
  OpenCV: 16 71 126 181 235
  libvips: 16 71 126 181 235
  Pillow: 0 64 128 192 255
  imagecodecs: 0 64 128 192 255
three planes, limited range
  OpenCV: 0 64 128 192 255
  libvips: 0 64 129 193 255
  Pillow: 0 64 128 192 255
  imagecodecs: 0 64 128 192 255
TXT
