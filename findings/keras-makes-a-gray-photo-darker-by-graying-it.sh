#!/usr/bin/env bash
# Guess: the gray version of a gray photo is that photo: weights of red, green
#   and blue add up to 1, and uint8 is rounded.
# Happens: the weights of `keras.ops.image.rgb_to_grayscale` in Keras 3.15.1
#   add up to 0.9999, and uint8 is cut: each level but 0 becomes one less, on
#   each backend. White is 254, and after ten passes 245. Floats lose 0.01 %.
# Means: data that are made gray twice are darker than those made so once, and
#   no white is left. Here L comes from the color, in floats.
# Seen:
#   Keras 3.15.1
#   type uint8 levels that lose one: 255 that stay: [0]
#   white after ten passes: 245
#   white as float: 254.9745

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$work"
KERAS_BACKEND=jax "$work/venv/bin/python" - <<'PY' | tee seen.txt
import keras
import numpy as np

print("Keras", keras.__version__)
levels = np.arange(256, dtype=np.uint8)
photo = np.tile(levels[None, :, None], (4, 1, 3))


def gray(photo):
    one = np.asarray(keras.ops.image.rgb_to_grayscale(photo))
    return np.repeat(one, 3, axis=-1)


once = gray(photo)
lost = levels.astype(int) - once[0, :, 0]
print("type", once.dtype, "levels that lose one:", int((lost == 1).sum()),
      "that stay:", levels[lost == 0])
white = np.full((1, 1, 3), 255, np.uint8)
for _ in range(10):
    white = gray(white)
print("white after ten passes:", int(white[0, 0, 0]))
print("white as float:",
      f"{float(gray(np.full((1, 1, 3), 255, np.float32))[0, 0, 0]):.4f}")
PY
diff - seen.txt <<'TXT' || { echo "Changed: gray is another gray."; exit 1; }
Keras 3.15.1
type uint8 levels that lose one: 255 that stay: [0]
white after ten passes: 245
white as float: 254.9745
TXT
