#!/usr/bin/env bash
# Guess: an input that is a float32 scalar takes a NumPy float32 scalar: it has
#   the dtype and the shape () that the input asks for.
# Happens: onnxruntime 1.31.1 refuses `np.float32(0.5)`, as it refuses a float,
#   with "Unable to handle object of type"; only an array of no dimensions is
#   taken. NumPy's arithmetic turns such an array into a scalar again.
# Means: `strength * 0.5` of an array that worked is refused. Here each scalar
#   goes through `np.array(value, np.float32)`.
# Seen:
#   onnx 1.23.2 onnxruntime 1.31.1
#   0.5: Unable to handle object of type <class 'float'>
#   np.float32(0.5): Unable to handle object of type <class 'numpy.float32'>
#   np.array(0.5, np.float32): taken, 0.5
#   the same array * 1: Unable to handle object of type <class 'numpy.float32'>

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    onnx==1.23.2 onnxruntime==1.31.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto
from onnx import helper

print("onnx", onnx.__version__, "onnxruntime", onnxruntime.__version__)
graph = helper.make_graph(
    [helper.make_node("Identity", ["strength"], ["same"])],
    "identity",
    [helper.make_tensor_value_info("strength", TensorProto.FLOAT, [])],
    [helper.make_tensor_value_info("same", TensorProto.FLOAT, [])],
)
model = helper.make_model(
    graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9
)
onnx.checker.check_model(model, full_check=True)
session = onnxruntime.InferenceSession(
    model.SerializeToString(), providers=["CPUExecutionProvider"]
)
array = np.array(0.5, np.float32)
if (np.float32(0.5).dtype, np.float32(0.5).shape) != (np.float32, ()):
    raise SystemExit("Changed: NumPy's scalar has another dtype or shape.")
refusal = "Unable to handle object of type"
seen = []
for name, value in {
    "0.5": 0.5,
    "np.float32(0.5)": np.float32(0.5),
    "np.array(0.5, np.float32)": array,
    "the same array * 1": array * 1,
}.items():
    try:
        same = session.run(None, {"strength": value})[0]
    except RuntimeError as error:
        if refusal not in str(error):
            raise
        print(f"{name}: {refusal} {type(value)}")
        seen.append(None)
    else:
        print(f"{name}: taken, {float(same)}")
        seen.append(float(same))
if seen != [None, None, 0.5, None]:
    raise SystemExit("Changed: onnxruntime takes other scalars now.")
PY
