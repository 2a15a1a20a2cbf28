"""pix2pix in PyTorch with the weights of ours: the peer of a benchmark.

Written from the layer tables of the paper; NCHW, L / 50 - 1 and ab / 110.
"""

import numpy as np
import torch
from torch import nn


class TorchUNet(nn.Module):
    """The generator, from L scaled (B, 1, H, W) to ab scaled (B, 2, H, W).

    Args:
        filters: ints, filters of the way down.
    """

    def __init__(self, filters):
        super().__init__()
        last = len(filters) - 1
        self.downs, self.ups = nn.ModuleList(), nn.ModuleList()
        for i, width in enumerate(filters):
            before = filters[i - 1] if i else 1
            parts = [nn.LeakyReLU(0.2)] if i else []
            parts.append(nn.Conv2d(before, width, 4, 2, 1, bias=False))
            if 0 < i < last:
                parts.append(nn.BatchNorm2d(width))
            self.downs.append(nn.Sequential(*parts))
        for i in range(last, -1, -1):
            width = filters[i] * (1 if i == last else 2)
            after = filters[i - 1] if i else 2
            parts = [
                nn.ReLU(),
                nn.ConvTranspose2d(width, after, 4, 2, 1, bias=i == 0),
            ]
            parts += [nn.BatchNorm2d(after)] if i else [nn.Tanh()]
            parts += [nn.Dropout(0.5)] if 4 <= i < last else []
            self.ups.append(nn.Sequential(*parts))

    def forward(self, x):
        """Returns the colors."""
        levels = []
        for down in self.downs:
            x = down(x)
            levels.append(x)
        x = levels.pop()
        for up in self.ups[:-1]:
            x = torch.cat([levels.pop(), up(x)], dim=1)
        return self.ups[-1](x)


class TorchPatchGAN(nn.Sequential):
    """The discriminator, from scaled Lab (B, 3, H, W) to logits.

    Args:
        filters: ints, filters of the convolutions.
    """

    def __init__(self, filters):
        parts, before = [], 3
        for i, width in enumerate(filters):
            stride = 1 if i == len(filters) - 1 else 2
            parts.append(nn.Conv2d(before, width, 4, stride, 1, bias=i == 0))
            parts += [nn.BatchNorm2d(width)] if i else []
            parts.append(nn.LeakyReLU(0.2))
            before = width
        super().__init__(*parts, nn.Conv2d(before, 1, 4, 1, 1))


def copy_weights(keras_model, torch_model):
    """Gives a PyTorch network the weights of ours, layer by layer, in order."""
    weighted = [layer for layer in keras_model.layers if layer.weights]
    kinds = (nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d)
    modules = [m for m in torch_model.modules() if isinstance(m, kinds)]
    names = ("weight", "bias", "running_mean", "running_var")
    for layer, module in zip(weighted, modules, strict=True):
        for name, value in zip(names, layer.get_weights(), strict=False):
            value = np.asarray(value)
            if value.ndim == 4:
                value = value.transpose(3, 2, 0, 1)
            with torch.no_grad():
                getattr(module, name).copy_(torch.from_numpy(value.copy()))
