"""Any colorizer as a function from photo to photo, beside two baselines.

Each trained one ends in the serving path, so a score is that of what a user
gets. The baselines know nothing of the photo, and a score means little without
them: PSNR and SSIM reward gray.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np

from keras_colorize.color.cielab_numpy import lab_to_rgb
from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.presets import find_onnx
from keras_colorize.presets import read_metadata
from keras_colorize.serving.contract import NATURAL
from keras_colorize.serving.contract import Contract
from keras_colorize.serving.options import ColorizeOptions
from keras_colorize.serving.session import ColorizeSession
from training.measure.scoring import Colorize


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
    """A trained colorizer and the options it is run with.

    Attributes:
        run: function of a uint8 (H, W, 3) sRGB photo and options, to the
            same; the options are checked before.
        contract: what options mean to the model.
        options: those it is run with unless told otherwise.
        description: what it is, for the report.
        metadata: the metadata.json beside the weights; empty without one.
        folder: where the weights are.
    """

    run: Callable[[np.ndarray, ColorizeOptions], np.ndarray]
    contract: Contract
    options: ColorizeOptions
    description: dict
    metadata: dict
    folder: Path

    def colorizer(self, options: ColorizeOptions | None = None) -> Colorize:
        """Fixes the options; None takes its own.

        Raises:
            SettingError: If they have no meaning for the model.
        """
        fixed = self.options if options is None else options
        fixed.check(self.contract)
        return lambda image: self.run(image, fixed)


def load_predictor(
    model: str,
    arch: str | None = None,
    network_size: int | None = None,
    options: ColorizeOptions | None = None,
) -> Predictor:
    """Loads a colorizer by what it is stored as.

    Args:
        model: name of shipped weights, path of an .onnx file, of a preset
            folder (`Colorizer.save_to_preset`), or of a .weights.h5 file.
        arch: registered model name; needed for, and only for, .weights.h5.
        network_size: short side in pixels of the network's input, a multiple
            of the model's size multiple; None for what the preset says, or
            the model is registered with. ONNX files have their own.
        options: what to run it with; None for the model's defaults.

    Raises:
        ValueError: If an argument does not fit the kind of model, or there is
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
        from keras_colorize.models.full_size import usual_network_size

        keras_model = _load_keras_model(path, arch)
        network_size = network_size or usual_network_size(keras_model)
        run, contract = _serving_graph(keras_model, network_size)
    else:
        if network_size is not None:
            raise ValueError(
                "An ONNX model has its own network size. Received: "
                f"network_size={network_size}. Leave it out, or evaluate the "
                "preset folder."
            )
        path = path if path.suffix == ".onnx" else find_onnx(model)
        session = ColorizeSession(str(path))
        run, contract = session.colorize_checked, session.contract
    options = options or ColorizeOptions()
    options.check(contract)
    folder = path if path.is_dir() else path.parent
    return Predictor(
        run=run,
        contract=contract,
        options=options,
        description={
            "model": model,
            "arch": arch,
            "network_size": network_size,
            "strength": options.strength,
            "temperature": options.temperature,
            "look": options.look,
        },
        metadata=read_metadata(folder),
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


def _serving_graph(model, network_size):
    from keras_colorize.color.luminance import keep_lightness
    from keras_colorize.exporters.serving_graph import build_serving_graph

    graph = build_serving_graph(model, network_size)
    contract = Contract(
        model=model.name,
        weights="",
        head=graph.head,
        optional_inputs=frozenset(graph.defaults),
        fixed_size=None,  # of photos: they are resized to the network's
        network_size=network_size,
        facts={},
        looks={
            name: model.settings_of_look(name)
            for name in model.looks or (NATURAL,)
        },
    )

    def run(image, options):
        given = {
            name: np.float32(value)
            for name, value in options.inputs_for(contract).items()
        }
        colorized = graph.serve(image[None], **given).numpy()[0]
        return keep_lightness(image, colorized)  # as a session does

    return run, contract
