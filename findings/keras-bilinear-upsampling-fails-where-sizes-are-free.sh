#!/usr/bin/env bash
# Guess: UpSampling2D takes what its input says, (None, None, C), in a
#   tf.function of free height and width, with each interpolation.
# Happens: Keras 3.15.1 on TensorFlow 2.21.0 does with "nearest". With
#   "bilinear" the model is built, runs eagerly, and raises while it is traced:
#   a symbolic tensor was used as a Python bool.
# Means: a network of free sizes that trains fine cannot be exported.
#   `BilinearUpsampling` resizes to computed sizes instead.
# Seen:
#   Keras 3.15.1 tensorflow 2.21.0
#   nearest: eager (1, 6, 10, 1), traced (1, 6, 10, 1)
#   bilinear: eager (1, 6, 10, 1), traced OperatorNotAllowedInGraphError

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    keras==3.15.1 tensorflow==2.21.0
cd "$work"
export TF_CPP_MIN_LOG_LEVEL=3 KERAS_BACKEND=tensorflow
"$work/venv/bin/python" - 2>/dev/null <<'PY' | tee seen.txt
import keras
import numpy as np
import tensorflow as tf

print("Keras", keras.__version__, "tensorflow", tf.__version__)
picture = np.zeros((1, 3, 5, 1), np.float32)
for interpolation in ("nearest", "bilinear"):
    model = keras.Sequential(
        [
            keras.Input((None, None, 1)),
            keras.layers.UpSampling2D(2, interpolation=interpolation),
        ]
    )
    traced = tf.function(
        model, input_signature=[tf.TensorSpec((None, None, None, 1))]
    )
    try:
        result = tuple(traced(picture).shape)
    except Exception as error:
        result = type(error).__name__
    eager = tuple(model(picture).shape)
    print(f"{interpolation}: eager {eager}, traced {result}")
PY
diff - seen.txt <<'TXT' || { echo "Changed: other results."; exit 1; }
Keras 3.15.1 tensorflow 2.21.0
nearest: eager (1, 6, 10, 1), traced (1, 6, 10, 1)
bilinear: eager (1, 6, 10, 1), traced OperatorNotAllowedInGraphError
TXT
