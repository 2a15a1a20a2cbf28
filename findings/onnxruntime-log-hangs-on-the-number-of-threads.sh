#!/usr/bin/env bash
# Guess: a number has one logarithm: what an element by element operator gives
#   for it depends neither on the numbers around it nor on the threads.
# Happens: with onnxruntime 1.31.1 `Log` of float32 rounds otherwise at the end
#   of a row of numbers, which is not computed several at a time, than inside.
#   The work is cut into a part a thread, so with two threads other pixels
#   are at an end. Exp, Sqrt, Tanh and Erf do not.
# Means: colors that go through `exp(log(x) / 3)` (the cube root of CIELAB, a
#   gamma curve) differ in last bits between machines with other numbers of
#   cores; after rounding to 8 bits some bytes of files do. Here sessions do
#   that math outside the graph, and shipped networks have the same bits with
#   any number of threads.
# Seen (AMD EPYC with AVX-512; 60,611 numbers):
#   onnx 1.23.2 onnxruntime 1.31.1
#   Log: 5 differ with 2 threads, 9 with 4; 106 of the first 400 when alone
#   Exp: 0 differ with 2 threads, 0 with 4; 0 of the first 400 when alone

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


def computed(operator, numbers, threads=1):
    graph = helper.make_graph(
        [helper.make_node(operator, ["x"], ["y"])],
        "one_node",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n"])],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9
    )
    onnx.checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, ["CPUExecutionProvider"]
    )
    return [session.run(None, {"x": part})[0] for part in numbers]


x = np.random.default_rng(0).uniform(0.001, 1.0, 60_611).astype(np.float32)
seen = {}
for operator in ("Log", "Exp"):
    (expected,) = computed(operator, [x])
    by_threads = [
        int((computed(operator, [x], threads)[0] != expected).sum())
        for threads in (2, 4)
    ]
    alone = np.concatenate(computed(operator, np.split(x[:400], 400)))
    alone = int((alone != expected[:400]).sum())
    print(
        f"{operator}: {by_threads[0]} differ with 2 threads, {by_threads[1]} "
        f"with 4; {alone} of the first 400 when alone"
    )
    seen[operator] = (*by_threads, alone)
if min(seen["Log"]) == 0 or max(seen["Exp"]) > 0:
    raise SystemExit("Changed: expected Log alone to hang on its neighbors.")
PY
