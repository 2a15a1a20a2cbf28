"""Writes a model as files for runtimes, and what Keras makes of photos.

    python -m benchmarks.runtimes.files lite FOLDER --photos PHOTOS

In a process of its own, so that its memory is given back. A model without
weights in the box gets drawn ones, whose colors are as strong as those of
photos: of nearly gray ones any runtime would be right.
"""

import argparse
import collections
import pathlib
import shutil

import keras
import numpy as np
import onnx
import tensorflow as tf

from keras_colorize.exporters.loading import load_for_export
from keras_colorize.exporters.onnx import export_onnx
from keras_colorize.exporters.onnx_graph import fix_inputs
from keras_colorize.exporters.precision import copy_in_float32
from keras_colorize.exporters.provenance import UNTRAINED
from keras_colorize.exporters.saved_model import export_saved_model
from keras_colorize.exporters.serving_graph import build_serving_graph
from keras_colorize.models.full_size import usual_network_size
from keras_colorize.models.registry import get_spec
from keras_colorize.presets import find_onnx

# Standard deviation of ab, in CIE units: about that of photos.
_CHROMA = 15.0


def main() -> None:
    """Writes one model's files and references."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--photos", type=pathlib.Path, required=True)
    options = parser.parse_args()
    write_files(options.model, options.folder, options.photos)


def write_files(name: str, folder: pathlib.Path, photos: pathlib.Path) -> None:
    """Writes all files of a model; those that no converter makes are absent.

    Args:
        name: Registered model.
        folder: Gets `fp32.onnx`, `image.onnx` (the photo is its only input),
            `shipped.onnx` (where one is in the box), `saved_model/`,
            `saved_model_image/` (the photo is its only input), `model.tflite`
            of any size and `fixed.tflite` of the most frequent one (or what
            the converter says, `<file>.error`), and `keras/<photo>.npy`.
        photos: Folder of `<photo>.npy`, uint8 (H, W, 3).
    """
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(0)
    model, metadata = load_for_export(name)
    if metadata["weights"] == UNTRAINED:
        strengthen_colors(model)
    size = usual_network_size(model)
    if metadata["weights"] != UNTRAINED:
        shutil.copy2(find_onnx(name), folder / "shipped.onnx")
    export_onnx(
        model, folder / "fp32.onnx", network_size=size, metadata=metadata
    )
    proto = onnx.load(folder / "fp32.onnx")
    fix_inputs(proto, ["image"])
    onnx.save(proto, folder / "image.onnx")
    export_saved_model(
        model, folder / "saved_model", network_size=size, metadata=metadata
    )
    _write_image_only(folder)
    pictures = {p.name: np.load(p) for p in sorted(photos.glob("*.npy"))}
    _write_tflite(folder, most_frequent_size(pictures.values()))
    graph = build_serving_graph(copy_in_float32(model), size)
    (folder / "keras").mkdir(exist_ok=True)
    for name, photo in pictures.items():
        np.save(folder / "keras" / name, graph.serve(photo[None])[0])


def strengthen_colors(model) -> None:
    """Multiplies the last kernel until the colors are as strong as photos'."""
    rng = np.random.default_rng(0)
    side = get_spec(model.name).input_size
    coarse = rng.uniform(0, 100, (1, side // 8, side // 8, 1))
    L = keras.ops.image.resize(
        coarse.astype("float32"), (side, side), "bilinear"
    )

    def chroma():
        return float(np.std(model.predict_ab(L)))

    kernels = [v for v in model.trainable_variables if v.ndim > 1]
    for kernel in reversed(kernels):
        before = chroma()
        drawn = kernel.numpy()
        kernel.assign(2 * drawn)
        if np.isclose(chroma(), before, rtol=1e-3):
            kernel.assign(drawn)  # of another output
            continue
        for _ in range(20):
            if chroma() > _CHROMA:
                return
            kernel.assign(2 * kernel.numpy())
    raise RuntimeError(f"The colors of {model.name} stay gray.")


def most_frequent_size(photos) -> tuple[int, int]:
    """Returns the (height, width) that most of some photos have."""
    sizes = collections.Counter(photo.shape[:2] for photo in photos)
    return sizes.most_common(1)[0][0]


def _image_only(folder, size=None):
    """Opens the SavedModel as a function of the photo alone."""
    module = tf.Module()
    module.model = tf.saved_model.load(str(folder / "saved_model"))
    image = tf.TensorSpec((1, *(size or (None, None)), 3), tf.uint8, "image")
    module.serve = tf.function(
        lambda image: {"colorized": module.model.serve(image)},
        input_signature=[image],
    )
    return module


def _write_image_only(folder):
    module = _image_only(folder)
    tf.saved_model.save(
        module,
        str(folder / "saved_model_image"),
        signatures={"serving_default": module.serve},
    )


def _write_tflite(folder, fixed_size):
    for path, size in (
        (folder / "model.tflite", None),
        (folder / "fixed.tflite", fixed_size),
    ):
        module = _image_only(folder, size)
        converter = tf.lite.TFLiteConverter.from_concrete_functions(
            [module.serve.get_concrete_function()], module
        )
        # Whatever the converter raises is what there is to report.
        try:
            path.write_bytes(converter.convert())
        except Exception as error:
            text = f"{type(error).__name__}: {str(error)[:2000]}"
            path.with_name(f"{path.name}.error").write_text(text)


if __name__ == "__main__":
    main()
