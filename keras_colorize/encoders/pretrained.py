"""Pretrained weights of encoders: read from files, put into networks."""

import os
import pathlib
import zipfile

import numpy as np


def read_npz(path):
    """Reads all arrays of an `.npz` file.

    Args:
        path: path of the file.

    Returns:
        dict of NumPy arrays by name.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it cannot be read.
    """
    path = pathlib.Path(os.fspath(path))
    if not path.is_file():
        raise FileNotFoundError(
            "Weights are 'imagenet' or the path of an .npz file. "
            f"Received: {path}."
        )
    try:
        # Opened here: NumPy leaves a damaged file open.
        with path.open("rb") as file:
            with np.load(file, allow_pickle=False) as arrays:
                return dict(arrays)
    except (ValueError, EOFError, OSError, TypeError, zipfile.BadZipFile) as e:
        raise ValueError(
            f"{path} cannot be read as an .npz file; it may be truncated: {e}"
        ) from e


def download_imagenet(build, **arguments):
    """Builds a network of `keras.applications` with its ImageNet weights.

    Keras compares what it downloads, and what it finds in its cache, with a
    checksum where it has one: MD5 of VGG16, SHA-256 of ConvNeXt. Of MobileNet
    nobody publishes one: a file that is cut short is refused, one that was
    changed is not noticed.

    Args:
        build: function of `keras.applications`.
        **arguments: its arguments, but for `weights`.

    Returns:
        `keras.Model`.

    Raises:
        ValueError: If the file is not the published one or is damaged, or
            cannot be downloaded.
    """
    try:
        return build(weights="imagenet", **arguments)
    except Exception as error:  # Keras raises a bare one without a network
        name = getattr(build, "__name__", "the encoder")
        received = f"{type(error).__name__}: {str(error).rstrip('.')}"
        raise ValueError(
            f"Expected the ImageNet weights of {name} as keras.applications "
            f"publishes them. Received: {received}. "
            "Delete its file in the folder `models` of the Keras cache "
            "(~/.keras, or KERAS_HOME) and try again with a network, or give "
            "the path of an .npz file instead of 'imagenet'."
        ) from error


def take_array(arrays, key, source):
    """Returns one array as float32, or says which one the file lacks.

    Raises:
        ValueError: If there is no such array.
    """
    if key not in arrays:
        raise ValueError(
            f"{source} does not hold weights of this encoder: it lacks {key!r}."
        )
    return np.asarray(arrays[key], "float32")


def assign_arrays(model, arrays, source):
    """Assigns one array to each variable, all or none.

    Args:
        model: a network whose variables have paths ending in
            `<layer>/<variable>`.
        arrays: dict of arrays by `"<layer>__<variable>"`. Further ones are
            left alone.
        source: where they come from, for messages.

    Raises:
        ValueError: If one is missing or has another shape. The model is
            unchanged then.
    """
    values = []
    for variable in model.weights:
        key = "__".join(variable.path.split("/")[-2:])
        value = take_array(arrays, key, source)
        if value.shape != tuple(variable.shape):
            raise ValueError(
                f"Weights of another network: {key!r} should have the shape "
                f"{tuple(variable.shape)}. Received: "
                f"shape={value.shape} in {source}."
            )
        values.append(value)
    for value, variable in zip(values, model.weights, strict=True):
        variable.assign(value)


def fold_batch_norm(kernel, gamma, beta, mean, variance, epsilon):
    """Puts a batch norm of fixed statistics into the convolution before it.

        gamma (k * x - mean) / sqrt(variance + epsilon) + beta

    Args:
        kernel: array (..., out), or (h, w, channels, 1) of a depthwise
            convolution.
        gamma: array (out,).
        beta: array (out,).
        mean: array (out,).
        variance: array (out,).
        epsilon: float.

    Returns:
        Pair of the new kernel, shaped as before, and the bias (out,).
    """
    scale = gamma / np.sqrt(variance + epsilon)
    # The channels of a depthwise kernel are its third axis.
    spread = scale[:, None] if kernel.shape[-1] == 1 else scale
    return kernel * spread, beta - mean * scale
