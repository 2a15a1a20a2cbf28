#!/usr/bin/env bash
# Guess: `onnx.version_converter` keeps what a model computes; where a default
#   changed between two versions of an operator, it writes the old one down.
# Happens: onnx 1.23.2 turns Resize of opset 10 and Upsample of 9, which map a
#   pixel to x / scale, into Resize of 11 and later without the attribute that
#   says so. The default there is "half_pixel": a linear enlargement by 2 moves
#   by a quarter of a pixel. No error, and the checker is content.
# Means: colors of an old network are enlarged beside the edges of its photo.
#   Files here are written in their opset, never converted.
# Seen:
#   onnx 1.23.2 onnxruntime 1.31.1
#   Upsample 9: 0.00 0.50 1.00 1.50 2.00 2.50 3.00 3.00
#     as opset 11: 0.00 0.25 0.75 1.25 1.75 2.25 2.75 3.00, attributes ['mode']
#     as opset 18: 0.00 0.25 0.75 1.25 1.75 2.25 2.75 3.00, attributes ['mode']
#   Resize 10: 0.00 0.50 1.00 1.50 2.00 2.50 3.00 3.00
#     as opset 11: 0.00 0.25 0.75 1.25 1.75 2.25 2.75 3.00, attributes ['mode']
#     as opset 18: 0.00 0.25 0.75 1.25 1.75 2.25 2.75 3.00, attributes ['mode']

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    onnx==1.23.2 onnxruntime==1.31.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY' | tee seen.txt
import numpy as np
import onnx
import onnxruntime
from onnx import helper
from onnx import version_converter

print("onnx", onnx.__version__, "onnxruntime", onnxruntime.__version__)
ramp = np.arange(4, dtype=np.float32)[None, None, None]
shape = [1, 1, 1, 4]


def enlarge(model):
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    wide = session.run(None, {"x": ramp})[0].ravel()
    return " ".join(f"{value:.2f}" for value in wide)


for operator, opset in (("Upsample", 9), ("Resize", 10)):
    scales = helper.make_tensor("scales", onnx.TensorProto.FLOAT, [4],
                                [1, 1, 1, 2])
    graph = helper.make_graph(
        [helper.make_node(operator, ["x", "scales"], ["y"], mode="linear")],
        "enlarge",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT,
                                       [1, 1, 1, 8])],
        [scales],
    )
    model = helper.make_model(
        graph, ir_version=8, opset_imports=[helper.make_opsetid("", opset)]
    )
    print(f"{operator} {opset}: {enlarge(model)}")
    for target in (11, 18):
        new = version_converter.convert_version(model, target)
        written = [a.name for a in new.graph.node[-1].attribute]
        print(f"  as opset {target}: {enlarge(new)}, attributes {written}")
PY
diff - seen.txt <<'TXT' || { echo "Changed: other pixels."; exit 1; }
onnx 1.23.2 onnxruntime 1.31.1
Upsample 9: 0.00 0.50 1.00 1.50 2.00 2.50 3.00 3.00
  as opset 11: 0.00 0.25 0.75 1.25 1.75 2.25 2.75 3.00, attributes ['mode']
  as opset 18: 0.00 0.25 0.75 1.25 1.75 2.25 2.75 3.00, attributes ['mode']
Resize 10: 0.00 0.50 1.00 1.50 2.00 2.50 3.00 3.00
  as opset 11: 0.00 0.25 0.75 1.25 1.75 2.25 2.75 3.00, attributes ['mode']
  as opset 18: 0.00 0.25 0.75 1.25 1.75 2.25 2.75 3.00, attributes ['mode']
TXT
