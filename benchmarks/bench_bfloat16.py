"""eccv16_base from L to ab in bfloat16, one photo, against two in float32.

    - The same network and weights in eager PyTorch.
    - The same Keras model.

256 x 256 pixels, all cores. Ours is the SavedModel of `--precision bfloat16`,
loaded again; TensorFlow compiles it without XLA, whose convolutions on CPUs
are slower.
"""

import pathlib
import tempfile
from collections.abc import Callable

import numpy as np

from benchmarks.bench_eccv16_inference import make_lightness
from benchmarks.bench_eccv16_inference import make_peer
from benchmarks.measure import Comparison
from benchmarks.measure import compare
from benchmarks.measure import report

SIZE = 256
# CIE units of ab. bfloat16 has 8 significant bits; a visible step is 1 to 2.
MAX_MEAN_DIFFERENCE = 0.1


def measure(
    model_name: str = "eccv16_base", size: int = SIZE, turns: int = 15
) -> tuple[Comparison, Comparison]:
    """Times bfloat16 against PyTorch and against Keras, both in float32.

    Before, float32 is compared with PyTorch, and bfloat16 with float32: the
    mean difference of ab is at most `MAX_MEAN_DIFFERENCE`.
    """
    import torch

    from keras_colorize.exporters.saved_model import export_saved_model
    from keras_colorize.exporters.serving_graph import build_serving_graph
    from keras_colorize.models.registry import create_model

    model = create_model(model_name)
    L = make_lightness(size)
    peer = make_peer(model, L)
    graph = build_serving_graph(model, size, "ab", size)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name) / "saved"
        export_saved_model(
            model,
            folder,
            size=size,
            head="ab",
            network_size=size,
            precision="bfloat16",
        )
        ours = load_runner(folder, L)

    def full():
        return graph.serve(L).numpy()[0]

    np.testing.assert_allclose(full(), peer(), atol=1e-2)
    difference = np.abs(ours() - full()).mean()
    if not 0 < difference <= MAX_MEAN_DIFFERENCE:
        raise ValueError(
            "bfloat16 must differ from float32, and by a mean of at most "
            f"{MAX_MEAN_DIFFERENCE:g} units of ab. Received: {difference:.3g}."
        )
    claim = f"{model_name}, one photo of {size} x {size}, L to ab"
    side = ("keras_colorize, SavedModel in bfloat16", ours)
    torch_name = f"PyTorch {torch.__version__}, eager, float32"
    return (
        compare(claim, side, (torch_name, peer), turns=turns, target=2.0),
        compare(
            claim,
            side,
            ("keras_colorize, tf.function, float32", full),
            turns=turns,
        ),
    )


def load_runner(
    folder: pathlib.Path, L: np.ndarray
) -> Callable[[], np.ndarray]:
    """Loads a SavedModel of `head="ab"` as a function to ab (H, W, 2)."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(folder))
    return lambda: loaded.serve(L).numpy()[0]


if __name__ == "__main__":
    against_torch, against_float32 = measure()
    report(against_torch, "bfloat16_torch")
    report(against_float32, "bfloat16_float32")
