#!/usr/bin/env bash
# Guess: `-(-size // 8)`, which rounds up, rounds up in an exported file, too,
#   as it does in the traced function: TensorFlow and torch round down when
#   they divide integers.
# Happens: tf2onnx 1.17.0 and the exporter of torch 2.13.0 both write ONNX's
#   Div, which rounds to zero, so that for negative numbers nothing is left of
#   rounding down: 9 rows padded to a multiple of 8 are 16, and 8 in the file.
#   In torch it is so for sizes only; tensors are divided right. No error, no
#   warning.
# Means: padding becomes cropping for photos of all sizes but multiples. Here
#   sizes are rounded up by `(size + 7) // 8`.
# Seen:
#   tf2onnx 1.17.0 torch 2.13.0
#   sizes 8 9 16 17
#   TensorFlow 8 16 16 24
#     its file 8 8 16 16
#   torch 8 16 16 24
#     its file 8 8 16 16
#   torch, of a tensor 8 16 16 24
#     its file 8 16 16 24

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    tensorflow==2.21.0 tf2onnx==1.17.0 torch==2.13.0 onnxscript==0.7.2 \
    onnx==1.23.2 onnxruntime==1.31.1 numpy==2.4.6
cd "$work"
export TF_CPP_MIN_LOG_LEVEL=3
"$work/venv/bin/python" - 2>/dev/null <<'PY' | tee seen.txt
import contextlib
import os
from importlib.metadata import version

import numpy as np
import onnxruntime
import tensorflow as tf
import tf2onnx
import torch

print("tf2onnx", version("tf2onnx"), "torch", version("torch").split("+")[0])


def padded(size):
    return -(-size // 8) * 8


class Blank(torch.nn.Module):
    def forward(self, x):
        return x.new_zeros(padded(x.shape[0]))


class Padded(torch.nn.Module):
    def forward(self, x):
        return padded(x)


def run(model, x):
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def export(module, x, axes):
    with open(os.devnull, "w") as quiet, contextlib.redirect_stdout(quiet):
        return torch.onnx.export(
            module, (x,), dynamo=True, dynamic_shapes=(axes,)
        ).model_proto


blank = tf.function(
    lambda x: tf.zeros(padded(tf.shape(x)[0])),
    input_signature=[tf.TensorSpec((None,))],
)
from_tf, _ = tf2onnx.convert.from_function(
    blank, input_signature=blank.input_signature, opset=18
)
from_torch = export(Blank(), torch.ones(9), {0: torch.export.Dim.DYNAMIC})
sizes = (8, 9, 16, 17)
row = [np.ones(size, np.float32) for size in sizes]
print("sizes", *sizes)
print("TensorFlow", *(len(blank(x)) for x in row))
print("  its file", *(len(run(from_tf, x)) for x in row))
print("torch", *(len(Blank()(torch.tensor(x))) for x in row))
print("  its file", *(len(run(from_torch, x)) for x in row))
numbers = torch.tensor(sizes)
print("torch, of a tensor", *Padded()(numbers).tolist())
print("  its file", *run(export(Padded(), numbers, None), numbers.numpy()))
PY
diff - seen.txt <<'TXT' || { echo "Changed: it rounds otherwise."; exit 1; }
tf2onnx 1.17.0 torch 2.13.0
sizes 8 9 16 17
TensorFlow 8 16 16 24
  its file 8 8 16 16
torch 8 16 16 24
  its file 8 8 16 16
torch, of a tensor 8 16 16 24
  its file 8 16 16 24
TXT
