#!/usr/bin/env bash
# Guess: `TFLiteConverter.from_concrete_functions([f], model)` is the way for a
#   function that calls a Keras model: the second argument is "a trackable object
#   that references the variables", and leaving it out is deprecated.
# Happens: with TensorFlow 2.21.0 and Keras 3.15.1 the file has no weights (5 kB
#   instead of 46 kB), without an error. LiteRT 2.3.0 loads it, runs it, and
#   returns what lay in memory. With `None`, which is deprecated, and through a
#   SavedModel the file is right.
# Means: a TFLite file is compared with Keras before it is given away, and its
#   size looked at. benchmarks/runtimes converts from the SavedModel.
# Seen:
#   tensorflow 2.21.0 keras 3.15.1 ai-edge-litert 2.3.0, 44356 bytes of weights
#   model given: 4796 bytes, right: False
#   None given: 45980 bytes, right: True
#   SavedModel: 46268 bytes, right: True

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    tensorflow==2.21.0 keras==3.15.1 ai-edge-litert==2.3.0 numpy==2.4.6
cd "$work"
TF_CPP_MIN_LOG_LEVEL=3 "$work/venv/bin/python" - <<'PY' 2>errors.txt || { cat errors.txt; exit 1; }
from importlib.metadata import version

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

keras.utils.set_random_seed(0)
model = keras.Sequential(
    [
        keras.Input((8, 12, 1)),
        keras.layers.Conv2D(32, 3, padding="same"),
        keras.layers.Conv2D(37, 3, padding="same"),
        keras.layers.Conv2D(2, 1),
    ]
)
names = ("tensorflow", "keras", "ai-edge-litert")
versions = " ".join(f"{name} {version(name)}" for name in names)
print(f"{versions}, {4 * model.count_params()} bytes of weights")
function = tf.function(
    lambda x: model(x), input_signature=[tf.TensorSpec((1, 8, 12, 1))]
)
concrete = [function.get_concrete_function()]
model.export("saved_model", verbose=False)
Converter = tf.lite.TFLiteConverter
files = {
    "model given": Converter.from_concrete_functions(concrete, model),
    "None given": Converter.from_concrete_functions(concrete, None),
    "SavedModel": Converter.from_saved_model("saved_model"),
}
x = np.random.default_rng(0).normal(size=(1, 8, 12, 1)).astype("float32")
expected = model(x).numpy()
seen = {}
for name, converter in files.items():
    content = converter.convert()
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    (output,) = interpreter.get_output_details()
    result = interpreter.get_tensor(output["index"])
    is_right = bool(np.allclose(result, expected, atol=1e-4))
    print(f"{name}: {len(content)} bytes, right: {is_right}")
    seen[name] = (len(content) > 40_000, is_right)
if seen != {
    "model given": (False, False),
    "None given": (True, True),
    "SavedModel": (True, True),
}:
    raise SystemExit("Changed: other files hold their weights now.")
PY
