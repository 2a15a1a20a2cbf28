"""The average of the weights over the last steps, ready to be used.

The optimizer keeps the average (`use_ema`). Batch normalization's statistics
belong to the weights of the last step, though, and cannot be averaged: a
channel that died on the way has a variance near 0 and would be amplified a
few hundred times in each block. They are measured anew with the averaged
weights, on a few fixed training batches.

Reference: Izmailov et al., Averaging Weights Leads to Wider Optima and Better
Generalization, UAI 2018, 3.2.
"""

import contextlib
import itertools
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

import keras
import numpy as np

# Share of the layer's median variance below which a channel is dead.
_DEAD_SHARE = 1e-3
# 512 photos at the usual batch size: the statistics of the deepest blocks
# are means over 10^5 pixels.
_CALIBRATION_BATCHES = 16


class WeightAverage:
    """Puts averaged weights with matching batch statistics into a model.

    Args:
        batches: network inputs, NumPy: L float (B, H, W, 1) each, CIE L*, or
            a dict with hints. Training batches on which the statistics are
            measured; the same in each run.
    """

    def __init__(self, batches: Sequence):
        self.batches = list(batches)
        self._measured_at = None
        self._statistics = []

    @classmethod
    def from_stream(cls, batches: Iterable) -> "WeightAverage":
        """Keeps the inputs of the first training batches of a run.

        Args:
            batches: (inputs, truth) pairs; 16 are read.
        """
        first = itertools.islice(batches, _CALIBRATION_BATCHES)
        to_numpy = keras.ops.convert_to_numpy
        return cls(
            [keras.tree.map_structure(to_numpy, inputs) for inputs, _ in first]
        )

    @contextlib.contextmanager
    def applied(self, model: keras.Model) -> Iterator[None]:
        """Puts the average into the model for the duration of a `with`.

        Does nothing when the optimizer keeps no average.

        Args:
            model: compiled model with a built optimizer.

        Yields:
            Nothing; the weights of the last step are back afterwards.
        """
        # Under mixed_float16 the one that takes the steps is inside another.
        optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
        if not getattr(optimizer, "use_ema", False):
            yield
            return
        norms = batch_norm_layers(model)
        statistics = [
            v for n in norms for v in (n.moving_mean, n.moving_variance)
        ]
        variables = [*model.trainable_variables, *statistics]
        last = _values_of(variables)
        optimizer.finalize_variable_values(model.trainable_variables)
        # Copied: under JAX the model would share the optimizer's memory, which
        # the next evaluation gives away.
        _assign(variables, _values_of(variables))
        step = int(optimizer.iterations)
        try:
            if self._measured_at != step:
                measure_batch_statistics(model, self.batches)
                self._statistics = _values_of(statistics)
                self._measured_at = step
            _assign(statistics, self._statistics)
            yield
        finally:
            _assign(variables, last)


def batch_norm_layers(model: keras.Model) -> list:
    """Returns the batch normalization layers of a functional model.

    Those of models inside it, such as an encoder, are among them.
    """
    norms = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            norms.append(layer)
        elif isinstance(layer, keras.Model):
            norms += batch_norm_layers(layer)
    return norms


def measure_batch_statistics(model: keras.Model, batches: Sequence) -> None:
    """Sets moving means and variances to their mean over some batches.

    Args:
        model: a functional model; its other weights stay as they are.
        batches: network inputs, as of `WeightAverage`.
    """
    norms = batch_norm_layers(model)
    momenta = [norm.momentum for norm in norms]
    try:
        for i, inputs in enumerate(batches):
            for norm in norms:
                # Eager calls read it each time: 0, 1/2, 2/3 ... give the
                # plain mean of all batches so far.
                norm.momentum = i / (i + 1)
            model(inputs, training=True)
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
    calm_dead_channels(model)


def calm_dead_channels(model: keras.Model) -> None:
    """Raises variances near 0, so that channels which died stay quiet.

    A channel without variance on the training photos is divided by almost
    nothing: the first photo that wakes it up would be flooded by it. Channels
    that live are left alone, and so are frozen norms.

    Args:
        model: a functional model with batch normalization.
    """
    for norm in batch_norm_layers(model):
        if not norm.trainable:
            continue
        variance = keras.ops.convert_to_numpy(norm.moving_variance)
        floor = _DEAD_SHARE * np.median(variance)
        norm.moving_variance.assign(np.maximum(variance, floor))


def _values_of(variables):
    # Copied: under JAX the arrays may be views of memory that the next step
    # of the training takes over.
    return [np.array(keras.ops.convert_to_numpy(v)) for v in variables]


def _assign(variables, values):
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
