"""Gives `torch_ddcolor.TorchDDColor` the weights of a Keras DDColor."""

import numpy as np
import torch
from keras import ops
from torch import nn

_BLOCK_PARTS = (
    "cross_norm",
    "self_norm",
    "expand",
    "reduce",
    "feedforward_norm",
)


def copy_weights(model, network):
    """Copies every weight.

    Args:
        model: `DDColorColorizer`.
        network: `TorchDDColor` of the same sizes.
    """
    encoder = [x for x in model.get_layer("encoder").layers if x.weights]
    modules = [m for m in network.encoder.modules() if _has_own_weights(m)]
    for layer, module in zip(encoder, modules, strict=True):
        _copy(layer, module)
    for i, block in enumerate(network.decoder):
        for part in ("up_conv", "up_norm", "skip_norm", "conv", "norm"):
            factor = 2 if part.startswith("up_") else 1
            layer = model.get_layer(f"decoder{i}_{part}")
            _copy(layer, getattr(block, part), factor)
    _copy(model.get_layer("last_up_conv"), network.last_up_conv, factor=4)
    _copy(model.get_layer("ab").conv, network.refine)
    _copy_color_decoder(model.get_layer("color_decoder"), network)


def _copy_color_decoder(decoder, network):
    for name in ("query_features", "query_positions", "scale_embedding"):
        _assign(getattr(network, name), _to_numpy(getattr(decoder, name)))
    _copy(decoder.norm, network.norm)
    for layers, modules in (
        (decoder.projections, network.projections),
        (decoder.embedding, network.embedding[::2]),
    ):
        for layer, module in zip(layers, modules, strict=True):
            _copy(layer, module)
    for block, module in zip(decoder.blocks, network.blocks, strict=True):
        for part in _BLOCK_PARTS:
            _copy(getattr(block, part), getattr(module, part))
        for part in ("cross_attention", "self_attention"):
            _copy_attention(getattr(block, part), getattr(module, part))


def _has_own_weights(module):
    return bool(list(module.parameters(recurse=False)))


def _copy(layer, module, factor=1):
    """Copies one layer that a pixel shuffle by `factor` may follow."""
    values = [_to_numpy(value) for value in layer.weights]
    if hasattr(layer, "normalize"):  # spectral norm
        values[0] = _to_numpy(layer.normalize(layer.kernel))
    if isinstance(module, nn.Conv2d | nn.Linear):
        values[0] = _to_torch_kernel(values[0], module.weight)
    targets = [v for k, v in module.state_dict().items() if "num_" not in k]
    values = values[: len(targets)]  # without the vectors of spectral norm
    for target, value in zip(targets, values, strict=True):
        _assign(target, _to_torch_order(value, factor))


def _to_torch_kernel(kernel, weight):
    if kernel.ndim == 2:  # a matrix, or a 1 x 1 convolution as one
        return kernel.T.reshape(weight.shape)
    if kernel.shape[-1] == 1:  # depthwise: (h, w, C, 1)
        return kernel.transpose(2, 3, 0, 1)
    return kernel.transpose(3, 2, 0, 1)


def _to_torch_order(value, factor):
    """Brings output channels in Keras' order into PyTorch's."""
    if factor == 1:
        return value
    blocks = value.reshape(factor**2, -1, *value.shape[1:])
    return blocks.swapaxes(0, 1).reshape(value.shape)


def _copy_attention(layer, module):
    size = module.embed_dim
    kernels, biases = [], []
    for name in ("query", "key", "value"):
        kernel, bias = getattr(layer, f"_{name}_dense").get_weights()
        kernels.append(kernel.reshape(size, size).T)
        biases.append(bias.ravel())
    _assign(module.in_proj_weight, np.concatenate(kernels))
    _assign(module.in_proj_bias, np.concatenate(biases))
    kernel, bias = layer._output_dense.get_weights()
    _assign(module.out_proj.weight, kernel.reshape(size, size).T)
    _assign(module.out_proj.bias, bias)


def _to_numpy(value):
    return np.array(ops.convert_to_numpy(value))


def _assign(target, value):
    with torch.no_grad():
        target.copy_(torch.from_numpy(np.ascontiguousarray(value)))
