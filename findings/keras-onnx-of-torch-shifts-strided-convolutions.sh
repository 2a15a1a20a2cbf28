#!/usr/bin/env bash
# Guess: `model.export(format="onnx")` of a model with free height and width
#   computes what the model computes, at each size, or refuses.
# Happens: Keras 3.15.1 on torch 2.13.0 writes the padding of a strided "same"
#   convolution as traced at one odd size, into a file that declares all sizes
#   free: right for odd ones, another result for even ones, without an error.
#   Its docstring says that free sizes are not supported there and become 1; of
#   this case only general warnings of torch's tracer tell.
# Means: a file that was compared at one odd size has wrong colors at even ones.
#   Here ONNX files come from the TensorFlow backend.
# Seen:
#   Keras 3.15.1 torch 2.13.0 onnxscript 0.7.2
#   size the file takes: ['batch', 'dim_0_1', 'dim_0_2', 1]
#   8 x 8: largest difference 252 of 405
#   9 x 9: largest difference 0 of 540
#   10 x 10: largest difference 418 of 693
#   11 x 11: largest difference 0 of 864

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    keras==3.15.1 torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 \
    onnxruntime==1.31.1 numpy==2.4.6
cd "$work"
KERAS_BACKEND=torch "$work/venv/bin/python" -W ignore - <<'PY'
from importlib.metadata import version

import keras
import numpy as np
import onnxruntime

print("Keras", version("keras"), "torch", version("torch").split("+")[0],
      "onnxscript", version("onnxscript"))
picture = keras.Input((None, None, 1))
convolve = keras.layers.Conv2D(
    1, 3, strides=2, padding="same", use_bias=False
)
model = keras.Model(picture, convolve(picture))
convolve.set_weights([np.ones((3, 3, 1, 1), np.float32)])
model(np.zeros((1, 9, 9, 1), np.float32))
model.export("model.onnx", format="onnx", verbose=False)
session = onnxruntime.InferenceSession("model.onnx")
name = session.get_inputs()[0].name
print("size the file takes:", session.get_inputs()[0].shape)
errors = []
for size in (8, 9, 10, 11):
    values = np.arange(size * size, dtype=np.float32)
    values = values.reshape(1, size, size, 1)
    expected = keras.ops.convert_to_numpy(model(values))
    found = session.run(None, {name: values})[0]
    if found.shape != expected.shape:
        raise SystemExit("Changed: the shapes differ.")
    error = float(np.abs(found - expected).max())
    print(f"{size} x {size}: largest difference {error:g} "
          f"of {np.abs(expected).max():g}")
    errors.append(error)
if [error > 1 for error in errors] != [True, False, True, False]:
    raise SystemExit("Changed: other sizes are right now.")
PY
