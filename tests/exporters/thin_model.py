"""A model of the real layers, thin enough to export in seconds."""

import keras
import numpy as np

from keras_colorize.models.eccv16.colorizer import ECCV16Colorizer

NETWORK_SIZE = 24


def make_thin_model(name="thin", **arguments):
    """ECCV16 with 3 filters a layer; no bias or statistic is left at 0 or 1.

    The weights are the same in each run: with so few filters, some initial
    weights let no color through.
    """
    keras.utils.set_random_seed(8)
    model = ECCV16Colorizer((3,) * 8, name=name, **arguments)
    rng = np.random.default_rng(8)
    model.set_weights(
        [
            w + rng.uniform(0.0, 0.3, w.shape) if w.ndim == 1 else w
            for w in model.get_weights()
        ]
    )
    return model
