"""A colorization model in onnxruntime; needs neither Keras nor TensorFlow."""

import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from keras_colorize.serving.contract import read_contract
from keras_colorize.serving.errors import ModelError
from keras_colorize.serving.errors import SettingError
from keras_colorize.serving.photo_math import image_to_L
from keras_colorize.serving.photo_math import merge_L_and_ab
from keras_colorize.serving.photo_math import resize_antialiased
from keras_colorize.serving.photo_math import resize_bilinear
from keras_colorize.serving.weights import DEFAULT_MODEL
from keras_colorize.serving.weights import find_onnx

_LOAD_ERRORS = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NotImplemented,
)


class ColorizeSession:
    """Loads a model once and colorizes any number of photos with it.

    Can be pickled (for process pools and cluster engines): the model is
    loaded again where it arrives. `colorize_array` may be called from several
    threads.

    Example:
        session = ColorizeSession("eccv16_small")
        colorized = session.colorize_array(image)    # uint8 (H, W, 3)

    Args:
        model: Name of shipped weights (`<model>` or `<model>.<tag>`), the
            path of an .onnx file made by `export/export_onnx.py`, or the
            bytes of such a file.
        providers: onnxruntime execution providers in order of preference;
            default the CPU.
        num_threads: Threads of one inference; default all cores.

    Attributes:
        contract: `Contract`, what the model file says about itself.

    Raises:
        SettingError: If the name, the path, a provider or `num_threads` is
            not usable.
        ModelError: If the file is damaged or not an exported colorizer.
    """

    def __init__(
        self,
        model: str | os.PathLike | bytes = DEFAULT_MODEL,
        providers: Sequence[str] | None = None,
        num_threads: int | None = None,
    ):
        if num_threads is not None and num_threads < 1:
            raise SettingError(
                "`num_threads` must be at least 1, or None for all cores. "
                f"Received: num_threads={num_threads}."
            )
        self.model = model
        self.providers = _checked_providers(providers)
        self.num_threads = num_threads
        self._load()

    def colorize_array(
        self,
        image: np.ndarray,
        strength: float = 1.0,
        temperature: float | None = None,
    ) -> np.ndarray:
        """Colorizes one photo; colors that it has are not looked at.

        Args:
            image: uint8 (H, W, 3), sRGB. Gray photos: three equal channels.
            strength: Factor on the predicted chroma; 0 gives a gray photo.
            temperature: In (0, 1], for models that predict distributions:
                lower is more vivid and less even. Default: the model's.

        Returns:
            uint8 (H, W, 3), sRGB. Its lightness is that of `image`, but for
            rounding and where the color left the gamut.

        Raises:
            TypeError: If `image` is not a uint8 array.
            ValueError: If its shape is not (H, W, 3) or a setting has no
                meaning for this model.
            MemoryError: If the photo is too large for this machine.
        """
        _check_image(image)
        self.check_settings(strength, temperature)
        scalars = {"strength": strength, "temperature": temperature}
        feed = {
            name: np.array(value, np.float32)
            for name, value in scalars.items()
            if name in self.contract.optional_inputs and value is not None
        }
        if self.contract.head == "ab":
            L = image_to_L(image)
            return merge_L_and_ab(L, self._predict_ab(L, feed), strength)
        fixed_size = self.contract.fixed_size
        if fixed_size and image.shape[:2] != fixed_size:
            raise ModelError(
                f"This model file takes photos of {fixed_size[1]}x"
                f"{fixed_size[0]} pixels only. Received: {image.shape[1]}x"
                f"{image.shape[0]}. Export it with --size dynamic."
            )
        return self._run(image, feed)

    def check_settings(
        self, strength: float = 1.0, temperature: float | None = None
    ) -> None:
        """Refuses settings that mean nothing to this model.

        Raises:
            SettingError: If a value is out of range, or the model file has
                no such input.
        """
        if not 0.0 <= strength < math.inf:
            raise SettingError(
                "`strength` must be 0 or more (1 is what the model predicts). "
                f"Received: strength={strength}."
            )
        inputs = self.contract.optional_inputs
        has_strength = self.contract.head == "ab" or "strength" in inputs
        if strength != 1.0 and not has_strength:
            raise SettingError(
                f"This file of {self.contract.model} has no input for the "
                f"strength. Received: strength={strength}. Leave it out, or "
                "export the model again."
            )
        if temperature is None:
            return
        if "temperature" not in inputs:
            raise SettingError(
                f"{self.contract.model} takes no temperature; only "
                "classification models do. Received: temperature="
                f"{temperature}. Leave it out."
            )
        if not 0.0 < temperature <= 1.0:
            raise SettingError(
                "`temperature` must be above 0 and at most 1. Received: "
                f"temperature={temperature}."
            )

    def __getstate__(self):
        state = self.__dict__.copy()
        del state["_session"]
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._load()

    def _load(self):
        source, label = _model_source(self.model)
        self._session = _open_session(
            source, label, self.providers, self.num_threads
        )
        self.contract = read_contract(
            label,
            self._session.get_modelmeta().custom_metadata_map,
            {node.name: node.shape for node in self._session.get_inputs()},
            {node.name: node.shape for node in self._session.get_outputs()},
            frozenset(
                node.name
                for node in self._session.get_overridable_initializers()
            ),
        )

    def _predict_ab(self, L, feed):
        fixed_size = self.contract.fixed_size
        if not fixed_size or L.shape[:2] == fixed_size:
            return self._run(L, feed)
        ab = self._run(resize_antialiased(L, *fixed_size), feed)
        return resize_bilinear(ab, *L.shape[:2])

    def _run(self, x, feed):
        # Whatever goes wrong is raised: a photo without color must not look
        # like a result.
        feed = {self.contract.input_name: x[None], **feed}
        try:
            (result,) = self._session.run([self.contract.output_name], feed)
        except ort_errors.RuntimeException as error:
            if "alloc" not in str(error):
                raise
            raise MemoryError(
                f"a photo of {x.shape[1]}x{x.shape[0]} pixels needs more than "
                f"there is ({error})"
            ) from error
        return result[0]


