#!/usr/bin/env bash
# Guess: a 16-bit gray picture that is rotated with BILINEAR or BICUBIC keeps
#   its values inside, as with NEAREST and as `resize` does, or is refused, as
#   filters refuse mode I;16.
# Happens: Pillow 13.0.0 interpolates single bytes there: 40000 everywhere
#   becomes values around 110, without an error; 8-bit gray is right.
#   `ImageStat` counts bytes, too: the mean of 40000 is 110.
# Means: an archive's scan that is deskewed turns black. Here photos are turned
#   by quarters only.
# Seen:
#   Pillow 13.0.0
#   L: mean by NumPy 200 by ImageStat 200
#     NEAREST: rotated 200 to 200, resized 200 to 200
#     BILINEAR: rotated 200 to 200, resized 200 to 200
#     BICUBIC: rotated 200 to 200, resized 200 to 200
#   I;16: mean by NumPy 40000 by ImageStat 110
#     NEAREST: rotated 40000 to 40000, resized 40000 to 40000
#     BILINEAR: rotated 64 to 155, resized 40000 to 40000
#     BICUBIC: rotated 64 to 155, resized 40000 to 40000

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY' | tee seen.txt
import numpy as np
import PIL
from PIL import Image
from PIL import ImageStat

print("Pillow", PIL.__version__)
for picture in (Image.new("L", (32, 32), 200),
                Image.fromarray(np.full((32, 32), 40000, np.uint16))):
    print(f"{picture.mode}: mean by NumPy", int(np.asarray(picture).mean()),
          "by ImageStat", int(ImageStat.Stat(picture).mean[0]))
    for name in ("NEAREST", "BILINEAR", "BICUBIC"):
        how = getattr(Image.Resampling, name)
        turned = np.asarray(picture.rotate(10, resample=how))[8:24, 8:24]
        smaller = np.asarray(picture.resize((20, 20), how))
        print(f"  {name}: rotated {turned.min()} to {turned.max()},",
              f"resized {smaller.min()} to {smaller.max()}")
PY
diff - seen.txt <<'TXT' || { echo "Changed: other values."; exit 1; }
Pillow 13.0.0
L: mean by NumPy 200 by ImageStat 200
  NEAREST: rotated 200 to 200, resized 200 to 200
  BILINEAR: rotated 200 to 200, resized 200 to 200
  BICUBIC: rotated 200 to 200, resized 200 to 200
I;16: mean by NumPy 40000 by ImageStat 110
  NEAREST: rotated 40000 to 40000, resized 40000 to 40000
  BILINEAR: rotated 64 to 155, resized 40000 to 40000
  BICUBIC: rotated 64 to 155, resized 40000 to 40000
TXT
