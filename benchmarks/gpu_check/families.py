"""Every family of models on a device, compared with the CPU.

    python -m benchmarks.gpu_check.families lite pix2pix_small

Of each model a small one is computed from fixed weights, forward and two
steps of `fit`: on the CPU in float32, then on the device in float32 and in
mixed bfloat16. A line of JSON is printed for each comparison. Under JAX all
of it is compiled by XLA; what PyTorch computes is not, see `README.md`.

The device is the GPU. Without one it is the CPU itself: under JAX a second
CPU device, whose code XLA optimizes in float32, while that of the reference it
does not; under PyTorch the same code again, so that its float32 can show
nothing.
"""

import contextlib
import dataclasses
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

# What takes longest begins first, beside it what costs least: a short time
# leaves out few. The tiny versions that are computed have as many layers as the
# large ones.
FAMILIES = (
    "lite",
    "ddcolor_nano",
    "autoencoder_32",
    "hypercolumn_vgg16",
    "autoencoder_bn",
    "pix2pix_small",
    "eccv16_small",
    "unetpp_base",
    "siggraph17_small",
    "unetpp_color_small",
    "resnet18_unet_small",
)


@dataclasses.dataclass(frozen=True)
class Differences:
    """How far the device is from the CPU, each relative; or how far it may be.

    Attributes:
        output: Largest of the network's outputs, over the largest value.
        loss: Largest of the losses of both steps.
        weights: What the steps changed in the trained weights: length of the
            difference over the length of the change.
        statistics: The same of the averages that batch norm keeps.
    """

    output: float
    loss: float
    weights: float
    statistics: float


# float32 (without TF32) differs by the order of sums alone: 1e-6 of the
# outputs and 1e-3 of the steps between two ways to compile for a CPU, more
# where convolutions are transformed (Winograd). A rounding that opens or
# closes a ReLU of these narrow networks moves a step by percents; a gradient
# that is wrong moves it by its own size.
#
# bfloat16 keeps 8 bits, half a unit is 0.2 % a layer: up to 3 % of the outputs
# after 50 layers, and the ends of the differences are larger. Steps cannot be
# compared: rounding the weights of the float32 networks to as many bits turns
# those of eccv16 and siggraph17 by as much as bfloat16 does (0.3 to 1.1). What
# must agree are the losses, and that both steps make them smaller.
TOLERANCES = {
    "float32": Differences(2e-3, 2e-3, 0.1, 5e-3),
    "mixed_bfloat16": Differences(0.1, 0.05, np.inf, 0.2),
}


def check(name: str) -> Iterator[dict]:
    """Compares one model with the CPU, in each precision.

    Args:
        name: One of `FAMILIES`, or any other registered model.

    Yields:
        "model", "precision", "verdict" ("equal" or "differs"), the
        `Differences`, the losses of both sides and "seconds".
    """
    start = time.monotonic()
    with _reference() as cpu:
        expected = compute(name, "float32", cpu)
    for precision in TOLERANCES:
        with _device(precision) as device:
            found = compute(name, precision, device)
        seconds = round(time.monotonic() - start, 1)
        start = time.monotonic()
        compared = compare(expected, found, precision)
        names = {"model": name, "precision": precision}
        yield {**names, **compared, "seconds": seconds}


@dataclasses.dataclass(frozen=True)
class Computed:
    """What one side computed.

    Attributes:
        outputs: Arrays of the network's outputs.
        loss: float (2,). Of each step.
        weights: Change of the trained weights by both steps, in a row.
        statistics: The same of the averages of batch norm.
    """

    outputs: list[np.ndarray]
    loss: np.ndarray
    weights: np.ndarray
    statistics: np.ndarray


def compute(name: str, precision: str, device: str) -> Computed:
    """Computes the tiny version of a model where Keras computes just now.

    Raises:
        RuntimeError: If that is another device than `device`.
    """
    import keras

    from tests.backends import reference

    model = _tiny_model(name, precision)
    reference.set_weights(model)
    size = (32, 64) if model.size_multiple == 32 else (32, 48)
    inputs = reference.network_inputs(model, model.fixed_size or size)
    outputs = model.predict(inputs, verbose=0)
    before = reference.as_numpy([w.value for w in model.weights])
    loss = reference.train(model, inputs, outputs)
    places = {_place(weight.value) for weight in model.weights}
    if places != {device}:
        raise RuntimeError(
            f"Expected to compute on {device}. Received: weights on {places}."
        )
    after = reference.as_numpy([w.value for w in model.weights])
    changes = {True: [np.zeros(0)], False: [np.zeros(0)]}
    for weight, new, old in zip(model.weights, after, before, strict=True):
        changes[weight.trainable].append((new - old).ravel())
    return Computed(
        keras.tree.flatten(outputs),
        loss,
        weights=np.concatenate(changes[True]),
        statistics=np.concatenate(changes[False]),
    )


