"""Distance of photos as a pretrained network sees them."""

import keras
from keras import ops

from keras_colorize.encoders.vgg16 import VGG16_JUDGING_FILTERS
from keras_colorize.encoders.vgg16 import build_judging_vgg16
from keras_colorize.encoders.vgg16 import load_vgg16_weights

# Of block1_conv1 to block5_conv1, from the DDColor release.
LAYER_WEIGHTS = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)


@keras.saving.register_keras_serializable(package="keras_colorize")
class PerceptualLoss(keras.losses.Loss):
    """Mean absolute error of the features of VGG16, over several layers.

        sum_i layer_weights[i] mean |features_i(truth) - features_i(photo)|

    The features are those of convolutions before their ReLU. The release of
    DDColor takes a VGG16 with batch norm, whose weights are PyTorch's; this
    takes the original one, see `encoders.vgg16.build_judging_vgg16`.

    Args:
        weights: `"imagenet"`, which downloads them, or the path of an .npz,
            see `encoders.vgg16.load_vgg16_weights`; None for random ones, for
            tests.
        layer_weights: sequence of 5 floats, of the first convolution of each
            block.
        filters: sequence of 5 ints, filters of the blocks.
        name: str.
        **kwargs: reduction and dtype of `keras.losses.Loss`.

    Call arguments:
        y_true: float (B, H, W, 3), encoded sRGB in [0, 1]; H and W at least
            16.
        y_pred: float (B, H, W, 3), the same.

    Raises:
        FileNotFoundError: If there is no such file of weights.
        ValueError: If the file does not hold them, or there is not one
            weight per layer.

    Reference: Johnson et al., Perceptual Losses for Real-Time Style Transfer
    and Super-Resolution, ECCV 2016; layers and weights of Kang et al.,
    DDColor, ICCV 2023.
    """

    def __init__(
        self,
        weights="imagenet",
        layer_weights=LAYER_WEIGHTS,
        filters=VGG16_JUDGING_FILTERS,
        name="perceptual",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        if len(layer_weights) != len(filters):
            raise ValueError(
                f"`layer_weights` must be {len(filters)} floats, one per "
                f"layer. Received: layer_weights={layer_weights}."
            )
        self.weights = None if weights is None else str(weights)
        self.layer_weights = tuple(layer_weights)
        self.filters = tuple(filters)
        self.network = build_judging_vgg16(filters)
        self.network.trainable = False
        if weights is not None:
            load_vgg16_weights(self.network, weights)

    def call(self, y_true, y_pred):
        truth = self.network(y_true, training=False)
        photo = self.network(y_pred, training=False)
        total = 0.0
        for weight, expected, got in zip(
            self.layer_weights, truth, photo, strict=True
        ):
            error = ops.abs(ops.stop_gradient(expected) - got)
            total += weight * ops.mean(error, axis=(1, 2, 3))
        return total  # (B,)

    def get_config(self):
        return {
            **super().get_config(),
            "weights": self.weights,
            "layer_weights": self.layer_weights,
            "filters": self.filters,
        }
