"""Converts a model to ONNX by PyTorch, without TensorFlow and tf2onnx.

Keras runs on its torch backend, `torch.export` traces the same functions of
`models.full_size` that TensorFlow traces, and `torch.onnx` translates them.

Why this way, tried in November 2026 with Keras 3.15.1: jax2onnx 0.17.1 takes
axes of free length, but not multiples of them (`No symbolic dim origin
registered for 'H'`), which the inputs of most networks are, nor sizes in
`numpy.broadcast_shapes` (`lite`); and it brings fifteen packages, where
PyTorch needs onnxscript. `keras.Model.export(format="onnx")` knows nothing of
the steps around the network, and on PyTorch it bakes in the padding of the
size that it traces: for even ones it is another than for odd ones. Here each
free axis of the network is a multiple of `size_multiple`, so that all sizes
are padded alike.

For that, the network's size is an input of the traced function, as the shape
of two tensors that nobody reads. With sizes that are formulas of the photo's,
PyTorch does algebra for minutes. The formula itself, `network_sizes`, is traced
apart, in integers, and put in front.
"""

import contextlib
import logging
import warnings

import numpy as np
from keras import ops

from keras_colorize.exporters.onnx_graph import HOW_TO_INSTALL_TORCH
from keras_colorize.exporters.onnx_graph import rename_values
from keras_colorize.exporters.onnx_graph import replace_items
from keras_colorize.exporters.onnx_graph import simplify
from keras_colorize.exporters.signature import Signature
from keras_colorize.models.full_size import colorize_lightness
from keras_colorize.models.full_size import image_to_L
from keras_colorize.models.full_size import network_sizes

try:
    import onnx
    import onnxscript  # noqa: F401  # pyright: ignore[reportMissingImports]
    import torch  # pyright: ignore[reportMissingImports]
except ImportError as error:
    raise ImportError(HOW_TO_INSTALL_TORCH) from error

# PyTorch's exporter writes this one itself; others it would convert to.
OPSET = 18
# Example of the trace: sizes all different, and none 1, which is no free size.
_BATCH, _HEIGHT, _WIDTH, _NUM_HINTS = 2, 76, 113, 3
_GRID = (3, 5)  # the network's input in units of `size_multiple`
# Names of the inputs that are taken out again.
_SEEN, _PADDED = "network_seen", "network_grid"
_LIGHTNESS = "seen_lightness"
_SIZES = "sizes/"  # start of the names of what computes their shapes


class TorchGraph(Signature):
    """A model with its pre- and postprocessing, in PyTorch.

    Arguments, inputs and outputs: see `Signature`. Keras must run on PyTorch.
    """

    def serve_unrounded(self, image, **options):
        """Runs the model; photos are not rounded: float32 in [0, 255].

        Args:
            image: array (B, H, W, C), see `Signature`.
            **options: some of `defaults`.

        Returns:
            float32 array (B, H, W, C), without the second output.
        """
        options = {
            name: ops.convert_to_tensor(np.array(value, np.float32))
            for name, value in {**self.defaults, **options}.items()
        }
        with torch.no_grad():
            results = self.compute(ops.convert_to_tensor(image), **options)
        return ops.convert_to_numpy(
            results[0] if self.head == "photo" else results
        )

    def to_onnx(self, opset=OPSET):
        """Converts the model.

        Args:
            opset: int, 18.

        Returns:
            `onnx.ModelProto`; its inputs are in the order of `input_names`
            and `part_defaults`.

        Raises:
            ValueError: If another `opset` is wanted, or an operation has no
                counterpart in ONNX.
        """
        if opset != OPSET:
            raise ValueError(
                f"converter='torch' writes opset {OPSET}. "
                f"Received: opset={opset}."
            )
        names = [*self.defaults, *self.part_defaults]
        # The network may see another size than that of the image, by L_offset.
        splits = self.head == "photo" and self.image_size is None
        if splits:
            names.remove("L_offset")
        free = torch.export.Dim.AUTO
        axes = [{0: free, 1: free, 2: free}, {n: None for n in names}]
        if self.image_size is not None:
            axes[0] = {0: free}
        if "hints" in names:
            axes[1]["hints"] = {1: free}
        examples = [self._image(), {n: self._option(n) for n in names}]
        marks = []
        if splits:
            marks.append(_LIGHTNESS)
            examples.append(torch.zeros((_BATCH, _HEIGHT + 2, _WIDTH + 4, 1)))
            axes.append({0: free, 1: free, 2: free})
        else:
            examples.append(None)
            axes.append(None)
        if self.model.fixed_size is None and self.image_size is None:
            marks += [_SEEN, _PADDED]
            multiple = self.model.size_multiple
            grid = torch.zeros(_GRID)
            # Not the padded size, of which it must not be taken for a part.
            seen = torch.zeros([multiple * side - 1 for side in _GRID])
            examples += [seen, grid]
            axes += [{0: free, 1: free}] * 2
        proto = _convert(
            _Traced(self), examples, axes, [self.image_name, *names, *marks]
        )
        if splits:
            _add_offset(proto)
        if _PADDED in marks:
            _prepend_sizes(proto, self, _LIGHTNESS if splits else "L")
        return simplify(proto)

    def _image(self):
        height, width = self.image_size or (_HEIGHT, _WIDTH)
        if self.head == "photo":
            return torch.zeros((_BATCH, height, width, 3), dtype=torch.uint8)
        return torch.zeros((_BATCH, height, width, 1))

    def _option(self, name):
        """Returns an example of an optional input; axes of 1 broadcast."""
        if name == "hints":
            return torch.ones((1, _NUM_HINTS, 5))
        value = {**self.defaults, **self.part_defaults}[name]
        return torch.tensor(np.array(value, np.float32))


