"""What reads hints is computed where there are some: the same numbers."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper

from keras_colorize.exporters.hint_branch import always_with_hints
from keras_colorize.exporters.hint_branch import find_hint_branches
from keras_colorize.exporters.hint_branch import skip_without_hints
from keras_colorize.exporters.onnx_graph import all_nodes
from keras_colorize.exporters.onnx_graph import copy_model
from keras_colorize.exporters.onnx_graph import open_session
from keras_colorize.exporters.onnx_graph import replace_items
from keras_colorize.exporters.onnx_graph import serialize
from keras_colorize.models.full_size import NO_HINTS
from keras_colorize.presets import find_onnx

HINT_LAYERS = "/hint_"  # in the names that tf2onnx gives to what reads hints
HINTS = np.array([[[1, 1, -1, 9, 9], [2, 3, 0, 4, 5]]], np.float32)
X = np.arange(6, dtype=np.float32).reshape(1, 2, 3)


def hinted_model(is_rounded):
    """y = 2 (x + x * sum of the hints); `x` may be rounded to int8."""
    float32 = onnx.TensorProto.FLOAT
    features = "rounded" if is_rounded else "image"
    names = {"radius": "radius", "sum": "hint_sum", "gated": "net/hint_gate"}
    nodes = [
        helper.make_node("QuantizeLinear", ["image", "scale"], ["codes"]),
        helper.make_node("DequantizeLinear", ["codes", "scale"], ["rounded"]),
        helper.make_node("Transpose", [features], ["moved"], perm=[0, 2, 1]),
        helper.make_node("Relu", ["hints"], [names["radius"]]),
        helper.make_node(
            "ReduceSum", [names["radius"]], [names["sum"]], keepdims=0
        ),
        helper.make_node("Mul", ["moved", names["sum"]], ["product"]),
        helper.make_node("Transpose", ["product"], ["change"], perm=[0, 2, 1]),
        helper.make_node("Mul", ["change", "weight"], [names["gated"]]),
        helper.make_node(
            "Add", [features, names["gated"]], ["sum"], "net/hint_add/Add"
        ),
        helper.make_node("Add", ["sum", "sum"], ["double"]),
        helper.make_node("Identity", ["moved"], ["also"]),
    ]
    values = {
        "scale": np.float32(0.5),
        "weight": np.float32(1.0),
        "hints": NO_HINTS,
    }
    graph = helper.make_graph(
        nodes,
        "hinted",
        [
            helper.make_tensor_value_info("image", float32, [1, 2, 3]),
            helper.make_tensor_value_info("hints", float32, [1, None, 5]),
        ],
        [
            helper.make_tensor_value_info("double", float32, [1, 2, 3]),
            helper.make_tensor_value_info("also", float32, [1, 3, 2]),
        ],
        [
            onnx.numpy_helper.from_array(np.array(v), n)
            for n, v in values.items()
        ],
    )
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8
    )


def run(model, **feed):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(serialize(model), options)
    return session.run(None, {"image": X, **feed})


@pytest.mark.parametrize("is_rounded", [False, True])
def test_hints_count_and_their_lack_leaves_features_as_they_are(is_rounded):
    model = hinted_model(is_rounded)
    skip_without_hints(model)
    double, moved = run(model)
    np.testing.assert_array_equal(double, 2 * X)
    np.testing.assert_array_equal(moved, X.transpose(0, 2, 1))
    # Of the second row alone there is a hint: 1 + 1 + 9 + 9 + 2 + 3 + 4 + 5.
    double, _ = run(model, hints=HINTS)
    np.testing.assert_array_equal(double, 2 * (X + 34 * X))


def test_only_what_works_for_hints_alone_is_skipped():
    model = hinted_model(False)
    skip_without_hints(model)
    outside = [node.op_type for node in model.graph.node]
    assert outside.count("If") == 1
    assert outside.count("Mul") == 0
    assert outside.count("Transpose") == 1  # of the second output
    (choice,) = (n for n in model.graph.node if n.op_type == "If")
    (values,) = (a.g.initializer for a in choice.attribute if a.g.initializer)
    assert [value.name for value in values] == ["weight"]
    assert {v.name for v in model.graph.initializer} > {"scale", "hints"}


def test_a_file_is_made_as_it_was():
    model = hinted_model(False)
    before = copy_model(model)
    skip_without_hints(model)
    always_with_hints(model)
    assert sorted(n.op_type for n in model.graph.node) == sorted(
        n.op_type for n in before.graph.node
    )
    assert {v.name for v in model.graph.initializer} == {
        v.name for v in before.graph.initializer
    }
    for feed in ({}, {"hints": HINTS}):
        for got, wanted in zip(
            run(model, **feed), run(before, **feed), strict=True
        ):
            np.testing.assert_array_equal(got, wanted)


def test_a_file_made_as_it_was_can_skip_again():
    model = hinted_model(False)
    before = copy_model(model)
    skip_without_hints(model)
    always_with_hints(model)
    skip_without_hints(model)
    assert [n.op_type for n in model.graph.node].count("If") == 1
    for got, wanted in zip(run(model), run(before), strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_names_of_nodes_and_values_do_not_matter():
    model = hinted_model(False)
    for number, node in enumerate(model.graph.node):
        node.name = f"node_{number}"
    skip_without_hints(model)
    assert [n.op_type for n in model.graph.node].count("If") == 1


def add_second_sum(model):
    """y = 2 (x + x * sum of the hints + x * sum of the hints)."""
    nodes = model.graph.node
    double = nodes[9]
    double.input[:] = ["both", "both"]
    added = [
        helper.make_node("Mul", ["hint_sum", "weight"], ["weighted"]),
        helper.make_node("Mul", ["image", "weighted"], ["change_2"]),
        helper.make_node("Add", ["sum", "change_2"], ["both"]),
    ]
    replace_items(nodes, [*nodes[:9], *added, *nodes[9:]])


@pytest.mark.parametrize("is_rounded", [False, True])
def test_two_sums_are_skipped_with_all_that_they_share(is_rounded):
    model = hinted_model(is_rounded)
    add_second_sum(model)
    before = copy_model(model)
    skip_without_hints(model)
    outside = [node.op_type for node in model.graph.node]
    assert outside.count("If") == 2
    assert not {"Mul", "ReduceSum"} & {*outside}
    assert outside.count("Add") == 1  # that which doubles
    np.testing.assert_array_equal(run(model)[0], 2 * X)
    np.testing.assert_array_equal(
        run(model, hints=HINTS)[0], 2 * (X + 34 * X + 34 * X)
    )
    if not is_rounded:
        always_with_hints(model)
        assert sorted(n.op_type for n in model.graph.node) == sorted(
            n.op_type for n in before.graph.node
        )
        names = [v.name for v in model.graph.initializer]
        assert sorted(names) == sorted(v.name for v in before.graph.initializer)


def add_output(model, name):
    value = onnx.helper.make_tensor_value_info(
        name, onnx.TensorProto.FLOAT, None
    )
    model.graph.output.append(value)


def replace_join(model, op_type, kept):
    join = model.graph.node[8]
    join.op_type = op_type
    join.input[0] = kept


@pytest.mark.parametrize(
    "change",
    [
        lambda model: model.graph.input.pop(),  # hints are no input
        lambda model: add_output(model, "hint_sum"),  # they go on elsewhere
        lambda model: replace_join(model, "Mul", "image"),
        lambda model: replace_join(model, "Add", "weight"),  # not of a photo
    ],
)
def test_a_model_without_such_a_branch_stays_as_it_is(change):
    model = hinted_model(False)
    change(model)
    before = model.SerializeToString()
    assert not find_hint_branches(model.graph)
    skip_without_hints(model)
    assert model.SerializeToString() == before


def test_the_shipped_file_computes_the_branch_for_hints_alone():
    model = onnx.load(find_onnx("lite"))
    inner = {n.name for n in all_nodes(model.graph) if HINT_LAYERS in n.name}
    outer = {n.name for n in model.graph.node if HINT_LAYERS in n.name}
    assert len(inner) > 30
    assert not outer
    session = open_session(find_onnx("lite"))
    image = np.zeros((1, 1, 1, 3), np.uint8)
    L = np.tile(np.linspace(20, 90, 48, dtype=np.float32), (1, 32, 1))[
        ..., None
    ]
    feed = {"image": image, "L_offset": L}
    plain = session.run(["ab"], feed)[0]
    none = session.run(["ab"], {**feed, "hints": HINTS[:, :1]})[0]
    np.testing.assert_array_equal(none, plain)
    hints = np.array([[[24, 16, 8, 40, -30]]], np.float32)
    hinted = session.run(
        ["ab"],
        {**feed, "hints": hints, "photo_size": np.float32([32, 48])},
    )[0]
    assert np.abs(hinted - plain).max() > 5
