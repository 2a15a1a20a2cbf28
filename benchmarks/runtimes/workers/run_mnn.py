"""An MNN file in MNN on the processor."""

import os

import MNN
import MNN.expr
import MNN.nn
import numpy as np
from protocol import serve


def open_model(path, options):
    """Opens a file of one input and one output."""
    config = {
        "backend": "CPU",
        "numThread": os.cpu_count(),
        "precision": "high",
    }
    manager = MNN.nn.create_runtime_manager((config,))
    network = MNN.nn.load_module_from_file(
        path, ["image"], ["colorized"], runtime_manager=manager
    )

    def colorize(photo):
        image = MNN.expr.placeholder(
            [1, *photo.shape], MNN.expr.NHWC, MNN.numpy.uint8
        )
        image.write(photo[None].copy())
        (output,) = network.forward([image])
        return np.array(output.read())[0]

    return colorize


serve(open_model)
