#!/usr/bin/env bash
# Guess: bfloat16 values come back from a runtime as an array that has them: of
#   ml_dtypes' bfloat16, or widened to float32.
# Happens: OpenVINO 2026.4.1 returns an array of dtype float16 whose bits are
#   bfloat16: 0.5 reads as 1.75, 1.0 as 1.875, 3.0 as 2.125. No warning; sums
#   and comparisons go on with these. `.view(ml_dtypes.bfloat16)` has the
#   values.
# Means: the output of a model that was cast to bfloat16 looks alive and is
#   wrong. Files here have float32 and uint8 outputs.
# Seen:
#   OpenVINO 2026.4.1 onnx 1.23.2
#   type of the output: bf16
#   given 0.0 0.5 1.0 -1.0 3.0
#   got float16 0.0 1.75 1.875 -1.875 2.125
#   its bits as bfloat16 0.0 0.5 1.0 -1.0 3.0

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    onnx==1.23.2 openvino==2026.4.1 ml_dtypes==0.6.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY' | tee seen.txt
from importlib.metadata import version

import ml_dtypes
import numpy as np
import onnx
import openvino
from onnx import helper

print("OpenVINO", version("openvino"), "onnx", onnx.__version__)
kinds = onnx.TensorProto
node = helper.make_node("Cast", ["x"], ["y"], to=kinds.BFLOAT16)
graph = helper.make_graph(
    [node],
    "cast",
    [helper.make_tensor_value_info("x", kinds.FLOAT, [5])],
    [helper.make_tensor_value_info("y", kinds.BFLOAT16, [5])],
)
model = helper.make_model(
    graph, ir_version=10, opset_imports=[helper.make_opsetid("", 21)]
)
onnx.checker.check_model(model)
core = openvino.Core()
compiled = core.compile_model(core.read_model(model.SerializeToString()), "CPU")
given = np.array([0.0, 0.5, 1.0, -1.0, 3.0], np.float32)
got = compiled([given])[0]
print("type of the output:", compiled.output(0).element_type.get_type_name())
print("given", *given)
print("got", got.dtype, *got)
print("its bits as bfloat16", *got.view(ml_dtypes.bfloat16).astype(np.float32))
PY
diff - seen.txt <<'TXT' || { echo "Changed: other types or values."; exit 1; }
OpenVINO 2026.4.1 onnx 1.23.2
type of the output: bf16
given 0.0 0.5 1.0 -1.0 3.0
got float16 0.0 1.75 1.875 -1.875 2.125
its bits as bfloat16 0.0 0.5 1.0 -1.0 3.0
TXT
