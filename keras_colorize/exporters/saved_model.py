"""Export to a SavedModel that runs where this package is not installed.

    model = tf.saved_model.load(directory)
    colorized = model.serve(image, strength=0.8)

or, inside Keras, `keras.layers.TFSMLayer(directory, call_endpoint="serve")`.
"""

import dataclasses
import os
import pathlib

import keras
import tensorflow as tf

from keras_colorize.exporters.memory import give_back_memory
from keras_colorize.exporters.precision import SAVED_MODEL_PRECISIONS
from keras_colorize.exporters.precision import check_precision
from keras_colorize.exporters.precision import copy_in_bfloat16
from keras_colorize.exporters.precision import copy_in_float32
from keras_colorize.exporters.provenance import describe
from keras_colorize.exporters.serving_graph import build_serving_graph
from keras_colorize.exporters.serving_graph import function_with_defaults
from keras_colorize.exporters.validate import MAX_MEAN_BFLOAT16
from keras_colorize.exporters.validate import Agreement
from keras_colorize.exporters.validate import check_agreement
from keras_colorize.exporters.validate import parse_size
from keras_colorize.files import folder_written_beside
from keras_colorize.files import write_json

METADATA_FILE = "metadata.json"
# Weights are constants inside the function, which makes it faster: `lite` 1.4
# times, where TensorFlow uses oneDNN. TensorFlow copies them a dozen times for
# that, so those with more bytes in all stay outside, as tensors it refers to.
MAX_INLINE_BYTES = 2**28


@dataclasses.dataclass(frozen=True)
class SavedModelReport:
    """What was written.

    Attributes:
        path: The folder.
        num_bytes: Size of all its files.
        agreement: Distance to Keras.
    """

    path: pathlib.Path
    num_bytes: int
    agreement: Agreement

    def summary(self) -> str:
        """Returns one line for a terminal."""
        return (
            f"{self.path}: {self.num_bytes / 1e6:.1f} MB, "
            f"{self.agreement.summary()}"
        )


def export_saved_model(
    model,
    directory: str | os.PathLike,
    *,
    size: str | int = "dynamic",
    head: str = "photo",
    network_size: int | None = None,
    precision: str = "fp32",
    metadata: dict[str, str] | None = None,
) -> SavedModelReport:
    """Writes a model as a SavedModel after comparing it with Keras.

    Args:
        model: `Colorizer`, of any dtype policy.
        directory: Folder to write; a SavedModel that is there is replaced.
        size: `"dynamic"` for images of any size, or the side in pixels of
            the only (square) size that the function takes.
        head: `"photo"` (uint8 photo in and out) or `"ab"` (L to ab).
        network_size: Length in pixels of the network input's short side. None
            for that of `model.colorize`.
        precision: `"fp32"`, or `"bfloat16"`: the network computes in it,
            which processors with bfloat16 units do faster; weights, inputs
            and results are those of fp32.
        metadata: Further entries (model, weights, license …) of the file
            `metadata.json` beside the graph.

    Returns:
        `SavedModelReport`.

    Raises:
        ExportMismatchError: If the reloaded function and Keras differ too
            much. No folder is left, and one that was there is untouched.
        FileExistsError: If `directory` holds something else.
        ValueError: If an argument is outside what is said above.
    """
    directory = pathlib.Path(directory)
    check_precision(precision, SAVED_MODEL_PRECISIONS)
    _refuse_other_content(directory)
    settings = {
        "network_size": network_size,
        "head": head,
        "image_size": parse_size(size),
    }
    model = copy_in_float32(model)
    expected = graph = build_serving_graph(model, **settings)
    if precision == "bfloat16":
        model = copy_in_bfloat16(model)
        graph = build_serving_graph(model, **settings)
    properties = {
        **describe(model, graph),
        **(metadata or {}),
        "precision": precision,
    }

    with folder_written_beside(directory) as part:
        _save(graph, model.variables, part)
        give_back_memory()
        write_json(
            part / METADATA_FILE, properties, sort_keys=True, ensure_ascii=True
        )
        reloaded = tf.saved_model.load(str(part))
        agreement = check_agreement(
            expected.serve_unrounded,
            reloaded.serve,
            head,
            graph.defaults,
            graph.image_size,
            max_mean=MAX_MEAN_BFLOAT16 if precision == "bfloat16" else None,
        )
    files = [path for path in directory.rglob("*") if path.is_file()]
    return SavedModelReport(
        path=directory,
        num_bytes=sum(path.stat().st_size for path in files),
        agreement=agreement,
    )


def _save(graph, variables, directory):
    """Saves `serve` with its weights as constants.

    With variables, `tf.saved_model.load(directory).serve(image)` fails: the
    loaded object owns them and is gone before the call.

    Args:
        graph: `ServingGraph`.
        variables: Keras variables of its model.
        directory: Where it is saved.
    """
    values = [variable.numpy() for variable in variables]
    if sum(value.nbytes for value in values) > MAX_INLINE_BYTES:
        values = [tf.constant(value) for value in values]

    def serve(image, **options):
        constants = map(tf.convert_to_tensor, values)
        with keras.StatelessScope(zip(variables, constants, strict=True)):
            return graph.serve.python_function(image, *options.values())

    module = tf.Module(name="colorizer")
    module.serve = function_with_defaults(
        serve, graph.serve.input_signature[0], graph.defaults
    )
    # A signature, which TF Serving calls by name, has no optional inputs.
    module.signature = tf.function(
        lambda *inputs: {graph.output_name: module.serve(*inputs)},
        input_signature=graph.serve.input_signature,
    )
    tf.saved_model.save(
        module,
        str(directory),
        signatures={"serving_default": module.signature},
        # Constants have no use for a gradient; where a layer brings its own,
        # saving that one would fail.
        options=tf.saved_model.SaveOptions(experimental_custom_gradients=False),
    )


def _refuse_other_content(directory):
    if not directory.exists():
        return
    is_folder = directory.is_dir()
    if is_folder and (directory / "saved_model.pb").is_file():
        return
    if not is_folder or any(directory.iterdir()):
        raise FileExistsError(
            f"{directory} exists and is not a SavedModel. Give a new folder, "
            "or an empty one."
        )
