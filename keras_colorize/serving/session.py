"""A colorization model in onnxruntime; needs neither Keras nor TensorFlow."""

import contextlib
import math
import os
import threading
from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.color.luminance import color_8_bit
from keras_colorize.color.luminance import color_16_bit
from keras_colorize.color.luminance import image_to_L
from keras_colorize.color.luminance import keep_lightness
from keras_colorize.color.luminance import stretch_contrast
from keras_colorize.color.planes import count_cores
from keras_colorize.errors import ModelError
from keras_colorize.errors import PhotoError
from keras_colorize.errors import SettingError
from keras_colorize.hints import Hint
from keras_colorize.hints import hints_to_array
from keras_colorize.presets import DEFAULT_MODEL
from keras_colorize.serving.contract import NATURAL
from keras_colorize.serving.merge import limit_to_srgb
from keras_colorize.serving.merge import merge_photo
from keras_colorize.serving.merge import network_view
from keras_colorize.serving.onnx_file import CPU
from keras_colorize.serving.onnx_file import Provider
from keras_colorize.serving.onnx_file import giving_back
from keras_colorize.serving.onnx_file import open_model
from keras_colorize.serving.options import ColorizeOptions
from keras_colorize.serving.provider_check import check_provider
from keras_colorize.serving.resize import network_input_size
from keras_colorize.serving.resize import resize_antialiased
from keras_colorize.serving.resize import resize_bilinear

_RUN_ERRORS = (ort_errors.Fail, ort_errors.RuntimeException)
# Pixels up to which the memory of a run is kept for the next one: of what the
# network sees (twice as long as wide at 256), and of the photo.
_KEPT_VIEW = 2**17
_KEPT_PHOTO = 2**22


