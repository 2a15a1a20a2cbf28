#!/usr/bin/env bash
# Guess: `quantize(palette=..., dither=NONE)` gives each pixel the nearest color
#   of the palette, so that a picture whose colors are all in it comes back
#   unchanged.
# Happens: Pillow 13.0.0 changes 192 of the 256 grays by up to 3 levels with a
#   palette of those 256 grays; white becomes 252.
# Means: a GIF of a photo loses its white. Here black and white pixels are put
#   back after Pillow's search.
# Seen:
#   Pillow 13.0.0
#   grays that changed: 192 of 256
#   largest change: 3 levels; white became 252

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import PIL
from PIL import Image

print("Pillow", PIL.__version__)
grays = np.arange(256, dtype=np.uint8)
ramp = Image.fromarray(np.tile(grays, (4, 1))).convert("RGB")
palette = Image.new("P", (1, 1))
palette.putpalette(np.repeat(grays, 3).tobytes())
found = ramp.quantize(palette=palette, dither=Image.Dither.NONE)
row = np.asarray(found.convert("L"))[0].astype(int)
away = np.abs(row - grays)
print("grays that changed:", int((away > 0).sum()), "of 256")
print("largest change:", int(away.max()), "levels; white became", row[255])
if (int((away > 0).sum()), int(away.max()), int(row[255])) != (192, 3, 252):
    raise SystemExit("Changed: the search of the palette finds other colors.")
PY
