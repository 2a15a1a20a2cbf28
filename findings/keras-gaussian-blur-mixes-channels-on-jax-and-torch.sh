#!/usr/bin/env bash
# Guess: `keras.ops.image.gaussian_blur` blurs rows and columns on each
#   backend. `data_format` is left out as everywhere: it follows the
#   configuration, "channels_last".
# Happens: Keras 3.15.1 on jax and torch does not look at the configuration and
#   takes (B, H, W, C) for (B, C, H, W): it blurs columns and *channels*, no
#   row, without an error. A red point becomes red and green, a gray one a
#   dash. With `data_format` given it is right.
# Means: training data that are blurred so are colored otherwise on another
#   backend. Here a blur is a depthwise convolution of our own.
# Seen:
#   Keras 3.15.1 torch 2.13.0 jax 0.10.2
#   jax, configured: channels_last
#   jax, red point, default: rows 1, columns 3, channels 2
#   jax, red point, channels_last: rows 3, columns 3, channels 1
#   jax, gray point, default: rows 1, columns 3, channels 1
#   jax, gray point, channels_last: rows 3, columns 3, channels 1
#   torch, configured: channels_last
#   torch, red point, default: rows 1, columns 3, channels 2
#   torch, red point, channels_last: rows 3, columns 3, channels 1
#   torch, gray point, default: rows 1, columns 3, channels 1
#   torch, gray point, channels_last: rows 3, columns 3, channels 1

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    keras==3.15.1 torch==2.13.0 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$work"
cat >blur.py <<'PY'
import keras
import numpy as np

blur = keras.ops.image.gaussian_blur
backend = keras.backend.backend()
print(f"{backend}, configured: {keras.config.image_data_format()}")
for name, color in (("red", [1.0, 0.0, 0.0]), ("gray", [1.0])):
    point = np.zeros((1, 5, 7, len(color)), np.float32)
    point[0, 2, 3] = color
    for how in ({}, {"data_format": "channels_last"}):
        spread = keras.ops.convert_to_numpy(blur(point, (3, 3), **how))[0]
        reached = [len(set(axis)) for axis in np.nonzero(spread > 1e-6)]
        print(
            f"{backend}, {name} point, {how.get('data_format', 'default')}:",
            "rows {}, columns {}, channels {}".format(*reached),
        )
PY
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

print("Keras", version("keras"), "torch", version("torch").split("+")[0],
      "jax", version("jax"))
PY
for backend in jax torch; do
    KERAS_BACKEND=$backend "$work/venv/bin/python" blur.py
done | tee seen.txt
for backend in jax torch; do
    cat <<TXT
$backend, configured: channels_last
$backend, red point, default: rows 1, columns 3, channels 2
$backend, red point, channels_last: rows 3, columns 3, channels 1
$backend, gray point, default: rows 1, columns 3, channels 1
$backend, gray point, channels_last: rows 3, columns 3, channels 1
TXT
done | diff - seen.txt || { echo "Changed: it blurs other axes."; exit 1; }
