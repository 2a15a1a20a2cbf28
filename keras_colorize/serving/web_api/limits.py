"""Numbers that bound what clients may send, and the cores to work on it."""

import os

# Twice the JPEG of a photo of as many pixels.
MAX_BODY_BYTES = 64 * 2**20
# A photo of 8 bits takes some 8 bytes a pixel, one of 16 bits up to 40.
MAX_PIXELS = 100_000_000
# A few lines of pixels, or one, cost far more than a photo of as many.
MAX_SIDE = 20_000
MAX_ASPECT = 32.0
MAX_HINTS = 500  # each costs the network a pass over its image


def num_cores() -> int:
    """Counts the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # counts what a container may use
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
