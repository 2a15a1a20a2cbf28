"""Colorization of black and white photos: train, export and use models.

| part | what it is |
| --- | --- |
| `color`, `layers`, `encoders`, `losses`, `metrics` | what models are made of |
| `models`, `trainers`, `presets` | the zoo, training steps, weights by name |
| `saving` | `.keras` files |
| `data` | photos to training batches |
| `serving` | photos and films in color; no Keras: files, folders, servers |
| `exporters`, `convert` | ONNX and SavedModel; published checkpoints |
| `cli` | the command |

The names below load on first use, so that the deployment path (`colorize`,
`ColorizeSession`, the command) runs where neither Keras nor TensorFlow is
installed.
"""

import importlib
import os
from typing import TYPE_CHECKING

from keras_colorize.errors import needs_extra
from keras_colorize.saving import register_with_keras

if TYPE_CHECKING:
    from keras_colorize.errors import ColorizeWarning
    from keras_colorize.hints import FilmHint
    from keras_colorize.hints import Hint
    from keras_colorize.hints import load_film_hints
    from keras_colorize.hints import load_hints
    from keras_colorize.models.colorizer import Colorizer
    from keras_colorize.models.registry import create_model
    from keras_colorize.models.registry import load_pretrained
    from keras_colorize.presets import list_models
    from keras_colorize.saving import load_model
    from keras_colorize.serving.colorize import colorize
    from keras_colorize.serving.session import ColorizeSession

# onnxruntime reads it while it is imported: photos are private, and a home
# folder is nothing to leave a device number in. Whoever sets it to 0 has it.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__version__ = "0.1.0"

# So that `keras.models.load_model` finds the classes of this package.
register_with_keras()

__all__ = [
    "ColorizeSession",
    "ColorizeWarning",
    "Colorizer",
    "FilmHint",
    "Hint",
    "colorize",
    "create_model",
    "list_models",
    "load_film_hints",
    "load_hints",
    "load_model",
    "load_pretrained",
]

_HOMES = {
    "ColorizeSession": "keras_colorize.serving.session",
    "ColorizeWarning": "keras_colorize.errors",
    "Colorizer": "keras_colorize.models.colorizer",
    "FilmHint": "keras_colorize.hints",
    "Hint": "keras_colorize.hints",
    "colorize": "keras_colorize.serving.colorize",
    "create_model": "keras_colorize.models.registry",
    "list_models": "keras_colorize.presets",
    "load_film_hints": "keras_colorize.hints",
    "load_hints": "keras_colorize.hints",
    "load_model": "keras_colorize.saving",
    "load_pretrained": "keras_colorize.models.registry",
}


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(
            f"module 'keras_colorize' has no attribute {name!r}"
        )
    with needs_extra("train", "Keras models", "keras", "tensorflow"):
        value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *__all__})
