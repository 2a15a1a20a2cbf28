"""Keras models with the weights that this package ships."""

from keras_colorize.serving.weights import KERAS_FILES
from keras_colorize.serving.weights import find_shipped
from keras_colorize.serving.weights import verify_checksum


def load_pretrained(name):
    """Builds a model with shipped weights, to predict or to fine-tune.

    For colorizing photos, `colorize` and `ColorizeSession` need no Keras.

    Args:
        name: `<model>` for the model's default weights, or `<model>.<tag>`.

    Returns:
        A `keras_colorize.models.colorizer.Colorizer` in float32.

    Raises:
        SettingError: If nothing is shipped under that name; lists what is.
        ModelError: If a file is missing or not the one that was shipped.
    """
    from keras_colorize.models.colorizer import Colorizer

    weights = find_shipped(name)
    verify_checksum(weights, *KERAS_FILES)
    return Colorizer.from_preset(weights.folder)
