"""Saved Keras models: `.keras` files find this package's classes.

Keras loads a file by the names of the classes in it, from a table in which
classes enter themselves when their modules are imported. After `import
keras_colorize`, before or after that of Keras, the table holds a stand-in for
each class of this package; the first use of one imports its module. So
`keras.models.load_model` works, and whoever only colorizes photos never pays
for Keras.
"""

import importlib
import importlib.abc
import importlib.util
import os
import sys
import warnings

_PACKAGE = "keras_colorize"
# Beside the models, which the registry knows: class -> module.
_PARTS = {
    "AbL1": "losses.regression",
    "AbL2": "losses.regression",
    "AdversarialColorizer": "trainers.adversarial",
    "AnnealedMean": "layers.annealed_mean",
    "BilinearUpsampling": "layers.bilinear_upsampling",
    "BoundedShortSide": "layers.resize",
    "Blur": "layers.blur",
    "ColorDecoder": "models.ddcolor.color_decoder",
    "ColorfulnessLoss": "losses.colorfulness",
    "DilatedConv2D": "layers.dilated_conv",
    "Gelu": "encoders.convnext",
    "GridCrossentropy": "losses.grid",
    "HintGate": "layers.hint_spread",
    "HintSpread": "layers.hint_spread",
    "HybridCrossentropy": "losses.classification",
    "HypercolumnConv2D": "layers.hypercolumn_conv",
    "LToLuma": "layers.luma",
    "LabToRgb": "models.ddcolor.discriminator",
    "LayerScale": "encoders.convnext",
    "LinearDecay": "trainers.linear_decay",
    "PerceptualLoss": "losses.perceptual",
    "PixelShuffle": "layers.pixel_shuffle",
    "QueryBlock": "models.ddcolor.query_block",
    "QueryFusion": "layers.query_fusion",
    "RebalancedCrossentropy": "losses.classification",
    "ResizeToStride": "layers.resize",
    "ShuffleInitializer": "layers.pixel_shuffle",
    "SinePositionEncoding": "layers.sine_position",
    "SpatialAttention": "layers.spatial_attention",
    "SpectralConv2D": "layers.spectral_conv",
    "WeightedLoss": "losses.weighted",
}
# How Keras begins its warning of optimizer variables that do not fit.
_SKIPPED = "Skipping variable loading for optimizer"


def load_model(path: str | os.PathLike, compile: bool = True):
    """Loads a whole model that `model.save("….keras")` wrote.

    `keras.models.load_model` does the same, but for its words where a file is
    none, and for the state of an optimizer that does not fit: of that Keras
    only warns.

    Example:
        model = load_model("model.keras")
        model.fit(…)  # goes on where the file was written

    Args:
        path: of the `.keras` file.
        compile: Whether loss, optimizer with its state, and metrics come
            along; False for a model that only predicts.

    Returns:
        The model, of the class that was saved; layers that were frozen are.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If Keras is not installed.
        ModelError: If the file is none that Keras wrote, or does not fit this
            version.
    """
    import zipfile

    from keras_colorize.errors import ModelError
    from keras_colorize.errors import needs_extra

    with needs_extra("train", "Keras models", "keras", "tensorflow"):
        import keras

    path = os.fspath(path)
    if not os.path.exists(path):
        raise FileNotFoundError(f"There is no saved model {path}.")
    if not zipfile.is_zipfile(path):  # of which Keras says "not found"
        raise ModelError(
            f"{path} must be a model that `model.save` wrote, a zip archive. "
            "Received: no such archive, or half of one. Save or copy it again."
        )
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", _SKIPPED, UserWarning)
            return keras.saving.load_model(path, compile=compile)
    # What Keras and h5py raise for files that are damaged or of others.
    except Exception as error:
        reason = " ".join(str(error).split())
        raise ModelError(
            f"{path} must be a model that `model.save` wrote with this version "
            f"of keras_colorize and Keras. Received: {type(error).__name__}: "
            f"{reason[:500]}"
        ) from error


def class_modules() -> dict[str, str]:
    """Returns the module of each class that Keras may find in a file."""
    from keras_colorize.models import registry

    modules = {name: f"{_PACKAGE}.{part}" for name, part in _PARTS.items()}
    for model in registry.model_names():
        module, _, name = registry.get_spec(model).builder.partition(":")
        modules[name] = module
    return modules


def register_with_keras() -> None:
    """Enters the classes into Keras' table, now or once Keras is imported."""
    if "keras" in sys.modules:
        _register()
    else:
        sys.meta_path.insert(0, _KerasWatcher())


def _register() -> None:
    table = importlib.import_module("keras.saving").get_custom_objects()
    for name, module in class_modules().items():
        table.setdefault(f"{_PACKAGE}>{name}", _StandIn(module, name))


class _StandIn:
    """Is in Keras' table for a class whose module nobody has imported yet."""

    def __init__(self, module, name):
        self._module = module
        self._name = name

    def __getattr__(self, attribute):
        cls = getattr(importlib.import_module(self._module), self._name)
        return getattr(cls, attribute)

    def __repr__(self):
        return f"{self._module}.{self._name}"


class _KerasWatcher(importlib.abc.MetaPathFinder):
    """Finds Keras as others do, and registers once it is imported."""

    is_asking = False

    def find_spec(self, name, path, target=None):
        """Returns the spec of Keras with a loader around its own."""
        if name != "keras" or self.is_asking:
            return None
        self.is_asking = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self.is_asking = False
        if spec is not None and spec.loader is not None:
            spec.loader = _RegisteringLoader(spec.loader, self)
        return spec


class _RegisteringLoader(importlib.abc.Loader):
    """Loads Keras by its own loader, then puts that back in its place."""

    def __init__(self, loader, watcher):
        self._loader = loader
        self._watcher = watcher

    def create_module(self, spec):
        """Makes the module."""
        return self._loader.create_module(spec)

    def exec_module(self, module):
        """Runs the module, then registers."""
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        if self._watcher in sys.meta_path:
            sys.meta_path.remove(self._watcher)
        _register()
