#!/usr/bin/env bash
# Guess: a Keras layer without weights gives the same numbers on each backend;
#   AveragePooling2D with padding="same" averages what lies in the picture.
# Happens: Keras 3.15.1 on torch 2.13.0 repeats the last row and column, where
#   the padding of the two sides differs, and averages them, too: 22/3 in place
#   of 13/2. Where both sides are padded alike it is right.
# Means: a network moved between backends has other colors along two edges.
#   Nothing here pools by averages with "same".
# Seen:
#   Keras 3.15.1 torch 2.13.0 jax 0.10.2
#   jax, 0 1 4 9: 1.667 6.500
#   jax, 0 1 4 9 16: 0.500 4.667 12.500
#   torch, 0 1 4 9: 1.667 7.333
#   torch, 0 1 4 9 16: 0.500 4.667 12.500

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    keras==3.15.1 torch==2.13.0 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$work"
cat >pool.py <<'PY'
import sys

import keras
import numpy as np

pool = keras.layers.AveragePooling2D(3, strides=2, padding="same")
for size in (4, 5):
    row = np.arange(size, dtype=np.float32) ** 2
    picture = np.tile(row[None, None, :, None], (1, size, 1, 1))
    means = keras.ops.convert_to_numpy(pool(picture))[0, 0, :, 0]
    print(
        f"{keras.backend.backend()}, {' '.join(f'{x:.0f}' for x in row)}:",
        *(f"{mean:.3f}" for mean in means),
    )
PY
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

print("Keras", version("keras"), "torch", version("torch").split("+")[0],
      "jax", version("jax"))
PY
for backend in jax torch; do
    KERAS_BACKEND=$backend "$work/venv/bin/python" pool.py
done | tee seen.txt
diff - seen.txt <<'TXT' || { echo "Changed: other averages."; exit 1; }
jax, 0 1 4 9: 1.667 6.500
jax, 0 1 4 9 16: 0.500 4.667 12.500
torch, 0 1 4 9: 1.667 7.333
torch, 0 1 4 9 16: 0.500 4.667 12.500
TXT
