"""ConvNeXt without its head, as features of four strides.

Liu et al., A ConvNet for the 2020s, CVPR 2022. The layers are those of
`keras.applications`, whose ImageNet weights fit; built here because that
offers the published sizes only, and hides the ends of the stages.

Differences from `keras.applications`:
    - A layer normalization of each feature map, for the network that reads
      it; the next stage goes on without. Made for DDColor.
    - No drop path, no preprocessing.
"""

import math

import keras
import numpy as np
from keras import layers
from keras import ops

from keras_colorize.encoders.pretrained import assign_arrays
from keras_colorize.encoders.pretrained import download_imagenet
from keras_colorize.encoders.pretrained import read_npz

_EPSILON = 1e-6
_LAYER_SCALE = 1e-6
_EXPANSION = 4


def build_convnext(depths, filters, name="convnext"):
    """Builds the network with fresh weights; downloads nothing.

    Args:
        depths: sequence of 4 ints, blocks of each stage. ConvNeXt-T has 3, 3,
            9, 3 and ConvNeXt-L 3, 3, 27, 3.
        filters: sequence of 4 ints, filters of each stage. ConvNeXt-T has 96,
            192, 384, 768 and ConvNeXt-L twice as many.
        name: name of the model.

    Returns:
        `keras.Model` from photos, float (B, H, W, 3), sRGB normalized by the
        mean and deviation of ImageNet, to the list of the normalized outputs
        of the four stages: (B, H/s, W/s, filters) for the strides s of 4, 8,
        16 and 32. H and W are multiples of 32.

    Raises:
        ValueError: If `depths` or `filters` are not 4 positive ints.
    """
    for argument, values in (("depths", depths), ("filters", filters)):
        if len(values) != 4 or min(values) < 1:
            raise ValueError(
                f"`{argument}` must be 4 positive ints, one per stage. "
                f"Received: {argument}={values}."
            )
    photo = keras.Input((None, None, 3), name="photo")
    x, features = photo, []
    for stage, (depth, width) in enumerate(zip(depths, filters, strict=True)):
        x = _apply_downsampling(x, width, stage)
        for block in range(depth):
            x = _apply_block(x, width, f"stage{stage}_block{block}")
        features.append(_normalize(x, f"norm{stage}"))
    return keras.Model(photo, features, name=name)


def gelu(x):
    """Computes the exact GELU, x * normal cumulative distribution of x.

    That of Keras is the same number, but by `erfc`, which ONNX lacks.

    Args:
        x: float tensor.

    Returns:
        The same shape.

    Reference: Hendrycks and Gimpel, Gaussian Error Linear Units, 2016.
    """
    return x * (1.0 + ops.erf(x / math.sqrt(2.0))) * 0.5


@keras.saving.register_keras_serializable(package="keras_colorize")
class Gelu(layers.Layer):
    """`gelu` as a layer.

    Args:
        **kwargs: arguments of `keras.layers.Layer`.

    Input shape:
        float, any.

    Output shape:
        The same.
    """

    def call(self, x):
        """Applies the function."""
        return gelu(x)

    def compute_output_shape(self, input_shape):
        """Returns the shape of the input."""
        return tuple(input_shape)


@keras.saving.register_keras_serializable(package="keras_colorize")
class LayerScale(layers.Layer):
    """Multiplies each channel by a weight that starts near 0.

    Args:
        **kwargs: arguments of `keras.layers.Layer`.

    Input shape:
        float (..., C).

    Output shape:
        The same.

    Reference: Touvron et al., Going Deeper with Image Transformers, ICCV 2021.
    """

    def build(self, input_shape):
        """Makes the weights."""
        self.gamma = self.add_weight(
            name="gamma",
            shape=(input_shape[-1],),
            initializer=keras.initializers.Constant(_LAYER_SCALE),
        )

    def call(self, x):
        """Scales the channels."""
        return x * ops.convert_to_tensor(self.gamma)

    def compute_output_shape(self, input_shape):
        """Returns the shape of the input."""
        return tuple(input_shape)


