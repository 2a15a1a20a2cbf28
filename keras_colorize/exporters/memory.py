"""Gives memory back between the steps of an export.

A module of its own: its readers need tf2onnx, TensorFlow or neither.
"""

import contextlib
import ctypes
import gc


def give_back_memory() -> None:
    """Frees what nobody uses and returns it to the system.

    TensorFlow's graphs hold each other, and the weights several times; and
    glibc keeps what they have freed, for the next ones: after a SavedModel
    was written, three quarters of the memory of the process.
    """
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # only glibc has it
        ctypes.CDLL("libc.so.6").malloc_trim(0)