class ColorizeSession:
    """Loads a model once and colorizes any number of photos with it.

    Can be pickled (for process pools and cluster engines): the model is
    loaded again where it arrives. `colorize_array` may be called from several
    threads.

    Example:
        session = ColorizeSession("lite")
        colorized = session.colorize_array(image)    # uint8 (H, W, 3)

    Args:
        model: Name of shipped weights (`<model>` or `<model>.<tag>`), the
            path of an .onnx file made by `export/export_onnx.py`, or the
            bytes of such a file.
        providers: onnxruntime execution providers in order of preference,
            names or (name, options); default the CPU. Another one than the
            CPU must give its colors: see `serving.provider_check`.
        num_threads: Threads of one inference; default all cores.
        time_limit_s: Seconds that the model may take for a photo; None for
            any time.

    Attributes:
        contract: `Contract`, what the model file says about itself.

    Raises:
        SettingError: If the name, the path, a provider or a number is not
            usable, or the provider gives other colors than the CPU.
        ModelError: If the file is damaged or not an exported colorizer.
    """

    def __init__(
        self,
        model: str | os.PathLike | bytes = DEFAULT_MODEL,
        providers: Sequence[Provider] | None = None,
        num_threads: int | None = None,
        time_limit_s: float | None = None,
    ):
        if time_limit_s is not None and not time_limit_s > 0.0:
            raise SettingError(
                "`time_limit_s` must be above 0, or None for any time. "
                f"Received: time_limit_s={time_limit_s}."
            )
        if num_threads is not None and num_threads < 1:
            raise SettingError(
                "`num_threads` must be at least 1, or None for all cores. "
                f"Received: num_threads={num_threads}."
            )
        self.model = model
        self.providers = providers
        self.num_threads = num_threads
        self.time_limit_s = time_limit_s
        self._load()

    def colorize_array(
        self,
        image: np.ndarray,
        strength: float = 1.0,
        temperature: float | None = None,
        hints: Sequence[Hint] | None = None,
        look: str = NATURAL,
    ) -> np.ndarray:
        """Colorizes one photo; colors that it has are not looked at.

        The same colors as those of `keras_colorize.colorize`: of a faded
        photo the network sees full contrast.

        Args:
            image: uint8 (H, W, 3), sRGB. Gray photos: three equal channels.
            strength: Factor on the predicted chroma; 0 gives a gray photo.
            temperature: In (0, 1], for models that predict distributions:
                lower goes nearer to the most likely color, which is less
                even. Default: that of the look.
            hints: Colors at places of `image`, for models that take them;
                where they overlap, the last one wins.
            look: One of `contract.looks`.

        Returns:
            uint8 (H, W, 3), sRGB. Its lightness is that of `image`, but for
            rounding; where the color would leave the gamut it is paler.

        Raises:
            TypeError: If `image` is not a uint8 array.
            ValueError: If its shape is not (H, W, 3), a setting has no
                meaning for this model, or a hint lies outside the photo.
            MemoryError: If the photo is too large for this machine.
            PhotoError: If the model takes longer than the time limit.
            ModelError: If it computes no numbers, or of another size.
        """
        options = ColorizeOptions(
            strength, temperature, tuple(hints or ()), look
        )
        options.check(self.contract)
        _check_image(image)
        rgb, _ = self.color_pixels(image.copy(), None, options)
        return rgb

    def colorize_checked(
        self, image: np.ndarray, options: ColorizeOptions
    ) -> np.ndarray:
        """Colorizes one photo as the model file alone does.

        For those who measure a model, or compare it with another: the network
        sees a faded photo as it is. `color_pixels` makes the most of it.

        Args:
            image: See `colorize_array`.
            options: How; its caller has checked it for this model.

        Returns:
            As `colorize_array`, which also says what is raised.
        """
        _check_image(image)
        if not self.contract.predicts_small_ab:
            return self._colorize_in_graph(image, options)
        view = self._view(image)
        result = np.empty_like(image)
        self._merge(image, result, view, options)
        return result

    def color_pixels(
        self,
        rgb: np.ndarray,
        rgb16: np.ndarray | None,
        options: ColorizeOptions,
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Colorizes the pixels of a photo, where it can in their own memory.

        Of a faded photo the network sees full contrast.

        Args:
            rgb: uint8 (H, W, 3), sRGB; may hold the result afterwards.
            rgb16: The same in 16 bits, uint16 (H, W, 3 or 4), or None; may
                hold the result afterwards.
            options: How; its caller has checked it for this model.

        Returns:
            Both, in color; of 16 bits the luminance is that of `rgb16`.
        """
        _check_image(rgb)
        if not self.contract.predicts_small_ab:
            return self._color_pixels_in_graph(rgb, rgb16, options)
        view = self._view(rgb, stretches=True)
        target = rgb if rgb.flags.writeable else np.empty(rgb.shape, np.uint8)
        if rgb16 is None:
            return self._merge(rgb, target, view, options), None
        ab = self._predict_small_ab(view.L, rgb.shape[:2], options)
        self._put(rgb16, rgb16, ab, view, options)
        return self._put(rgb, target, ab, view, options), rgb16

    def predict_ab(
        self,
        images: np.ndarray,
        temperature: float | None = None,
        look: str = NATURAL,
        hints: Sequence[Hint] = (),
    ) -> np.ndarray:
        """Predicts the chroma of photos of one size, in one call.

        For those who put it on a lightness of their own: frames of a film.
        That of photo models lies inside sRGB at the lightness of `images`.

        Args:
            images: uint8 (B, H, W, 3), sRGB; of `contract.fixed_size` if
                that is set. Cheapest in the size of `network_size_of`.
            temperature: See `colorize_array`.
            look: See `colorize_array`.
            hints: Colors at places of `images`, the same on each of them, for
                models that take them.

        Returns:
            float32 (B, H, W, 2), CIE a* and b*.
        """
        options = ColorizeOptions(
            temperature=temperature, hints=tuple(hints), look=look
        )
        size = images.shape[1:3]
        if not self.contract.predicts_small_ab:
            feed = self._optional_feed(size, options)
            rgb = self._run_batch(images, feed) / np.float32(255.0)
            return rgb_to_lab(rgb)[..., 1:]
        L = np.stack([image_to_L(image) for image in images])
        seen = self.network_size_of(*size)
        small = np.stack([resize_antialiased(x, *seen) for x in L])
        abs = self._run_small(small, size, options)
        abs = np.stack([resize_bilinear(ab, *size) for ab in abs])
        return abs if self.contract.head == "ab" else limit_to_srgb(L, abs)

    def network_size_of(self, height: int, width: int) -> tuple[int, int]:
        """Computes the (height, width) at which the network sees a photo."""
        contract = self.contract
        if contract.head == "ab" and contract.fixed_size:
            return contract.fixed_size
        return contract.network_shape or network_input_size(
            height, width, contract.network_size
        )

    def __getstate__(self):
        state = self.__dict__.copy()
        del state["_session"]
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._load()

    def _load(self):
        opened = open_model(self.model, self.providers, self.num_threads)
        self._session, self.contract = opened.runtime, opened.contract
        if opened.provider != CPU:
            self._check_provider(opened.provider)

    def _check_provider(self, provider):
        on_cpu = ColorizeSession(self.model, num_threads=self.num_threads)
        # A first run may take long, where kernels are compiled for it.
        limit_s, self.time_limit_s = self.time_limit_s, None
        check_provider(
            provider,
            self.contract,
            self.colorize_checked,
            on_cpu.colorize_checked,
        )
        self.time_limit_s = limit_s

    def _optional_feed(self, image_shape, options):
        """Returns the optional inputs that are given, by name, in float32."""
        height, width = image_shape[:2]
        values = options.inputs_for(self.contract)
        if options.hints:
            values["hints"] = hints_to_array(options.hints, height, width)
        return {
            name: np.array(value, np.float32) for name, value in values.items()
        }

    def _view(self, image, stretches=False):
        size = self.network_size_of(*image.shape[:2])
        return network_view(image, size, self._num_strip_threads(), stretches)

    def _merge(self, image, target, view, options):
        ab = self._predict_small_ab(view.L, image.shape[:2], options)
        return self._put(image, target, ab, view, options)

    def _put(self, image, target, ab, view, options):
        threads = self._num_strip_threads()
        merge_photo(image, ab, target, options.strength, view.levels, threads)
        return target

    def _num_strip_threads(self):
        return self.num_threads or count_cores()

    def _predict_small_ab(self, L, photo_size, options):
        return self._run_small(L[None], photo_size, options)[0]

    def _run_small(self, L, photo_size, options):
        """Predicts ab (B, h, w, 2) of L (B, h, w, 1), as the network sees it.

        Args:
            L: float32, CIE L*, [0, 100].
            photo_size: (height, width) of the photos.
            options: How; without the strength.
        """
        feed: dict[str, np.ndarray] = self._optional_feed(photo_size, options)
        feed.pop("strength", None)
        if self.contract.head == "ab":
            if "hints" in feed:
                feed["hints"] = _resized_hints(
                    feed["hints"], photo_size, L.shape[1:3]
                )
            feed["L"] = L
        else:
            if "hints" in feed:
                feed["photo_size"] = np.array(photo_size, np.float32)
            # One black pixel, L = 0: onnxruntime computes the photo of it, too,
            # though nobody asks for it.
            feed["image"] = np.zeros((len(L), 1, 1, 3), np.uint8)
            feed["L_offset"] = L
        # Of what is larger than usual memory is given back: of a large photo
        # the pixels need it.
        is_large = math.prod(L.shape[1:3]) > _KEPT_VIEW
        is_large |= math.prod(photo_size) > _KEPT_PHOTO
        how = giving_back() if is_large else None
        ab = self._run_output("ab", feed, photo_size, how)
        expected = (*L.shape[:3], 2)
        if ab.shape != expected:
            raise ModelError(
                f"{self.contract.name} must give ab of {expected} for a "
                f"lightness of {L.shape}. Received: {ab.shape}. Export the "
                "model again."
            )
        if not np.isfinite(ab).all():
            raise self._no_numbers()
        return ab

    # === Files that give photos only ===

    def _color_pixels_in_graph(self, rgb, rgb16, options):
        seen = stretch_contrast(rgb)
        colorized = self._colorize_in_graph(seen, options)
        if seen is not rgb:
            colorized = color_8_bit(rgb, colorized)
        if rgb16 is not None:
            rgb16 = color_16_bit(rgb16, colorized)
        return colorized, rgb16

    def _colorize_in_graph(self, image, options):
        fixed_size = self.contract.fixed_size
        if fixed_size and image.shape[:2] != fixed_size:
            raise ModelError(
                f"This model file takes photos of {fixed_size[1]}x"
                f"{fixed_size[0]} pixels only. Received: {image.shape[1]}x"
                f"{image.shape[0]}. Export it with --size dynamic."
            )
        feed = self._optional_feed(image.shape, options)
        return keep_lightness(image, self._run_batch(image[None], feed)[0])

    def _run_batch(self, images, feed):
        feed = {"image": images, **feed}
        result = self._run_output("colorized", feed, images.shape[1:3])
        self._check_photos(images, result)
        return result

    def _check_photos(self, images, result):
        """Refuses what no colorizer gives: another size, or no numbers.

        A photo head gives 8-bit values, and no longer says what was none.
        But it keeps the lightness: of what is not nearly black, or nearly
        white, nothing becomes all black, or all white.
        """
        if result.shape != images.shape:
            raise ModelError(
                f"{self.contract.name} must give {images.shape} for a photo "
                f"of {images.shape}. Received: {result.shape}. Export the "
                "model again."
            )
        # Every fourth pixel: a network sees no smaller spots.
        x, result = images[:, ::4, ::4], result[:, ::4, ::4]
        is_lost = (result.max(-1) == 0) & (x.max(-1) >= 64)
        is_lost |= (result.min(-1) == 255) & (x.min(-1) < 192)
        if is_lost.any():
            raise self._no_numbers()

    # === The runtime ===

    def _run_output(self, name, feed, photo_size, how=None):
        # Whatever goes wrong is raised: a photo without color must not look
        # like a result.
        how = how or onnxruntime.RunOptions()
        with _ending_after(how, self.time_limit_s):
            try:
                return self._session.run([name], feed, how)[0]
            except _RUN_ERRORS as error:
                size = f"{photo_size[1]}x{photo_size[0]} pixels"
                if how.terminate:
                    raise PhotoError(
                        f"The model took longer than {self.time_limit_s:g} s "
                        f"for a photo of {size}. Shrink the photo, or allow "
                        "more (--timeout on the command line)."
                    ) from error
                if "alloc" not in str(error):
                    raise
                raise MemoryError(
                    f"a photo of {size} needs more than there is ({error})"
                ) from error

    def _no_numbers(self):
        return ModelError(
            f"{self.contract.name} computed no colors for this photo, but "
            "values that are no numbers (NaN). Colorize it with another "
            "model; if this one fails on each photo, train or export it "
            "again."
        )


@contextlib.contextmanager
def _ending_after(
    how: onnxruntime.RunOptions, limit_s: float | None
) -> Iterator[None]:
    """Has a run end before its next node once it took too long."""
    if limit_s is None:
        yield
        return
    timer = threading.Timer(limit_s, lambda: setattr(how, "terminate", True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _resized_hints(hints, photo_size, size):
    """Hints (1, N, 5) in pixels of a photo as in those of one of `size`."""
    down, across = np.array(size) / photo_size
    # A disc stays a disc, of the area that the resized one would have.
    factors = [across, down, np.sqrt(down * across), 1.0, 1.0]
    return (hints * factors).astype(np.float32)


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
