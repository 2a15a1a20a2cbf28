#!/usr/bin/env bash
# Guess: pnnx, which turns ONNX into networks for ncnn, fails where ncnn has no
#   layer for an operator, or says so by its exit code.
# Happens: pnnx 20261020 leaves such operators under PyTorch's names in the file
#   for ncnn and ends with 0. ncnn 1.0.20261020 of the same day cannot load it. A
#   comparison is enough.
# Means: ncnn does not run the models of this project, which choose by comparisons
#   (docs/runtimes.md); who converts loads the file before giving it away.
# Seen:
#   onnx 1.23.2 onnxruntime 1.31.1 pnnx 20261020 ncnn 1.0.20261020
#   onnxruntime: -1 0 2 becomes 1 1 2
#   pnnx ends with 0, layers: Input Split torch.gt torch.where
#   ncnn loads it: no

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    onnx==1.23.2 onnxruntime==1.31.1 pnnx==20261020 ncnn==1.0.20261020 \
    numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import ncnn
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto
from onnx import helper

names = ("onnx", "onnxruntime", "pnnx", "ncnn")
print(*(f"{name} {version(name)}" for name in names))
graph = helper.make_graph(
    [
        helper.make_node("Greater", ["x", "one"], ["is_greater"]),
        helper.make_node("Where", ["is_greater", "x", "one"], ["y"]),
    ],
    "largest",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [3])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, [3])],
    [helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0])],
)
model = helper.make_model(
    graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
)
onnx.checker.check_model(model, full_check=True)
onnx.save(model, "model.onnx")
x = np.array([-1, 0, 2], np.float32)
(result,) = onnxruntime.InferenceSession("model.onnx").run(None, {"x": x})
print("onnxruntime: -1 0 2 becomes", *(f"{value:g}" for value in result))

pnnx = Path(sys.executable).with_name("pnnx")
done = subprocess.run(
    [pnnx, "model.onnx", "inputshape=[3]"], capture_output=True, text=True
)
lines = Path("model.ncnn.param").read_text().splitlines()[2:]
layers = sorted({line.split()[0] for line in lines})
print(f"pnnx ends with {done.returncode}, layers:", *layers)
loads = ncnn.Net().load_param("model.ncnn.param") == 0
print("ncnn loads it:", "yes" if loads else "no")
if done.returncode != 0 or loads or "torch.where" not in layers:
    raise SystemExit("Changed: pnnx or ncnn treat such operators otherwise.")
PY
