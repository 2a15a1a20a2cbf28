"""DDColor in PyTorch with the weights of ours: the peer of a benchmark.

Written from the layer table of the paper, the way it is usually written in
PyTorch: NCHW, the products of queries and pixels at full size. The spectral
norm is divided out of the kernels already. Modules have the names of our
layers.
"""

import math

import torch
from torch import nn
from torch.nn import functional

_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


class LayerNorm2d(nn.LayerNorm):
    """Layer norm over the channels of (B, C, H, W)."""

    def forward(self, x):
        """Returns the same shape."""
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class LayerScale(nn.Module):
    """A weight for each channel of (..., C)."""

    def __init__(self, width):
        super().__init__()
        self.gamma = nn.Parameter(torch.full((width,), 1e-6))

    def forward(self, x):
        """Returns the same shape."""
        return x * self.gamma


class ConvNeXtBlock(nn.Module):
    """Depthwise convolution and two layers on each pixel, with a residual."""

    def __init__(self, width):
        super().__init__()
        self.depthwise_conv = nn.Conv2d(
            width, width, 7, padding=3, groups=width
        )
        self.layernorm = nn.LayerNorm(width, eps=1e-6)
        self.pointwise_conv_1 = nn.Linear(width, 4 * width)
        self.pointwise_conv_2 = nn.Linear(4 * width, width)
        self.layer_scale = LayerScale(width)

    def forward(self, x):
        """Returns the same shape, (B, C, H, W)."""
        y = self.layernorm(self.depthwise_conv(x).permute(0, 2, 3, 1))
        y = self.pointwise_conv_2(functional.gelu(self.pointwise_conv_1(y)))
        return x + self.layer_scale(y).permute(0, 3, 1, 2)


class ConvNeXt(nn.Module):
    """The encoder: (B, 3, H, W) to normed features of four strides."""

    def __init__(self, depths, filters):
        super().__init__()
        self.stages, self.norms = nn.ModuleList(), nn.ModuleList()
        channels = 3
        for i, (depth, width) in enumerate(zip(depths, filters, strict=True)):
            if i == 0:
                down = [nn.Conv2d(channels, width, 4, 4)]
                down.append(LayerNorm2d(width, eps=1e-6))
            else:
                down = [LayerNorm2d(channels, eps=1e-6)]
                down.append(nn.Conv2d(channels, width, 2, 2))
            blocks = [ConvNeXtBlock(width) for _ in range(depth)]
            self.stages.append(nn.Sequential(*down, *blocks))
            self.norms.append(LayerNorm2d(width, eps=1e-6))
            channels = width

    def forward(self, x):
        """Returns the list of features."""
        features = []
        for stage, norm in zip(self.stages, self.norms, strict=True):
            x = stage(x)
            features.append(norm(x))
        return features


class UNetBlock(nn.Module):
    """Shuffle to twice the size, merge the encoder's features."""

    def __init__(self, channels, skip_channels, filters):
        super().__init__()
        self.up_conv = nn.Conv2d(channels, 4 * filters, 1, bias=False)
        self.up_norm = nn.BatchNorm2d(4 * filters)
        self.skip_norm = nn.BatchNorm2d(skip_channels)
        self.conv = nn.Conv2d(
            filters + skip_channels, filters, 3, padding=1, bias=False
        )
        self.norm = nn.BatchNorm2d(filters)

    def forward(self, x, skip):
        """Returns (B, filters, 2 H, 2 W)."""
        x = functional.relu(self.up_norm(self.up_conv(x)))
        x = _blur(functional.pixel_shuffle(x, 2))
        x = functional.relu(torch.cat([x, self.skip_norm(skip)], 1))
        return self.norm(functional.relu(self.conv(x)))


class QueryBlock(nn.Module):
    """Attention to pixels, attention to queries, feed-forward."""

    def __init__(self, size, num_heads, feedforward_size):
        super().__init__()
        self.cross_attention = nn.MultiheadAttention(
            size, num_heads, batch_first=True
        )
        self.self_attention = nn.MultiheadAttention(
            size, num_heads, batch_first=True
        )
        self.expand = nn.Linear(size, feedforward_size)
        self.reduce = nn.Linear(feedforward_size, size)
        self.cross_norm, self.self_norm, self.feedforward_norm = (
            nn.LayerNorm(size) for _ in range(3)
        )

    def forward(self, x, positions, keys, values):
        """Returns (B, Q, C)."""
        attended = self.cross_attention(
            x + positions, keys, values, need_weights=False
        )[0]
        x = self.cross_norm(x + attended)
        placed = x + positions
        attended = self.self_attention(placed, placed, x, need_weights=False)[0]
        x = self.self_norm(x + attended)
        y = self.reduce(functional.relu(self.expand(x)))
        return self.feedforward_norm(x + y)


