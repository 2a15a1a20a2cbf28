"""An ONNX file in onnxruntime, with the options that this project chooses."""

import onnxruntime
from protocol import serve


def open_model(path, options):
    """Opens a file; the photo alone is given."""
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 4
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(
        path, settings, providers=["CPUExecutionProvider"]
    )
    return lambda photo: session.run(["colorized"], {"image": photo[None]})[0][
        0
    ]


serve(open_model)
