"""VGG16 as features of gray photos, and as a judge of colored ones.

Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale Image
Recognition, ICLR 2015. The layer names are those of `keras.applications`,
whose ImageNet weights (CC BY 4.0, converted from the authors' release) fit.
"""

import keras
import numpy as np
from keras import layers
from keras import ops

from keras_colorize.encoders.pretrained import assign_arrays
from keras_colorize.encoders.pretrained import download_imagenet
from keras_colorize.encoders.pretrained import read_npz

# Convolutions of blocks 1 to 4; the last one of each block is a feature.
_BLOCKS = (2, 2, 3, 3)
# The same up to the first one of block 5.
_JUDGING_BLOCKS = (2, 2, 3, 3, 1)
# Mean of ImageNet in the order of the weights' input channels: B, G, R.
_MEAN_BGR = (103.939, 116.779, 123.68)
# Its deviation, mean of the three, in the same units.
_DEVIATION = 57.6

VGG16_FILTERS = (64, 128, 256, 512)
VGG16_JUDGING_FILTERS = (64, 128, 256, 512, 512)
VGG16_STRIDES = (1, 2, 4, 8)  # input pixels per pixel of the features


def build_vgg16(filters=VGG16_FILTERS, name="vgg16"):
    """Builds the network with fresh weights; downloads nothing.

    Its input is encoded gray, which it repeats to three channels and
    preprocesses like the ImageNet photos that the weights were trained on.

    Args:
        filters: sequence of 4 ints, filters of blocks 1 to 4. The pretrained
            weights fit 64, 128, 256, 512 (7,635,264 parameters).
        name: name of the model.

    Returns:
        `keras.Model` from luma, float (B, H, W, 1) in [0, 1], to the list of
        block1_conv2, block2_conv2, block3_conv3 and block4_conv3 after ReLU:
        (B, H/s, W/s, filters) for the strides s of 1, 2, 4 and 8. H and W
        are multiples of 8.

    Raises:
        ValueError: If `filters` are not 4 positive ints.
    """
    if len(filters) != len(_BLOCKS) or min(filters) < 1:
        raise ValueError(
            "`filters` must be 4 positive ints, one per block. "
            f"Received: filters={filters}."
        )
    luma = keras.Input((None, None, 1), name="luma")
    bgr = layers.Concatenate(dtype="float32", name="bgr")([luma] * 3)
    x = _preprocess(bgr)
    features = []
    for block, num_convs in enumerate(_BLOCKS, start=1):
        if features:
            x = layers.MaxPooling2D(2, name=f"block{block - 1}_pool")(x)
        for i in range(num_convs):
            x = _apply_conv(
                x, filters[block - 1], f"block{block}_conv{i + 1}", "relu"
            )
        features.append(x)
    return keras.Model(luma, features, name=name)


def build_judging_vgg16(filters=VGG16_JUDGING_FILTERS, name="judging_vgg16"):
    """Builds the network that compares photos, with fresh weights.

    Args:
        filters: sequence of 5 ints, filters of blocks 1 to 5. The pretrained
            weights fit 64, 128, 256, 512, 512.
        name: name of the model.

    Returns:
        `keras.Model` from sRGB, float (B, H, W, 3) in [0, 1], to the list of
        block1_conv1 to block5_conv1 before ReLU: (B, H/s, W/s, filters) for
        the strides s of 1, 2, 4, 8 and 16, rounded down. As the weights
        expect values of 0 to 255, what they give is divided by the deviation
        of ImageNet: the features have the size of those of a photo that was
        normalized.

    Raises:
        ValueError: If `filters` are not 5 positive ints.
    """
    if len(filters) != len(_JUDGING_BLOCKS) or min(filters) < 1:
        raise ValueError(
            "`filters` must be 5 positive ints, one per block. "
            f"Received: filters={filters}."
        )
    rgb = keras.Input((None, None, 3), name="rgb")
    x = _preprocess(ops.flip(rgb, axis=-1))  # to BGR
    features = []
    for block, num_convs in enumerate(_JUDGING_BLOCKS, start=1):
        if features:
            x = layers.MaxPooling2D(2, name=f"block{block - 1}_pool")(x)
        for i in range(num_convs):
            name_of_conv = f"block{block}_conv{i + 1}"
            x = _apply_conv(x, filters[block - 1], name_of_conv)
            if i == 0:
                scale = layers.Rescaling(
                    1 / _DEVIATION, dtype="float32", name=f"block{block}_scale"
                )
                features.append(scale(x))
            x = layers.ReLU(name=f"{name_of_conv}_relu")(x)
    return keras.Model(rgb, features, name=name)


def _preprocess(bgr):
    return layers.Rescaling(
        255.0,
        offset=[-mean for mean in _MEAN_BGR],
        dtype="float32",
        name="preprocess",
    )(bgr)


def _apply_conv(x, filters, name, activation=None):
    return layers.Conv2D(
        filters,
        3,
        padding="same",
        activation=activation,
        kernel_initializer="he_normal",
        name=name,
    )(x)


def load_vgg16_weights(model, source="imagenet"):
    """Puts pretrained weights into a network of `build_vgg16`, strictly.

    Args:
        model: what `build_vgg16` or `build_judging_vgg16` returned.
        source: `"imagenet"`, which downloads them through
            `keras.applications` and verifies their checksum, or the path of
            an `.npz` with `<layer>__kernel` (3, 3, in, out) and
            `<layer>__bias` (out,) for every convolution. Other layers in the
            file are left alone.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file cannot be read or is not the published one,
            lacks a layer, or holds one of another shape. The model is
            unchanged then.
    """
    arrays = _imagenet_arrays() if source == "imagenet" else read_npz(source)
    assign_arrays(model, arrays, source)


def _imagenet_arrays():
    network = download_imagenet(keras.applications.VGG16, include_top=False)
    return {
        "__".join(variable.path.split("/")[-2:]): np.array(variable)
        for variable in network.weights
    }
