"""The DDColor releases, of the tiny and of the large model.

`ddcolor_paper_tiny.pth` has a ConvNeXt-T encoder; `ddcolor_modelscope.pth`,
`ddcolor_paper.pth` and `ddcolor_artistic.pth` have the same layers with a
ConvNeXt-L.
"""

import re
from collections.abc import Mapping

import numpy as np

from keras_colorize.convert.release import Release
from keras_colorize.layers.pixel_shuffle import keras_order

_SOURCE = "https://github.com/piddnad/DDColor"
_LICENSE = "Apache-2.0 (github.com/piddnad/DDColor)"
_NUM_LAYERS = 9
_NUM_HEADS = 8
# ImageNet's, which are constants here.
_CONSTANTS = ("mean", "std")

_ENCODER = "encoder.arch"
_COLORS = "decoder.color_decoder"
# What a shuffle by this factor reads, by the start of its names.
_SHUFFLED = {"decoder.layers.": 2, "decoder.last_shuf.": 4}
_LINEAR = re.compile(
    r"\.(pwconv[12]|linear[12]|color_embed\.layers\.\d+)\.weight$"
)


def layers_of(depths, num_layers: int = _NUM_LAYERS) -> dict[str, str]:
    """Returns the key map of a DDColor.

    Args:
        depths: 4 ints, blocks of each stage of its encoder.
        num_layers: layers of its color decoder.
    """
    return {
        **_encoder_layers(depths),
        **_pixel_decoder_layers(),
        **_color_decoder_layers(num_layers),
        "ab/conv": "refine_net.0.0",
    }


def _encoder_layers(depths):
    layers = {
        "stem_conv": f"{_ENCODER}.downsample_layers.0.0",
        "stem_layernorm": f"{_ENCODER}.downsample_layers.0.1",
        "encoder_norm": f"{_ENCODER}.norm",
    }
    for i in range(3):
        module = f"{_ENCODER}.downsample_layers.{i + 1}"
        layers[f"downsampling_layernorm_{i}"] = f"{module}.0"
        layers[f"downsampling_conv_{i}"] = f"{module}.1"
    for stage, depth in enumerate(depths):
        layers[f"norm{stage}"] = f"{_ENCODER}.norm{stage}"
        for block in range(depth):
            name = f"stage{stage}_block{block}"
            module = f"{_ENCODER}.stages.{stage}.{block}"
            layers[f"{name}_depthwise_conv"] = f"{module}.dwconv"
            layers[f"{name}_layernorm"] = f"{module}.norm"
            layers[f"{name}_pointwise_conv_1"] = f"{module}.pwconv1"
            layers[f"{name}_pointwise_conv_2"] = f"{module}.pwconv2"
            layers[f"{name}_layer_scale"] = f"{module}.gamma"
    return layers


def _pixel_decoder_layers():
    layers = {"last_up_conv": "decoder.last_shuf.conv.0"}
    for i in range(3):
        module = f"decoder.layers.{i}"
        layers[f"decoder{i}_up_conv"] = f"{module}.shuf.conv.0"
        layers[f"decoder{i}_up_norm"] = f"{module}.shuf.conv.1"
        layers[f"decoder{i}_skip_norm"] = f"{module}.bn"
        layers[f"decoder{i}_conv"] = f"{module}.conv.0"
        layers[f"decoder{i}_norm"] = f"{module}.conv.2"
    return layers


def _color_decoder_layers(num_layers):
    layers = {
        "color_decoder/query_features": f"{_COLORS}.query_feat",
        "color_decoder/query_positions": f"{_COLORS}.query_embed",
        "color_decoder/scale_embedding": f"{_COLORS}.level_embed",
        "color_decoder/norm": f"{_COLORS}.decoder_norm",
    }
    for i in range(3):
        layers[f"projection{i}"] = f"{_COLORS}.input_proj.{i}"
        layers[f"embedding{i}"] = f"{_COLORS}.color_embed.layers.{i}"
    for i in range(num_layers):
        for ours, kind, attention in (
            ("cross", "cross_attention", "multihead_attn"),
            ("self", "self_attention", "self_attn"),
        ):
            module = f"{_COLORS}.transformer_{kind}_layers.{i}"
            layers[f"block{i}/{ours}_norm"] = f"{module}.norm"
            row = f"block{i}/{ours}_attention"
            for part in ("query", "key", "value"):
                layers[f"{row}/{part}"] = f"{module}.{attention}.{part}"
            layers[f"{row}/attention_output"] = f"{module}.{attention}.out_proj"
        module = f"{_COLORS}.transformer_ffn_layers.{i}"
        layers[f"block{i}/expand"] = f"{module}.linear1"
        layers[f"block{i}/reduce"] = f"{module}.linear2"
        layers[f"block{i}/feedforward_norm"] = f"{module}.norm"
    return layers


