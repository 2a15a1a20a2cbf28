"""Files that compute what reads color hints only where there are some.

Without hints, the branch for them adds exactly nothing to the features that it
changes (`models.lite`), and takes a third of the time. In a file it is one of
two ways: an `If` node asks whether any row of the input `hints` is a hint, and
else lets the features pass.

The branch is found by what is computed of `hints`, whatever a converter calls
its nodes: all of that ends in one sum of a product and what is made of the
photo. That the product is zero without hints is seen by the comparison with
Keras, which finds other colors if not.
"""

from collections import defaultdict

import numpy as np

from keras_colorize.exporters.onnx_graph import onnx
from keras_colorize.exporters.onnx_graph import replace_items

_HINTS = "hints"
_RADIUS = 2  # place of the radius in a row; negative of what is no hint
_IF = "if_hints"
_LOWEST = "lowest_float"  # its maximum with anything is the other
# Operations that only move values.
_MOVING = ("Transpose", "Reshape", "Squeeze", "Unsqueeze", "Slice", "Identity")


def skip_without_hints(model: onnx.ModelProto) -> None:
    """Puts the branch for hints behind the question for them, in place.

    Args:
        model: Of an exported file, in any precision. One without such a
            branch stays as it is.
    """
    graph = model.graph
    found = _find_join(graph)
    if found is None:
        return
    join, kept = found
    branch = _nodes_for(graph, join, kept)
    values = _values_for(graph, branch)
    rounded = _rounded_values(graph, branch, kept)
    result = join.output[0]
    passes = onnx.helper.make_node("Identity", [kept], [result], "unhinted")
    asking, constants, asked = _question()
    choice = onnx.helper.make_node(
        "If",
        [asked],
        [result],
        _IF,
        then_branch=_way("with_hints", branch, values, result, rounded),
        else_branch=_way("without_hints", [passes], [], result, rounded),
    )
    guards = [
        onnx.helper.make_node("Max", [name, _LOWEST], [_passed(name)])
        for name in rounded
    ]
    nodes = []
    for node in graph.node:
        if node is join:
            nodes += [*guards, *asking, choice]
        elif not _is_among(node, branch):
            nodes.append(node)
    if guards:
        constants[_LOWEST] = np.finfo(np.float32).min
    replace_items(graph.node, nodes)
    kept_values = [v for v in graph.initializer if not _is_among(v, values)]
    replace_items(graph.initializer, kept_values)
    graph.initializer.extend(
        onnx.numpy_helper.from_array(np.asarray(value), name)
        for name, value in constants.items()
    )


def always_with_hints(model: onnx.ModelProto) -> None:
    """Undoes `skip_without_hints` of a file in float32, in place.

    For those who look for nodes in the graph, where there is no other one.
    """
    graph = model.graph
    asking, constants, _ = _question()
    asking_names = {node.name for node in asking}
    nodes, values = (
        [],
        [v for v in graph.initializer if v.name not in constants],
    )
    for node in graph.node:
        if node.name == _IF:
            way = next(a.g for a in node.attribute if a.name == "then_branch")
            renamed = {way.output[0].name: node.output[0]}
            nodes += [_renamed(inner, renamed) for inner in way.node]
            values += way.initializer
        elif node.name not in asking_names:
            nodes.append(node)
    replace_items(graph.node, nodes)
    replace_items(graph.initializer, values)


