"""eccv16_base from L to ab in int8, one photo, against two peers in float32.

    - The same network and weights in eager PyTorch.
    - Our own file in fp32, in the same runtime.

256 x 256 pixels, all cores. The int8 file is calibrated and judged on cuts
of scikit-image's photos; the times do not depend on them, nor on the weights.
"""

import pathlib
import tempfile

import numpy as np

from benchmarks.bench_eccv16_inference import make_lightness
from benchmarks.bench_eccv16_inference import make_peer
from benchmarks.bench_eccv16_inference import make_runner
from benchmarks.bench_pipeline import write_photos
from benchmarks.measure import Comparison
from benchmarks.measure import compare
from benchmarks.measure import report

SIZE = 256


def measure(
    model_name: str = "eccv16_base", size: int = SIZE, turns: int = 15
) -> tuple[Comparison, Comparison]:
    """Times int8 against PyTorch and against fp32.

    Before, fp32 is compared with PyTorch, and the export of int8 fails if
    its colors are not those of fp32.
    """
    import torch

    from keras_colorize.exporters.onnx import export_onnx
    from keras_colorize.exporters.quantize import quantize_onnx
    from keras_colorize.models.registry import create_model

    model = create_model(model_name)
    L = make_lightness(size)
    peer = make_peer(model, L)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "photos").mkdir()
        write_photos(folder / "photos", count=12)
        export_onnx(model, folder / "fp32.onnx", head="ab", network_size=size)
        found = quantize_onnx(
            folder / "fp32.onnx", folder / "int8.onnx", folder / "photos"
        )
        if found.num_int8 < found.num_inner:
            raise RuntimeError(f"Not the file to time: {found.summary()}.")
        full = make_runner(folder / "fp32.onnx", L)
        ours = make_runner(folder / "int8.onnx", L)
    np.testing.assert_allclose(full(), peer(), atol=1e-2)
    claim = f"{model_name}, one photo of {size} x {size}, L to ab"
    side = ("keras_colorize, int8, onnxruntime", ours)
    torch_name = f"PyTorch {torch.__version__}, eager, float32"
    return (
        compare(claim, side, (torch_name, peer), turns=turns),
        compare(
            claim,
            side,
            ("keras_colorize, fp32, onnxruntime", full),
            turns=turns,
        ),
    )


if __name__ == "__main__":
    against_torch, against_fp32 = measure()
    report(against_torch, "int8_torch")
    report(against_fp32, "int8_fp32")
