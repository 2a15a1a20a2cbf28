"""The flat configuration that runs had before it got parts.

Work directories of that time hold it as `config.json`, and notes name its
fields.
"""

from typing import Any

_SAME_NAME = {
    "model": "init_weights warm_start encoder_weights semantic_weights freeze",
    "data": "dataset labels limit validation_limit resize_short crop_size "
    "min_scale max_scale flip paper average_truth cache batch_size",
    "loss": "num_neighbors sigma uniform_mix regression_weight "
    "regression_delta prior prior_photos",
    "adversary": "discriminator discriminator_overrides "
    "discriminator_optimizer discriminator_weight generator_losses "
    "perceptual_weights color_enhancement",
    "optimizer": "learning_rate beta_1 beta_2 epsilon weight_decay "
    "coupled_decay clipnorm ema",
    "schedule": "warmup_steps final_scale decay_share decay_start "
    "decay_steps decay_factor",
}
# Each name that is no longer one of `TrainConfig` -> path of the field today.
PATHS = {
    name: f"{part}.{name}"
    for part, names in _SAME_NAME.items()
    for name in names.split()
} | {
    "model": "model.name",
    "model_overrides": "model.overrides",
    "degradation": "data.degradation.probability",
    "hint_stop_probability": "data.hints.stop_probability",
    "hint_largest_patch": "data.hints.largest_patch",
    "loss": "loss.name",
    "adversarial_kind": "adversary.kind",
    "adversarial_weight": "adversary.weight",
    "optimizer": "optimizer.name",
    "schedule": "schedule.name",
    "plateau_min_delta": "schedule.min_delta",
    "plateau_patience": "schedule.patience",
    "plateau_min_rate": "schedule.min_rate",
    "temperature": "samples.temperature",
    "num_samples": "samples.count",
}


def paths_from_flat(flat: dict[str, Any]) -> dict[str, Any]:
    """Maps a flat configuration to the fields of today.

    Args:
        flat: content of a `config.json` of that time. Fields that are newer
            than it may be missing.

    Returns:
        Values by path, e.g. "data.crop_size".
    """
    values = {PATHS.get(name, name): value for name, value in flat.items()}
    if not values.get("data.degradation.probability"):
        values.pop("data.degradation.probability", None)
        values["data.degradation"] = None
    if values.get("data.hints.stop_probability") is None:
        values.pop("data.hints.stop_probability", None)
        values.pop("data.hints.largest_patch", None)
        values["data.hints"] = None
    if "model.freeze" in values:  # the bin centers are constants today
        frozen = values["model.freeze"]
        values["model.freeze"] = [n for n in frozen if n != "ab_decoder"]
    return values
