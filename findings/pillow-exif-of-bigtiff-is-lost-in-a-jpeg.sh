#!/usr/bin/env bash
# Guess: `image.save("a.jpg", exif=image.getexif())` keeps the description of a
#   photo, whichever kind of TIFF it came from.
# Happens: Pillow 13.0.0 reads the description of a BigTIFF, and saves without
#   an error; no description is read from the JPEG. `tobytes()` of that EXIF
#   does not load again either. With a classic TIFF of the same content both
#   work.
# Means: captions of large scans vanish in a conversion. Here the entries of a
#   BigTIFF are copied into a classic directory by our own reader.
# Seen:
#   Pillow 13.0.0
#   classic TIFF: read 'Wedding', in the JPEG 'Wedding', reload: None
#   BigTIFF: read 'Wedding', in the JPEG None, reload: unpack requires a buffer of 8 bytes

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    pillow==13.0.0 numpy==2.4.6 tifffile==2026.3.3
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io
import struct
import warnings

import numpy as np
import PIL
import tifffile
from PIL import Image

DESCRIPTION = 270
print("Pillow", PIL.__version__)
for name, is_big in (("classic TIFF", False), ("BigTIFF", True)):
    file = io.BytesIO()
    tifffile.imwrite(
        file,
        np.zeros((8, 8), np.uint8),
        photometric="minisblack",
        bigtiff=is_big,
        metadata=None,
        description="Wedding",
    )
    image = Image.open(file)
    exif = image.getexif()
    before = exif.get(DESCRIPTION)
    jpeg = io.BytesIO()
    image.save(jpeg, "JPEG", exif=exif)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        after = Image.open(jpeg).getexif().get(DESCRIPTION)
    copy, error = Image.Exif(), None
    try:
        copy.load(exif.tobytes())
    except struct.error as caught:
        error = str(caught)
    print(f"{name}: read {before!r}, in the JPEG {after!r}, reload: {error}")
    if before != "Wedding" or (after is None, error is None) != (
        is_big,
        not is_big,
    ):
        raise SystemExit("Changed: the EXIF of a BigTIFF is no longer lost.")
PY
