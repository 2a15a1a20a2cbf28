"""Normalization of networks that are trained against a discriminator."""

import keras
from keras import layers

NORMS = ("batch", "instance")


def check_norm(norm):
    """Refuses what is not in `NORMS`.

    Raises:
        ValueError: If `norm` is unknown.
    """
    if norm not in NORMS:
        raise ValueError(
            f"`norm` must be one of {', '.join(NORMS)}. "
            f"Received: norm={norm!r}."
        )


def apply_norm(x, norm, name):
    """Applies batch norm, or instance norm without scale, as in pix2pix.

    Args:
        x: float (B, H, W, C).
        norm: one of `NORMS`. "instance" takes mean and variance of each photo
            and channel, in training as in inference.
        name: str, name of the layer.

    Returns:
        float (B, H, W, C).
    """
    if norm == "instance":
        return layers.GroupNormalization(
            groups=-1, epsilon=1e-5, center=False, scale=False, name=name
        )(x)
    return layers.BatchNormalization(
        momentum=0.9,
        epsilon=1e-5,
        gamma_initializer=keras.initializers.RandomNormal(1.0, 0.02),
        name=name,
    )(x)
