#!/usr/bin/env bash
# Guess: where two runtimes differ, the reference evaluator of ONNX tells which
#   one is right.
# Happens: that of onnx 1.23.2 differs from its own standard, without a warning.
#   MaxPool by a stride of 1 takes `pads`, (top, left, bottom, right), as (top,
#   bottom, left, right): [0, 0, 1, 1] gives another shape than the shape
#   inference of the same package. LRN normalizes as many channels as the batch
#   has pictures: of one picture the first. The L1 norm of LpNormalization is a
#   sum with signs, not of absolute values: signs turn. LogSoftmax takes the
#   logarithm of what has become 0: -200 is -inf. AveragePool is right.
# Means: a judge is as good as its tests. Those of the package have symmetric
#   `pads`, as many pictures as channels, and positive values for this norm.
#   Here exported files are compared with what Keras computes.
# Seen:
#   onnx 1.23.2 onnxruntime 1.31.1
#   MaxPool of 3 x 3, pads [0, 0, 1, 1], inferred 3 x 3
#     onnxruntime 3 x 3: 5 6 6 8 9 9 8 9 9
#     reference 2 x 4: 4 5 6 6 7 8 9 9
#   MaxPool of 3 x 3, pads [1, 0, 1, 0], inferred 4 x 2
#     onnxruntime 4 x 2: 2 3 5 6 8 9 8 9
#     reference 3 x 3: 1 2 3 4 5 6 7 8 9
#   AveragePool of 3 x 3, pads [0, 0, 1, 1], inferred 3 x 3
#     onnxruntime 3 x 3: 3 4 4.5 6 7 7.5 7.5 8.5 9
#     reference 3 x 3: 3 4 4.5 6 7 7.5 7.5 8.5 9
#   LRN of three ones, each / (1 + square), in a batch of 1
#     onnxruntime: 0.5 0.5 0.5
#     reference: 0.5 1 1
#   LRN of three ones, each / (1 + square), in a batch of 3
#     onnxruntime: 0.5 0.5 0.5
#     reference: 0.5 0.5 0.5
#   LpNormalization of 1, -3, 1 by p = 1
#     onnxruntime: 0.2 -0.6 0.2
#     reference: -1 3 -1
#   LogSoftmax of 0, 200
#     onnxruntime: -200 0
#     reference: -inf 0

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    onnx==1.23.2 onnxruntime==1.31.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore::RuntimeWarning - <<'PY' | tee seen.txt
import numpy as np
import onnx
import onnxruntime
from onnx import helper
from onnx.reference import ReferenceEvaluator


def run(operator, x, **attributes):
    """Runs one operator in both, and infers the shape of its output."""
    x = np.asarray(x, np.float32)
    model = helper.make_model(
        helper.make_graph(
            [helper.make_node(operator, ["x"], ["y"], **attributes)],
            "layer",
            [helper.make_tensor_value_info(
                "x", onnx.TensorProto.FLOAT, x.shape
            )],
            [helper.make_tensor_value_info(
                "y", onnx.TensorProto.FLOAT, [None] * x.ndim
            )],
        ),
        ir_version=10, opset_imports=[helper.make_opsetid("", 22)],
    )
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    shape = inferred.graph.output[0].type.tensor_type.shape
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return {
        "onnxruntime": session.run(None, {"x": x})[0],
        "reference": ReferenceEvaluator(model).run(None, {"x": x})[0],
    }, [side.dim_value for side in shape.dim]


def name(shape):
    return " x ".join(str(side) for side in shape[2:])


def show(title, values):
    print(f"  {title}:", *(f"{value:.3g}" for value in values.ravel()))


print("onnx", onnx.__version__, "onnxruntime", onnxruntime.__version__)
picture = np.arange(1, 10).reshape(1, 1, 3, 3)
for operator, pads in (
    ("MaxPool", [0, 0, 1, 1]),
    ("MaxPool", [1, 0, 1, 0]),
    ("AveragePool", [0, 0, 1, 1]),
):
    results, shape = run(operator, picture, kernel_shape=[2, 2], pads=pads)
    print(f"{operator} of 3 x 3, pads {pads}, inferred {name(shape)}")
    for runtime, y in results.items():
        show(f"{runtime} {name(y.shape)}", y)
for batch in (1, 3):
    print(f"LRN of three ones, each / (1 + square), in a batch of {batch}")
    results, _ = run("LRN", np.ones((batch, 3, 1, 1)),
                     size=1, alpha=1.0, beta=1.0, bias=1.0)
    for runtime, y in results.items():
        show(runtime, y[0])
for title, operator, values, attributes in (
    ("1, -3, 1 by p = 1", "LpNormalization", [[1, -3, 1]], {"p": 1}),
    ("0, 200", "LogSoftmax", [[0, 200]], {}),
):
    print(f"{operator} of {title}")
    for runtime, y in run(operator, values, axis=1, **attributes)[0].items():
        show(runtime, y)
PY
diff - seen.txt <<'TXT' || { echo "Changed: other results."; exit 1; }
onnx 1.23.2 onnxruntime 1.31.1
MaxPool of 3 x 3, pads [0, 0, 1, 1], inferred 3 x 3
  onnxruntime 3 x 3: 5 6 6 8 9 9 8 9 9
  reference 2 x 4: 4 5 6 6 7 8 9 9
MaxPool of 3 x 3, pads [1, 0, 1, 0], inferred 4 x 2
  onnxruntime 4 x 2: 2 3 5 6 8 9 8 9
  reference 3 x 3: 1 2 3 4 5 6 7 8 9
AveragePool of 3 x 3, pads [0, 0, 1, 1], inferred 3 x 3
  onnxruntime 3 x 3: 3 4 4.5 6 7 7.5 7.5 8.5 9
  reference 3 x 3: 3 4 4.5 6 7 7.5 7.5 8.5 9
LRN of three ones, each / (1 + square), in a batch of 1
  onnxruntime: 0.5 0.5 0.5
  reference: 0.5 1 1
LRN of three ones, each / (1 + square), in a batch of 3
  onnxruntime: 0.5 0.5 0.5
  reference: 0.5 0.5 0.5
LpNormalization of 1, -3, 1 by p = 1
  onnxruntime: 0.2 -0.6 0.2
  reference: -1 3 -1
LogSoftmax of 0, 200
  onnxruntime: -200 0
  reference: -inf 0
TXT
