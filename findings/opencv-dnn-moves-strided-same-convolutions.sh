#!/usr/bin/env bash
# Guess: `auto_pad` of an ONNX convolution says on which side an odd pixel of
#   padding goes, SAME_UPPER at the end and SAME_LOWER at the beginning, and a
#   runtime that takes it does so.
# Happens: cv2.dnn of OpenCV 5.0.0 pads (kernel - 1) // 2 at the beginning,
#   whatever the word, the size and the stride are. A kernel of 3 by a stride of
#   2 reads the columns 0, 2, 4, 6 of 8 in place of 1, 3, 5, 7, without an
#   error. Pools move alike. Odd sizes, and explicit `pads`, are right.
# Means: tf2onnx writes SAME_UPPER for a strided "same" of Keras, as in five
#   layers of the file of `lite`: features would be taken one pixel off. OpenCV
#   refuses that file, so that nobody gets such colors; other runtimes pad
#   rightly (docs/runtimes.md).
# Seen:
#   OpenCV 5.0.0 onnx 1.23.2 onnxruntime 1.31.1
#   Conv of 3 by 2 on 7, SAME_UPPER:
#     onnxruntime 0 2 4 6, OpenCV 0 2 4 6
#   Conv of 3 by 2 on 8, SAME_UPPER:
#     onnxruntime 1 3 5 7, OpenCV 0 2 4 6
#   Conv of 3 by 2 on 8, [0, 0, 1, 1]:
#     onnxruntime 1 3 5 7, OpenCV 1 3 5 7
#   Conv of 5 by 2 on 8, SAME_UPPER:
#     onnxruntime 1 3 5 7, OpenCV 0 2 4 6
#   Conv of 2 by 1 on 8, SAME_LOWER:
#     onnxruntime 0 1 2 3 4 5 6 7, OpenCV 1 2 3 4 5 6 7 0
#   MaxPool of 3 by 2 on 8, SAME_UPPER:
#     onnxruntime 2 4 6 7, OpenCV 1 3 5 7

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    opencv-python-headless==5.0.0.93 onnx==1.23.2 onnxruntime==1.31.1 \
    numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY' | tee seen.txt
import cv2
import numpy as np
import onnx
import onnxruntime
from onnx import helper


def write(operator, kernel, stride, size, padding):
    """Writes one layer; a convolution copies what its middle reads."""
    inputs, weights = ["x"], []
    if operator == "Conv":
        middle = np.zeros((1, 1, kernel, kernel), np.float32)
        middle[0, 0, kernel // 2, kernel // 2] = 1
        weights = [onnx.numpy_helper.from_array(middle, "kernel")]
        inputs.append("kernel")
    node = helper.make_node(operator, inputs, ["y"], strides=[stride] * 2,
                            kernel_shape=[kernel] * 2, **padding)
    sides = {"x": size, "y": -(-size // stride)}
    x, y = (
        helper.make_tensor_value_info(
            name, onnx.TensorProto.FLOAT, [1, 1, side, side]
        )
        for name, side in sides.items()
    )
    model = helper.make_model(
        helper.make_graph([node], "layer", [x], [y], weights),
        ir_version=9, opset_imports=[helper.make_opsetid("", 19)],
    )
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


print("OpenCV", cv2.__version__, "onnx", onnx.__version__,
      "onnxruntime", onnxruntime.__version__)
upper, lower = {"auto_pad": "SAME_UPPER"}, {"auto_pad": "SAME_LOWER"}
for operator, kernel, stride, size, padding in (
    ("Conv", 3, 2, 7, upper),
    ("Conv", 3, 2, 8, upper),
    ("Conv", 3, 2, 8, {"pads": [0, 0, 1, 1]}),
    ("Conv", 5, 2, 8, upper),
    ("Conv", 2, 1, 8, lower),
    ("MaxPool", 3, 2, 8, upper),
):
    data = write(operator, kernel, stride, size, padding)
    columns = np.tile(np.arange(size, dtype=np.float32), (1, 1, size, 1))
    session = onnxruntime.InferenceSession(data)
    net = cv2.dnn.readNetFromONNX(np.frombuffer(data, np.uint8))
    net.setInput(columns, "x")
    right, moved = (
        " ".join(f"{value:.0f}" for value in result[0, 0, 1])
        for result in (session.run(None, {"x": columns})[0], net.forward())
    )
    how = next(iter(padding.values()))
    print(f"{operator} of {kernel} by {stride} on {size}, {how}:")
    print(f"  onnxruntime {right}, OpenCV {moved}")
PY
diff - seen.txt <<'TXT' || { echo "Changed: other columns."; exit 1; }
OpenCV 5.0.0 onnx 1.23.2 onnxruntime 1.31.1
Conv of 3 by 2 on 7, SAME_UPPER:
  onnxruntime 0 2 4 6, OpenCV 0 2 4 6
Conv of 3 by 2 on 8, SAME_UPPER:
  onnxruntime 1 3 5 7, OpenCV 0 2 4 6
Conv of 3 by 2 on 8, [0, 0, 1, 1]:
  onnxruntime 1 3 5 7, OpenCV 1 3 5 7
Conv of 5 by 2 on 8, SAME_UPPER:
  onnxruntime 1 3 5 7, OpenCV 0 2 4 6
Conv of 2 by 1 on 8, SAME_LOWER:
  onnxruntime 0 1 2 3 4 5 6 7, OpenCV 1 2 3 4 5 6 7 0
MaxPool of 3 by 2 on 8, SAME_UPPER:
  onnxruntime 2 4 6 7, OpenCV 1 3 5 7
TXT
