"""An ncnn network, as pnnx writes it, on the processor."""

import pathlib

import ncnn
import numpy as np
from protocol import serve


def open_model(path, options):
    """Opens a `.ncnn.param` file with its `.ncnn.bin` beside."""
    network = ncnn.Net()
    if network.load_param(path) != 0:
        raise ValueError(f"ncnn cannot load what pnnx wrote: {_unknown(path)}")
    network.load_model(str(pathlib.Path(path).with_suffix(".bin")))

    def colorize(photo):
        extractor = network.create_extractor()
        extractor.input("in0", ncnn.Mat(photo.astype(np.float32)))
        code, result = extractor.extract("out0")
        if code != 0:
            raise ValueError(f"ncnn ended with {code}")
        return np.array(result).round().astype(np.uint8)

    return colorize


def _unknown(path):
    """Names the kinds of layers that pnnx left as they were in ONNX."""
    kinds = {
        line.split()[0] for line in pathlib.Path(path).open() if " " in line
    }
    return ", ".join(sorted(k for k in kinds if "." in k or "::" in k))


serve(open_model)
