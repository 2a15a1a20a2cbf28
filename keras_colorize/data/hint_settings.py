"""How color hints are simulated: settings, readable without TensorFlow."""

import dataclasses
import math

# A drawn number of patches is cut off where only one in a million is larger:
# 103 patches for the usual `stop_probability`.
_TAIL = 1e-6


@dataclasses.dataclass(frozen=True)
class HintSimulation:
    """How many hints a photo gets, of which size, and where.

    Attributes:
        stop_probability: p in (0, 1]. The number of patches is geometric:
            after each one, and before the first, the drawing ends with this
            probability. The mean is (1 - p) / p: 7 for 0.125, 0 for 1.
        smallest_patch: Side of the smallest square in pixels.
        largest_patch: Side of the largest square in pixels; all between the
            two are equally likely.
        num_patches: A fixed number in place of a drawn one, for evaluation;
            None draws it.
        placement: "gaussian" puts centres around that of the photo, with a
            quarter of its sides as standard deviations; "uniform" anywhere.
    """

    stop_probability: float = 0.125
    smallest_patch: int = 1
    largest_patch: int = 9
    num_patches: int | None = None
    placement: str = "gaussian"

    def __post_init__(self) -> None:
        """Refuses values out of range."""
        if not 0 < self.stop_probability <= 1:
            raise ValueError(
                "`stop_probability` must be in (0, 1]; 1 means no hints. "
                f"Received: stop_probability={self.stop_probability}."
            )
        if not 1 <= self.smallest_patch <= self.largest_patch:
            raise ValueError(
                "Expected 1 <= `smallest_patch` <= `largest_patch`, in "
                f"pixels. Received: smallest_patch={self.smallest_patch}, "
                f"largest_patch={self.largest_patch}."
            )
        if self.num_patches is not None and self.num_patches < 0:
            raise ValueError(
                "`num_patches` must be at least 0, or None to draw it. "
                f"Received: num_patches={self.num_patches}."
            )
        if self.placement not in ("gaussian", "uniform"):
            raise ValueError(
                '`placement` must be "gaussian" or "uniform". Received: '
                f"placement={self.placement!r}."
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
