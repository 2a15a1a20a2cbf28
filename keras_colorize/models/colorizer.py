"""The contract that every model of the zoo keeps."""

import contextlib
import importlib
import inspect
import math
import pathlib
import warnings

import keras
import numpy as np
from keras import ops

from keras_colorize.color.cielab import L_to_luma
from keras_colorize.color.cielab import clip_ab
from keras_colorize.color.cielab import rgb_to_lab
from keras_colorize.color.lab_formulas import known_values
from keras_colorize.color.luminance import keep_lightness
from keras_colorize.color.yuv import yuv_to_rgb
from keras_colorize.errors import ModelError
from keras_colorize.files import CARD_FILE
from keras_colorize.files import CONFIG_FILE
from keras_colorize.files import METADATA_FILE
from keras_colorize.files import WEIGHTS_FILE
from keras_colorize.files import read_json_object
from keras_colorize.files import sha256_of
from keras_colorize.files import write_json
from keras_colorize.files import write_text
from keras_colorize.files import written_beside
from keras_colorize.hints import hints_to_array
from keras_colorize.layers.padding import pad_to_multiple
from keras_colorize.layers.resize import resize_bilinear
from keras_colorize.layers.resize import shrink_antialiased
from keras_colorize.models import registry
from keras_colorize.models.card import has_generated_card
from keras_colorize.models.card import model_card
from keras_colorize.models.full_size import check_network_size
from keras_colorize.models.full_size import colorize_unrounded
from keras_colorize.models.full_size import predict_network_ab
from keras_colorize.models.full_size import usual_network_size
from keras_colorize.presets import find_preset
from keras_colorize.presets import list_shipped
from keras_colorize.presets import read_metadata

# What a network returns, (B, h, w, ...) each:
#   ab               CIE a* and b*
#   q_logits         scores over the 313 ab bins
#   uv               BT.601 U and V, to be put on the luma of the input
#   rgb              encoded sRGB in [0, 1]
#   ab_and_q_logits  dict: "ab" at full resolution, "q_logits" over the 23 x 23
#                    grid of ab at a quarter of it
OUTPUT_KINDS = ("ab", "q_logits", "uv", "rgb", "ab_and_q_logits")

NATURAL = "natural"  # the look that a model has by itself
# What a look says, and what it is where a look does not say it.
_LOOK_DEFAULTS = {"vividness": 1.0, "focus": 0.0}

# What Keras raises for a configuration that describes none.
_NO_MODEL = (ImportError, AttributeError, LookupError, TypeError, ValueError)
_WEIGHTS_SUFFIX = ".weights.h5"
# How Keras begins a warning of weights that a file lacks.
_SKIPPED = "Skipping nested container"


class _Presets:
    """Weights in the box of a class, as an attribute of it."""

    def __get__(self, instance, owner):
        return {
            weights.name: read_metadata(weights.folder)
            for weights in list_shipped()
            if issubclass(
                registry.import_builder(registry.get_spec(weights.model)), owner
            )
        }


