"""An ONNX file in OpenVINO on the processor, in a precision that is named."""

import openvino
from protocol import serve


def open_model(path, options):
    """Opens a file; `options` may have `precision`, f32 or bf16."""
    core = openvino.Core()
    hints = {}
    if "precision" in options:
        hints["INFERENCE_PRECISION_HINT"] = options["precision"]
    model = core.compile_model(path, "CPU", hints)
    output = model.output("colorized")
    return lambda photo: model({"image": photo[None]})[output][0]


serve(open_model)
