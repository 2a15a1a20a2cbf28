"""Hypercolumn: UV from the features of a frozen VGG16 at every pixel.

Feature-Net: VGG16 with ImageNet weights, of which the last convolutions of
the first four blocks are upsampled to the full size and concatenated to 960
channels, the hypercolumn (Hariharan et al., Hypercolumns for Object
Segmentation and Fine-grained Localization, CVPR 2015). Shallow-Net: two 3 x 3
convolutions and a UV output. Its source is a project report without code; the
VGG16 weights are those of `keras.applications` (CC BY 4.0).

Differences from the source:
    - The hypercolumn is never built: the first convolution is computed level
      by level, exactly, see `HypercolumnConv2D`.
    - Each level is multiplied by a constant that brings its activations near
      a root mean square of 1; raw, it is in the hundreds.
    - The source names no activations: hidden layers are rectified, and the
      output is linear, times the largest |U| and |V|.
"""

import keras
from keras import layers
from keras import ops

from keras_colorize.encoders.vgg16 import VGG16_FILTERS
from keras_colorize.encoders.vgg16 import VGG16_STRIDES
from keras_colorize.encoders.vgg16 import build_vgg16
from keras_colorize.encoders.vgg16 import load_vgg16_weights
from keras_colorize.layers.hypercolumn_conv import HypercolumnConv2D
from keras_colorize.layers.luma import LToLuma
from keras_colorize.layers.photo_by_photo import map_photos
from keras_colorize.models.colorizer import Colorizer

# Largest |U| and |V| of BT.601 for R, G and B in [0, 1].
_UV_SCALE = (0.436, 0.615)
# The ImageNet encoder's features of gray photos have root mean squares of 204,
# 465, 471 and 88 (64 photos of 112 x 112). Powers of two lose no precision.
_LEVEL_SCALES = (1 / 256, 1 / 512, 1 / 512, 1 / 128)

_SHALLOW_LAYERS = (
    "shallow_conv1",
    "shallow_relu1",
    "shallow_conv2",
    "uv_scaled",
    "uv",
)


@keras.saving.register_keras_serializable(package="keras_colorize")
class HypercolumnColorizer(Colorizer):
    """Predicts UV from VGG16 features of all depths at each pixel.

    The encoder is not trained, whatever `trainable` says. It starts from
    random weights: see `load_encoder_weights`.

    Example:
        model = create_model("hypercolumn_vgg16")
        L = np.full((1, 64, 96, 1), 60.0, "float32")
        model.predict_ab(L).shape  # (1, 64, 96, 2)

    Args:
        shallow_filters: pair of ints, filters of the two hidden convolutions.
        head_kernel_size: int, 3 or 1, kernel size of the output convolution.
        encoder_filters: sequence of 4 ints, filters of the encoder's blocks.
            Pretrained weights fit the default only.
        level_scales: sequence of 4 floats that the encoder's features are
            multiplied with.
        **kwargs: name and trainable.

    Input shape:
        float (B, H, W, 1), L* in [0, 100]; H and W multiples of 8.

    Output shape:
        float32 (B, H, W, 2), BT.601 U and V. Not clipped; photos lie within
        |U| <= 0.436 and |V| <= 0.615.

    Raises:
        ValueError: If an argument is outside what is said above.
    """

    output_kind = "uv"
    size_multiple = 8
    untrained_parts = ("encoder",)

    def __init__(
        self,
        shallow_filters=(128, 64),
        head_kernel_size=3,
        encoder_filters=VGG16_FILTERS,
        level_scales=_LEVEL_SCALES,
        **kwargs,
    ):
        _check_arguments(shallow_filters, head_kernel_size, level_scales)

        # === Graph ===
        L = keras.Input((None, None, 1), name="L")  # CIE L*, [0, 100]
        luma = LToLuma(name="luma")(L)  # (B, H, W, 1), [0, 1]
        encoder = build_vgg16(encoder_filters, name="encoder")
        x = HypercolumnConv2D(
            shallow_filters[0],
            strides=VGG16_STRIDES,
            level_scales=level_scales,
            name="shallow_conv1",
        )(encoder(luma))  # (B, H, W, C)
        x = layers.ReLU(name="shallow_relu1")(x)
        x = layers.Conv2D(
            shallow_filters[1],
            3,
            padding="same",
            activation="relu",
            kernel_initializer="he_normal",
            name="shallow_conv2",
        )(x)
        x = layers.Conv2D(
            2,
            head_kernel_size,
            padding="same",
            dtype="float32",
            name="uv_scaled",
        )(x)
        uv = layers.Rescaling(_UV_SCALE, dtype="float32", name="uv")(x)
        super().__init__(inputs=L, outputs=uv, **kwargs)
        # After the parent, whose `trainable` reaches down to every layer.
        encoder.trainable = False
        self.encoder = encoder

        # === Config ===
        self.shallow_filters = tuple(shallow_filters)
        self.head_kernel_size = head_kernel_size
        self.encoder_filters = tuple(encoder_filters)
        self.level_scales = tuple(level_scales)

    def call(self, inputs, training=None, mask=None):
        """Runs the graph; in training the Shallow-Net photo by photo."""
        if not training:
            return super().call(inputs, training=training, mask=mask)
        levels = self.encoder(self.get_layer("luma")(inputs))
        return map_photos(self._apply_shallow, levels)

    def _apply_shallow(self, levels):
        # In a loop TensorFlow would compute their gradients for nothing.
        x = [ops.stop_gradient(level) for level in levels]
        for name in _SHALLOW_LAYERS:
            x = self.get_layer(name)(x)
        return x

    def load_encoder_weights(self, source="imagenet"):
        """Puts pretrained VGG16 weights into the encoder, strictly.

        Args:
            source: `"imagenet"` or the path of an .npz file, see
                `load_vgg16_weights`.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If the file does not hold weights of this encoder.
        """
        load_vgg16_weights(self.encoder, source)


def _check_arguments(shallow_filters, head_kernel_size, level_scales):
    if len(shallow_filters) != 2 or min(shallow_filters) < 1:
        raise ValueError(
            "`shallow_filters` must be 2 positive ints. "
            f"Received: shallow_filters={shallow_filters}."
        )
    if head_kernel_size not in (1, 3):
        raise ValueError(
            "`head_kernel_size` must be 1 or 3. "
            f"Received: head_kernel_size={head_kernel_size}."
        )
    if len(level_scales) != 4 or min(level_scales) <= 0:
        raise ValueError(
            "`level_scales` must be 4 positive numbers, one per level. "
            f"Received: level_scales={level_scales}."
        )
