"""The formats that models are exported to, each with options of its own.

Methods import what they need when they are called: the help of the scripts
takes no TensorFlow, and a SavedModel no tf2onnx.
"""

import functools
import os
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class OnnxFormat:
    """ONNX files of `exporters.onnx`.

    Attributes:
        opset: Version of the ONNX operators, 17 or 18.
        calibration: Folder of photos, for int8 only.
        converter: `"tf2onnx"` or `"torch"`.
    """

    opset: int = 18
    calibration: str | os.PathLike | None = None
    converter: str = "tf2onnx"

    def list_precisions(self) -> Sequence[str]:
        """Lists what `--all` writes by default of each model: all it can."""
        from keras_colorize.exporters.precision import PRECISIONS

        return PRECISIONS

    def check(self, precision: str) -> None:
        """Raises what `exporters.onnx.check_options` does."""
        from keras_colorize.exporters.onnx import check_options

        check_options(self.opset, precision, self.calibration, self.converter)

    def name_of(self, model: str, precision: str) -> str:
        """Returns `<model>.<precision>.onnx`."""
        return f"{model}.{precision}.onnx"

    def writer_of(self, model, **settings) -> Callable[..., Any]:
        """Prepares a model, which is converted once for fp16 and int8.

        Args:
            model: `Colorizer`.
            **settings: `size`, `head`, `network_size` and `metadata`, as the
                export functions take them.

        Returns:
            Function (path, precision=...) that writes an export after comparing
            it with Keras and returns its report.
        """
        from keras_colorize.exporters.onnx import OnnxWriter

        return OnnxWriter(
            model,
            opset=self.opset,
            calibration=self.calibration,
            converter=self.converter,
            **settings,
        ).write

    def graph_of(self, *arguments):
        """Returns what files are compared with, as `make_graph` makes it."""
        from keras_colorize.exporters.onnx import make_graph

        return make_graph(self.converter, *arguments)

    def open(self, path: Path) -> Callable:
        """Opens a file as a function (image) -> array."""
        from keras_colorize.exporters.onnx_graph import open_session

        session = open_session(path)
        name = session.get_inputs()[0].name
        return lambda image: session.run(None, {name: image})[0]


class SavedModelFormat:
    """SavedModels of `exporters.saved_model`."""

    def list_precisions(self) -> Sequence[str]:
        """Lists what `--all` writes by default of each model: fp32."""
        return ("fp32",)

    def check(self, precision: str) -> None:
        """Raises `ValueError` for an unknown precision."""
        from keras_colorize.exporters.precision import SAVED_MODEL_PRECISIONS
        from keras_colorize.exporters.precision import check_precision

        check_precision(precision, SAVED_MODEL_PRECISIONS)

    def name_of(self, model: str, precision: str) -> str:
        """Returns `<model>`, in another precision than fp32 with its name."""
        return model if precision == "fp32" else f"{model}.{precision}"

    def writer_of(self, model, **settings) -> Callable[..., Any]:
        """Prepares a model, as that of `OnnxFormat` does."""
        from keras_colorize.exporters.saved_model import export_saved_model

        return functools.partial(export_saved_model, model, **settings)

    def graph_of(self, *arguments):
        """Returns what folders are compared with, a `ServingGraph`."""
        from keras_colorize.exporters.serving_graph import build_serving_graph

        return build_serving_graph(*arguments)

    def open(self, path: Path) -> Callable:
        """Opens a folder as a function (image) -> tensor."""
        import tensorflow as tf

        # The function alone would not keep what it belongs to alive.
        loaded = tf.saved_model.load(str(path))
        return lambda image: loaded.serve(image)


Format = OnnxFormat | SavedModelFormat
