"""ONNX files of a few nodes that keep the contract of real exports."""

import numpy as np
from onnx import TensorProto
from onnx import helper
from onnx import numpy_helper

from keras_colorize.color.luminance import color_8_bit
from keras_colorize.color.luminance import keep_lightness
from keras_colorize.color.luminance import stretch_contrast

SHIFT = (40.0, 0.0, -40.0)  # what the photo model adds to R, G, B
# Of the photo model where it takes a temperature: calm halves SHIFT.
LOOKS = '{"calm": {"temperature": 0.19}, "natural": {}}'
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


def photo_model(
    metadata=None, size=("height", "width"), temperature=True, shift=SHIFT
):
    """Bytes of a photo head: image + strength * temperature / 0.38 * SHIFT.

    Args:
        metadata: dict that replaces entries of the metadata; None removes.
        size: two names for any size, or two ints.
        temperature: whether there is such an input.
        shift: SHIFT, or other three numbers.
    """
    scalars = {"strength": 1.0}
    steps = [
        ("Cast", ["image"], "levels", {"to": TensorProto.FLOAT}),
        ("Mul", ["shift", "strength"], "scaled", {}),
    ]
    if temperature:
        scalars["temperature"] = 0.38
        metadata = {"looks": LOOKS, **(metadata or {})}
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
    constants = {"shift": shift, "usual": 0.38, "black": 0.0, "white": 255.0}
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


def failing_model(kind):
    """Bytes of a model that loads, and fails at work.

    Args:
        kind: "nan" or "nan photo", which computes no numbers; "size", whose
            result is one pixel; "long", which counts for minutes.
    """
    if kind == "nan photo":
        return photo_model(shift=(float("nan"),) * 3)
    constants = {"zeros": (0.0, 0.0), "color": AB}
    steps = [("Mul", ["L", "zeros"], "blank", {})]
    if kind == "nan":
        steps.append(("Div", ["blank", "blank"], "ab", {}))
    elif kind == "size":
        whole = np.array([0, 0]), np.array([1, 1]), np.array([1, 2])
        constants |= dict(zip(("starts", "ends", "axes"), whole, strict=True))
        operands = ["blank", "starts", "ends", "axes"]
        steps.append(("Slice", operands, "ab", {}))
    else:
        constants |= {"count": np.array(200_000_000), "yes": np.array(True)}
        loop = ["count", "yes", "blank"]
        steps.append(("Loop", loop, "ab", {"body": _endless_body()}))
    sizes = ["batch", "height", "width"]
    result = sizes if kind != "size" else ["batch", "rows", "columns"]
    return _model(
        steps,
        ("L", TensorProto.FLOAT, [*sizes, 1]),
        ("ab", TensorProto.FLOAT, [*result, 2]),
        {},
        constants,
        {"head": "ab"},
    )


def _endless_body():
    """The inside of a loop that never says stop by itself."""
    info = helper.make_tensor_value_info
    shape = ["b", "h", "w", 2]
    return helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("Identity", ["x"], ["same"]),
        ],
        "body",
        [
            info("i", TensorProto.INT64, []),
            info("go", TensorProto.BOOL, []),
            info("x", TensorProto.FLOAT, shape),
        ],
        [
            info("go_on", TensorProto.BOOL, []),
            info("same", TensorProto.FLOAT, shape),
        ],
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
            numpy_helper.from_array(_constant(value), name)
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


def _constant(value):
    is_whole = isinstance(value, np.ndarray) and value.dtype.kind in "ib"
    return value if is_whole else np.array(value, np.float32)
