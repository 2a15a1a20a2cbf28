#!/usr/bin/env bash
# Guess: a file in float32 is computed in float32 unless one asks for less, as in
#   onnxruntime.
# Happens: on processors with bfloat16 units OpenVINO 2026.4.1 computes it in
#   bfloat16 by default, without a word: a convolution by 1 of the integers from
#   0 to 1023 changes half of them, by up to 2. With the precision hint f32 none
#   changes.
# Means: OpenVINO gets the hint f32; docs/runtimes.md has what its default does
#   to colors. Elsewhere than on such processors nothing is seen.
# Seen:
#   OpenVINO 2026.4.1 onnxruntime 1.31.1, precision by default: bf16
#   onnxruntime: largest difference 0
#   OpenVINO, f32: largest difference 0
#   OpenVINO, default: largest difference 2, 512 of 1024 differ

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! grep -qE 'avx512_bf16|amx_bf16' /proc/cpuinfo; then
    echo "This processor has no bfloat16 units: nothing to see." >&2
    exit 1
fi
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    onnx==1.23.2 onnxruntime==1.31.1 openvino==2026.4.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto
from onnx import helper

shape = [1, 1, 32, 32]
graph = helper.make_graph(
    [helper.make_node("Conv", ["x", "one"], ["y"], kernel_shape=[1, 1])],
    "identity",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
    [helper.make_tensor("one", TensorProto.FLOAT, [1, 1, 1, 1], [1.0])],
)
model = helper.make_model(
    graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9
)
onnx.checker.check_model(model, full_check=True)
onnx.save(model, "model.onnx")
x = np.arange(1024, dtype=np.float32).reshape(shape)

core = openvino.Core()
default = core.compile_model("model.onnx", "CPU")
exact = core.compile_model(
    "model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
)
precision = default.get_property("INFERENCE_PRECISION_HINT").to_string()
session = onnxruntime.InferenceSession("model.onnx")
print(
    "OpenVINO", version("openvino"), "onnxruntime", onnxruntime.__version__
    + ", precision by default:", precision
)
reference = abs(session.run(None, {"x": x})[0] - x)
f32 = abs(exact({"x": x})[0] - x)
found = abs(default({"x": x})[0] - x)
print(f"onnxruntime: largest difference {reference.max():g}")
print(f"OpenVINO, f32: largest difference {f32.max():g}")
print(
    f"OpenVINO, default: largest difference {found.max():g}, "
    f"{(found > 0).sum()} of {x.size} differ"
)
if reference.max() or f32.max() or not found.max():
    raise SystemExit("Changed: another precision by default.")
PY
