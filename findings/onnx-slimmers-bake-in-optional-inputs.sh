#!/usr/bin/env bash
# Guess: a tool that makes an ONNX file smaller keeps its interface: all graph
#   inputs, the optional ones (inputs with an initializer, their default), too.
# Happens: onnxslim 0.1.98 and onnxsim 0.8.1 take the default for a constant and
#   remove the input, without a word; onnxsim's own check says that the file is
#   right. onnxruntime's optimizer keeps it.
# Means: who slims a model loses its strength setting. Here the files are not
#   run through either.
# Seen:
#   onnx 1.23.2 onnxruntime 1.31.1 onnxslim 0.1.98 onnxsim 0.8.1
#   as written: inputs ['image', 'strength'], 1 x 2 = 2, 1 x 5 = 5
#   onnxruntime's optimizer: inputs ['image', 'strength'], 1 x 2 = 2, 1 x 5 = 5
#   onnxslim: inputs ['image'], 1 x 2 = 2, strength is refused
#   onnxsim: inputs ['image'], 1 x 2 = 2, strength is refused
#   onnxsim's check of what it wrote: True

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    onnx==1.23.2 onnxruntime==1.31.1 onnxslim==0.1.98 onnxsim==0.8.1 \
    numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

import numpy as np
import onnx
import onnxruntime
import onnxsim
import onnxslim
from onnx import TensorProto
from onnx import helper

names = ("onnx", "onnxruntime", "onnxslim", "onnxsim")
print(*(f"{name} {version(name)}" for name in names))
onnxruntime.set_default_logger_severity(3)
graph = helper.make_graph(
    [helper.make_node("Mul", ["image", "strength"], ["colors"])],
    "multiply",
    [
        helper.make_tensor_value_info("image", TensorProto.FLOAT, [1]),
        helper.make_tensor_value_info("strength", TensorProto.FLOAT, []),
    ],
    [helper.make_tensor_value_info("colors", TensorProto.FLOAT, [1])],
    [helper.make_tensor("strength", TensorProto.FLOAT, [], [2.0])],
)
model = helper.make_model(
    graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9
)
onnx.checker.check_model(model, full_check=True)
onnx.save(model, "model.onnx")

options = onnxruntime.SessionOptions()
options.optimized_model_filepath = "optimized.onnx"
options.graph_optimization_level = (
    onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
)
onnxruntime.InferenceSession("model.onnx", options)
simplified, is_right = onnxsim.simplify(onnx.load("model.onnx"))
models = {
    "as written": model,
    "onnxruntime's optimizer": onnx.load("optimized.onnx"),
    "onnxslim": onnxslim.slim(onnx.load("model.onnx")),
    "onnxsim": simplified,
}
seen = {}
for name, file in models.items():
    session = onnxruntime.InferenceSession(file.SerializeToString())
    feeds = {"image": np.ones(1, np.float32)}
    default = session.run(None, feeds)[0].item()
    feeds["strength"] = np.array(5, np.float32)
    try:
        fed = f"1 x 5 = {session.run(None, feeds)[0].item():g}"
    except Exception as error:
        if "Invalid input name: strength" not in str(error):
            raise
        fed = "strength is refused"
    inputs = [value.name for value in file.graph.input]
    print(f"{name}: inputs {inputs}, 1 x 2 = {default:g}, {fed}")
    seen[name] = (inputs, default, fed)
print("onnxsim's check of what it wrote:", is_right)
kept = (["image", "strength"], 2.0, "1 x 5 = 5")
lost = (["image"], 2.0, "strength is refused")
if list(seen.values()) != [kept, kept, lost, lost] or not is_right:
    raise SystemExit("Changed: other tools keep or lose the input now.")
PY
