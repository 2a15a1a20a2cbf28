"""Constructor arguments that make each registered model small for tests.

The graph stays the same: as many layers, fewer filters.
"""

import re

from keras_colorize.models import registry

# By the start of the name; the longest that fits counts. Where a 1x1
# convolution has a stride, it reads at least 8 channels: with fewer, PyTorch's
# gradient is wrong and overwrites memory on processors with AVX2 and no more
# (oneDNN 3.12, issue 6035 of uxlfoundation/oneDNN).
_OVERRIDES = {
    "autoencoder": {"stackwise_filters": (4, 6, 8, 8), "latent_size": 10},
    "autoencoder_32": {"stackwise_filters": (4, 6, 8), "latent_size": 10},
    "autoencoder_bn": {"stackwise_filters": (4, 6, 8, 8)},
    "ddcolor": {
        "encoder_depths": (1, 1, 1, 1),
        "encoder_filters": (4, 6, 8, 8),
        "decoder_filters": (8, 6, 8),
        "num_queries": 5,
        "num_layers": 3,
        "num_heads": 2,
        "feedforward_size": 12,
    },
    "eccv16": {"stackwise_filters": (4, 6, 8, 10, 10, 10, 10, 8)},
    "hypercolumn": {"shallow_filters": (6, 4), "encoder_filters": (4, 6, 8, 8)},
    "lite": {
        "encoder_width": 0.125,
        "decoder_filters": (8, 8, 6, 4),
        "semantic_size": 32,  # below the sizes of most tests
    },
    "lite_": {"encoder_width": 0.125, "decoder_filters": (8, 8, 6, 4)},
    "lite_efficientnet": {
        "encoder_width": 0.2,
        "decoder_filters": (8, 8, 6, 4),
    },
    "pix2pix": {"stackwise_filters": (4, 6, 8, 8, 8)},
    "resnet18_unet": {
        "stackwise_filters": (8, 8, 10, 12),
        "decoder_filters": (8, 8, 6, 4),
    },
    "siggraph17": {"stackwise_filters": (4, 6, 8, 10, 10, 10, 10, 8, 6, 6)},
    "unetpp": {"stackwise_filters": (4, 4, 6, 6, 8)},
}
# Ends of the variables that cannot change what a model returns in training, by
# a pattern for the start of its name.
_WITHOUT_EFFECT = {
    # A softmax takes away what is added to the scores of all keys, a batch
    # norm what scales and shifts its channels before it.
    "ddcolor": (
        "/key/bias",
        *(f"norm{i}/gamma" for i in range(3)),
        *(f"norm{i}/beta" for i in range(4)),
    ),
    # From random weights the early layers of its semantic encoder are so faint
    # at stride 16 that a step may round to nothing.
    "lite$": tuple(
        f"{layer}_conv/{kind}"
        for kind in ("kernel", "bias")
        for layer in ("expand", "depthwise", "project")
    )
    + ("conv_stem/kernel", "conv_stem/bias")
    # Without hints, and with the zeros that it starts from.
    + (
        *(
            f"hint_{layer}/{kind}"
            for layer in ("conv1", "conv2", "change")
            for kind in ("kernel", "bias")
        ),
        *(
            f"hint_spread/{name}"
            for name in (
                "query_kernel",
                "query_bias",
                "key_kernel",
                "key_bias",
                "nothing_kernel",
                "nothing_bias",
                "nearness",
            )
        ),
    ),
    # Instance norm takes the offset of the convolution before it away.
    "pix2pix_instance_base": tuple(
        f"{level}_conv/bias"
        for level in (
            *(f"down{i}" for i in (1, 2, 3)),
            "up1",
            "up2",
            "up3",
            "up4",
        )
    ),
}


def has_effect(name, path):
    """Whether a trainable variable matters for what a model returns."""
    return not any(
        re.match(start, name) and path.endswith(ends)
        for start, ends in _WITHOUT_EFFECT.items()
    )


def tiny_overrides(name):
    """Returns what `create_model(name, …)` takes to build a tiny model.

    Args:
        name: one of `registry.model_names()`.

    Returns:
        dict of constructor arguments.

    Raises:
        KeyError: If the family of the model has no row here.
    """
    known = [start for start in _OVERRIDES if name.startswith(start)]
    if not known:
        raise KeyError(f"{name} needs a row in {__file__}.")
    return _OVERRIDES[max(known, key=len)]


def distinct_models():
    """Names of the registered models that differ once they are tiny."""
    names = {}
    for name in registry.model_names():
        spec = registry.get_spec(name)
        config = {**spec.config, **tiny_overrides(name)}
        names.setdefault((spec.builder, repr(sorted(config.items()))), name)
    return sorted(names.values())
