"""ddcolor_tiny from L to ab: onnxruntime against eager PyTorch, one photo.

The same weights on both sides, 256 x 256 pixels, all cores. Both begin with
the gray photo of the lightness.
"""

import pathlib
import tempfile

import numpy as np

from benchmarks.measure import Comparison
from benchmarks.measure import compare
from benchmarks.measure import report

SIZE = 256


def measure(
    model_name: str = "ddcolor_tiny",
    size: int = SIZE,
    turns: int = 15,
    **overrides,
) -> Comparison:
    """Times both networks after checking that they agree."""
    import onnxruntime
    import torch

    from benchmarks.torch_ddcolor import TorchDDColor
    from benchmarks.torch_ddcolor_weights import copy_weights
    from keras_colorize.color.cielab import L_to_luma
    from keras_colorize.exporters.onnx import export_onnx
    from keras_colorize.models.registry import create_model

    model = create_model(model_name, **overrides)
    _shake(model)
    peer_network = TorchDDColor(model)
    copy_weights(model, peer_network)
    peer_network.eval()
    rng = np.random.default_rng(0)
    L = rng.uniform(0, 100, (1, size, size, 1)).astype("float32")
    luma = np.array(L_to_luma(L)).transpose(0, 3, 1, 2)
    photo = torch.from_numpy(luma.repeat(3, axis=1))
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "network.onnx"
        export_onnx(model, path, head="ab", network_size=size)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # it warns of every optional input
        session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )

    def ours():
        return session.run(["ab"], {"L": L})[0][0]

    @torch.inference_mode()
    def peer():
        return peer_network(photo).numpy().transpose(0, 2, 3, 1)[0]

    largest = np.abs(peer()).max()
    np.testing.assert_allclose(ours(), peer(), atol=1e-3 * largest)
    return compare(
        f"{model_name}, one photo of {size} x {size}, L to ab",
        ("keras_colorize, onnxruntime", ours),
        (f"PyTorch {torch.__version__}, eager", peer),
        turns=turns,
        target=2.2,
    )


def _shake(model):
    """Moves what starts as 0 or 1, so that a difference would show."""
    rng = np.random.default_rng(0)
    for variable in model.weights:
        if len(variable.shape) == 1 and variable.name not in ("u", "v"):
            noise = 0.1 * rng.standard_normal(variable.shape)
            start = 0.5 if variable.path.endswith("scale/gamma") else 0.0
            value = np.maximum(np.array(variable) + start + noise, -1.0)
            if variable.name == "moving_variance":
                value = np.maximum(value, 0.5)
            variable.assign(value)


if __name__ == "__main__":
    report(measure(), "ddcolor_inference")
