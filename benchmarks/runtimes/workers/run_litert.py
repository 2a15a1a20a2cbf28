"""A TFLite file in LiteRT, with XNNPACK, resized for each size of photo."""

import os

from ai_edge_litert.interpreter import Interpreter
from protocol import serve


def open_model(path, options):
    """Opens a file of one input and one output."""
    interpreter = Interpreter(path, num_threads=os.cpu_count())
    (image,) = interpreter.get_input_details()
    size = None

    def colorize(photo):
        nonlocal size
        if photo.shape != size:
            size = photo.shape
            interpreter.resize_tensor_input(image["index"], (1, *size))
            interpreter.allocate_tensors()
        interpreter.set_tensor(image["index"], photo[None])
        interpreter.invoke()
        (output,) = interpreter.get_output_details()
        return interpreter.get_tensor(output["index"])[0]

    return colorize


serve(open_model)
