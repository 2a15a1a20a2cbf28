#!/usr/bin/env bash
# Guess: `photo.mean(axis=(0, 1))`, the usual mean color, is that of the photo
#   to six digits, at any size: sums of float32 go pairwise.
# Happens: along all but the last axis NumPy 2.4.6 adds one after the other,
#   and 2 ** 24 + 1 is 2 ** 24 in float32: a white photo of 24 megapixels has a
#   mean of 0.699 and a deviation of 0.296. So has TensorFlow 2.21.0, and
#   GlobalAveragePooling2D of Keras 3.15.1 on it; on JAX 0.10.2 it is 1. The
#   mean of everything and of planes is right, too. Exact ones are right up to
#   16 megapixels, others not: 6 of 0.9 have 0.953.
# Means: code that was right for small photos is silently wrong for large ones,
#   in any that are (height, width, channels). Here such means are taken in
#   float64, or of planes, or where photos are small.
# Seen:
#   NumPy 2.4.6 TensorFlow 2.21.0 Keras 3.15.1 JAX 0.10.2
#   6 megapixels of 0.9: NumPy 0.953, TensorFlow 0.953, JAX 0.900
#   16 megapixels of 1.0: NumPy 1.000, TensorFlow 1.000, JAX 1.000
#   24 megapixels of 1.0: NumPy 0.699, TensorFlow 0.699, JAX 1.000
#   24 megapixels of 1.0, standard deviation: NumPy 0.296
#   24 megapixels of 1.0, right: all 1.000, planes 1.000, float64 1.000

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    tensorflow==2.21.0 keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$work"
cat >means.py <<'PY'
"""Mean color by the pooling of Keras, of a backend that KERAS_BACKEND names."""

import keras
import numpy as np


def pooled(height, value):
    photo = np.full((1, height, 6000, 3), value, np.float32)
    means = keras.layers.GlobalAveragePooling2D()(photo)
    return float(keras.ops.convert_to_numpy(means)[0, 0])
PY
cat >on_jax.py <<'PY'
from means import pooled

CASES = ((1000, 0.9), (2667, 1.0), (4000, 1.0))
print(*(f"{pooled(height, value):.3f}" for height, value in CASES))
PY
KERAS_BACKEND=jax "$work/venv/bin/python" on_jax.py >jax.txt
KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 "$work/venv/bin/python" - \
    2>noise.txt <<'PY' | tee seen.txt || { cat noise.txt; exit 1; }
import importlib.metadata
import pathlib

import keras
import numpy as np
import tensorflow as tf
from means import pooled

print("NumPy", np.__version__, "TensorFlow", tf.__version__, "Keras",
      keras.__version__, "JAX", importlib.metadata.version("jax"))
by_jax = pathlib.Path("jax.txt").read_text().split()
for (height, value), third in zip(
    ((1000, 0.9), (2667, 1.0), (4000, 1.0)), by_jax, strict=True
):
    photo = np.full((height, 6000, 3), value, np.float32)
    mean = photo.mean(axis=(0, 1))[0]
    print(f"{height * 6000 // 10**6} megapixels of {value}: NumPy {mean:.3f},",
          f"TensorFlow {pooled(height, value):.3f}, JAX {third}")
name = "24 megapixels of 1.0"
print(f"{name}, standard deviation: NumPy {photo.std(axis=(0, 1))[0]:.3f}")
planes = np.ascontiguousarray(np.moveaxis(photo, -1, 0))
print(f"{name}, right: all {photo.mean():.3f},",
      f"planes {planes.mean(axis=(1, 2))[0]:.3f},",
      f"float64 {photo.mean(axis=(0, 1), dtype=np.float64)[0]:.3f}")
PY
diff - seen.txt <<'TXT' || { echo "Changed: other means."; exit 1; }
NumPy 2.4.6 TensorFlow 2.21.0 Keras 3.15.1 JAX 0.10.2
6 megapixels of 0.9: NumPy 0.953, TensorFlow 0.953, JAX 0.900
16 megapixels of 1.0: NumPy 1.000, TensorFlow 1.000, JAX 1.000
24 megapixels of 1.0: NumPy 0.699, TensorFlow 0.699, JAX 1.000
24 megapixels of 1.0, standard deviation: NumPy 0.296
24 megapixels of 1.0, right: all 1.000, planes 1.000, float64 1.000
TXT
