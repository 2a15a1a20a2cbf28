#!/usr/bin/env bash
# Guess: the values of an image are the same by `np.asarray`, `getpixel`,
#   `split`.
# Happens: Pillow 13.0.0 keeps a* and b* of mode LAB as two's complement and
#   shifts them by 128 in `getpixel`, `split` and `getextrema`, but not in
#   `np.asarray`, `tobytes` and `fromarray`. A neutral gray is (128, 0, 0) by
#   NumPy and (128, 128, 128) by the image, in the same object.
# Means: a* and b* that are taken from `split` and put together by NumPy turn
#   gray into strong colors, with values that all look fine. Here an image of
#   mode LAB is converted whole, by its profile.
# Seen:
#   Pillow 13.0.0
#   np.asarray 128 0 0
#   tobytes 128 0 0
#   getpixel 128 128 128
#   split 128 128 128
#   np.asarray of split 128 128 128
#   the image as RGB 119 119 119
#   its bands by NumPy as RGB 0 165 255

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
from PIL import ImageCms

print("Pillow", PIL.__version__)
srgb, lab = (ImageCms.createProfile(name) for name in ("sRGB", "LAB"))
to_lab = ImageCms.buildTransform(srgb, lab, "RGB", "LAB")
to_rgb = ImageCms.buildTransform(lab, srgb, "LAB", "RGB")
gray = Image.new("RGB", (2, 2), (119, 119, 119))
image = ImageCms.applyTransform(gray, to_lab)
print("np.asarray", *np.asarray(image)[0, 0])
print("tobytes", *image.tobytes()[:3])
print("getpixel", *image.getpixel((0, 0)))
print("split", *(band.getpixel((0, 0)) for band in image.split()))
print("np.asarray of split",
      *(np.asarray(band)[0, 0] for band in image.split()))
stacked = np.stack([np.asarray(band) for band in image.split()], axis=-1)
again = Image.frombytes("LAB", image.size, stacked.tobytes())
for name, picture in (("the image", image), ("its bands by NumPy", again)):
    back = ImageCms.applyTransform(picture, to_rgb)
    print(f"{name} as RGB", *back.getpixel((0, 0)))
PY
diff - seen.txt <<'TXT' || { echo "Changed: other values."; exit 1; }
Pillow 13.0.0
np.asarray 128 0 0
tobytes 128 0 0
getpixel 128 128 128
split 128 128 128
np.asarray of split 128 128 128
the image as RGB 119 119 119
its bands by NumPy as RGB 0 165 255
TXT
