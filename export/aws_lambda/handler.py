"""What Lambda loads: set the handler of the function to `handler.handler`.

The model is loaded here, at import, which Lambda does before the first event.
"""

import os
from pathlib import Path

from keras_colorize.serving.aws_lambda.function import ColorizeFunction
from keras_colorize.serving.aws_lambda.settings import settings_from

handler = ColorizeFunction(
    settings_from(os.environ, Path(__file__).resolve().parent / "models")
)
