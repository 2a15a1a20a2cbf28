"""eccv16_base from L to ab: onnxruntime against eager PyTorch, one photo.

The same weights on both sides, 256 x 256 pixels, all cores. Both end in the
annealed mean, upsampled to the size of the photo.
"""

import pathlib
import tempfile
from collections.abc import Callable

import numpy as np

from benchmarks.measure import Comparison
from benchmarks.measure import compare
from benchmarks.measure import report

SIZE = 256


def measure(
    model_name: str = "eccv16_base", size: int = SIZE, turns: int = 15
) -> Comparison:
    """Times both networks after checking that they agree."""
    import torch

    from keras_colorize.exporters.onnx import export_onnx
    from keras_colorize.models.registry import create_model

    model = create_model(model_name)
    L = make_lightness(size)
    peer = make_peer(model, L)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "network.onnx"
        export_onnx(model, path, head="ab", network_size=size)
        ours = make_runner(path, L)

    np.testing.assert_allclose(ours(), peer(), atol=1e-2)
    return compare(
        f"{model_name}, one photo of {size} x {size}, L to ab",
        ("keras_colorize, onnxruntime", ours),
        (f"PyTorch {torch.__version__}, eager", peer),
        turns=turns,
        target=1.4,
    )


def make_lightness(size: int) -> np.ndarray:
    """Lightness of one photo, float32 (1, size, size, 1)."""
    rng = np.random.default_rng(0)
    return rng.uniform(0, 100, (1, size, size, 1)).astype("float32")


def make_runner(path: pathlib.Path, L: np.ndarray) -> Callable[[], np.ndarray]:
    """Loads an exported file of `head="ab"` as the same function."""
    from keras_colorize.exporters.onnx_graph import open_session

    session = open_session(path)
    return lambda: np.asarray(session.run(["ab"], {"L": L})[0])[0]


def make_peer(model, L: np.ndarray) -> Callable[[], np.ndarray]:
    """Builds the model in eager PyTorch, with its weights, as the same."""
    import torch

    from benchmarks.torch_eccv16 import TorchECCV16
    from benchmarks.torch_eccv16 import copy_weights

    network = TorchECCV16(model.stackwise_filters)
    copy_weights(model, network)
    network.eval()
    bins = torch.from_numpy(np.array(model.ab_decoder.kernel))
    L_torch = torch.from_numpy(L.transpose(0, 3, 1, 2).copy())

    @torch.inference_mode()
    def run():
        probs = torch.softmax(network(L_torch) / model.temperature, 1)
        ab = torch.einsum("bqhw,qc->bchw", probs, bins)
        ab = torch.nn.functional.interpolate(
            ab, scale_factor=4, mode="bilinear", align_corners=False
        )
        return ab.numpy().transpose(0, 2, 3, 1)[0]

    return run


if __name__ == "__main__":
    report(measure(), "eccv16_inference")
