"""ECCV16 in PyTorch with the weights of ours: the peer of two benchmarks.

Written from the layer table of the paper; NCHW, L in CIE units.
"""

import numpy as np
import torch
from torch import nn

STACKS = (
    (2, 2, 1),
    (2, 2, 1),
    (3, 2, 1),
    (3, 1, 1),
    (3, 1, 2),
    (3, 1, 2),
    (3, 1, 1),
)


class TorchECCV16(nn.Module):
    """The network from L (B, 1, H, W) to scores (B, 313, H/4, W/4).

    Args:
        filters: 8 ints, filters of the stacks.
        num_bins: int.
    """

    def __init__(self, filters, num_bins=313):
        super().__init__()
        layers, channels = [], 1
        for width, (num_convs, stride, dilation) in zip(
            filters, STACKS, strict=False
        ):
            for i in range(num_convs):
                strides = stride if i == num_convs - 1 else 1
                layers += [
                    nn.Conv2d(channels, width, 3, strides, dilation, dilation),
                    nn.ReLU(),
                ]
                channels = width
            layers.append(nn.BatchNorm2d(width))
        width = filters[7]
        layers += [nn.ConvTranspose2d(channels, width, 4, 2, 1), nn.ReLU()]
        for _ in range(2):
            layers += [nn.Conv2d(width, width, 3, padding=1), nn.ReLU()]
        layers.append(nn.Conv2d(width, num_bins, 1))
        self.layers = nn.Sequential(*layers)

    def forward(self, L):
        """Returns scores over the bins."""
        return self.layers(L / 100 - 0.5)


def copy_weights(keras_model, torch_model):
    """Gives the PyTorch network the weights of a Keras ECCV16, in order."""
    weighted = [
        layer
        for layer in keras_model.layers
        if layer.weights and layer.name != "ab_decoder"
    ]
    modules = [m for m in torch_model.layers if len(m.state_dict())]
    for layer, module in zip(weighted, modules, strict=True):
        values = [np.asarray(value) for value in layer.get_weights()]
        if isinstance(module, nn.BatchNorm2d):
            names = ("weight", "bias", "running_mean", "running_var")
        else:
            names = ("weight", "bias")
            values[0] = values[0].transpose(3, 2, 0, 1)  # (out, in, kh, kw)
        with torch.no_grad():
            for name, value in zip(names, values, strict=True):
                getattr(module, name).copy_(torch.from_numpy(value.copy()))
