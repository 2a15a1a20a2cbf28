#!/usr/bin/env bash
# Guess: OpenVINO reads an ONNX file with all its inputs; an optional one (an
#   input with an initializer, its default) may be fed, as in onnxruntime.
# Happens: OpenVINO 2026.4.0 takes the default for a constant: `inputs` has one
#   name, feeding the other fails, and `convert_model(input=...)` does not find
#   it either. Reading the file gives no warning.
# Means: strength cannot be set there; the model colorizes with its default.
#   docs/onnxruntime.md tells how to make chosen inputs plain ones.
# Seen:
#   onnx 1.23.2 onnxruntime 1.31.1 OpenVINO 2026.4.0
#   onnxruntime: 1 x 2 = 2, 1 x 5 = 5
#   OpenVINO: inputs ['image'], 1 x 2 = 2
#   OpenVINO, fed: Port for tensor name strength was not found.
#   convert_model: Name strength is not found among model inputs.

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    onnx==1.23.2 onnxruntime==1.31.1 openvino==2026.4.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto
from onnx import helper

print("onnx", onnx.__version__, "onnxruntime", onnxruntime.__version__,
      "OpenVINO", version("openvino"))
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
image = {"image": np.ones(1, np.float32)}
both = image | {"strength": np.array(5, np.float32)}

session = onnxruntime.InferenceSession("model.onnx")
default, fed = (session.run(None, feeds)[0].item() for feeds in (image, both))
print(f"onnxruntime: 1 x 2 = {default:g}, 1 x 5 = {fed:g}")
if (default, fed) != (2, 5):
    raise SystemExit("Changed: onnxruntime takes the input otherwise.")

compiled = openvino.Core().compile_model("model.onnx", "CPU")
names = [port.any_name for port in compiled.inputs]
default = compiled(image)[0].item()
print(f"OpenVINO: inputs {names}, 1 x 2 = {default:g}")
if (names, default) != (["image"], 2):
    raise SystemExit("Changed: OpenVINO has other inputs.")


def say_error(title, run, words):
    try:
        run()
    except Exception as error:
        if words not in str(error):
            raise
        print(f"{title}: {words}")
    else:
        raise SystemExit(f"Changed: {title} takes strength now.")


say_error(
    "OpenVINO, fed",
    lambda: compiled(both),
    "Port for tensor name strength was not found.",
)
say_error(
    "convert_model",
    lambda: openvino.convert_model("model.onnx", input=["image", "strength"]),
    "Name strength is not found among model inputs.",
)
PY
