"""The default model: a photo end to end, and the command line from cold.

    - One 512 x 512 JPEG, decoded, colorized by `lite` and encoded, against
      the network of eccv16_base alone at 256 x 256, L to ab, which runs with
      onnxruntime's default options.
    - `keras-colorize image` in a process of its own, against a process that
      imports onnxruntime, loads the same file and runs it once.

The weights are those that are shipped; the times do not depend on them.
"""

import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

from benchmarks.measure import Comparison
from benchmarks.measure import compare
from benchmarks.measure import report

PHOTO_SIDE = 512
PEER_SIDE = 256

# What a program pays that only loads the file and runs it.
_BARE_PROGRAM = """
import sys
import numpy
import onnxruntime
options = onnxruntime.SessionOptions()
options.log_severity_level = 3
session = onnxruntime.InferenceSession(
    sys.argv[1], options, providers=["CPUExecutionProvider"]
)
photo = numpy.full((1, {side}, {side}, 3), 99, "uint8")
session.run(None, {{session.get_inputs()[0].name: photo}})
"""


def measure_photo(
    peer_model: str = "eccv16_base",
    peer_side: int = PEER_SIDE,
    photo_side: int = PHOTO_SIDE,
    turns: int = 15,
) -> Comparison:
    """Times a photo end to end against the peer's network alone."""
    import onnxruntime

    from keras_colorize import ColorizeSession
    from keras_colorize import colorize
    from keras_colorize.exporters.onnx import export_onnx
    from keras_colorize.models.registry import create_model

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "peer.onnx"
        export_onnx(
            create_model(peer_model), path, head="ab", network_size=peer_side
        )
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # it warns of every optional input
        peer = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )
        photo = write_photo(pathlib.Path(folder), photo_side).read_bytes()
    rng = np.random.default_rng(0)
    L = rng.uniform(0, 100, (1, peer_side, peer_side, 1)).astype("float32")
    session = ColorizeSession("lite")
    return compare(
        f"lite, a JPEG of {photo_side} x {photo_side}, decode to encode",
        ("lite", lambda: colorize(photo, session=session)),
        (
            f"{peer_model}, L to ab at {peer_side}",
            lambda: peer.run(["ab"], {"L": L}),
        ),
        turns=turns,
        target=2.0,
    )


def measure_start(photo_side: int = PHOTO_SIDE, turns: int = 9) -> Comparison:
    """Times the command from cold against a process that only runs."""
    from keras_colorize.presets import find_shipped

    model = find_shipped("lite").folder / "model.onnx"
    with tempfile.TemporaryDirectory() as folder:
        photo = write_photo(pathlib.Path(folder), photo_side)
        command = [sys.executable, "-m", "keras_colorize.cli", "image", photo]
        bare = _BARE_PROGRAM.format(side=photo_side)
        return compare(
            f"a JPEG of {photo_side} x {photo_side}, from cold to the file",
            (
                "keras-colorize image",
                lambda: subprocess.run(
                    [*command, "--model", "lite", "--overwrite"],
                    check=True,
                    capture_output=True,
                ),
            ),
            (
                "onnxruntime: import, load, run",
                lambda: subprocess.run(
                    [sys.executable, "-c", bare, model], check=True
                ),
            ),
            turns=turns,
            target=0.5,
        )


def write_photo(folder: pathlib.Path, side: int) -> pathlib.Path:
    """Writes something as hard to compress as a photo: blurred noise."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (side // 8, side // 8), dtype="uint8")
    image = Image.fromarray(coarse).resize(
        (side, side), Image.Resampling.BICUBIC
    )
    path = folder / "photo.jpg"
    image.save(path, quality=92)
    return path


if __name__ == "__main__":
    report(measure_photo(), "lite_photo")
    report(measure_start(), "lite_start")
