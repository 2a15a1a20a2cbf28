"""TensorFlow's start without its words about the machine."""

import os
import sys
import tempfile
from pathlib import Path

_ACCELERATOR = Path("/dev/nvidia0")


def start_tensorflow() -> None:
    """Imports TensorFlow, for commands that will need it anyway.

    It writes some lines about processors and drivers to the standard error,
    past Python and whatever its own settings say. They are kept back, unless
    the import fails, or `TF_CPP_MIN_LOG_LEVEL` is set: whoever sets it reads
    them. So are those about a missing accelerator, where there is none. Under
    another Keras backend nothing happens.
    """
    if os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
        return
    if "tensorflow" in sys.modules or "TF_CPP_MIN_LOG_LEVEL" in os.environ:
        return
    # Of what comes later. What it calls errors (3 leaves them out) are notes
    # on a processor; exceptions say what went wrong.
    level = "2" if _ACCELERATOR.exists() else "3"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = level
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            import tensorflow as tf

            if not _ACCELERATOR.exists():
                tf.config.list_physical_devices()
        except ImportError:
            said.seek(0)
            os.write(stderr, said.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
