"""A training step of pix2pix: mixed bfloat16 against PyTorch float32.

U-Net-256 and the 70 x 70 PatchGAN, batch 4 of 256 x 256 pixels, vanilla loss
and 100 times L1, two Adams, all cores: a step of the discriminator, then one
of the generator. The peer are the same networks, weights and order of steps
as one writes them in eager PyTorch. Before anything is timed the losses of
the first step are compared, without dropout, in float32.
"""

import contextlib

import numpy as np

from benchmarks.measure import Comparison
from benchmarks.measure import compare
from benchmarks.measure import report

BATCH = 4
SIZE = 256
_L1_WEIGHT = 100.0
_ADAM = (2e-4, 0.5, 0.999)  # rate and betas
_TOLERANCE = 1e-3  # relative, of the losses


def measure(
    model_name: str = "pix2pix_base",
    discriminator_filters: tuple[int, ...] = (64, 128, 256, 512),
    size: int = SIZE,
    turns: int = 9,
) -> Comparison:
    """Times whole steps of both networks.

    Raises:
        RuntimeError: If the two sides do not compute the same losses.
    """
    rng = np.random.default_rng(0)
    L = rng.uniform(0, 100, (BATCH, size, size, 1)).astype("float32")
    ab = 20 * rng.normal(size=(BATCH, size, size, 2)).astype("float32")
    check_equal(model_name, discriminator_filters, L, ab)
    ours = keras_trainer(model_name, discriminator_filters, "mixed_bfloat16")
    step, version = torch_step(ours, L, ab)
    return compare(
        f"training step of {model_name}, batch {BATCH}, {size} x {size}",
        (
            "keras_colorize, mixed_bfloat16",
            lambda: ours.train_on_batch(L, ab),
        ),
        (f"PyTorch {version}, float32", step),
        turns=turns,
        target=1.7,
    )


def check_equal(model_name, discriminator_filters, L, ab):
    """Compares the losses of one step without dropout."""
    trainer = keras_trainer(
        model_name, discriminator_filters, "float32", dropout_rate=0.0
    )
    step, _ = torch_step(trainer, L, ab, dropout=False)
    theirs = step()
    ours = trainer.train_on_batch(L, ab, return_dict=True)
    for name, value in theirs.items():
        if not np.isclose(float(ours[name]), value, rtol=_TOLERANCE):
            raise RuntimeError(
                f"The sides differ: {name} is {float(ours[name])} here and "
                f"{value} in PyTorch."
            )


def keras_trainer(model_name, discriminator_filters, policy, **overrides):
    """Returns our generator and discriminator, compiled."""
    import keras

    from keras_colorize.losses.weighted import WeightedLoss
    from keras_colorize.models.discriminators import build_patchgan
    from keras_colorize.models.registry import create_model
    from keras_colorize.trainers.adversarial import AdversarialColorizer

    with _policy(policy):
        trainer = AdversarialColorizer(
            create_model(model_name, **overrides),
            build_patchgan(discriminator_filters),
        )
    l1 = WeightedLoss(keras.losses.MeanAbsoluteError(), _L1_WEIGHT / 110)
    trainer.compile(
        keras.optimizers.Adam(*_ADAM, epsilon=1e-8),
        keras.optimizers.Adam(*_ADAM, epsilon=1e-8),
        generator_losses={"l1": l1},
    )
    return trainer


@contextlib.contextmanager
def _policy(name):
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def torch_step(trainer, L, ab, dropout=True):
    """Returns the peer's step, with our weights, and PyTorch's version."""
    import torch

    from benchmarks import torch_pix2pix

    filters = [
        layer.filters
        for layer in trainer.discriminator.layers
        if layer.name.startswith("conv") and hasattr(layer, "filters")
    ]
    G = torch_pix2pix.TorchUNet(trainer.generator.stackwise_filters)
    D = torch_pix2pix.TorchPatchGAN(filters)
    torch_pix2pix.copy_weights(trainer.generator, G)
    torch_pix2pix.copy_weights(trainer.discriminator, D)
    if not dropout:
        for module in G.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
    rate, *betas = _ADAM
    g_adam = torch.optim.Adam(G.parameters(), rate, tuple(betas))
    d_adam = torch.optim.Adam(D.parameters(), rate, tuple(betas))
    bce = torch.nn.BCEWithLogitsLoss()
    L = torch.from_numpy((L / 50 - 1).transpose(0, 3, 1, 2).copy())
    ab = torch.from_numpy((ab / 110).transpose(0, 3, 1, 2).copy())

    def judge(colors, truth):
        logits = D(torch.cat([L, colors], dim=1))
        return bce(logits, torch.full_like(logits, truth))

    def step():
        fake = G(L)
        D.requires_grad_(True)
        d_adam.zero_grad()
        d_loss = 0.5 * (judge(ab, 1.0) + judge(fake.detach(), 0.0))
        d_loss.backward()
        d_adam.step()
        D.requires_grad_(False)
        g_adam.zero_grad()
        l1 = (fake - ab).abs().mean()
        g_loss = judge(fake, 1.0) + _L1_WEIGHT * l1
        g_loss.backward()
        g_adam.step()
        return {"d_loss": d_loss.item(), "g_loss": g_loss.item()}

    return step, torch.__version__


if __name__ == "__main__":
    report(measure(), "pix2pix_training")
