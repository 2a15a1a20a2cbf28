"""An ONNX model as others expect it: names, defaults, properties, a session.

tf2onnx names the result `Identity:0` and unknown axes `unk__60`. What is done
about it is here; `exporters.onnx` decides what to export.
"""

import numpy as np
import onnxruntime

HOW_TO_INSTALL = (
    "Export to ONNX needs onnx and tf2onnx. Install them with: "
    'pip install "keras-colorize[export]"'
)

try:
    import onnx
    from onnx import numpy_helper
except ImportError as error:
    raise ImportError(HOW_TO_INSTALL) from error

# Of images and of hints, by rank; the last axis has a known length.
AXIS_NAMES = {
    4: ("batch", "height", "width"),
    3: ("hint_batch", "hint_points"),
}


def name_inputs_and_output(model, input_names, output_name, image_size=None):
    """Names the graph's inputs, its only output, and their axes, in place.

    Args:
        model: `onnx.ModelProto` of `convert_function`.
        input_names: sequence of names, in the order of the function's
            arguments. Inputs of rank 3 and 4 get `AXIS_NAMES`.
        output_name: str.
        image_size: pair (height, width) of ints, or None for any.

    Raises:
        ValueError: If the graph has other inputs than these.
    """
    graph = model.graph
    # tf2onnx takes the argument names, but may change their case and order.
    converted = {
        value.name.split(":")[0].lower(): value for value in graph.input
    }
    if sorted(converted) != sorted(name.lower() for name in input_names):
        raise ValueError(
            f"Expected the inputs {list(input_names)} in the converted graph. "
            f"Received: {[value.name for value in graph.input]}."
        )
    new_names = {graph.output[0].name: output_name}
    inputs = []
    for name in input_names:
        value = converted[name.lower()]
        new_names[value.name] = name
        inputs.append(onnx.ValueInfoProto())
        inputs[-1].CopyFrom(value)
    del graph.input[:]
    graph.input.extend(inputs)
    _rename_values(graph, new_names)
    for value in (*graph.input, *graph.output):
        _name_axes(value, image_size)
    # Sizes with invented names of inner tensors; runtimes infer them again.
    del graph.value_info[:]


def add_input_defaults(model, defaults):
    """Lets callers omit inputs: adds their values, in place.

    Args:
        model: `onnx.ModelProto` with inputs of these names.
        defaults: dict of floats and float32 arrays by input name. An
            initializer with the name of an input is its default in ONNX;
            what a caller gives may have another shape.
    """
    for name, value in defaults.items():
        default = numpy_helper.from_array(np.array(value, np.float32), name)
        model.graph.initializer.append(default)


def copy_model(model):
    """Returns another `onnx.ModelProto` with the same content."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    return copy


def set_property(model, key, value):
    """Sets one of the `metadata_props` of an `onnx.ModelProto`, in place."""
    kept = [entry for entry in model.metadata_props if entry.key != key]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    model.metadata_props.add(key=key, value=value)


def open_session(path):
    """Opens a file in onnxruntime, on the processor and without warnings.

    Args:
        path: of an .onnx file.

    Returns:
        `onnxruntime.InferenceSession`.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # it warns of every optional input
    # What a run took is given back: large models at several sizes would keep
    # gigabytes.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    return onnxruntime.InferenceSession(
        path, options, providers=["CPUExecutionProvider"]
    )


def serialize(model):
    """Checks an `onnx.ModelProto` against the standard; returns its bytes."""
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def _rename_values(graph, new_names):
    for node in graph.node:
        for names in (node.input, node.output):
            for index, name in enumerate(names):
                names[index] = new_names.get(name, name)
    for value in (*graph.input, *graph.output):
        value.name = new_names.get(value.name, value.name)


def _name_axes(value, image_size):
    axes = value.type.tensor_type.shape.dim
    for axis, name in zip(axes, AXIS_NAMES.get(len(axes), ()), strict=False):
        axis.dim_param = name
    if len(axes) == 4 and image_size is not None:
        axes[1].dim_value, axes[2].dim_value = image_size
