"""The training configuration: frozen dataclasses, checked when they are made.

A recipe (`training/configs/<name>.py`) is a function `get_config()` that
returns a `TrainConfig`. Its parts go where they are used: `data` to the
photos and batches, `optimizer` to the optimizer, and so on.
`training.overrides` changes single fields from the command line and compares
the configuration of a resumed run with the old one.
"""

import dataclasses
import typing
from typing import Annotated
from typing import Any
from typing import Literal
from typing import TypeVar

from keras_colorize.data.checked import Within
from keras_colorize.data.checked import check_fields
from keras_colorize.data.checked import require
from keras_colorize.data.pipeline_config import PipelineConfig
from keras_colorize.files import did_you_mean

ESTIMATE = "estimate"
# Lowered by callbacks that watch the loss of a single network.
_WATCHING_SCHEDULES = ("plateau", "stall")
_GENERATOR_LOSSES = ("l1", "pixel", "perceptual", "colorfulness")

OptimizerName = Literal["adam", "adamw"]
LossName = Literal[
    "rebalanced_crossentropy",
    "crossentropy",
    "hybrid",
    "ab_l2",
    "ab_l1",
    "uv_mse",
    "rgb_mse",
    "siggraph17",
    "adversarial",
]
_OUTPUT_KINDS: dict[LossName, str] = {
    "rebalanced_crossentropy": "q_logits",
    "crossentropy": "q_logits",
    "hybrid": "q_logits",
    "ab_l2": "ab",
    "ab_l1": "ab",
    "uv_mse": "uv",
    "rgb_mse": "rgb",
    "siggraph17": "ab_and_q_logits",
    "adversarial": "ab",
}


