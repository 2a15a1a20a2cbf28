"""Which convolutions of an exported graph may be computed in int8."""

import onnx

from keras_colorize.serving.graph import NETWORK_SCOPE


def choose_convolutions(graph: onnx.GraphProto) -> list[str]:
    """Names the nodes that become int8, see `exporters.quantize`.

    Args:
        graph: of a file of `export_onnx` in fp32.

    Returns:
        Names of Conv nodes, in the order of the graph.
    """
    inside = [node for node in graph.node if _is_network_conv(node)]
    names = {node.name for node in inside}
    first = _reached_first(graph.node, names, "input", "output")
    last = _reached_first(reversed(graph.node), names, "output", "input")
    return [
        node.name
        for node in inside
        if node.name not in first | last and _group_of(node) == 1
    ]


def _is_network_conv(node):
    # A convolution that the converter has renamed keeps its kernel's name.
    prefix = f"{NETWORK_SCOPE}/"
    return node.op_type == "Conv" and any(
        name.startswith(prefix) for name in (node.name, node.input[1])
    )


def _group_of(node):
    return next((a.i for a in node.attribute if a.name == "group"), 1)


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
