"""Which convolutions of an exported graph may be computed in int8."""

import math

import onnx

from keras_colorize.exporters.serving_graph import NETWORK_SCOPE

_ACTIVATIONS = ("Relu", "Clip")


def choose_convolutions(graph: onnx.GraphProto) -> list[str]:
    """Names the nodes that become int8, see `exporters.quantize`.

    Args:
        graph: of a file of `export_onnx` in fp32.

    Returns:
        Names of Conv nodes, in the order of the graph.
    """
    beside_depthwise = _beside_depthwise(graph)
    return [
        node.name
        for node in _inner_convolutions(graph)
        if _group_of(node) == 1 and node.name not in beside_depthwise
    ]


def find_large_kernels(graph: onnx.GraphProto, min_size: int) -> set[str]:
    """Names the kernels that may be stored as int8 where they stay float.

    Args:
        graph: of a file of `export_onnx` in fp32.
        min_size: smallest number of weights.

    Returns:
        Names of initializers, those of int8 convolutions among them.
    """
    sizes = {t.name: math.prod(t.dims) for t in graph.initializer}
    return {
        node.input[1]
        for node in _inner_convolutions(graph)
        if sizes.get(node.input[1], 0) >= min_size
    }


def find_relus(graph: onnx.GraphProto, names: list[str]) -> list[str]:
    """Names the ReLUs that an int8 convolution computes by its range.

    Args:
        graph: of a file of `export_onnx` in fp32.
        names: of the convolutions.

    Returns:
        Names of the Relu nodes that alone read one of them.
    """
    readers = _readers(graph)
    found = []
    for node in graph.node:
        if node.name in names:
            after = readers.get(node.output[0], [])
            if [reader.op_type for reader in after] == ["Relu"]:
                found.append(after[0].name)
    return found


def _inner_convolutions(graph):
    """Convolutions of the network but its first and last ones."""
    inside = [node for node in graph.node if _is_network_conv(node)]
    names = {node.name for node in inside}
    first = _reached_first(graph.node, names, "input", "output")
    last = _reached_first(reversed(graph.node), names, "output", "input")
    return [node for node in inside if node.name not in first | last]


def _is_network_conv(node):
    # A convolution that the converter has renamed keeps its kernel's name.
    prefix = f"{NETWORK_SCOPE}/"
    return node.op_type == "Conv" and any(
        name.startswith(prefix) for name in (node.name, node.input[1])
    )


def _group_of(node):
    return next((a.i for a in node.attribute if a.name == "group"), 1)


def _beside_depthwise(graph):
    """Names of the nodes right before and after a depthwise convolution."""
    readers = _readers(graph)
    pairs = [
        (node, reader)
        for node in graph.node
        if node.op_type == "Conv"
        for reader in _behind_activations(node, readers)
    ]
    return {
        one.name
        for pair in pairs
        for one, other in (pair, pair[::-1])
        if other.op_type == "Conv" and _group_of(other) > 1
    }


def _behind_activations(node, readers):
    """What reads the output of a node, through activations."""
    found = []
    for reader in readers.get(node.output[0], []):
        if reader.op_type in _ACTIVATIONS:
            found += _behind_activations(reader, readers)
        else:
            found.append(reader)
    return found


def _readers(graph):
    """Nodes by the name of a value that they read."""
    readers = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    return readers


def _reached_first(nodes, names, origin, destination):
    """Those of the named nodes that no other of them comes before.

    Args:
        nodes: in an order in which values are known before they are used.
        names: of some of them.
        origin: field by which a value reaches a node.
        destination: field by which it leaves.
    """
    behind, first = set(), set()
    for node in nodes:
        is_behind = not behind.isdisjoint(getattr(node, origin))
        if node.name in names and not is_behind:
            first.add(node.name)
        if node.name in names or is_behind:
            behind.update(getattr(node, destination))
    return first
