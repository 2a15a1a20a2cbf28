"""A colorization model in onnxruntime; needs neither Keras nor TensorFlow."""

import contextlib
import os
import threading
from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.color.luminance import image_to_L
from keras_colorize.color.luminance import keep_lightness
from keras_colorize.errors import ModelError
from keras_colorize.errors import PhotoError
from keras_colorize.errors import SettingError
from keras_colorize.presets import DEFAULT_MODEL
from keras_colorize.serving.contract import NATURAL
from keras_colorize.serving.hints import Hint
from keras_colorize.serving.hints import hints_to_array
from keras_colorize.serving.merge import merge_L_and_ab
from keras_colorize.serving.onnx_file import open_model
from keras_colorize.serving.options import ColorizeOptions
from keras_colorize.serving.resize import resize_antialiased
from keras_colorize.serving.resize import resize_bilinear

_RUN_ERRORS = (ort_errors.Fail, ort_errors.RuntimeException)


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
        providers: onnxruntime execution providers in order of preference;
            default the CPU.
        num_threads: Threads of one inference; default all cores.
        time_limit_s: Seconds that the model may take for a photo; None for
            any time.

    Attributes:
        contract: `Contract`, what the model file says about itself.

    Raises:
        SettingError: If the name, the path, a provider or a number is not
            usable.
        ModelError: If the file is damaged or not an exported colorizer.
    """

    def __init__(
        self,
        model: str | os.PathLike | bytes = DEFAULT_MODEL,
        providers: Sequence[str] | None = None,
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
        return self.colorize_checked(image, options)

    def colorize_checked(
        self, image: np.ndarray, options: ColorizeOptions
    ) -> np.ndarray:
        """Colorizes one photo with options that its caller has checked.

        Args:
            image: See `colorize_array`.
            options: How; `options.check(session.contract)` once for all
                photos is enough.

        Returns:
            As `colorize_array`, which also says what is raised.
        """
        _check_image(image)
        feed = self._optional_feed(image.shape, options)
        if self.contract.head == "ab":
            L = image_to_L(image)
            ab = self._predict_ab(L, feed)
            return keep_lightness(
                image, merge_L_and_ab(L, ab, options.strength)
            )
        fixed_size = self.contract.fixed_size
        if fixed_size and image.shape[:2] != fixed_size:
            raise ModelError(
                f"This model file takes photos of {fixed_size[1]}x"
                f"{fixed_size[0]} pixels only. Received: {image.shape[1]}x"
                f"{image.shape[0]}. Export it with --size dynamic."
            )
        return keep_lightness(image, self._run(image, feed))

    def predict_ab(
        self,
        images: np.ndarray,
        temperature: float | None = None,
        look: str = NATURAL,
    ) -> np.ndarray:
        """Predicts the chroma of photos of one size, in one call.

        For those who put it on a lightness of their own: frames of a film.
        Photo models answer in 8-bit sRGB, so their ab is rounded (by less
        than 1 at middle lightness) and inside the gamut.

        Args:
            images: uint8 (B, H, W, 3), sRGB; of `contract.fixed_size` if
                that is set.
            temperature: See `colorize_array`.
            look: See `colorize_array`.

        Returns:
            float32 (B, H, W, 2), CIE a* and b*.
        """
        options = ColorizeOptions(temperature=temperature, look=look)
        feed = self._optional_feed(images.shape[1:], options)
        if self.contract.head == "ab":
            L = np.stack([image_to_L(image) for image in images])
            return self._run_batch(L, feed)
        rgb = self._run_batch(images, feed) / np.float32(255.0)
        return rgb_to_lab(rgb)[..., 1:]

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

    def _optional_feed(self, image_shape, options):
        """Returns the optional inputs that are given, by name, in float32."""
        height, width = image_shape[:2]
        values = options.inputs_for(self.contract)
        if options.hints:
            values["hints"] = hints_to_array(options.hints, height, width)
        return {
            name: np.array(value, np.float32) for name, value in values.items()
        }

    def _predict_ab(self, L, feed):
        fixed_size = self.contract.fixed_size
        if not fixed_size or L.shape[:2] == fixed_size:
            return self._run(L, feed)
        if "hints" in feed:
            feed = {
                **feed,
                "hints": _resized_hints(feed["hints"], L, fixed_size),
            }
        ab = self._run(resize_antialiased(L, *fixed_size), feed)
        return resize_bilinear(ab, *L.shape[:2])

    def _run(self, x, feed):
        return self._run_batch(x[None], feed)[0]

    def _run_batch(self, x, feed):
        # Whatever goes wrong is raised: a photo without color must not look
        # like a result.
        feed = {self.contract.input_name: x, **feed}
        with _ending_after(self.time_limit_s) as how:
            try:
                (result,) = self._session.run(
                    [self.contract.output_name], feed, how
                )
            except _RUN_ERRORS as error:
                size = f"{x.shape[2]}x{x.shape[1]} pixels"
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
        self._check_result(x, result)
        return result

    def _check_result(self, x, result):
        """Refuses what no colorizer gives: another size, or no numbers.

        A photo head gives 8-bit values, and no longer says what was none.
        But it keeps the lightness: of what is not nearly black, or nearly
        white, nothing becomes all black, or all white.
        """
        channels = 2 if self.contract.head == "ab" else 3
        if result.shape != (*x.shape[:3], channels):
            raise ModelError(
                f"{self.contract.name} must give {(*x.shape[:3], channels)} "
                f"for a photo of {x.shape}. Received: {result.shape}. Export "
                "the model again."
            )
        if self.contract.head == "ab":
            is_wrong = not np.isfinite(result).all()
        else:
            # Every fourth pixel: a network sees no smaller spots.
            x, result = x[:, ::4, ::4], result[:, ::4, ::4]
            is_lost = (result.max(-1) == 0) & (x.max(-1) >= 64)
            is_lost |= (result.min(-1) == 255) & (x.min(-1) < 192)
            is_wrong = is_lost.any()
        if is_wrong:
            raise ModelError(
                f"{self.contract.name} computed no colors for this photo, but "
                "values that are no numbers (NaN). Colorize it with another "
                "model; if this one fails on each photo, train or export it "
                "again."
            )


@contextlib.contextmanager
def _ending_after(limit_s: float | None) -> Iterator[onnxruntime.RunOptions]:
    """Gives options of a run, which then ends before its next node."""
    how = onnxruntime.RunOptions()
    if limit_s is None:
        yield how
        return
    timer = threading.Timer(limit_s, lambda: setattr(how, "terminate", True))
    timer.daemon = True
    timer.start()
    try:
        yield how
    finally:
        timer.cancel()


def _resized_hints(hints, L, size):
    """Hints (1, N, 5) in pixels of `L`, in those of `L` resized to `size`."""
    down, across = np.array(size) / L.shape[:2]
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
