#!/usr/bin/env bash
# Guess: AveragePooling2D of a white picture is white; in mixed_bfloat16 a
#   rounding of 0.4 % may come on top, as sums are kept in float32.
# Happens: Keras 3.15.1 on JAX 0.10.2 (CPU) adds the values of a window in
#   bfloat16, where 256 + 1 is 256: windows of 20 x 20 give 0.64, of 32 x 32
#   0.25, of 64 x 64 0.06. Up to 16 x 16 white is right. `ops.mean` of
#   the same window is right: JAX keeps its sums in float32, but not those of
#   `lax.reduce_window`, which Keras pools with.
# Means: coarse means, as for hints or gates, get darker the coarser they are,
#   without an error. Here they are by reshape and `ops.mean`; what is pooled
#   in the networks is 2 x 2.
# Seen:
#   Keras 3.15.1 JAX 0.10.2
#   white, windows of 16: pooled 1.0, mean 1.0, pooled in float32 1.0
#   white, windows of 20: pooled 0.640625, mean 1.0, pooled in float32 1.0
#   white, windows of 32: pooled 0.25, mean 1.0, pooled in float32 1.0
#   white, windows of 64: pooled 0.0625, mean 1.0, pooled in float32 1.0

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$work"
KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$work/venv/bin/python" - <<'PY' \
    | tee seen.txt
import jax
import keras
import numpy as np
from keras import ops

print("Keras", keras.__version__, "JAX", jax.__version__)


def pooled(size, policy):
    layer = keras.layers.AveragePooling2D(size, dtype=policy)
    return float(layer(np.ones((1, size, size, 1), np.float32))[0, 0, 0, 0])


for size in (16, 20, 32, 64):
    white = ops.ones((1, size, size, 1), "bfloat16")
    print(f"white, windows of {size}:",
          f"pooled {pooled(size, 'mixed_bfloat16')},",
          f"mean {float(ops.mean(white, axis=(1, 2))[0, 0])},",
          f"pooled in float32 {pooled(size, 'float32')}")
PY
diff - seen.txt <<'TXT' || { echo "Changed: other means."; exit 1; }
Keras 3.15.1 JAX 0.10.2
white, windows of 16: pooled 1.0, mean 1.0, pooled in float32 1.0
white, windows of 20: pooled 0.640625, mean 1.0, pooled in float32 1.0
white, windows of 32: pooled 0.25, mean 1.0, pooled in float32 1.0
white, windows of 64: pooled 0.0625, mean 1.0, pooled in float32 1.0
TXT
