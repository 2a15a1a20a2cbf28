"""What goes into an exported model and what comes out, on any Keras backend.

What it computes is `models.full_size`; here it gets the inputs, optional ones
with their values, that exported files have. `serving_graph` makes a TensorFlow
graph of it, `torch_graph` a PyTorch one.
"""

import functools

from keras_colorize.models.colorizer import Colorizer
from keras_colorize.models.full_size import NO_OFFSET
from keras_colorize.models.full_size import NO_SIZE
from keras_colorize.models.full_size import check_network_size
from keras_colorize.models.full_size import colorize_unrounded
from keras_colorize.models.full_size import optional_inputs
from keras_colorize.models.full_size import predict_full_size_ab
from keras_colorize.models.full_size import usual_network_size

HEADS = ("photo", "ab")


class Signature:
    """Inputs and outputs of a model with its pre- and postprocessing.

    For the head `"photo"`:

        image: uint8 (B, H, W, 3), sRGB. Only its lightness is used.
        strength: float32 scalar, factor on the predicted ab; 0 gives gray.
        temperature: float32 scalar in (0, 1], only where the model predicts
            a distribution. Its default, and those of the next two, are those
            of the model's natural look.
        vividness: float32 scalar, 0 or more, and
        focus: float32 scalar, 0 or more, see `focus_chroma`; only where the
            model has looks.
        hints: float32 (B or 1, N, 5), N at least 1, only where the model
            takes hints: rows (x, y, radius, a, b), see `rasterize_hints`; of
            1, they are for each photo of the batch. None by default.
        returns: uint8 (B, H, W, 3), sRGB.

    For the head `"ab"`, all of the above but strength, and

        L: float32 (B, H, W, 1), CIE L* in [0, 100], instead of image.
        returns: float32 (B, H, W, 2), CIE a* and b*, not clipped.

    Further inputs of the head `"photo"` let a caller who has a large photo
    leave the work at its full size out of the graph: a lightness of the size
    at which the network sees it passes every resize as it is.

        L_offset: float32 (B, H', W', 1), CIE units: the network sees the
            lightness of `image` and this together, where one is broadcast to
            the other. With an image of one black pixel, it is the lightness,
            and next to nothing is spent on the photo that comes back.
        photo_size: float32 (height, width), only where the model takes
            hints: these are in pixels of a photo of this size. 0 for that of
            `image`.
        returns: pair of the photo, as above, and float32 (B, h, w, 2), CIE
            a* and b* at the size of the network's image, before `strength`
            and before they are resized to the photo.

    Args:
        model: `Colorizer`.
        network_size: int. Length in pixels that the short side of the
            network's input gets: a multiple of the model's `size_multiple`,
            or the short side of its `fixed_size`. None for what
            `usual_network_size` says.
        head: `"photo"` or `"ab"`.
        image_size: int, pair (height, width) or None. The only image size
            that is taken; None for any.

    Attributes:
        model: The model.
        head: `"photo"` or `"ab"`.
        network_size: Short side of the network's input in pixels.
        image_size: Pair (height, width), or None for any.
        image_name: `"image"` or `"L"`.
        defaults: dict of the optional inputs and their values, floats or
            float32 arrays.
        part_defaults: dict of the further ones of the head `"photo"`.
        input_names: names of image and optional inputs, without the further
            ones.
        output_name: what the first result is called in exported files.
        compute: function (image, **options) of tensors: pair of photos
            before they are rounded, float32 in [0, 255], and ab for the head
            `"photo"`; ab for `"ab"`.

    Raises:
        TypeError: If `model` is not a `Colorizer`.
        ValueError: If another argument is outside what is said above.
    """

    def __init__(self, model, network_size, head="photo", image_size=None):
        _check_arguments(model, network_size, head, image_size)
        if network_size is None:
            network_size = usual_network_size(model)
        if isinstance(image_size, int):
            image_size = (image_size, image_size)
        self.model = model
        self.head = head
        self.image_size = image_size
        self.network_size = network_size
        self.defaults = optional_inputs(model)
        self.part_defaults = {}
        function = predict_full_size_ab
        self.image_name, self.output_name = "L", "ab"
        if head == "photo":
            function = colorize_unrounded
            self.image_name, self.output_name = "image", "colorized"
            self.defaults = {"strength": 1.0, **self.defaults}
            self.part_defaults["L_offset"] = NO_OFFSET
            if model.takes_hints:
                self.part_defaults["photo_size"] = NO_SIZE
        self.input_names = (self.image_name, *self.defaults)
        self.compute = functools.partial(function, model, network_size)


def check_head(head):
    """Raises `ValueError` unless `head` is one of `HEADS`."""
    if head not in HEADS:
        raise ValueError(
            f"`head` must be one of {HEADS}. Received: head={head!r}."
        )


def _check_arguments(model, network_size, head, image_size):
    if not isinstance(model, Colorizer):
        raise TypeError(
            "`model` must be a Colorizer, as create_model returns. "
            f"Received: model={model!r}."
        )
    check_head(head)
    if network_size is not None:
        check_network_size(model, network_size)
    sides = image_size if isinstance(image_size, tuple) else (image_size,)
    if image_size is not None and min(sides) < 1:
        raise ValueError(
            "`image_size` must be None or at least 1 pixel. "
            f"Received: image_size={image_size}."
        )
