#!/usr/bin/env bash
# Guess: Lab has no white of its own to guess: L* = 100, a* = b* = 0 is white
#   and all with a* = b* = 0 are grays, whichever reader turns it into RGB.
# Happens: OpenCV 5.0.0 and OpenImageIO 3.2.2 hand the file to libtiff, which
#   takes the white of D50 where the file names none and does not adapt it to
#   the screen's: white is (255, 252, 222), a yellow, and L* = 50 is
#   (132, 122, 106). Only where the tag WhitePoint says D65 both are neutral.
#   Pillow 13.0.0 is so, within 1, with any.
# Means: a gray scan in Lab is no longer gray: "is it gray" by equal channels
#   says no, and the picture looks aged. Here a Lab TIFF is read by Pillow.
# Seen:
#   tifffile 2026.3.3 OpenCV 5.0.0 OpenImageIO 3.2.2.0 Pillow 13.0.0
#   no white point: OpenCV [[132, 122, 106], [255, 252, 222]]
#   no white point: OpenImageIO [[132, 122, 106], [255, 252, 222]]
#   no white point: Pillow [[118, 118, 118], [254, 255, 254]]
#   D50: OpenCV [[132, 122, 106], [255, 252, 222]]
#   D50: OpenImageIO [[132, 122, 106], [255, 252, 222]]
#   D50: Pillow [[118, 118, 118], [254, 255, 254]]
#   D65: OpenCV [[123, 123, 123], [255, 255, 255]]
#   D65: OpenImageIO [[123, 123, 123], [255, 255, 255]]
#   D65: Pillow [[118, 118, 118], [254, 255, 254]]

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    tifffile==2026.3.3 opencv-python-headless==5.0.0.93 \
    OpenImageIO==3.2.2.0 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY' | tee seen.txt
import cv2
import numpy as np
import OpenImageIO
import PIL
import tifffile
from PIL import Image

print("tifffile", tifffile.__version__, "OpenCV", cv2.__version__,
      "OpenImageIO", OpenImageIO.VERSION_STRING, "Pillow", PIL.__version__)
lab = np.zeros((4, 2, 3), np.uint8)  # a* and b* of 8 bits are signed: 0 is 0
lab[:, 0, 0], lab[:, 1, 0] = 127, 255  # L* = 50 and 100
WHITES = {
    "no white point": None,
    "D50": (34570, 100000, 35850, 100000),
    "D65": (31270, 100000, 32900, 100000),
}
for name, white in WHITES.items():
    # Tag 318, WhitePoint: x and y as rationals.
    tags = [(318, 5, 2, white, True)] if white else []
    tifffile.imwrite(
        "scan.tif", lab, photometric="cielab", metadata=None, extratags=tags
    )
    by_opencv = cv2.imread("scan.tif")[1, :, ::-1]
    floats = OpenImageIO.ImageBuf("scan.tif").get_pixels(OpenImageIO.FLOAT)
    by_oiio = np.round(floats[1] * 255).astype(int)
    by_pillow = np.asarray(Image.open("scan.tif").convert("RGB"))[1]
    print(f"{name}: OpenCV", by_opencv.tolist())
    print(f"{name}: OpenImageIO", by_oiio.tolist())
    print(f"{name}: Pillow", by_pillow.tolist())
PY
diff - seen.txt <<'TXT' || { echo "Changed: another white."; exit 1; }
tifffile 2026.3.3 OpenCV 5.0.0 OpenImageIO 3.2.2.0 Pillow 13.0.0
no white point: OpenCV [[132, 122, 106], [255, 252, 222]]
no white point: OpenImageIO [[132, 122, 106], [255, 252, 222]]
no white point: Pillow [[118, 118, 118], [254, 255, 254]]
D50: OpenCV [[132, 122, 106], [255, 252, 222]]
D50: OpenImageIO [[132, 122, 106], [255, 252, 222]]
D50: Pillow [[118, 118, 118], [254, 255, 254]]
D65: OpenCV [[123, 123, 123], [255, 255, 255]]
D65: OpenImageIO [[123, 123, 123], [255, 255, 255]]
D65: Pillow [[118, 118, 118], [254, 255, 254]]
TXT
