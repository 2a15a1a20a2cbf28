"""Whether an execution provider gives the colors that the processor gives.

onnxruntime takes a provider's word. But some compute in fewer bits than the
file asks for, and some take optional inputs for constants, so that hints, or
the lightness that is to be colorized, do nothing (docs/runtimes.md). Nothing is
raised then: photos have other colors. So a small picture is colorized by both.
"""

from collections.abc import Callable

import numpy as np

from keras_colorize.color.cielab_numpy import delta_e_2000
from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.errors import SettingError
from keras_colorize.hints import Hint
from keras_colorize.serving.contract import NATURAL
from keras_colorize.serving.contract import Contract
from keras_colorize.serving.onnx_file import CPU
from keras_colorize.serving.options import ColorizeOptions

# Largest mean CIEDE2000 to the processor; about 1 is just noticeable. Products
# of 10 bits (float16; TF32, which GPUs use by default) stay below it. What
# OpenVINO does in bfloat16 does not, but for hypercolumns: docs/runtimes.md.
MAX_MEAN_DIFFERENCE = 0.5
# Not square: a size that was taken for a constant would be.
_SIZE = (96, 128)  # (height, width)
_HINT_COLOR = "purple"  # of nothing that is in the picture

Colorize = Callable[[np.ndarray, ColorizeOptions], np.ndarray]


def check_provider(
    provider: str,
    contract: Contract,
    colorize: Colorize,
    colorize_on_cpu: Colorize,
) -> None:
    """Refuses a provider whose colors are others than those of the processor.

    Colorizes a built-in picture, and where the model takes more than a photo
    once more with other values than the defaults.

    Args:
        provider: Its name, for the message.
        contract: Of the model.
        colorize: Colorizes uint8 (H, W, 3) with the provider.
        colorize_on_cpu: The same on the processor.

    Raises:
        SettingError: If the provider fails, or the mean CIEDE2000 is more
            than `MAX_MEAN_DIFFERENCE`.
    """
    picture = make_picture(*(contract.fixed_size or _SIZE))
    for options in _options_to_try(contract):
        expected = colorize_on_cpu(picture, options)
        # Whatever a provider raises is what there is to report.
        try:
            result = colorize(picture, options)
        except Exception as error:
            raise SettingError(
                f"{provider} must colorize a built-in picture as {CPU} does. "
                f"Received: {type(error).__name__}: {error} Providers that "
                "take optional inputs of the file for constants fail so. "
                "Choose another, or leave `providers` out."
            ) from error
        labs = [rgb_to_lab(x / np.float32(255.0)) for x in (result, expected)]
        difference = float(np.mean(delta_e_2000(*labs)))
        if not difference <= MAX_MEAN_DIFFERENCE:
            raise SettingError(
                f"{provider} must give the colors of {CPU} on a built-in "
                f"picture, to within a mean CIEDE2000 of "
                f"{MAX_MEAN_DIFFERENCE:g}. Received: {difference:.2f} with "
                f"{options}. Make it compute in float32 by options of its "
                "own, (name, options) in `providers`, or leave `providers` "
                "out."
            )


def make_picture(height: int, width: int) -> np.ndarray:
    """Draws a gray scene in which models see what has colors.

    Args:
        height: In pixels.
        width: In pixels.

    Returns:
        uint8 (height, width, 3), sRGB: a bright sky over rough ground, a
        ball and a post.
    """
    y = np.linspace(0.0, 1.0, height)[:, None]
    x = np.linspace(0.0, 1.0, width)[None]
    sky = 200.0 + 40.0 * y - 25.0 * x
    ground = 90.0 + 40.0 * np.sin(9.0 * x) * y
    ground = ground + 30.0 * np.sin(40.0 * x * y + 20.0 * y)
    gray = np.where(y < 0.45 + 0.05 * np.sin(6.0 * x), sky, ground)
    ball = (x - 0.35) ** 2 * (width / height) ** 2 + (y - 0.55) ** 2 < 0.03
    gray = np.where(ball, 275.0 - 300.0 * x, gray)
    post = (np.abs(x - 0.8) < 0.05) & (np.abs(y - 0.55) < 0.25)
    gray = np.where(post, 60.0 + 20.0 * np.sin(80.0 * y), gray)
    levels = gray.clip(0.0, 255.0).astype(np.uint8)
    return np.repeat(levels[..., None], 3, axis=-1)


def _options_to_try(contract):
    """Lists the defaults, and what changes what each optional input does."""
    looks = [look for look in contract.looks if look != NATURAL]
    more = {"look": looks[0]} if looks else {}
    taken = contract.optional_inputs
    if "strength" in taken:
        more["strength"] = 1.5
    if "temperature" in taken:
        more["temperature"] = 1.0
    if "hints" in taken:
        height, width = contract.fixed_size or _SIZE
        radius = min(height, width) / 4.0
        hint = Hint(width / 2.0, height / 2.0, radius, _HINT_COLOR)
        more["hints"] = (hint,)
    options = [ColorizeOptions()]
    if more:
        options.append(ColorizeOptions(**more))
    return options
