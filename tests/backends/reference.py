"""What every model computes from fixed weights, on whatever backend runs.

Weights, photos and truths are drawn with NumPy, so that they are the same
everywhere. A test under one backend gets the numbers of another by running
this module in a process of its own:

    KERAS_BACKEND=tensorflow python -m tests.backends.reference FILE.npz
"""

import sys
import zlib

import keras
import numpy as np
from keras import ops

from keras_colorize.layers.spectral_conv import SpectralConv2D
from keras_colorize.losses.classification import RebalancedCrossentropy
from keras_colorize.losses.grid import GridCrossentropy
from keras_colorize.losses.regression import AbL1
from keras_colorize.models import registry
from tests.models.tiny import distinct_models
from tests.models.tiny import tiny_overrides

ODD_SIZE = (23, 41)
NUM_STEPS = 2
# Each backend draws other random numbers.
NO_DROPOUT = {"unetpp_base": {"dropout_rate": 0.0}}


def overrides(name):
    """Constructor arguments of the small, deterministic model."""
    return {**tiny_overrides(name), **NO_DROPOUT.get(name, {})}


def results_of(name):
    """Runs one model: forward, whole prediction, two steps of training.

    Args:
        name: one of `distinct_models()`.

    Returns:
        dict of NumPy arrays:
        "output" (and "output/<key>" where there are several) of two photos;
        "ab", predicted for a photo whose sides are no multiples;
        "colorized", two such photos from uint8 to uint8;
        "loss" (`NUM_STEPS`,);
        "statistics/<path>", batch statistics after the training;
        "moved/<path>", largest change of a trainable weight by it.
    """
    model = registry.create_model(name, **overrides(name))
    set_weights(model)
    # Not square, of the size that the network takes.
    size = (32, 64) if model.size_multiple == 32 else (32, 48)
    inputs = network_inputs(model, model.fixed_size or size)
    outputs = as_numpy(model(inputs, training=False))
    results = {
        "ab": as_numpy(model.predict_ab(50 + draw("L", 1, *ODD_SIZE, 1))),
        "colorized": colorized(model),
    }
    if isinstance(outputs, dict):
        results |= {f"output/{key}": x for key, x in outputs.items()}
    else:
        results["output"] = outputs

    before = [as_numpy(weight) for weight in model.trainable_weights]
    results["loss"] = train(model, inputs, outputs)
    for weight, old in zip(model.trainable_weights, before, strict=True):
        change = np.abs(as_numpy(weight) - old).max()
        results[f"moved/{weight.path}"] = change
    for weight in model.non_trainable_weights:
        if "/moving_" in weight.path:
            results[f"statistics/{weight.path}"] = as_numpy(weight)
    return results


def colorized(model):
    """Two colorized photos; faint colors are made visible."""
    photos = (128 + 40 * draw("photo", 2, *ODD_SIZE, 3)).clip(0, 255)
    size = min(model.fixed_size or (2 * model.size_multiple,))
    return model.colorize(
        photos.astype("uint8"), strength=2.0, network_size=size
    )


def train(model, inputs, outputs):
    """Takes `NUM_STEPS` steps of `fit`; returns the loss at each."""
    losses = {
        "ab": AbL1,
        "q_logits": RebalancedCrossentropy,
        "uv": keras.losses.MeanSquaredError,
        "rgb": keras.losses.MeanSquaredError,
    }
    if model.output_kind == "ab_and_q_logits":
        loss = {"ab": AbL1(), "q_logits": GridCrossentropy()}
        truths = {"ab": truth("ab", outputs["ab"])}
        truths["q_logits"] = truths["ab"][:, ::4, ::4]
    else:
        loss = losses[model.output_kind]()
        truths = truth(model.output_kind, outputs)
    # Plain SGD, and clipped: steps of the same length for every loss, and
    # nothing that turns the sign of a rounding error into a step.
    optimizer = keras.optimizers.SGD(0.05, global_clipnorm=1.0)
    model.compile(optimizer=optimizer, loss=loss)
    history = model.fit(
        inputs, truths, batch_size=2, epochs=NUM_STEPS, shuffle=False, verbose=0
    )
    return np.array(history.history["loss"])


def set_weights(model):
    """Draws each weight from a generator seeded with its name."""
    if hasattr(model, "ab_decoder"):  # no gradient from the cross-entropy
        model.ab_decoder.trainable = False
    for weight in model.weights:
        noise = draw(weight.path, *weight.shape)
        leaf = weight.path.rpartition("/")[2]
        if leaf == "kernel":
            weight.assign(noise * np.sqrt(2 / np.prod(weight.shape[:-1])))
        elif leaf in ("gamma", "moving_variance"):
            weight.assign(np.exp(0.1 * noise))
        else:
            weight.assign(0.1 * noise)
    # Of drawn vectors the singular value could be 0 or less.
    for layer in model._flatten_layers():
        if isinstance(layer, SpectralConv2D):
            for _ in range(5):
                layer.iterate()


def network_inputs(model, size):
    """Two photos as the model takes them; a quarter of it hints."""
    L = 50 + 25 * draw("L", 2, *size, 1).clip(-2, 2)
    if not model.takes_hints:
        return L
    mask = (draw("mask", 2, *size, 1) > 0.67).astype("float32")
    return model.network_inputs(L, 40 * draw("hint", 2, *size, 2) * mask, mask)


def truth(kind, output):
    """What the model should have predicted, of the shape of its output."""
    if kind == "rgb":
        return 0.5 + 0.2 * draw(kind, *output.shape)
    if kind == "uv":
        return 0.2 * draw(kind, *output.shape)
    return 40 * draw(kind, *output.shape[:3], 2)


def draw(name, *shape):
    """Standard normal numbers, float32, a function of name and shape."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    return rng.standard_normal(shape).astype("float32")


def as_numpy(x):
    # A copy: on the CPU the array can share the memory of the variable.
    return keras.tree.map_structure(
        lambda leaf: np.array(ops.convert_to_numpy(leaf)), x
    )


if __name__ == "__main__":
    np.savez(
        sys.argv[1],
        **{
            f"{name}/{key}": array
            for name in distinct_models()
            for key, array in results_of(name).items()
        },
    )
