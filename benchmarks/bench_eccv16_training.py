"""A training step of eccv16_base: mixed bfloat16 against PyTorch float32.

Batch 8 of 128 x 128 pixels, soft targets over 5 bins with class weights,
Adam, all cores. The peer is the network and the loss as one writes them in
eager PyTorch; its soft targets are encoded beforehand, ours inside the step.
"""

import numpy as np

from benchmarks.measure import Comparison
from benchmarks.measure import compare
from benchmarks.measure import report

BATCH = 8
SIZE = 128


def measure(
    model_name: str = "eccv16_base", size: int = SIZE, turns: int = 9
) -> Comparison:
    """Times whole steps: forward, backward, update."""
    rng = np.random.default_rng(0)
    L = rng.uniform(0, 100, (BATCH, size, size, 1)).astype("float32")
    ab = 20 * rng.normal(size=(BATCH, size // 4, size // 4, 2))
    ab = ab.astype("float32")
    weights = rng.uniform(0.5, 2.0, 313).astype("float32")
    ours, filters = keras_step(model_name, L, ab, weights)
    peer, version = torch_step(filters, L, ab, weights)
    return compare(
        f"training step of {model_name}, batch {BATCH}, {size} x {size}",
        ("keras_colorize, mixed_bfloat16", ours),
        (f"PyTorch {version}, float32", peer),
        turns=turns,
        target=1.6,
    )


def keras_step(model_name, L, ab, weights):
    """Returns our step as a function, and the network's filters."""
    import keras

    from keras_colorize.losses.classification import RebalancedCrossentropy
    from keras_colorize.models.registry import create_model

    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = create_model(model_name)
    finally:
        keras.config.set_dtype_policy(policy)
    model.ab_decoder.trainable = False
    model.compile(
        optimizer=keras.optimizers.Adam(1e-4),
        loss=RebalancedCrossentropy(weights),
    )
    return lambda: model.train_on_batch(L, ab), model.stackwise_filters


def torch_step(filters, L, ab, weights):
    """Returns the peer's step as a function, and PyTorch's version."""
    import torch

    from benchmarks.torch_eccv16 import TorchECCV16
    from keras_colorize.color.gamut import AbGamut
    from keras_colorize.color.quantization import encode_soft

    network = TorchECCV16(filters)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-4)
    indices, shares = (np.array(x) for x in encode_soft(ab, AbGamut()))
    L = torch.from_numpy(L.transpose(0, 3, 1, 2).copy())
    indices = torch.from_numpy(indices.transpose(0, 3, 1, 2).astype("int64"))
    shares = torch.from_numpy(shares.transpose(0, 3, 1, 2).copy())
    weights = torch.from_numpy(weights)[indices[:, 0]]  # (B, h, w)

    def step():
        optimizer.zero_grad()
        log_probs = torch.log_softmax(network(L), dim=1)
        picked = torch.gather(log_probs, 1, indices)  # (B, K, h, w)
        loss = (-(shares * picked).sum(dim=1) * weights).mean()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step, torch.__version__


if __name__ == "__main__":
    report(measure(), "eccv16_training")
