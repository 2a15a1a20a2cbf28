"""ONNX files of a few nodes that keep the contract of real exports."""

import numpy as np
from onnx import TensorProto
from onnx import helper
from onnx import numpy_helper

from keras_colorize.color.luminance import color_8_bit
from keras_colorize.color.luminance import keep_lightness
from keras_colorize.color.luminance import stretch_contrast

SHIFT = (40.0, 0.0, -40.0)  # what the photo model adds to R, G, B
AB = (20.0, -30.0)  # what the ab model predicts everywhere


def colorized(image, share=1.0):
    """What `colorize` makes of a photo with `photo_model`.

    Args:
        image: uint8 (H, W, 3); most test photos have the contrast of faded
            ones.
        share: strength * temperature / 0.38.
    """
    seen = stretch_contrast(image)
    shifted = np.rint(seen + share * np.array(SHIFT)).clip(0, 255)
    shifted = keep_lightness(seen, shifted.astype(np.uint8))
    return shifted if seen is image else color_8_bit(image, shifted)


def photo_model(metadata=None, size=("height", "width"), temperature=True):
    """Bytes of a photo head: image + strength * temperature / 0.38 * SHIFT.

    Args:
        metadata: dict that replaces entries of the metadata; None removes.
        size: two names for any size, or two ints.
        temperature: whether there is such an input.
    """
    scalars = {"strength": 1.0}
    steps = [
        ("Cast", ["image"], "levels", {"to": TensorProto.FLOAT}),
        ("Mul", ["shift", "strength"], "scaled", {}),
    ]
    if temperature:
        scalars["temperature"] = 0.38
        steps += [
            ("Mul", ["scaled", "temperature"], "hot", {}),
            ("Div", ["hot", "usual"], "shifted", {}),
        ]
    steps += [
        ("Add", ["levels", "shifted" if temperature else "scaled"], "sum", {}),
        ("Clip", ["sum", "black", "white"], "clipped", {}),
        ("Round", ["clipped"], "round", {}),
        ("Cast", ["round"], "colorized", {"to": TensorProto.UINT8}),
    ]
    constants = {"shift": SHIFT, "usual": 0.38, "black": 0.0, "white": 255.0}
    return _model(
        steps,
        ("image", TensorProto.UINT8, ["batch", *size, 3]),
        ("colorized", TensorProto.UINT8, ["batch", *size, 3]),
        scalars,
        constants,
        {"head": "photo", **(metadata or {})},
    )


def ab_model(metadata=None, size=("height", "width"), hint_columns=None):
    """Bytes of an ab head that predicts AB for every pixel.

    Args:
        metadata: see `photo_model`.
        size: see `photo_model`.
        hint_columns: two ints. If given, the model takes hints and predicts
            the largest values of these columns, plus AB.
    """
    constants = {"zeros": (0.0, 0.0), "color": AB}
    optional = {}
    steps = [
        ("Mul", ["L", "zeros"], "blank", {}),
        ("Add", ["blank", "color"], "plain" if hint_columns else "ab", {}),
    ]
    if hint_columns:
        optional["hints"] = [[[0.0, 0.0, -1.0, 0.0, 0.0]]]
        constants["pick"] = np.eye(5)[:, list(hint_columns)]
        steps += [
            ("MatMul", ["hints", "pick"], "picked", {}),  # (1, N, 2)
            ("ReduceMax", ["picked"], "largest", {"axes": [1]}),
            ("Add", ["plain", "largest"], "ab", {}),
        ]
    return _model(
        steps,
        ("L", TensorProto.FLOAT, ["batch", *size, 1]),
        ("ab", TensorProto.FLOAT, ["batch", *size, 2]),
        optional,
        constants,
        {"head": "ab", **(metadata or {})},
    )


def _model(steps, source, result, optional, constants, metadata):
    inputs = [helper.make_tensor_value_info(*source)]
    inputs += [
        helper.make_tensor_value_info(
            name, TensorProto.FLOAT, [1, "points", 5] if np.ndim(value) else []
        )
        for name, value in optional.items()
    ]
    graph = helper.make_graph(
        [
            helper.make_node(op, operands, [out], **attributes)
            for op, operands, out, attributes in steps
        ],
        "tiny",
        inputs,
        [helper.make_tensor_value_info(*result)],
        [
            numpy_helper.from_array(np.array(value, np.float32), name)
            for name, value in {**optional, **constants}.items()
        ],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )
    properties = {
        "model": "tiny",
        "weights": "test",
        "weights_version": "3",
        "version": "0",
        "size_multiple": "8",
        "network_size": "256",
        **metadata,
    }
    helper.set_model_props(
        model, {k: v for k, v in properties.items() if v is not None}
    )
    return model.SerializeToString()