class Colorizer(keras.Model):
    """A functional model from lightness to color, in CIE units.

    A subclass builds its graph in `__init__`, calls
    `super().__init__(inputs=L, outputs=…)` and then stores every constructor
    argument under its own name. Its input is always L* in [0, 100],
    (B, H, W, 1); scaling is a layer inside the graph. A model that takes
    color hints has a dict of inputs, see `network_inputs`.

    Attributes:
        output_kind: what the graph returns, one of `OUTPUT_KINDS`.
        size_multiple: int, height and width of the network input must be
            multiples of it. `predict_ab` pads and crops.
        fixed_size: pair (height, width) where the network takes no other
            size, else None. `predict_ab` resizes.
        output_stride: int, input pixels per output pixel along each axis.
        takes_hints: bool, whether the network has inputs for color hints.
        keeps_hints: bool, whether colors around hints are moved to what these
            ask for after the network, see `layers.hint_keeping`.
        constant_weights: sequence of weights that are never trained and yet
            are counted as published: bin centers, and what nothing reads.
        untrained_parts: names of attributes, layers that are never trained,
            whatever `trainable` says.
        presets: dict by name of the weights in the box for this class, of what
            their metadata says; computed when it is read.
        clips_ab: bool, whether `decode_ab` clips ab to what sRGB has, for
            networks that a discriminator may drive far out of it.
        looks: dict of settings by the name of a look, see `settings_of_look`;
            empty for a model whose colors stay as predicted.
        network_size: int, short side in pixels at which the network sees a
            photo, of weights that say it; None for that of the registered
            model, see `full_size.usual_network_size`.
    """

    output_kind = "ab"
    size_multiple = 1
    fixed_size = None
    output_stride = 1
    takes_hints = False
    keeps_hints = False
    constant_weights = ()
    untrained_parts = ()
    clips_ab = False
    looks = {}
    network_size = None
    presets = _Presets()

    @property
    def trainable(self):
        """Settable bool, of all layers but `untrained_parts`."""
        return keras.Model.trainable.fget(self)

    @trainable.setter
    def trainable(self, value):
        keras.Model.trainable.fset(self, value)
        for name in self.untrained_parts:
            if hasattr(self, name):  # not while the graph is made
                getattr(self, name).trainable = False

    def settings_of_look(self, look=NATURAL):
        """Returns what a look says about the colors of this model.

        Args:
            look: name of one of `looks`. `"natural"` exists always.

        Returns:
            dict of floats: `"temperature"` of the annealed mean for models
            that predict distributions; `"vividness"` and `"focus"` of
            `color.vividness.focus_chroma` for models that have looks.

        Raises:
            ValueError: If the model has no such look.
        """
        if look != NATURAL and look not in self.looks:
            raise ValueError(
                f"`look` must be one of {(*(self.looks or (NATURAL,)),)} for "
                f"{self.name}. Received: look={look!r}."
            )
        settings = dict(_LOOK_DEFAULTS) if self.looks else {}
        if self.output_kind == "q_logits":
            settings["temperature"] = self.temperature
        return settings | self.looks.get(look, {})

    def __call__(self, inputs, *args, **kwargs):
        """Runs the network, after a look at what it is given.

        L alone stands for photos without color hints, so that batches of
        photos train models that take hints, too.

        Raises:
            ValueError: If the shape of L is none that the network takes.
        """
        if self.takes_hints and hasattr(inputs, "shape"):
            _check_shape_of_L(inputs)
            inputs = self.network_inputs(inputs)
        self._check_inputs(inputs)
        return super().__call__(inputs, *args, **kwargs)

    def colorize(
        self,
        image,
        strength=1.0,
        temperature=None,
        hints=None,
        look=NATURAL,
        network_size=None,
    ):
        """Colorizes photos of any size, as the exported file does.

        `keras_colorize.colorize` does the same without Keras, takes files
        too, and makes the most of faded photos.

        Example:
            model = load_pretrained("lite")
            colorized = model.colorize(image)

        Args:
            image: uint8 (H, W, 3) or (B, H, W, 3), sRGB, of which only the
                lightness is used; or gray, (H, W) or 1 channel.
            strength: float, at least 0, factor on the predicted chroma; 0
                gives a gray photo.
            temperature: float in (0, 1], for models that predict
                distributions: lower is more vivid and less even. None for the
                model's own.
            hints: sequence of `keras_colorize.Hint`, in pixels of the photo
                and for each photo of a batch, for models that take them.
            look: name of one of `looks`.
            network_size: int, short side in pixels at which the network sees
                a photo. None for that of exported files: the model's own,
                mostly 256.

        Returns:
            uint8 NumPy array (H, W, 3) or (B, H, W, 3), sRGB. Its lightness
            is that of `image`, but for rounding.

        Raises:
            TypeError: If `image` is not uint8.
            ValueError: If its shape is none of these, or an option has no
                meaning for this model.
            ModelError: If the network computes values that are no numbers.
        """
        image = _as_photos(image)
        photos = image if image.ndim == 4 else image[None]
        if not 0.0 <= strength < math.inf:
            raise ValueError(
                "`strength` must be 0 or more (1 is what the model predicts). "
                f"Received: strength={strength}."
            )
        if network_size is None:
            network_size = usual_network_size(self)
        check_network_size(self, network_size)
        if temperature is not None and not 0.0 < temperature <= 1.0:
            raise ValueError(
                "`temperature` must be in (0, 1]. "
                f"Received: temperature={temperature}."
            )
        options = self.settings_of_look(look)
        if temperature is not None:
            options["temperature"] = temperature
        if hints:
            rows = hints_to_array(hints, *photos.shape[1:3])
            options["hints"] = ops.convert_to_tensor(rows)
        with _without_gradients():
            levels, _ = colorize_unrounded(
                self,
                network_size,
                ops.convert_to_tensor(photos),
                float(strength),
                **options,
            )
        levels = ops.convert_to_numpy(levels)
        if not np.isfinite(levels).all():
            raise ModelError(
                f"{self.name} computed no colors, but values that are no "
                "numbers (NaN). Check its weights, or train it again."
            )
        colorized = np.rint(levels).astype(np.uint8)
        pairs = zip(photos, colorized, strict=True)
        colorized = np.stack([keep_lightness(*pair) for pair in pairs])
        return colorized if image.ndim == 4 else colorized[0]

    def network_inputs(self, L, ab_hint=None, hint_mask=None):
        """Puts together what the model is called with.

        Args:
            L: float (B, H, W, 1), L* in [0, 100].
            ab_hint: float (B, H, W, 2), CIE a* and b* where the user says
                the color, else 0; None for no hint.
            hint_mask: float (B, H, W, 1), 1 where there is a hint, else 0;
                given together with `ab_hint`.

        Returns:
            `L`, or for a model that takes hints the dict of `"L"`,
            `"ab_hint"` and `"hint_mask"`.

        Raises:
            ValueError: If hints are given to a model that takes none, or
                only one of the two is given, or their shape is not that of
                `L`.
        """
        if (ab_hint is None) != (hint_mask is None):
            raise ValueError(
                "`ab_hint` and `hint_mask` belong together: give both, or "
                "neither."
            )
        if not self.takes_hints:
            if ab_hint is not None:
                raise ValueError(
                    f"This {self.name} takes no color hints; lite.photos and "
                    "the siggraph17 models do. Leave out `ab_hint` and "
                    "`hint_mask`."
                )
            return L
        if ab_hint is None:
            if not keras.utils.is_keras_tensor(L):
                L = ops.convert_to_tensor(L)  # Keras takes no NumPy beside it
            hint_mask = ops.zeros_like(L)
            ab_hint = ops.concatenate([hint_mask, hint_mask], axis=-1)
        for name, hint, channels in (
            ("ab_hint", ab_hint, 2),
            ("hint_mask", hint_mask, 1),
        ):
            expected = (*L.shape[:3], channels)
            if len(hint.shape) != 4 or any(
                None not in (want, got) and want != got
                for want, got in zip(expected, hint.shape, strict=True)
            ):
                raise ValueError(
                    f"`{name}` must have the shape {expected} for this `L`. "
                    f"Received: shape={tuple(hint.shape)}."
                )
        return {"L": L, "ab_hint": ab_hint, "hint_mask": hint_mask}

    def decode_ab(self, outputs, L, temperature=None):
        """Turns what the graph returns into ab at the output's resolution.

        Args:
            outputs: output of the model, (B, H/stride, W/stride, ...).
            L: float (B, H, W, 1), the lightness that the network saw.
            temperature: float or scalar tensor; only for `"q_logits"`, where
                None stands for the model's own temperature.

        Returns:
            float32 (B, H/stride, W/stride, 2), CIE a* and b*.

        Raises:
            ValueError: If `temperature` is given to a model that has none.
        """
        if temperature is not None:
            raise ValueError(
                f"{type(self).__name__} predicts color directly and has no "
                f"temperature. Received: temperature={temperature}."
            )
        if self.output_kind == "ab_and_q_logits":
            outputs = outputs["ab"]
        outputs = ops.cast(outputs, "float32")
        if self.output_kind == "uv":
            luma = L_to_luma(ops.cast(L, "float32"))
            outputs = yuv_to_rgb(ops.concatenate([luma, outputs], axis=-1))
        if self.output_kind in ("uv", "rgb"):
            outputs = rgb_to_lab(outputs)[..., 1:]
        return clip_ab(outputs) if self.clips_ab else outputs

    def predict_ab(
        self,
        L,
        temperature=None,
        ab_hint=None,
        hint_mask=None,
        look=NATURAL,
    ):
        """Predicts color at the resolution of the input.

        Args:
            L: float (B, H, W, 1), L* in [0, 100]; any height and width.
            temperature: float in (0, 1], see `decode_ab`.
            ab_hint: float (B, H, W, 2), see `network_inputs`.
            hint_mask: float (B, H, W, 1), see `network_inputs`.
            look: name of one of `looks`.

        Returns:
            float32 (B, H, W, 2), CIE a* and b*, not clipped to any gamut.

        Raises:
            ValueError: If `L` does not have the shape (B, H, W, 1), or an
                option is given that the model does not know.
        """
        _check_L(L)
        settings = self.settings_of_look(look)
        own_temperature = settings.pop("temperature", None)
        if temperature is None:
            temperature = own_temperature
        self.network_inputs(L, ab_hint, hint_mask)  # says what does not fit
        maps = (L,) if ab_hint is None else (L, ab_hint, hint_mask)
        maps = [ops.cast(ops.convert_to_tensor(x), "float32") for x in maps]
        height, width = ops.shape(maps[0])[1:3]
        if self.fixed_size is not None:
            maps = [shrink_antialiased(x, self.fixed_size) for x in maps]
            ab = predict_network_ab(
                self, *maps, temperature=temperature, **settings
            )
            return resize_bilinear(ab, (height, width))
        maps = [pad_to_multiple(x, self.size_multiple) for x in maps]
        ab = predict_network_ab(
            self, *maps, temperature=temperature, **settings
        )
        ab = resize_bilinear(ab, ops.shape(maps[0])[1:3])
        return ab[:, :height, :width, :]

    def _check_inputs(self, inputs):
        L = inputs.get("L") if isinstance(inputs, dict) else inputs
        if isinstance(inputs, dict) != self.takes_hints or L is None:
            kinds = "a dict of L, ab_hint and hint_mask"
            raise ValueError(
                f"{self.name} is called with "
                f"{kinds if self.takes_hints else 'L alone'}: see "
                f"`network_inputs`. Received: {type(inputs).__name__}."
            )
        _check_L(L)
        height, width = np.shape(L)[1:3]
        multiple, fixed_size = self.size_multiple, self.fixed_size
        if fixed_size is not None:
            expected = f"{fixed_size[0]} x {fixed_size[1]} pixels"
            fits = height in (None, fixed_size[0])
            fits = fits and width in (None, fixed_size[1])
        else:
            expected = f"sides that are multiples of {multiple}"
            fits = not any(
                side % multiple for side in (height, width) if side is not None
            )
        if not fits:
            raise ValueError(
                f"{self.name} takes L of {expected} when it is called. "
                f"Received: {height} x {width}. `predict_ab` and `colorize` "
                "take any size; training crops to one, see `crop_size`."
            )

    def get_config(self):
        """Returns the constructor's arguments, and what may change later.

        Returns:
            dict of the arguments, "name", "trainable", "network_size",
            "dtype", the policy of the layers, and "frozen", the paths of the
            layers whose own `trainable` is False.
        """
        parameters = inspect.signature(type(self).__init__).parameters
        names = [
            parameter.name
            for parameter in parameters.values()
            if parameter.kind is not inspect.Parameter.VAR_KEYWORD
            and parameter.name != "self"
        ]
        config = {name: getattr(self, name) for name in names}
        return {
            **config,
            "name": self.name,
            "trainable": self.trainable,
            "network_size": self.network_size,
            "dtype": self.dtype_policy.name,
            "frozen": [
                path for path, layer in _parts(self) if not layer.trainable
            ],
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Rebuilds a model from `get_config`, with fresh weights.

        Without "dtype" its layers get the policy of this process, without
        "frozen" they are as the constructor leaves them.
        """
        config = dict(config)
        frozen, policy = config.pop("frozen", None), config.pop("dtype", None)
        network_size = config.pop("network_size", None)
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(policy or before)
        try:
            model = cls(**config)
        finally:
            keras.config.set_dtype_policy(before)
        model.network_size = network_size
        if frozen is not None:
            for path, layer in _parts(model):  # outer ones reach inwards
                layer.trainable = path not in frozen
        return model

    def load_weights(self, filepath, **kwargs):
        """Loads all of a `.weights.h5` file, or raises.

        Keras only warns of parts of a model that a file lacks.

        Args:
            filepath: path of the file.
            **kwargs: arguments of `keras.Model.load_weights`.

        Raises:
            ValueError: If the file does not hold weights of this model.
        """
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.filterwarnings("always", _SKIPPED, UserWarning)
                super().load_weights(filepath, **kwargs)
        except (ValueError, KeyError, OSError) as error:
            reason = (str(error).strip().splitlines() or [""])[0]
            if not str(filepath).endswith(_WEIGHTS_SUFFIX):
                reason = (
                    "Keras reads such files by names that end in "
                    f"{_WEIGHTS_SUFFIX}: rename it. {reason}"
                )
            raise ValueError(
                f"{filepath} does not hold weights of {self.name}. {reason}"
            ) from error
        skipped = [w for w in caught if str(w.message).startswith(_SKIPPED)]
        if skipped:
            raise ValueError(
                f"{filepath} does not hold weights of {self.name}. "
                f"{skipped[0].message}"
            )

    def save_to_preset(self, directory, metadata=None):
        """Writes the model as a folder of weights, see `presets`.

        The folder is ready for the Hub (`hf upload owner/name FOLDER`): it
        has a card, `README.md`, with what `metadata` says. A card that a
        person wrote or changed stays as it is.

        Args:
            directory: path of the folder; made if it does not exist.
            metadata: dict of JSON values, written to `metadata.json`. The
                card shows "license", the terms of the weights;
                "training_data", which photos under which terms; and
                "scores", a dict of numbers by what they measure.
                "network_size" is that of the model unless it is given.

        Raises:
            ValueError: If the model cannot see photos at its network size.
        """
        facts = {"model": self.name, "keras_version": keras.__version__}
        if self.network_size is not None:
            facts["network_size"] = self.network_size
        facts |= metadata or {}
        if facts.get("network_size") is not None:
            check_network_size(self, facts["network_size"])
        directory = pathlib.Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        if has_generated_card(directory):
            (directory / CARD_FILE).unlink()  # of the facts before
        config = keras.saving.serialize_keras_object(self)
        # Of training, which a folder of weights does not continue.
        config.pop("compile_config", None)
        # The one is for a process, the other among the facts.
        del config["config"]["dtype"], config["config"]["network_size"]
        write_json(directory / CONFIG_FILE, config, sort_keys=True)
        with written_beside(directory / WEIGHTS_FILE) as part:
            self.save_weights(part)
        sha256 = {
            name: sha256_of(directory / name)
            for name in (CONFIG_FILE, WEIGHTS_FILE)
        }
        # Last: it says that the others are whole.
        write_json(
            directory / METADATA_FILE,
            {**facts, "sha256": sha256},
            sort_keys=True,
        )
        if not (directory / CARD_FILE).exists():
            write_text(directory / CARD_FILE, model_card(facts))

    @classmethod
    def from_preset(cls, preset):
        """Builds a model with its weights, strictly.

        Args:
            preset: name of weights in the box, folder that `save_to_preset`
                wrote, or address: see `keras_colorize.load_pretrained`.

        Returns:
            The model, of the class named in its `config.json`, with the
            `network_size` of its `metadata.json`.

        Raises:
            SettingError: If there is no such preset.
            FileNotFoundError: If a file of the preset is missing.
            ModelError: If a file is damaged, describes no model or one of
                another class, or a network size that it does not take, or an
                address cannot be reached.
            ValueError: If the weights do not fit the model.
        """
        folder = find_preset(preset)
        model = _build(folder / CONFIG_FILE)
        if not isinstance(model, cls):
            raise ModelError(
                f"Expected a preset of {cls.__name__}. Received: "
                f"{type(model).__name__} in {preset}."
            )
        model.load_weights(folder / WEIGHTS_FILE)
        network_size = read_metadata(folder).get("network_size")
        if network_size is not None:
            try:
                check_network_size(model, network_size)
            except ValueError as error:
                raise ModelError(f"{folder / METADATA_FILE}: {error}") from None
            model.network_size = network_size
        return model


def check_looks(looks):
    """Refuses what cannot be the `looks` of a model.

    Raises:
        ValueError: If it is not a dict with `"natural"`, of dicts of
            `"temperature"` in (0, 1], `"vividness"` above 0 and `"focus"`
            from 0 to 4.
    """
    ranges = {"temperature": (0, 1), "vividness": (0, 100), "focus": (0, 4)}
    is_right = isinstance(looks, dict) and NATURAL in (looks or (NATURAL,))
    for settings in looks.values() if is_right else ():
        is_right = is_right and settings.keys() <= ranges.keys()
        for name, value in settings.items() if is_right else ():
            low, high = ranges[name]
            above = value >= low if name == "focus" else value > low
            is_right = is_right and above and value <= high
    if not is_right:
        raise ValueError(
            '`looks` must be a dict with the key "natural", each look a dict '
            'of "temperature" in (0, 1], "vividness" above 0 and "focus" of '
            f"0 or more. Received: looks={looks!r}."
        )


def _as_photos(image):
    """Returns photos as uint8 (H, W, 3) or (B, H, W, 3), checked."""
    is_tensor = ops.is_tensor(image)
    image = ops.convert_to_numpy(image) if is_tensor else np.asarray(image)
    if image.dtype != np.uint8:
        raise TypeError(
            "`image` must be uint8 (floats in [0, 1]: multiply by 255 and "
            f"round). Received: dtype={image.dtype}."
        )
    if image.ndim == 2:
        image = image[..., None]
    channels = image.shape[-1] if image.ndim in (3, 4) else None
    if channels not in (1, 3) or 0 in image.shape:
        raise ValueError(
            "`image` must be (height, width, 3) or (batch, height, width, 3), "
            f"with at least one pixel. Received: shape={image.shape}."
        )
    return np.repeat(image, 3, axis=-1) if channels == 1 else image


def _check_shape_of_L(L):
    shape = tuple(np.shape(L))
    if len(shape) != 4 or shape[-1] != 1:
        advice = ""
        if len(shape) == 3 and shape[-1] == 1:
            advice = " Add the batch axis: L[None]."
        elif len(shape) == 4 and shape[-1] == 3:
            advice = " Of a photo, take rgb_to_lab(photo)[..., :1]."
        raise ValueError(
            "`L` must have the shape (batch, height, width, 1). "
            f"Received: shape={shape}.{advice}"
        )


def _check_L(L):
    """Refuses what is no lightness; warns of what can hardly be."""
    _check_shape_of_L(L)
    values = known_values(L)
    # Of one value everywhere are what Keras builds models with.
    if values is not None and values.size and values.min() < values.max() <= 1:
        warnings.warn(
            "`L` is CIE lightness in [0, 100], and all of this is almost "
            f"black: the largest value is {values.max():g}. If it is a photo "
            "in [0, 1], use keras_colorize.color.cielab.luma_to_L or "
            "rgb_to_lab.",
            stacklevel=4,
        )


def _without_gradients():
    """Keeps PyTorch from remembering each step; others do not outside tapes."""
    if keras.backend.backend() == "torch":
        import torch

        return torch.no_grad()
    return contextlib.nullcontext()


def _parts(layer, prefix=""):
    """Yields path and layer of everything in a layer, outer ones first."""
    # What Keras offers for layers that are no models, too.
    for part in layer._flatten_layers(include_self=False, recursive=False):
        path = f"{prefix}{part.name}"
        yield path, part
        yield from _parts(part, f"{path}/")


def _build(path):
    """Builds what a `config.json` describes; only this package's models."""
    config = read_json_object(path)
    module = config.get("module") or ""
    if not (isinstance(module, str) and module.startswith("keras_colorize.")):
        raise ModelError(
            "A preset names a class of keras_colorize. Received: "
            f"module={module!r:.80} in {path}."
        )
    try:
        name, arguments = config.get("class_name"), config["config"]
        builder = getattr(importlib.import_module(module), name)
        if not (isinstance(builder, type) and issubclass(builder, Colorizer)):
            raise ModelError(
                f"A preset names a Colorizer. Received: {name!r:.80} in {path}."
            )
        return builder.from_config(arguments)
    except ModelError:
        raise
    except _NO_MODEL as error:
        raise ModelError(
            f"{path} does not describe a model of this version. Received: "
            f"{type(error).__name__}: {str(error)[:300]}. Save the model again."
        ) from error