def compare(expected: Computed, found: Computed, precision: str) -> dict:
    """Says how far two sides are apart, and whether that is too far."""
    outputs = [
        np.abs(b - a).max() / np.abs(a).max()
        for a, b in zip(expected.outputs, found.outputs, strict=True)
    ]
    differences = Differences(
        output=np.max(outputs),  # `max` would pass a NaN over
        loss=np.abs(found.loss / expected.loss - 1).max(),
        weights=_distance(expected.weights, found.weights),
        statistics=_distance(expected.statistics, found.statistics),
    )
    values = dataclasses.asdict(differences)
    allowed = dataclasses.asdict(TOLERANCES[precision])
    is_equal = found.loss[1] < found.loss[0] and all(
        np.isfinite(value) and value <= allowed[key]
        for key, value in values.items()
    )
    return {
        "verdict": "equal" if is_equal else "differs",
        **{key: float(f"{value:.3g}") for key, value in values.items()},
        "loss_cpu": expected.loss.tolist(),
        "loss_device": found.loss.tolist(),
    }


def _distance(expected, found):
    length = np.linalg.norm(expected)
    return float(np.linalg.norm(found - expected) / length) if length else 0.0


def _tiny_model(name: str, precision: str) -> Any:
    import keras

    from keras_colorize.models import registry
    from tests.backends import reference

    keras.mixed_precision.set_dtype_policy(precision)
    overrides = reference.overrides(name)
    if keras.backend.backend() != "jax":
        return registry.create_model(name, **overrides)
    # Weights are set afterwards, where they are wanted: what draws the first
    # ones is compiled once, for the CPU and fast.
    with _reference():
        return registry.create_model(name, **overrides)


@contextlib.contextmanager
def _reference() -> Iterator[str]:
    """Computes on the CPU; what XLA compiles there it does not optimize.

    Yields:
        The name of the device as `_place` gives it.
    """
    import keras

    if keras.backend.backend() == "jax":
        import jax

        device = jax.devices("cpu")[0]
        with (
            _jax_optimizes(False),
            jax.default_device(device),
            jax.default_matmul_precision(None),
        ):
            yield str(device)
        return
    with keras.device("cpu"):
        yield "cpu"


@contextlib.contextmanager
def _device(precision: str) -> Iterator[str]:
    """Computes on the device, in float32 without the short ones of TF32.

    Yields:
        The name of the device as `_place` gives it.
    """
    import keras

    is_exact = precision == "float32"
    if keras.backend.backend() == "jax":
        import jax

        devices = jax.devices()
        is_gpu = devices[0].platform != "cpu"
        device = devices[0 if is_gpu else -1]
        digits = "highest" if is_exact else None
        with (
            _jax_optimizes(is_gpu or is_exact),
            jax.default_device(device),
            jax.default_matmul_precision(digits),
        ):
            yield str(device)
        return
    import torch

    yield "cuda:0" if torch.cuda.is_available() else "cpu"


@contextlib.contextmanager
def _jax_optimizes(value: bool) -> Iterator[None]:
    import jax

    before = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", not value)
    try:
        yield
    finally:
        jax.config.update("jax_disable_most_optimizations", before)


def _place(array: Any) -> str:
    """Names the device that holds an array."""
    return str(array.device)


def set_up_backend() -> None:
    """Prepares this process for `check`, before anything is computed."""
    import keras

    if keras.backend.backend() == "jax":
        import jax

        # One for the reference, and one that is the device without a GPU.
        jax.config.update("jax_num_cpu_devices", 2)
        return
    import torch

    torch.set_num_threads(1)  # more would wait for each other
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False


def main(names: list[str]) -> None:
    """Prints the comparisons of some models."""
    set_up_backend()
    for name in names:
        for row in check(name):
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