def find_hint_branch(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """Lists the nodes that work for hints alone, the sum at their end too.

    Args:
        graph: Of an exported file in which `always_with_hints` was done.

    Returns:
        Nodes in order; none where there is no such branch.
    """
    found = _find_join(graph)
    return [] if found is None else _nodes_for(graph, *found)


def _find_join(graph):
    """Finds the sum in which all that is made of hints ends.

    Returns:
        The node, and the name of what it adds it to; None if there is none.
    """
    if _HINTS not in {value.name for value in graph.input}:
        return None
    hinted = _made_of(graph, {_HINTS})
    seen = _made_of(graph, _required_inputs(graph))
    producers = {name: node for node in graph.node for name in node.output}
    for node in graph.node:
        if node.op_type != "Add" or {*node.input} <= hinted:
            continue
        kept, change = sorted(node.input, key=lambda name: name in hinted)
        source = _behind_moving(producers, change)
        is_sum_of_product = source is not None and source.op_type == "Mul"
        if is_sum_of_product and kept in seen and _ends_in(graph, node):
            return node, kept
    return None


def _required_inputs(graph):
    optional = {value.name for value in graph.initializer}
    return {v.name for v in graph.input if v.name not in optional}


def _ends_in(graph, join):
    """Whether what is made of hints goes on through one node alone."""
    made = _made_of(graph, {_HINTS}, without=join)
    return made.isdisjoint(value.name for value in graph.output)


def _made_of(graph, sources, without=None):
    """Names some values and all that is computed from them.

    Args:
        graph: Nodes in an order in which values are known before their use.
        sources: Names.
        without: A node whose results do not count.
    """
    found = set(sources)
    for node in graph.node:
        if node is not without and not found.isdisjoint(node.input):
            found.update(node.output)
    return found


def _behind_moving(producers, name):
    """Returns the node that computed a value which others have moved."""
    node = producers.get(name)
    while node is not None and node.op_type in _MOVING:
        node = producers.get(node.input[0])
    return node


def _nodes_for(graph, join, kept):
    """Lists a node and those that work for it alone, but for one input."""
    readers = defaultdict(list)
    for node in graph.node:
        for name in node.input:
            readers[name].append(node)
    found = [join]
    for node in reversed(graph.node):
        by = [reader for name in node.output for reader in readers[name]]
        is_for_it = by and all(_is_among(reader, found) for reader in by)
        if is_for_it and kept not in node.output:
            found.append(node)
    return found[::-1]


def _values_for(graph, branch):
    """Lists the constants that these nodes alone read."""
    others = {value.name for value in graph.input}
    for node in graph.node:
        if not _is_among(node, branch):
            others.update(node.input)
    read = {name for node in branch for name in node.input} - others
    return [value for value in graph.initializer if value.name in read]


def _rounded_values(graph, branch, kept):
    """Names what the branch reads as it was rounded to int8.

    TRICKY: with some of them read in a graph inside, onnxruntime 1.31 aborts;
    so they pass a node that leaves them as they are.
    """
    producers = {name: node for node in graph.node for name in node.output}
    inside = {name for node in branch for name in node.output}

    def is_rounded(name):
        node = _behind_moving(producers, name)
        return node is not None and node.op_type == "DequantizeLinear"

    names = {name for node in branch for name in node.input} | {kept}
    return sorted(n for n in names - inside if is_rounded(n))


def _question():
    """Makes nodes that ask for hints, their constants, and names the answer."""
    radius = onnx.helper.make_node(
        "Slice",
        [_HINTS, "hint_radius_at", "hint_radius_to", "hint_radius_axis"],
        ["hint_radius"],
        "hint_radius",
    )
    largest = onnx.helper.make_node(
        "ReduceMax",
        ["hint_radius"],
        ["hint_largest"],
        "hint_largest",
        keepdims=0,
    )
    is_none = onnx.helper.make_node(
        "Less", ["hint_largest", "hint_zero"], ["hint_is_none"], "hint_is_none"
    )
    is_some = onnx.helper.make_node(
        "Not", ["hint_is_none"], ["hint_is_some"], "hint_is_some"
    )
    constants = {
        "hint_radius_at": np.array([_RADIUS], np.int64),
        "hint_radius_to": np.array([_RADIUS + 1], np.int64),
        "hint_radius_axis": np.array([2], np.int64),
        "hint_zero": np.float32(0.0),
    }
    return [radius, largest, is_none, is_some], constants, "hint_is_some"


def _way(name, nodes, values, result, rounded):
    """Makes one of the two graphs inside; their results have other names."""
    names = {read: _passed(read) for read in rounded}
    names[result] = f"{result}_{name}"
    inside = onnx.helper.make_tensor_value_info(
        names[result], onnx.TensorProto.FLOAT, None
    )
    return onnx.helper.make_graph(
        [_renamed(node, names) for node in nodes], name, [], [inside], values
    )


def _passed(name):
    return f"{name}_passed"


def _renamed(node, names):
    copy = onnx.NodeProto()
    copy.CopyFrom(node)
    for field in (copy.input, copy.output):
        field[:] = [names.get(name, name) for name in field]
    return copy


def _is_among(item, items):
    return any(item is other for other in items)
