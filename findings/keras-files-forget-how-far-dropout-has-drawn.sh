#!/usr/bin/env bash
# Guess: a model saved as .keras goes on as if it had not been saved: the state
#   of Dropout's random generator is one of `model.variables`, as the step of
#   the optimizer is, and so in the file.
# Happens: Keras 3.15.1 writes no generator into .keras or .weights.h5, without
#   a warning. The loaded model draws the first masks again.
# Means: a training that is resumed each hour sees the masks of its first hour
#   each time, and differs from an unbroken one. Checkpoints of training/ hold
#   each of `model.variables`, generators included.
# Seen:
#   Keras 3.15.1
#   variables: seed_generator_state
#   arrays in the file: 0
#   masks 1 and 2 differ: True
#   after loading: mask 3: False mask 1: True
#   weights loaded into the model that drew: goes on: True

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$work"
KERAS_BACKEND=jax "$work/venv/bin/python" - 2>/dev/null <<'PY' | tee seen.txt
import h5py
import keras
import numpy as np

print("Keras", keras.__version__)
model = keras.Sequential(
    [keras.Input((24,)), keras.layers.Dropout(0.5, seed=3)]
)


def draw(model):
    kept = np.asarray(model(np.ones((1, 24)), training=True))[0] > 0
    return "".join("-x"[int(keep)] for keep in kept)


print("variables:", *(v.path.split("/")[-1] for v in model.variables))
first, second = draw(model), draw(model)
model.save("model.keras")
model.save_weights("model.weights.h5")
with h5py.File("model.weights.h5") as file:
    arrays = []
    file.visititems(
        lambda name, item: arrays.append(name)
        if isinstance(item, h5py.Dataset) else None
    )
print("arrays in the file:", len(arrays))
third = draw(model)
print("masks 1 and 2 differ:", first != second)
loaded = keras.models.load_model("model.keras")
again = draw(loaded)
print("after loading: mask 3:", again == third, "mask 1:", again == first)
model.load_weights("model.weights.h5")
print("weights loaded into the model that drew: goes on:",
      draw(model) not in (first, second, third))
PY
diff - seen.txt <<'TXT' || { echo "Changed: generators are kept."; exit 1; }
Keras 3.15.1
variables: seed_generator_state
arrays in the file: 0
masks 1 and 2 differ: True
after loading: mask 3: False mask 1: True
weights loaded into the model that drew: goes on: True
TXT