@dataclasses.dataclass(frozen=True)
class ModelConfig:
    """The network and the weights that it starts from.

    Attributes:
        name: registered model name, e.g. "eccv16_small".
        overrides: arguments that replace those of the model's row (on the
            command line a JSON object).
        init_weights: path of a `.weights.h5` file to start from, or None for
            a random start.
        warm_start: folder of a preset of another variant, whose weights are
            taken over where path and shape are the same; None for none.
        encoder_weights: pretrained weights of the encoder, for models that
            have one: the path of an .npz file, or "imagenet" to download them,
            which ResNet18 and EfficientNet-Lite cannot.
        semantic_weights: the same for the semantic encoder of a lite model.
        freeze: names of layers that are not trained.
        train: names of the only layers that are trained; empty for all but
            those of `freeze`.
    """

    name: str = "eccv16_small"
    overrides: dict = dataclasses.field(default_factory=dict)
    init_weights: str | None = None
    warm_start: str | None = None
    encoder_weights: str | None = None
    semantic_weights: str | None = None
    freeze: tuple[str, ...] = ()
    train: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuses both ways to say what is trained at once."""
        require(
            not (self.freeze and self.train),
            "train",
            self.train,
            "empty where `freeze` names layers",
        )


@dataclasses.dataclass(frozen=True)
class DataConfig(PipelineConfig):
    """Which photos, and how they become batches.

    The settings of `PipelineConfig`, and those below. `output_kind`,
    `output_stride` and `seed` follow from the model and the run.

    Attributes:
        dataset: name of a row of datasets.yaml, or a folder of photos; empty:
            the folder given by --data.
        labels: keep only photos with these labels (sub-folders); empty: all.
        limit: photos to train on, drawn by seed; None for all.
        validation_limit: most photos of split "val" to validate on after
            each epoch; 0 for no validation.
    """

    crop_size: tuple[int, int] | int = 128
    resize_short: Annotated[int | None, Within("[1, inf)")] = 160
    output_stride: Annotated[int, Within("[1, inf)")] = 1
    dataset: str = ""
    labels: tuple[str, ...] = ()
    limit: Annotated[int | None, Within("[1, inf)")] = None
    validation_limit: Annotated[int, Within("[0, inf)")] = 320

    def __post_init__(self) -> None:
        """Refuses crops that photos would have to be enlarged for."""
        super().__post_init__()
        short = self.resize_short
        require(
            short is None or max(typing.cast(tuple, self.crop_size)) <= short,
            "crop_size",
            self.crop_size,
            f"at most resize_short ({short})",
        )


@dataclasses.dataclass(frozen=True)
class LossConfig:
    """What the network, or with an adversary the generator, learns by.

    Attributes:
        name: one of `LossName`.
        num_neighbors: bins that share the mass of one pixel's soft target.
        sigma: width of the soft target's Gaussian, ab units.
        smoothing: share of the soft target spread evenly over all bins.
        mask_gray: whether samples without color weigh nothing, as in the
            training code of ECCV16; for losses over bins. Off where pages of
            text (`data.paper`) are to teach that paper has no color.
        uniform_mix: lambda of the rebalancing weights, in (0, 1]; 1 weighs
            all colors alike.
        regression_weight: "hybrid": weight of the error of the mean color.
        regression_delta: "hybrid": ab error below which it counts squared.
        prior: path of a prior file (`training.prior`), "estimate" to compute
            it from the training photos, or None for no rebalancing.
        prior_photos: most photos that "estimate" reads.
    """

    name: LossName = "rebalanced_crossentropy"
    num_neighbors: Annotated[int, Within("[1, 313]")] = 5
    sigma: Annotated[float, Within("(0, inf)")] = 5.0
    smoothing: Annotated[float, Within("[0, 1)")] = 0.0
    mask_gray: bool = True
    uniform_mix: Annotated[float, Within("(0, 1]")] = 0.5
    regression_weight: Annotated[float, Within("[0, inf)")] = 0.1
    regression_delta: Annotated[float, Within("(0, inf)")] = 10.0
    prior: str | None = ESTIMATE
    prior_photos: Annotated[int, Within("[1, inf)")] = 4000

    def __post_init__(self) -> None:
        """Refuses values out of range, and rebalancing without a prior."""
        check_fields(self)
        require(
            not self.is_rebalanced or bool(self.prior),
            "prior",
            self.prior,
            f'a file or "estimate" with loss "{self.name}"',
        )

    @property
    def is_rebalanced(self) -> bool:
        """Whether colors are weighed by how rare they are."""
        return self.name in ("rebalanced_crossentropy", "hybrid")

    @property
    def ignores_gray(self) -> bool:
        """Whether it is one over bins in which gray samples weigh nothing."""
        return self.mask_gray and self.output_kind == "q_logits"

    @property
    def output_kind(self) -> str:
        """What a network must return for it (`Colorizer.output_kind`)."""
        return _OUTPUT_KINDS[self.name]


@dataclasses.dataclass(frozen=True)
class AdversaryConfig:
    """The second network of the loss "adversarial".

    Attributes:
        discriminator: "patchgan" or "ddcolor".
        discriminator_overrides: arguments that replace those of its builder
            (on the command line a JSON object).
        discriminator_optimizer: "adam" or "adamw", with the settings of the
            generator's.
        kind: "vanilla", "least_squares" or "hinge".
        weight: what the adversarial loss counts for the generator.
        discriminator_weight: what the sum of the discriminator's losses on
            true and on predicted colors is multiplied with.
        generator_losses: further losses of the generator and their weights:
            "l1", "pixel", "perceptual", "colorfulness". "l1" is that of
            pix2pix, on ab / 110; the others are DDColor's, "pixel" on ab in
            CIE units.
        perceptual_weights: of the VGG16 of "perceptual": "imagenet" to
            download them, the path of an .npz file, or None for random ones.
        color_enhancement: how much more vivid than true the photos are that
            predictions are compared with, but for "pixel" and "l1"; 1 leaves
            them.
    """

    discriminator: Literal["patchgan", "ddcolor"] = "patchgan"
    discriminator_overrides: dict = dataclasses.field(default_factory=dict)
    discriminator_optimizer: OptimizerName = "adam"
    kind: Literal["vanilla", "least_squares", "hinge"] = "vanilla"
    weight: Annotated[float, Within("[0, inf)")] = 1.0
    discriminator_weight: Annotated[float, Within("[0, inf)")] = 0.5
    generator_losses: dict = dataclasses.field(default_factory=dict)
    perceptual_weights: str | None = "imagenet"
    color_enhancement: Annotated[float, Within("(0, inf)")] = 1.0

    def __post_init__(self) -> None:
        """Refuses values out of range and unknown losses."""
        check_fields(self)
        rule = "one of " + ", ".join(_GENERATOR_LOSSES)
        for name, weight in self.generator_losses.items():
            is_known = name in _GENERATOR_LOSSES
            require(is_known, "generator_losses", name, rule)
            is_weight = weight in Within("[0, inf)")
            require(is_weight, f"generator_losses.{name}", weight, "0 or more")


@dataclasses.dataclass(frozen=True)
class OptimizerConfig:
    """The optimizer and what it does with gradients and weights.

    Attributes:
        name: "adam" or "adamw".
        learning_rate: the largest learning rate of the run.
        beta_1: Adam's first-moment decay.
        beta_2: Adam's second-moment decay.
        epsilon: Adam's epsilon.
        weight_decay: decoupled decay of "adamw"; 0 with "adam".
        coupled_decay: what times each kernel is added to its gradient, the
            "weight decay" of Caffe and of PyTorch's Adam.
        clipnorm: largest norm of the gradient of one variable, or None.
        ema: decay of an average of the weights that is validated and saved
            in place of the last weights, in (0, 1); None for no average.
    """

    name: OptimizerName = "adam"
    learning_rate: Annotated[float, Within("(0, inf)")] = 1e-3
    beta_1: Annotated[float, Within("[0, 1)")] = 0.9
    beta_2: Annotated[float, Within("[0, 1)")] = 0.999
    epsilon: Annotated[float, Within("(0, inf)")] = 1e-8
    weight_decay: Annotated[float, Within("[0, inf)")] = 0.0
    coupled_decay: Annotated[float, Within("[0, inf)")] = 0.0
    clipnorm: Annotated[float | None, Within("(0, inf)")] = None
    ema: Annotated[float | None, Within("(0, 1)")] = None

    def __post_init__(self) -> None:
        """Refuses values out of range."""
        check_fields(self)


@dataclasses.dataclass(frozen=True)
class ScheduleConfig:
    """How the learning rate changes during a run.

    Attributes:
        name: "constant"; "cosine", "linear" and "steps" are functions of the
            step; "plateau" and "stall" watch the loss.
        warmup_steps: "cosine": steps of linear warm-up.
        final_scale: "cosine": last learning rate over the largest.
        decay_share: "linear": last share of the run, in which the rate falls
            to 0.
        decay_start: "steps": step of the first decay; None for `decay_steps`.
        decay_steps: "steps": steps between two decays.
        decay_factor: "steps", "plateau" and "stall": what the rate is
            multiplied by.
        min_delta: "plateau": a best loss must fall by this much to count as
            progress; "stall": the rate decays when the loss moves less than
            this from one epoch to the next.
        patience: "plateau": epochs without progress before a decay.
        min_rate: "plateau", "stall": the rate never goes below.
    """

    name: Literal[
        "constant", "cosine", "linear", "steps", "plateau", "stall"
    ] = "constant"
    warmup_steps: Annotated[int, Within("[0, inf)")] = 0
    final_scale: Annotated[float, Within("[0, 1]")] = 0.0
    decay_share: Annotated[float, Within("[0, 1]")] = 0.5
    decay_start: Annotated[int | None, Within("[1, inf)")] = None
    decay_steps: Annotated[int, Within("[0, inf)")] = 0
    decay_factor: Annotated[float, Within("(0, 1)")] = 0.1
    min_delta: Annotated[float, Within("[0, inf)")] = 1e-4
    patience: Annotated[int, Within("[0, inf)")] = 1
    min_rate: Annotated[float, Within("[0, inf)")] = 0.0

    def __post_init__(self) -> None:
        """Refuses values out of range, and steps of no length."""
        check_fields(self)
        require(
            self.name != "steps" or self.decay_steps >= 1,
            "decay_steps",
            self.decay_steps,
            'at least 1 with schedule "steps"',
        )


@dataclasses.dataclass(frozen=True)
class SamplesConfig:
    """The validation photos that TensorBoard shows after each epoch.

    Attributes:
        count: number of photos; 0 for none.
        temperature: of the annealed mean, for networks that classify.
    """

    count: Annotated[int, Within("[0, inf)")] = 8
    temperature: Annotated[float, Within("(0, 1]")] = 0.38

    def __post_init__(self) -> None:
        """Refuses values out of range."""
        check_fields(self)


@dataclasses.dataclass(frozen=True)
class TrainConfig:
    """Everything that decides the outcome of a training run.

    Attributes:
        model: the `ModelConfig`.
        data: the `DataConfig`; its seed is that of the run.
        loss: the `LossConfig`.
        adversary: the `AdversaryConfig`, for the loss "adversarial".
        optimizer: the `OptimizerConfig`.
        schedule: the `ScheduleConfig`.
        samples: the `SamplesConfig`.
        epochs: number of epochs.
        steps_per_epoch: steps between two validations and checkpoints; None
            takes one pass over the photos.
        precision: "float32", "mixed_bfloat16" or "mixed_float16"; under the
            last, losses are scaled, and a step whose gradients are not finite
            is left out.
        seed: seeds weights, order of photos and augmentation.
        deterministic_ops: same bits in each run, at some cost in speed.
    """

    model: ModelConfig = ModelConfig()
    data: DataConfig = DataConfig()
    loss: LossConfig = LossConfig()
    adversary: AdversaryConfig = AdversaryConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    samples: SamplesConfig = SamplesConfig()
    epochs: Annotated[int, Within("[1, inf)")] = 30
    steps_per_epoch: Annotated[int | None, Within("[1, inf)")] = None
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = "float32"
    seed: Annotated[int, Within("[0, 4294967295]")] = 0  # as of NumPy
    deterministic_ops: bool = False

    def __post_init__(self) -> None:
        """Refuses values that cannot work together."""
        check_fields(self)
        data = dataclasses.replace(self.data, seed=self.seed)
        object.__setattr__(self, "data", data)
        optimizers = {self.optimizer.name}
        if self.loss.name == "adversarial":
            optimizers.add(self.adversary.discriminator_optimizer)
        decay = self.optimizer.weight_decay
        require(
            not decay or "adamw" in optimizers,
            "optimizer.weight_decay",
            decay,
            '0 with optimizer "adam", which has none: see "adamw"',
        )
        if self.loss.name != "adversarial":
            return
        ema, schedule = self.optimizer.ema, self.schedule.name
        require(
            ema is None, "optimizer.ema", ema, 'none with loss "adversarial"'
        )
        require(
            schedule not in _WATCHING_SCHEDULES,
            "schedule.name",
            schedule,
            'a function of the step with loss "adversarial"',
        )


Part = TypeVar("Part")


def changed(config: Part, **changes: Any) -> Part:
    """Returns a copy of a configuration with some fields changed.

    Example:
        changed(config, epochs=9, data={"crop_size": 160, "paper": 0.08})

    Args:
        config: a `TrainConfig` or a part of one; not changed.
        **changes: new values by name. A dict for a part says which of its
            fields change; lists, as JSON has them, become tuples.

    Raises:
        ValueError: If there is no such field, or a value does not fit.
    """
    hints = typing.get_type_hints(type(config))
    for name, value in changes.items():
        if name not in hints:
            raise ValueError(
                f"{type(config).__name__} has no field {name!r}."
                f"{did_you_mean(name, hints)} Fields: {', '.join(hints)}."
            )
        part = dataclass_in(hints[name])
        if part and isinstance(value, dict):
            former = getattr(config, name) or part()
            changes[name] = changed(former, **value)
        elif isinstance(value, list):
            changes[name] = tuple(value)
    return dataclasses.replace(typing.cast(Any, config), **changes)


def dataclass_in(hint: Any) -> Any:
    """Returns the dataclass that a field holds, by its type, or None."""
    for choice in typing.get_args(hint) or (hint,):
        if dataclasses.is_dataclass(choice):
            return choice
    return None
