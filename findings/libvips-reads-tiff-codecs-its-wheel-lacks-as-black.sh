#!/usr/bin/env bash
# Guess: a TIFF in a compression that the library was built without raises an
#   error when it is read.
# Happens: pyvips 3.2.0 with libvips 8.18.7 of pyvips-binary opens TIFFs of
#   Zstandard, LZMA, PNG and JPEG 2000 compression and gives all pixels as 0,
#   without an exception. With `fail_on="error"` it raises one.
# Means: an archive reads as black pages, and a comparison of two readers blames
#   the other. libvips is no dependency here; whoever checks photos with it
#   needs that option.
# Seen:
#   pyvips 3.2.0 libvips 8.18.7
#   lzw: stored 200, read 200 to 200; with fail_on: no error
#   zstd: stored 200, read 0 to 0; with fail_on: an error
#   lzma: stored 200, read 0 to 0; with fail_on: an error
#   png: stored 200, read 0 to 0; with fail_on: an error
#   jpeg2000: stored 200, read 0 to 0; with fail_on: an error

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    pyvips==3.2.0 pyvips-binary==8.18.7 numpy==2.4.6 \
    tifffile==2026.3.3 imagecodecs==2026.3.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import pyvips
import tifffile

version = ".".join(str(pyvips.version(part)) for part in range(3))
print("pyvips", pyvips.__version__, "libvips", version)
pixels = np.full((32, 32), 200, np.uint8)
for codec in ("lzw", "zstd", "lzma", "png", "jpeg2000"):
    # A name for each: libvips remembers what it read by name.
    name = f"{codec}.tif"
    tifffile.imwrite(
        name, pixels, photometric="minisblack", compression=codec
    )
    if not np.array_equal(tifffile.imread(name), pixels):
        raise SystemExit("The file itself does not hold what was written.")
    got = pyvips.Image.new_from_file(name).numpy()
    try:
        pyvips.Image.new_from_file(name, fail_on="error").numpy()
        strict = "no error"
    except pyvips.Error:
        strict = "an error"
    print(f"{codec}: stored 200, read {got.min()} to {got.max()}; "
          f"with fail_on: {strict}")
    expected = (200, "no error") if codec == "lzw" else (0, "an error")
    if (int(got.max()), strict) != expected:
        raise SystemExit("Changed: a compression that was black is not now.")
PY
