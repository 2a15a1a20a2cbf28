"""Files that compute what reads color hints only where there are some.

Without hints, the branches for them add exactly nothing to the features
(`models.lite`) and to the colors (`layers.hint_keeping`), and take two fifths
of the time. In a file each is one of two ways: an `If` node asks whether any
row of the input `hints` is a hint, and else lets features or colors pass. What
several branches share is computed in each, as nothing inside is seen outside.

The branches are found by what is computed of `hints`, whatever a converter
calls its nodes: all of that ends in sums with what is made of the photo. That
nothing is added without hints is seen by the comparison with Keras, which finds
other colors if not.
"""

from collections import defaultdict

import numpy as np

from keras_colorize.exporters.onnx_graph import onnx
from keras_colorize.exporters.onnx_graph import replace_items

_HINTS = "hints"
_RADIUS = 2  # place of the radius in a row; negative of what is no hint
_IF = "if_hints_"  # begins the names of such nodes
_LOWEST = "lowest_float"  # its maximum with anything is the other
# Operations that only move values, or make zeros of zeros alone.
_MOVING = (
    "Identity",
    "Reshape",
    "Resize",
    "Slice",
    "Squeeze",
    "Transpose",
    "Unsqueeze",
)


def skip_without_hints(model: onnx.ModelProto) -> None:
    """Puts the branches for hints behind the question for them, in place.

    Args:
        model: Of an exported file, in any precision. One without such
            branches stays as it is.
    """
    graph = model.graph
    joins = _find_joins(graph)
    if not joins:
        return
    asking, constants, asked = _question()
    choices, inside, guarded = {}, [], set()
    skipped = _nodes_for(graph, joins)
    for join, kept in joins:
        branch = _nodes_before(join, kept, skipped)
        values = _values_for(graph, branch, skipped)
        rounded = _rounded_values(graph, branch, kept)
        guards = [
            onnx.helper.make_node("Max", [name, _LOWEST], [_passed(name)])
            for name in rounded
            if name not in guarded
        ]
        result = join.output[0]
        passes = onnx.helper.make_node("Identity", [kept], [result], "unhinted")
        choice = onnx.helper.make_node(
            "If",
            [asked],
            [result],
            f"{_IF}{len(choices)}",
            then_branch=_way("with_hints", branch, values, result, rounded),
            else_branch=_way("without_hints", [passes], [], result, rounded),
        )
        choices[result] = [*guards, choice]
        guarded.update(rounded)
        inside += values
    nodes = [*asking]
    for node in graph.node:
        if node.output[0] in choices:
            nodes += choices[node.output[0]]
        elif not _is_among(node, skipped):
            nodes.append(node)
    if guarded:
        constants[_LOWEST] = np.finfo(np.float32).min
    replace_items(graph.node, nodes)
    kept_values = [v for v in graph.initializer if not _is_among(v, inside)]
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
    nodes = []
    values = {v.name: v for v in graph.initializer if v.name not in constants}
    for node in graph.node:
        if node.name.startswith(_IF):
            way = next(a.g for a in node.attribute if a.name == "then_branch")
            renamed = {way.output[0].name: node.output[0]}
            # Two ways may compute the same.
            known = {name for other in nodes for name in other.output}
            nodes += [
                _renamed(inner, renamed)
                for inner in way.node
                if known.isdisjoint(inner.output)
            ]
            values |= {value.name: value for value in way.initializer}
        elif node.name not in asking_names:
            nodes.append(node)
    replace_items(graph.node, nodes)
    replace_items(graph.initializer, list(values.values()))


def find_hint_branches(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """Lists the nodes that work for hints alone, the sums at their ends too.

    Args:
        graph: Of an exported file in which `always_with_hints` was done.

    Returns:
        Nodes in order; none where there is no such branch.
    """
    return _nodes_for(graph, _find_joins(graph))


def _find_joins(graph):
    """Finds the sums in which all that is made of hints ends.

    Returns:
        List of pairs: a node, and the name of what it adds it to. As few as
        do; empty if not all of it ends in such sums.
    """
    if _HINTS not in {value.name for value in graph.input}:
        return []
    seen = _made_of(graph, _required_inputs(graph))
    producers = {name: node for node in graph.node for name in node.output}
    hinted, joins = {_HINTS}, []
    for node in graph.node:
        changes = [name for name in node.input if name in hinted]
        if not changes:
            continue
        others = [name for name in node.input if name not in hinted]
        source = _behind_moving(producers, changes[0])
        may_be_zero = source is not None and source.op_type in ("Mul", "Div")
        if node.op_type == "Add" and may_be_zero and {*others} & seen:
            joins.append((node, others[0]))
        else:
            hinted.update(node.output)
    for join in list(joins):
        fewer = [other for other in joins if other is not join]
        if _end(graph, fewer):
            joins = fewer
    return joins if _end(graph, joins) else []


def _required_inputs(graph):
    optional = {value.name for value in graph.initializer}
    return {v.name for v in graph.input if v.name not in optional}


def _end(graph, joins):
    """Whether what is made of hints goes on through these sums alone."""
    ends = [join for join, _ in joins]
    made = _made_of(graph, {_HINTS}, without=ends)
    results = {value.name for value in graph.output}
    return made.isdisjoint(results | {kept for _, kept in joins})


def _made_of(graph, sources, without=()):
    """Names some values and all that is computed from them.

    Args:
        graph: Nodes in an order in which values are known before their use.
        sources: Names.
        without: Nodes whose results do not count.
    """
    found = set(sources)
    for node in graph.node:
        is_read = not found.isdisjoint(node.input)
        if is_read and not _is_among(node, without):
            found.update(node.output)
    return found


def _behind_moving(producers, name):
    """Returns the node that computed a value which others have moved."""
    node = producers.get(name)
    while node is not None and node.op_type in _MOVING:
        node = producers.get(node.input[0])
    return node


def _nodes_for(graph, joins):
    """Lists sums and the nodes that work for them alone."""
    ends = [join for join, _ in joins]
    kept = {name for _, name in joins}
    readers = defaultdict(list)
    for node in graph.node:
        for name in node.input:
            readers[name].append(node)
    found = []
    for node in reversed(graph.node):
        by = [reader for name in node.output for reader in readers[name]]
        is_for_them = by and all(_is_among(reader, found) for reader in by)
        is_for_them = is_for_them and kept.isdisjoint(node.output)
        if is_for_them or _is_among(node, ends):
            found.append(node)
    return found[::-1]


def _nodes_before(join, kept, nodes):
    """Lists a sum and those of `nodes` that lead to what it adds, in order."""
    wanted, found = set(join.output), []
    for node in reversed(nodes):
        if not wanted.isdisjoint(node.output):
            found.append(node)
            wanted.update({*node.input} - {kept})
    return found[::-1]


def _values_for(graph, branch, skipped):
    """Lists the constants that a branch reads, and no node but `skipped`."""
    others = {value.name for value in graph.input}
    for node in graph.node:
        if not _is_among(node, skipped):
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