def load_convnext_weights(model, source="imagenet"):
    """Puts pretrained weights into a network of `build_convnext`, strictly.

    The norms of the features start fresh: no classifier has them.

    Args:
        model: what `build_convnext` returned.
        source: `"imagenet"`, which downloads them through
            `keras.applications` for the published sizes and verifies their
            checksum, or the path of an `.npz` with an array
            `<layer>__<variable>` for every variable but those of `norm0` to
            `norm3`. Other arrays in the file are left alone.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file cannot be read, lacks an array or holds one
            of another shape, or nothing is published for this size. The
            model is unchanged then.
    """
    arrays = (
        _imagenet_arrays(model) if source == "imagenet" else read_npz(source)
    )
    fresh = {
        "__".join(variable.path.split("/")[-2:]): np.array(variable)
        for variable in model.weights
        if variable.path.split("/")[-2].startswith("norm")
    }
    assign_arrays(model, {**arrays, **fresh}, source)


def _imagenet_arrays(model):
    published = {
        96: keras.applications.ConvNeXtTiny,
        128: keras.applications.ConvNeXtBase,
        192: keras.applications.ConvNeXtLarge,
        256: keras.applications.ConvNeXtXLarge,
    }
    width = model.get_layer("stem_conv").filters
    if width not in published:
        raise ValueError(
            "keras.applications publishes weights of ConvNeXt with "
            f"{', '.join(map(str, published))} filters in the first stage. "
            f"Received: {width} filters."
        )
    network = download_imagenet(
        published[width], include_top=False, include_preprocessing=False
    )
    return arrays_of_applications(network)


def arrays_of_applications(network):
    """Returns the weights of a ConvNeXt of `keras.applications`, by our names.

    Args:
        network: `keras.applications.ConvNeXt…(include_top=False)`.

    Returns:
        dict of NumPy arrays by `"<layer>__<variable>"`.
    """
    arrays = {}
    for variable in network.weights:
        layer, name = variable.path.split("/")[-2:]
        layer = layer.removeprefix(f"{network.name}_")
        layer = layer.replace("stage_", "stage").replace("block_", "block")
        if name.startswith("variable"):  # of a layer scale, and numbered
            name = "gamma"
        value = np.array(variable)
        if layer.endswith("depthwise_conv") and name == "kernel":
            value = value.swapaxes(2, 3)  # a grouped convolution there
        arrays[f"{layer}__{name}"] = value
    return arrays


def _apply_downsampling(x, filters, stage):
    """Strides of 4 before the first stage, of 2 before the others."""
    if stage == 0:
        x = _apply_patches(x, filters, 4, "stem_conv")
        return _normalize(x, "stem_layernorm")
    x = _normalize(x, f"downsampling_layernorm_{stage - 1}")
    return _apply_patches(x, filters, 2, f"downsampling_conv_{stage - 1}")


def _apply_patches(x, filters, size, name):
    return layers.Conv2D(
        filters,
        size,
        strides=size,
        kernel_initializer=keras.initializers.TruncatedNormal(stddev=0.02),
        name=name,
    )(x)


def _apply_block(x, filters, name):
    residual = x
    x = layers.DepthwiseConv2D(
        7,
        padding="same",
        depthwise_initializer=keras.initializers.TruncatedNormal(stddev=0.02),
        name=f"{name}_depthwise_conv",
    )(x)
    x = _normalize(x, f"{name}_layernorm")
    for i, width in enumerate((_EXPANSION * filters, filters), start=1):
        x = layers.Dense(
            width,
            kernel_initializer=keras.initializers.TruncatedNormal(stddev=0.02),
            name=f"{name}_pointwise_conv_{i}",
        )(x)
        if i == 1:
            x = Gelu(name=f"{name}_gelu")(x)
    x = LayerScale(name=f"{name}_layer_scale")(x)
    return layers.Add(name=f"{name}_add")([residual, x])


def _normalize(x, name):
    return layers.LayerNormalization(epsilon=_EPSILON, name=name)(x)