class TorchDDColor(nn.Module):
    """The network from photo (B, 3, H, W) in [0, 1] to ab (B, 2, H, W).

    Args:
        model: the `DDColorColorizer` whose sizes it gets.
    """

    def __init__(self, model):
        super().__init__()
        filters, size = model.decoder_filters, model.decoder_filters[-1]
        self.encoder = ConvNeXt(model.encoder_depths, model.encoder_filters)
        channels = (model.encoder_filters[-1], *filters)
        skips = model.encoder_filters[-2::-1]
        self.decoder = nn.ModuleList(
            UNetBlock(channels[i], skips[i], filters[i]) for i in range(3)
        )
        self.last_up_conv = nn.Conv2d(size, 16 * size, 1)
        self.projections = nn.ModuleList(
            nn.Conv2d(width, size, 1) for width in filters
        )
        self.query_features = nn.Parameter(torch.zeros(model.num_queries, size))
        self.query_positions = nn.Parameter(
            torch.zeros(model.num_queries, size)
        )
        self.scale_embedding = nn.Parameter(torch.zeros(3, size))
        self.blocks = nn.ModuleList(
            QueryBlock(size, model.num_heads, model.feedforward_size)
            for _ in range(model.num_layers)
        )
        self.norm = nn.LayerNorm(size)
        self.embedding = nn.Sequential(
            nn.Linear(size, size),
            nn.ReLU(),
            nn.Linear(size, size),
            nn.ReLU(),
            nn.Linear(size, size),
        )
        self.refine = nn.Conv2d(model.num_queries + 3, 2, 1)
        mean, deviation = torch.tensor(_MEAN), torch.tensor(_DEVIATION)
        self.register_buffer("mean", mean[:, None, None])
        self.register_buffer("deviation", deviation[:, None, None])

    def forward(self, photo):
        """Returns ab."""
        photo = (photo - self.mean) / self.deviation
        *skips, x = self.encoder(photo)
        scales = []
        for block, skip in zip(self.decoder, skips[::-1], strict=True):
            x = block(x, skip)
            scales.append(x)
        pixels = functional.relu(self.last_up_conv(x))
        pixels = _blur(functional.pixel_shuffle(pixels, 4))
        queries = self.decode_colors(scales)
        maps = torch.einsum("bqc,bchw->bqhw", queries, pixels)
        return self.refine(torch.cat([maps, photo], 1))

    def decode_colors(self, scales):
        """Returns color embeddings, (B, Q, C)."""
        sources = []
        for i, (x, projection) in enumerate(
            zip(scales, self.projections, strict=True)
        ):
            positions = _encode_positions(*x.shape[2:], projection.out_channels)
            x = projection(x).flatten(2).transpose(1, 2)  # (B, H * W, C)
            x = x + self.scale_embedding[i]
            sources.append((x + positions, x))
        x = self.query_features.expand(len(scales[0]), -1, -1)
        for i, block in enumerate(self.blocks):
            x = block(x, self.query_positions, *sources[i % 3])
        return self.embedding(self.norm(x))


def _blur(x):
    x = functional.pad(x, (1, 0, 1, 0), mode="replicate")
    return functional.avg_pool2d(x, 2, stride=1)


def _encode_positions(height, width, channels):
    half = channels // 2
    k = torch.arange(half)
    periods = 10000 ** (2 * (k // 2) / half)
    axes = []
    for size in (height, width):
        position = torch.arange(1, size + 1) / (size + 1e-6) * 2 * math.pi
        angles = position[:, None] / periods
        axes.append(torch.where(k % 2 == 0, angles.sin(), angles.cos()))
    rows = axes[0][:, None].expand(-1, width, -1)
    columns = axes[1][None].expand(height, -1, -1)
    return torch.cat([rows, columns], -1).reshape(1, height * width, channels)