def prepare_state(
    state: Mapping[str, np.ndarray], num_heads: int = _NUM_HEADS
) -> dict[str, np.ndarray]:
    """Rewrites a checkpoint so that each tensor is one of our variables.

    Attention has one tensor for queries, keys and values in PyTorch, where a
    matrix is (out, in), and a pixel shuffle other channel order, see
    `layers.pixel_shuffle`. The kernel and the vectors of a spectral norm stay
    three tensors.

    Args:
        state: name -> array, of a DDColor; other names are left alone.
        num_heads: heads of attention.

    Returns:
        dict of name -> array.

    Raises:
        ValueError: If an array has a shape that no DDColor has.
    """
    prepared = {}
    for key, value in state.items():
        if key in _CONSTANTS:
            continue
        try:
            prepared.update(_prepare(key, value, state, num_heads))
        except ValueError as error:
            raise ValueError(
                f"The checkpoint does not fit DDColor: {key} has the shape "
                f"{value.shape}."
            ) from error
    return prepared


def _prepare(key, value, state, num_heads):
    for start, factor in _SHUFFLED.items():
        is_shuffled = "shuf.conv." in key and not key.endswith(
            (".weight_v", ".num_batches_tracked")
        )
        if key.startswith(start) and is_shuffled:
            value = _reorder_channels(value, factor)
    if ".in_proj_" in key:
        return _split_attention(key, value, num_heads)
    if key.endswith(".out_proj.weight"):
        return {key: value.T.reshape(num_heads, -1, len(value))}
    if key.endswith(".dwconv.weight"):  # the channels are inputs in Keras
        return {key: value.swapaxes(0, 1)}
    if _LINEAR.search(key):
        return {key: value.T}
    if key.endswith(".gamma"):
        return {f"{key}.weight": value}
    module, _, leaf = key.rpartition(".")
    if leaf == "weight_orig":
        return {f"{module}.weight": value}
    kernel = state.get(f"{module}.weight_orig")
    if leaf == "weight_v" and kernel is not None:
        # (in, Kh, Kw) to (Kh, Kw, in).
        value = value.reshape(kernel.shape[1:]).transpose(1, 2, 0).ravel()
    return {key: value}


def _reorder_channels(value, factor):
    """Reorders output channels from PyTorch's shuffle to ours."""
    last = keras_order(np.moveaxis(value, 0, -1), factor)
    return np.moveaxis(last, -1, 0)


def _split_attention(key, value, num_heads):
    module, _, leaf = key.rpartition(".in_proj_")
    size = len(value) // 3
    if leaf == "bias":
        parts = value.reshape(3, num_heads, -1)
    else:
        parts = value.reshape(3, size, size).transpose(0, 2, 1)
        parts = parts.reshape(3, size, num_heads, -1)  # (3, in, H, out / H)
    return {
        f"{module}.{name}.{leaf}": part
        for name, part in zip(("query", "key", "value"), parts, strict=True)
    }


RELEASE_TINY = Release(
    model="ddcolor_tiny",
    file="ddcolor_paper_tiny.pth",
    source=_SOURCE,
    license=_LICENSE,
    layers=layers_of((3, 3, 9, 3)),
    prepare=prepare_state,
)
RELEASE_LARGE = Release(
    model="ddcolor_large",
    file="ddcolor_modelscope.pth",
    source=_SOURCE,
    license=_LICENSE,
    layers=layers_of((3, 3, 27, 3)),
    prepare=prepare_state,
)
