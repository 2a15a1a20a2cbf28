"""Any colorizer as a function from photo to photo, beside two baselines.

Each trained one ends in the serving path, so a score is that of what a user
gets. The baselines know nothing of the photo, and a score means little without
them: PSNR and SSIM reward gray.
"""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from keras_colorize.color.cielab_numpy import lab_to_rgb
from keras_colorize.color.cielab_numpy import rgb_to_lab
from training.measure.scoring import Colorize

DEFAULT_NETWORK_SIZE = 256  # of models under a name of their own


def baselines(mean_ab: tuple[float, float]) -> dict[str, Colorize]:
    """Makes the colorizers that give every pixel the same color.

    Args:
        mean_ab: mean CIE a* and b* of the *training* photos.

    Returns:
        "gray" keeps the lightness and sets ab = 0; "mean_color" sets
        `mean_ab`.
    """
    return {
        "gray": constant_color((0.0, 0.0)),
        "mean_color": constant_color(mean_ab),
    }


def constant_color(ab: tuple[float, float]) -> Colorize:
    """Makes a colorizer that sets one ab everywhere, clipped to the gamut."""

    def colorize(image):
        lab = rgb_to_lab(image.astype(np.float32) / 255.0)
        lab[..., 1:] = ab
        return np.rint(lab_to_rgb(lab) * 255.0).astype(np.uint8)

    return colorize


@dataclasses.dataclass(frozen=True)
class Predictor:
    """A colorizer with its settings applied.

    Attributes:
        colorize: uint8 (H, W, 3) sRGB to uint8 (H, W, 3) sRGB. The keywords
            `strength` and `temperature` replace the settings for one call.
        has_temperature: whether the model takes a temperature.
        description: what it is, for the report.
        metadata: the metadata.json beside the weights; empty without one.
        folder: where the weights are.
    """

    colorize: Callable[..., np.ndarray]
    has_temperature: bool
    description: dict
    metadata: dict
    folder: Path


def load_predictor(
    model: str,
    arch: str | None = None,
    network_size: int | None = None,
    strength: float = 1.0,
    temperature: float | None = None,
) -> Predictor:
    """Loads a colorizer by what it is stored as.

    Args:
        model: name of shipped weights, path of an .onnx file, of a preset
            folder (`Colorizer.save_to_preset`), or of a .weights.h5 file.
        arch: registered model name; needed for, and only for, .weights.h5.
        network_size: short side in pixels of the network's input, a multiple
            of the model's size multiple; None for the registered one. ONNX
            files have their own.
        strength: factor on the predicted ab.
        temperature: of the annealed mean, in (0, 1]; None for the model's.

    Raises:
        ValueError: If an option does not fit the kind of model, or there is
            no such model.
        OSError: If a file cannot be read.
    """
    path = Path(model)
    is_weights = path.name.endswith(".weights.h5")
    if is_weights != (arch is not None):
        raise ValueError(
            "A .weights.h5 file needs `arch` (a name of `keras-colorize "
            "models` or the registry), other models must not have it. "
            f"Received: model={model!r}, arch={arch!r}."
        )
    if is_weights or path.is_dir():
        keras_model = _load_keras_model(path, arch)
        network_size = network_size or default_network_size(keras_model)
        has_temperature, colorize = _graph_function(
            keras_model, network_size, strength, temperature
        )
    else:
        if network_size is not None:
            raise ValueError(
                "An ONNX model has its own network size. Received: "
                f"network_size={network_size}. Leave it out, or evaluate the "
                "preset folder."
            )
        path, has_temperature, colorize = _session_function(
            model, strength, temperature
        )
    folder = path if path.is_dir() else path.parent
    return Predictor(
        colorize=colorize,
        has_temperature=has_temperature,
        description={
            "model": model,
            "arch": arch,
            "network_size": network_size,
            "strength": strength,
            "temperature": temperature,
        },
        metadata=_read_metadata(folder),
        folder=folder,
    )


def _load_keras_model(path, arch):
    from keras_colorize.models.colorizer import Colorizer
    from keras_colorize.models.registry import create_model

    if arch is None:
        return Colorizer.from_preset(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no weights file {path}.")
    model = create_model(arch)
    model.load_weights(path)
    return model


def default_network_size(model) -> int:
    """Short side at which the network of a `Colorizer` sees photos."""
    from keras_colorize.models.registry import get_spec
    from keras_colorize.presets import list_models

    if model.fixed_size is not None:
        return min(model.fixed_size)
    if model.name not in list_models():
        return DEFAULT_NETWORK_SIZE
    return get_spec(model.name).input_size


def _graph_function(model, network_size, strength, temperature):
    from keras_colorize.color.luminance import keep_lightness
    from keras_colorize.exporters.serving_graph import build_serving_graph

    graph = build_serving_graph(model, network_size)
    has_temperature = "temperature" in graph.defaults
    if temperature is not None and not has_temperature:
        raise ValueError(
            f"{model.name} predicts ab directly and has no temperature. "
            f"Received: temperature={temperature}."
        )

    def colorize(image, strength=strength, temperature=temperature):
        options = {"strength": np.float32(strength)}
        if temperature is not None:
            options["temperature"] = np.float32(temperature)
        colorized = graph.serve(image[None], **options).numpy()[0]
        return keep_lightness(image, colorized)  # as a session does

    return has_temperature, colorize


def _session_function(model, strength, temperature):
    from keras_colorize.presets import find_onnx
    from keras_colorize.serving.session import ColorizeSession

    path = Path(model) if model.endswith(".onnx") else find_onnx(model)
    session = ColorizeSession(str(path))

    def colorize(image, strength=strength, temperature=temperature):
        return session.colorize_array(
            image, strength=strength, temperature=temperature
        )

    has_temperature = "temperature" in session.contract.optional_inputs
    return path, has_temperature, colorize


def _read_metadata(folder):
    path = folder / "metadata.json"
    if not path.is_file():
        return {}
    return json.loads(path.read_text(encoding="utf-8"))