def _check_image(image: np.ndarray) -> None:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        received = getattr(image, "dtype", type(image).__name__)
        raise TypeError(
            "`image` must be a uint8 array (floats in [0, 1]: multiply by 255 "
            f"and round). Received: {received}."
        )
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(
            "`image` must be (height, width, 3) with at least one pixel. "
            f"Received: shape={image.shape}."
        )


def _checked_providers(providers: Sequence[str] | None) -> list[str]:
    # TRICKY: onnxruntime only warns about an unknown provider and goes on
    # with the CPU.
    available = onnxruntime.get_available_providers()
    providers = ["CPUExecutionProvider"] if providers is None else providers
    unknown = [name for name in providers if name not in available]
    if unknown or not providers or isinstance(providers, str):
        raise SettingError(
            "`providers` must be a list of execution providers of this "
            f"onnxruntime: {', '.join(available)}. Received: "
            f"providers={providers!r}. For a GPU install onnxruntime-gpu."
        )
    return list(providers)


def _model_source(
    model: str | os.PathLike | bytes,
) -> tuple[str | bytes, str]:
    """What onnxruntime opens, and what to call it in errors."""
    if isinstance(model, bytes):
        return model, "The given model"
    if not isinstance(model, (str, os.PathLike)):
        raise TypeError(
            "`model` must be a name, a path or the bytes of an ONNX file. "
            f"Received: {type(model).__name__}."
        )
    path = Path(model)
    is_path = isinstance(model, os.PathLike) or path.name != model
    if not is_path and path.suffix.lower() != ".onnx":
        path = find_onnx(path.name)
    elif not path.is_file():
        raise SettingError(
            f"There is no model file {path}. Check the path, or give the name "
            "of a shipped model (see `keras-colorize models`)."
        )
    return str(path), str(path)


def _open_session(source, label, providers, num_threads):
    options = onnxruntime.SessionOptions()
    if num_threads is not None:
        options.intra_op_num_threads = num_threads
    # Photos differ in size: an arena would keep the memory of the largest
    # one for good, and plans of where tensors lie would never fit again.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = 4  # what goes wrong is raised
    try:
        session = onnxruntime.InferenceSession(
            source, options, providers=providers
        )
    except _LOAD_ERRORS as error:
        raise ModelError(
            f"{label} cannot be loaded. Expected an ONNX model written by "
            f"export/export_onnx.py. Received: {error}. Export or download "
            "it again."
        ) from error
    if session.get_providers()[0] != providers[0]:
        raise SettingError(
            f"onnxruntime could not start {providers[0]} and would have used "
            f"{session.get_providers()[0]}. Check its drivers, or choose "
            "another of `providers`."
        )
    return session
