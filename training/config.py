"""The training configuration: one frozen dataclass, checked when it is made.

A recipe (`training/configs/<name>.py`) is a function `get_config()` that
returns a `TrainConfig`. `training.overrides` changes single fields from the
command line and compares the configuration of a resumed run with the old one.
"""

import dataclasses

from training.choices import ESTIMATE
from training.config_checks import check_config

# The fields that may differ between a run and its continuation: how long it
# goes on and what it shows on the way, nothing that changes a single step.
RESUMABLE_FIELDS = frozenset(
    {"epochs", "cache", "num_samples", "deterministic_ops"}
)


@dataclasses.dataclass(frozen=True)
class TrainConfig:
    """Everything that decides the outcome of a training run.

    Names in capitals are lists of `training.choices`.

    Attributes:
        model: registered model name, e.g. "eccv16_small".
        model_overrides: arguments that replace those of the model's row (on
            the command line a JSON object).
        init_weights: path of a `.weights.h5` file to start from, or None for
            a random start.
        warm_start: folder of a preset of another variant, whose weights are
            taken over where path and shape are the same; None for none.
        encoder_weights: pretrained weights of the encoder, for models that
            have one: "imagenet" to download them, or the path of an .npz file.
        semantic_weights: the same for the semantic encoder of a lite model.
        freeze: names of layers that are not trained. A classification recipe
            freezes "ab_decoder": the cross-entropy gives the bin centers no
            gradient (they are constants in the Caffe original too).
        dataset: name of a row of datasets.yaml, or a folder of photos; empty:
            the folder given by --data.
        labels: keep only photos with these labels (sub-folders); empty: all.
        limit: photos to train on, drawn by seed; None for all.
        validation_limit: most photos of split "val" to validate on after
            each epoch; 0 for no validation.
        resize_short: short side in pixels before cropping.
        crop_size: side of the square network input, a multiple of the
            model's size multiple.
        min_scale: smallest random extra zoom of training photos before the
            crop.
        max_scale: largest random extra zoom, at least `min_scale`.
        flip: mirror half of the training photos.
        paper: share of training photos that get a frame of neutral paper or
            become a page of text, in [0, 1].
        degradation: share of training photos whose gray is degraded as by
            age (blur, grain, fading, scratches, JPEG), in [0, 1].
        average_truth: learn the mean color of each cell of the output; else
            that of its first pixel.
        hint_stop_probability: for models that take color hints: chance that
            a photo gets no further hint, in (0, 1]; None for no hints.
        hint_largest_patch: longest side in pixels of a hint's square.
        cache: "none", or "memory" to decode each photo only once.
        loss: one of `LOSSES`.
        num_neighbors: bins that share the mass of one pixel's soft target.
        sigma: width of the soft target's Gaussian, ab units.
        uniform_mix: lambda of the rebalancing weights, in [0, 1]; 1 weighs
            all colors alike.
        regression_weight: "hybrid": weight of the error of the mean color.
        regression_delta: "hybrid": ab error below which it counts squared.
        temperature: annealed-mean temperature for sample photos, (0, 1].
        prior: path of a prior file (`training.prior`), "estimate" to compute
            it from the training photos, or None for no rebalancing.
        prior_photos: most photos that "estimate" reads.
        discriminator: "adversarial": one of `DISCRIMINATORS`.
        discriminator_overrides: arguments that replace those of its builder
            (on the command line a JSON object).
        adversarial_kind: one of `ADVERSARIAL_KINDS`.
        adversarial_weight: what the adversarial loss counts for the
            generator.
        discriminator_weight: what the sum of the discriminator's losses on
            true and on predicted colors is multiplied with.
        generator_losses: further losses of the generator and their weights,
            by names out of `GENERATOR_LOSSES`. "l1" is that of pix2pix, on
            ab / 110; the others are DDColor's, "pixel" on ab in CIE units.
        perceptual_weights: of the VGG16 of "perceptual": "imagenet" to
            download them, the path of an .npz file, or None for random ones.
        color_enhancement: how much more vivid than true the photos are that
            predictions are compared with, but for "pixel" and "l1"; 1 leaves
            them.
        discriminator_optimizer: one of `OPTIMIZERS`, with the same settings.
        batch_size: photos in a step.
        epochs: number of epochs.
        steps_per_epoch: steps between two validations and checkpoints; None
            takes one pass over the photos.
        optimizer: one of `OPTIMIZERS`.
        learning_rate: the largest learning rate of the run.
        beta_1: Adam's first-moment decay.
        beta_2: Adam's second-moment decay.
        epsilon: Adam's epsilon.
        weight_decay: decoupled decay of "adamw".
        coupled_decay: what times each kernel is added to its gradient, the
            "weight decay" of Caffe and of PyTorch's Adam.
        clipnorm: largest norm of the gradient of one variable, or None.
        schedule: one of `SCHEDULES`.
        warmup_steps: "cosine": steps of linear warm-up.
        final_scale: "cosine": last learning rate over the largest.
        decay_share: "linear": last share of the run, in which the rate falls
            to 0.
        decay_start: "steps": step of the first decay; None for `decay_steps`.
        decay_steps: "steps": steps between two decays.
        decay_factor: "steps", "plateau" and "stall": what the rate is
            multiplied by.
        plateau_min_delta: "plateau": a best loss must fall by this much to
            count as progress; "stall": the rate decays when the loss moves
            less than this from one epoch to the next.
        plateau_patience: "plateau": epochs without progress before a decay.
        plateau_min_rate: "plateau", "stall": the rate never goes below.
        ema: decay of an average of the weights that is validated and saved
            in place of the last weights, in (0, 1); None for no average.
        precision: one of `PRECISIONS`; under "mixed_float16" losses are
            scaled, and a step whose gradients are not finite is left out.
        seed: seeds weights, order of photos and augmentation.
        num_samples: validation photos shown in TensorBoard.
        deterministic_ops: same bits in each run, at some cost in speed.
    """

    model: str = "eccv16_small"
    model_overrides: dict = dataclasses.field(default_factory=dict)
    init_weights: str | None = None
    warm_start: str | None = None
    encoder_weights: str | None = None
    semantic_weights: str | None = None
    freeze: tuple[str, ...] = ()
    # === Data ===
    dataset: str = ""
    labels: tuple[str, ...] = ()
    limit: int | None = None
    validation_limit: int = 320
    resize_short: int = 160
    crop_size: int = 128
    min_scale: float = 1.0
    max_scale: float = 1.0
    flip: bool = True
    paper: float = 0.0
    degradation: float = 0.0
    average_truth: bool = False
    hint_stop_probability: float | None = None
    hint_largest_patch: int = 9
    cache: str = "none"
    # === Loss ===
    loss: str = "rebalanced_crossentropy"
    num_neighbors: int = 5
    sigma: float = 5.0
    uniform_mix: float = 0.5
    regression_weight: float = 0.1
    regression_delta: float = 10.0
    temperature: float = 0.38
    prior: str | None = ESTIMATE
    prior_photos: int = 4000
    # === Adversary ===
    discriminator: str = "patchgan"
    discriminator_overrides: dict = dataclasses.field(default_factory=dict)
    adversarial_kind: str = "vanilla"
    adversarial_weight: float = 1.0
    discriminator_weight: float = 0.5
    generator_losses: dict = dataclasses.field(default_factory=dict)
    perceptual_weights: str | None = "imagenet"
    color_enhancement: float = 1.0
    discriminator_optimizer: str = "adam"
    # === Optimization ===
    batch_size: int = 32
    epochs: int = 30
    steps_per_epoch: int | None = None
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    coupled_decay: float = 0.0
    clipnorm: float | None = None
    schedule: str = "constant"
    warmup_steps: int = 0
    final_scale: float = 0.0
    decay_share: float = 0.5
    decay_start: int | None = None
    decay_steps: int = 0
    decay_factor: float = 0.1
    plateau_min_delta: float = 1e-4
    plateau_patience: int = 1
    plateau_min_rate: float = 0.0
    ema: float | None = None
    precision: str = "float32"
    # === Run ===
    seed: int = 0
    num_samples: int = 8
    deterministic_ops: bool = False

    def __post_init__(self) -> None:
        """Refuses values that cannot work together."""
        check_config(self)
