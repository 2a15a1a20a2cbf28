"""What a training configuration must be like, told before it is used."""

from training.choices import ADVERSARIAL_KINDS
from training.choices import DISCRIMINATORS
from training.choices import GENERATOR_LOSSES
from training.choices import LOSSES
from training.choices import OPTIMIZERS
from training.choices import PRECISIONS
from training.choices import REBALANCED_LOSSES
from training.choices import SCHEDULES
from training.choices import WATCHING_SCHEDULES


def check_config(config) -> None:
    """Checks every rule that needs no photos and no model.

    Args:
        config: a `TrainConfig`.

    Raises:
        ValueError: If a field is outside what its description says, or two
            cannot work together; names the field and what it should be.
    """
    _check_choice("loss", config.loss, LOSSES)
    _check_choice("optimizer", config.optimizer, OPTIMIZERS)
    _check_choice("schedule", config.schedule, SCHEDULES)
    _check_choice("precision", config.precision, PRECISIONS)
    _check_adversary(config)
    for name in ("batch_size", "epochs", "crop_size", "resize_short"):
        _check(name, getattr(config, name), getattr(config, name) >= 1, ">= 1")
    _check(
        "learning_rate", config.learning_rate, config.learning_rate > 0, "> 0"
    )
    _check(
        "crop_size",
        config.crop_size,
        config.crop_size <= config.resize_short,
        f"at most resize_short ({config.resize_short})",
    )
    _check(
        "min_scale",
        config.min_scale,
        0 < config.min_scale <= config.max_scale,
        f"above 0 and at most max_scale ({config.max_scale})",
    )
    for name in ("paper", "degradation"):
        share = getattr(config, name)
        _check(name, share, 0 <= share <= 1, "in [0, 1]")
    _check(
        "hint_stop_probability",
        config.hint_stop_probability,
        config.hint_stop_probability is None
        or 0 < config.hint_stop_probability <= 1,
        "in (0, 1] or none",
    )
    _check_choice("cache", config.cache, ("none", "memory"))
    _check(
        "temperature",
        config.temperature,
        0 < config.temperature <= 1,
        "in (0, 1]",
    )
    _check(
        "uniform_mix",
        config.uniform_mix,
        0 <= config.uniform_mix <= 1,
        "in [0, 1]",
    )
    _check(
        "ema",
        config.ema,
        config.ema is None or 0 < config.ema < 1,
        "in (0, 1) or none",
    )
    _check(
        "steps_per_epoch",
        config.steps_per_epoch,
        config.steps_per_epoch is None or config.steps_per_epoch >= 1,
        ">= 1 or none",
    )
    _check(
        "decay_share",
        config.decay_share,
        0 <= config.decay_share <= 1,
        "in [0, 1]",
    )
    _check(
        "decay_steps",
        config.decay_steps,
        config.schedule != "steps" or config.decay_steps >= 1,
        '>= 1 with schedule="steps"',
    )
    _check(
        "decay_start",
        config.decay_start,
        config.decay_start is None or config.decay_start >= 1,
        ">= 1 or none",
    )
    _check(
        "prior",
        config.prior,
        config.loss not in REBALANCED_LOSSES or bool(config.prior),
        f'a file or "estimate" with loss="{config.loss}"',
    )


def _check_adversary(config) -> None:
    """Refuses what two networks that learn from each other cannot do."""
    _check_choice("discriminator", config.discriminator, DISCRIMINATORS)
    kinds = ADVERSARIAL_KINDS
    _check_choice("adversarial_kind", config.adversarial_kind, kinds)
    _check_choice(
        "discriminator_optimizer", config.discriminator_optimizer, OPTIMIZERS
    )
    _check(
        "color_enhancement",
        config.color_enhancement,
        config.color_enhancement > 0,
        "> 0",
    )
    for name in config.generator_losses:
        _check_choice("generator_losses", name, GENERATOR_LOSSES)
    if config.loss != "adversarial":
        return
    _check("ema", config.ema, config.ema is None, f'none with "{config.loss}"')
    _check(
        "schedule",
        config.schedule,
        config.schedule not in WATCHING_SCHEDULES,
        f'a function of the step with "{config.loss}"',
    )


def _check(name: str, value, is_fine: bool, rule: str) -> None:
    if not is_fine:
        raise ValueError(
            f"`{name}` must be {rule}. Received: {name}={value!r}."
        )


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    _check(name, value, value in choices, "one of " + ", ".join(choices))
