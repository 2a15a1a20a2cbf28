"""How photos become batches: the settings of `data.pipeline`.

Readable without TensorFlow.
"""

import dataclasses
import math
from typing import Annotated
from typing import Literal

from keras_colorize.data.checked import Within
from keras_colorize.data.checked import check_fields
from keras_colorize.data.checked import require
from keras_colorize.data.degradation import Degradation

# A drawn number of patches is cut off where only one in a million is larger:
# 103 patches for the usual `stop_probability`.
_TAIL = 1e-6
# Hints are colors of the truth: it must be ab.
_HINTED_KINDS = ("ab", "ab_and_q_logits", "q_logits")


@dataclasses.dataclass(frozen=True)
class HintSimulation:
    """How many color hints a photo gets, of which size, and where.

    Attributes:
        stop_probability: p in (0, 1]. The number of patches is geometric:
            after each one, and before the first, the drawing ends with this
            probability. The mean is (1 - p) / p: 7 for 0.125, 0 for 1.
        smallest_patch: Side of the smallest square in pixels.
        largest_patch: Side of the largest square in pixels; all between the
            two are equally likely.
        num_patches: A fixed number in place of a drawn one, for evaluation;
            None draws it.
        placement: "gaussian" puts centers around that of the photo, with a
            quarter of its sides as standard deviations; "uniform" anywhere.
    """

    stop_probability: Annotated[float, Within("(0, 1]")] = 0.125
    smallest_patch: Annotated[int, Within("[1, inf)")] = 1
    largest_patch: int = 9
    num_patches: Annotated[int | None, Within("[0, inf)")] = None
    placement: Literal["gaussian", "uniform"] = "gaussian"

    def __post_init__(self) -> None:
        """Refuses values out of range."""
        check_fields(self)
        require(
            self.smallest_patch <= self.largest_patch,
            "largest_patch",
            self.largest_patch,
            f"at least smallest_patch ({self.smallest_patch})",
        )

    @property
    def max_patches(self) -> int:
        """The largest number of patches that one photo can get."""
        if self.num_patches is not None:
            return self.num_patches
        if self.stop_probability == 1:
            return 0
        # P(at least n patches) = (1 - p)^n
        tail = math.log(_TAIL) / math.log(1 - self.stop_probability)
        return math.floor(tail)


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
    batch_size: Annotated[int, Within("[1, inf)")] = 32
    resize_short: Annotated[int | None, Within("[1, inf)")] = None
    min_scale: Annotated[float, Within("(0, inf)")] = 1.0
    max_scale: Annotated[float, Within("(0, inf)")] = 1.0
    flip: bool = True
    output_kind: str = "ab"
    output_stride: Annotated[int, Within("[1, inf)")] = 4
    average_truth: bool = False
    hints: HintSimulation | None = None
    paper: Annotated[float, Within("[0, 1]")] = 0.0
    degradation: Degradation | None = None
    seed: int = 0
    cache: Literal["none", "memory"] = "none"
    num_parallel_calls: Annotated[int | None, Within("[1, inf)")] = None
    prefetch: Annotated[int | None, Within("[1, inf)")] = None

    def __post_init__(self) -> None:
        """Makes `crop_size` a pair and checks every value."""
        size = self.crop_size
        size = (size, size) if isinstance(size, int) else tuple(size)
        object.__setattr__(self, "crop_size", size)
        check_fields(self)
        require(
            len(size) == 2 and min(size) >= 1,
            "crop_size",
            size,
            "(height, width) in pixels",
        )
        require(
            not any(side % self.output_stride for side in size),
            "crop_size",
            size,
            f"multiples of output_stride={self.output_stride}",
        )
        require(
            self.min_scale <= self.max_scale,
            "min_scale",
            self.min_scale,
            f"at most max_scale ({self.max_scale})",
        )
        require(
            self.hints is None or self.output_kind in _HINTED_KINDS,
            "output_kind",
            self.output_kind,
            f"one of {', '.join(_HINTED_KINDS)} with hints",
        )
        hints = self.hints
        if hints is not None and hints.max_patches:
            require(
                min(size) >= hints.largest_patch,
                "crop_size",
                size,
                f"at least hints.largest_patch ({hints.largest_patch})",
            )

    @property
    def storage_short(self) -> int | None:
        """Shorter side of cached photos in pixels; None for their own."""
        if self.resize_short is None:
            return None
        return math.ceil(self.resize_short * max(self.max_scale, 1.0))
