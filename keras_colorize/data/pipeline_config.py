"""How photos become batches: the settings of `data.pipeline`."""

import dataclasses
import math

from keras_colorize.data.degradation import Degradation
from keras_colorize.data.hint_settings import HintSimulation


@dataclasses.dataclass(frozen=True)
class PipelineConfig:
    """How photos become batches.

    Attributes:
        crop_size: Height and width of a sample in pixels, or one int for
            both. Multiples of `output_stride`.
        batch_size: Samples per batch (of one shard).
        resize_short: Length in pixels to which the shorter side of each
            photo is resized before the crop; None keeps its own size.
            Photos smaller than the crop are always enlarged to cover it.
        min_scale: Smallest extra zoom of the training augmentation.
        max_scale: Largest extra zoom; it is log-uniform between the two.
        flip: Whether training samples are mirrored at random.
        output_kind: What the network returns (`Colorizer.output_kind`); the
            truth is the same of the photo.
        output_stride: Step at which the truth is sampled
            (`Colorizer.output_stride`): 4 for ECCV16.
        average_truth: Whether the truth is the mean over the cells of
            `output_stride` x `output_stride` pixels; else it is the first
            pixel of each, as in the training of ECCV16.
        hints: How color hints are simulated, for a network that takes them;
            None gives L alone.
        paper: Share of training samples that get a frame of neutral paper
            or become a page of text (`data.paper`), in [0, 1].
        degradation: How the gray of training samples is degraded; the
            truth stays clean. None keeps it clean. L is then that of a gray
            photo, rounded to 8 bits. Evaluation plays by the clean photo.
        seed: Seed of shuffling and augmentation.
        cache: "none" decodes a file each time; "memory" decodes all once
            and keeps them as uint8, reduced to the size that is needed.
        num_parallel_calls: Photos prepared at a time; None lets
            TensorFlow choose.
        prefetch: Batches prepared ahead; None lets TensorFlow choose.
    """

    crop_size: tuple[int, int] | int = (256, 256)
    batch_size: int = 32
    resize_short: int | None = None
    min_scale: float = 1.0
    max_scale: float = 1.0
    flip: bool = True
    output_kind: str = "ab"
    output_stride: int = 4
    average_truth: bool = False
    hints: HintSimulation | None = None
    paper: float = 0.0
    degradation: Degradation | None = None
    seed: int = 0
    cache: str = "none"
    num_parallel_calls: int | None = None
    prefetch: int | None = None

    def __post_init__(self):
        """Makes `crop_size` a pair and checks every value."""
        size = self.crop_size
        size = (size, size) if isinstance(size, int) else tuple(size)
        object.__setattr__(self, "crop_size", size)
        if len(size) != 2 or min(size) < 1 or self.output_stride < 1:
            raise ValueError(
                "`crop_size` must be (height, width) in pixels and "
                "`output_stride` at least 1. Received: crop_size="
                f"{self.crop_size}, output_stride={self.output_stride}."
            )
        if any(side % self.output_stride for side in size):
            raise ValueError(
                f"`crop_size` must be multiples of output_stride="
                f"{self.output_stride}. Received: crop_size={self.crop_size}."
            )
        if self.hints and (
            self.output_stride > 1
            or self.output_kind not in ("ab", "ab_and_q_logits")
        ):
            raise ValueError(
                "`hints` are drawn from ab at full resolution: they need "
                'output_kind="ab" or "ab_and_q_logits" and output_stride=1. '
                f"Received: output_kind={self.output_kind!r}, "
                f"output_stride={self.output_stride}."
            )
        if self.batch_size < 1:
            raise ValueError(
                "`batch_size` must be at least 1. Received: "
                f"batch_size={self.batch_size}."
            )
        if not 0 < self.min_scale <= self.max_scale:
            raise ValueError(
                "Expected 0 < `min_scale` <= `max_scale`. Received: "
                f"min_scale={self.min_scale}, max_scale={self.max_scale}."
            )
        if self.resize_short is not None and self.resize_short < 1:
            raise ValueError(
                "`resize_short` must be at least 1 pixel, or None to keep "
                f"photos as they are. Received: {self.resize_short}."
            )
        if not 0 <= self.paper <= 1:
            raise ValueError(
                f"`paper` must be in [0, 1]. Received: paper={self.paper}."
            )
        if self.cache not in ("none", "memory"):
            raise ValueError(
                '`cache` must be "none" or "memory". Received: '
                f"cache={self.cache!r}."
            )

    @property
    def storage_short(self) -> int | None:
        """Shorter side of cached photos in pixels; None for their own."""
        if self.resize_short is None:
            return None
        return math.ceil(self.resize_short * max(self.max_scale, 1.0))
