#!/usr/bin/env bash
# Guess: a JPEG 2000 of more than 8 bits a color loses its low bits when it is
#   opened; white stays white.
# Happens: Pillow 13.0.0 with OpenJPEG 2.5.4 gives 0 for the highest value of
#   10, 12 and 16 bits of RGB, without a warning. Half of the range is right
#   (128), as if the value were rounded up on its way to 8 bits and wrapped at
#   256. Another decoder reads the same bytes right.
# Means: the sky of an archive's scan turns black. Such a file is refused here
#   with its depth in the message.
# Seen:
#   Pillow 13.0.0 OpenJPEG 2.5.4
#    8 bits: stored [0, 127, 255], RGB [0, 127, 255]
#   10 bits: stored [0, 511, 1023], RGB [0, 128, 0]
#   12 bits: stored [0, 2047, 4095], RGB [0, 128, 0]
#   16 bits: stored [0, 32767, 65535], RGB [0, 128, 0]

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    pillow==13.0.0 numpy==2.4.6 imagecodecs==2026.3.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

import imagecodecs
import numpy as np
import PIL
from PIL import Image
from PIL import features

print("Pillow", PIL.__version__, "OpenJPEG", features.version("jpg_2000"))
for bits in (8, 10, 12, 16):
    white = 2**bits - 1
    dtype = np.uint8 if bits == 8 else np.uint16
    row = np.array([0, white // 2, white], dtype).repeat(16)
    rgb = np.repeat(np.tile(row, (32, 1))[..., None], 3, axis=2)
    data = imagecodecs.jpeg2k_encode(
        rgb, codecformat="JP2", bitspersample=bits, level=0, reversible=True
    )
    if not np.array_equal(imagecodecs.jpeg2k_decode(data), rgb):
        raise SystemExit("The file itself does not hold what was written.")
    image = Image.open(io.BytesIO(data))
    got = np.asarray(image)[0, [0, 20, -1], 0].tolist()
    stored = rgb[0, [0, 20, -1], 0].tolist()
    print(f"{bits:2} bits: stored {stored}, {image.mode} {got}")
    expected = [0, 127, 255] if bits == 8 else [0, 128, 0]
    if image.mode != "RGB" or got != expected:
        raise SystemExit("Changed: white of deep colors is no longer black.")
PY