class _Traced(torch.nn.Module):
    """What `torch.export` traces of a `TorchGraph`."""

    def __init__(self, graph):
        super().__init__()
        self.network = graph.model  # so that its weights are found
        self.graph = graph

    def forward(self, image, options, lightness=None, seen=None, grid=None):
        if seen is not None and grid is not None:
            multiple = self.graph.model.size_multiple
            padded = tuple(multiple * side for side in grid.shape)
            options = {**options, "sizes": (tuple(seen.shape), padded)}
        if self.graph.head == "ab":
            return self.graph.compute(image, **options)
        if lightness is None:
            photo, ab = self.graph.compute(image, **options)
            return torch.round(photo).to(torch.uint8), ab
        L = image_to_L(image)
        photo, ab = colorize_lightness(
            self.graph.model, self.graph.network_size, L, lightness, **options
        )
        return torch.round(photo).to(torch.uint8), ab, L


class _Sizes(torch.nn.Module):
    """From (height, width) of a photo to the shapes of the two marks."""

    def __init__(self, graph):
        super().__init__()
        self.graph = graph

    def forward(self, photo_size):
        model = self.graph.model
        seen, padded = network_sizes(
            model, (photo_size[0], photo_size[1]), self.graph.network_size
        )
        grid = tuple(side // model.size_multiple for side in padded)
        return tuple(
            torch.stack([torch.as_tensor(side) for side in sides]).long()
            for sides in (seen, grid)
        )


def _convert(module, examples, axes, input_names):
    """Traces and translates; returns an `onnx.ModelProto` without leftovers."""
    with torch.no_grad(), _quiet():
        traced = torch.export.export(
            module.eval(),
            tuple(examples),
            dynamic_shapes=tuple(axes),
            strict=False,
            # What must hold of sizes is what `network_sizes` gives.
            prefer_deferred_runtime_asserts_over_guards=True,
        )
        program = torch.onnx.export(
            traced,
            dynamo=True,
            opset_version=OPSET,
            external_data=False,
            verbose=False,
        )
    if program is None:
        raise RuntimeError("PyTorch was to return a graph. Received: None.")
    proto = program.model_proto
    _check_operations(proto)
    for thing in (proto, proto.graph, *proto.graph.node):
        # Where in which file an operation was called.
        del thing.metadata_props[:]
    for value in (*proto.graph.input, *proto.graph.output):
        del value.metadata_props[:]
    for tensor in proto.graph.initializer:
        del tensor.metadata_props[:]
    rename_values(
        proto.graph,
        {
            value.name: name
            for value, name in zip(proto.graph.input, input_names, strict=True)
        },
    )
    del proto.graph.value_info[:]
    return proto


def _check_operations(proto):
    used = {node.domain for node in proto.graph.node}
    others = sorted({*(used - {""}), *(f.name for f in proto.functions)})
    if others:
        raise ValueError(
            "Every operation of the graph must exist in ONNX. Received "
            f"operations of: {others}."
        )
    default_opset = [o for o in proto.opset_import if not o.domain]
    del proto.opset_import[:]
    proto.opset_import.extend(default_opset)


def _add_offset(proto):
    """Makes the lightness that the network sees of the image's, in place.

    The third output, the image's, becomes an inner value; an input of this
    name becomes its sum with the new input L_offset.
    """
    L = proto.graph.output.pop()
    offset = onnx.helper.make_tensor_value_info(
        "L_offset", onnx.TensorProto.FLOAT, [None, None, None, 1]
    )
    inputs = [x for x in proto.graph.input if x.name != _LIGHTNESS]
    del proto.graph.input[:]
    proto.graph.input.extend([*inputs, offset])
    add = onnx.helper.make_node("Add", [L.name, offset.name], [_LIGHTNESS])
    needed, before, behind = {L.name}, [], []
    for node in reversed(proto.graph.node):
        is_needed = not needed.isdisjoint(node.output)
        (before if is_needed else behind).append(node)
        needed.update(node.input if is_needed else ())
    replace_items(proto.graph.node, [*before[::-1], add, *behind[::-1]])


def _prepend_sizes(proto, graph, source):
    """Computes the shapes of the marks of that of a value, in place."""
    example = torch.tensor((_HEIGHT, _WIDTH))
    sizes = _convert(_Sizes(graph), [example], [None], ["photo_size"])
    onnx.compose.add_prefix(sizes, _SIZES, inplace=True)
    nodes = [
        onnx.helper.make_node(
            "Shape",
            [source],
            [sizes.graph.input[0].name],
            f"{_SIZES}shape",
            start=1,
            end=3,
        ),
        *sizes.graph.node,
        *(
            onnx.helper.make_node("ConstantOfShape", [shape.name], [name], name)
            for name, shape in zip(
                (_SEEN, _PADDED), sizes.graph.output, strict=True
            )
        ),
    ]
    inputs = [x for x in proto.graph.input if x.name not in (_SEEN, _PADDED)]
    del proto.graph.input[:]
    proto.graph.input.extend(inputs)
    made = [source in node.output for node in proto.graph.node]
    place = made.index(True) + 1 if any(made) else 0
    old = list(proto.graph.node)
    replace_items(proto.graph.node, [*old[:place], *nodes, *old[place:]])
    proto.graph.initializer.extend(sizes.graph.initializer)


@contextlib.contextmanager
def _quiet():
    """Keeps back what PyTorch says of packages and of itself."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            for kind in (DeprecationWarning, FutureWarning, UserWarning):
                warnings.simplefilter("ignore", kind)
            yield
    finally:
        logger.setLevel(level)
