"""Model files that are not what they say: one sentence when they are loaded."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from keras_colorize.errors import ModelError
from keras_colorize.errors import SettingError
from keras_colorize.hints import Hint
from keras_colorize.serving.contract import Tensor
from keras_colorize.serving.contract import read_contract
from keras_colorize.serving.session import ColorizeSession
from tests.serving import tiny_models

FACTS = {
    "head": ["hints", "Photo", "x" * 9999],
    "network_size": [
        *("", "abc", "-256", "0", "7", "4097", "1e3", "256.0", "9" * 5000),
        *("\u0662\u0665\u0666", "nan", " 256"),
    ],
    "model": ["a\nb", "x" * 101, "\x00", "\x1b[31m"],
    "weights": ["a\rb", "x" * 101],
    "looks": [
        *("", "[]", '{"vivid": {}}', '{"natural": 1}', '{"natural": {"a": 1}}'),
        *('{"natural": {"temperature": "1"}}', "[" * 9999),
        '{"natural": {"temperature": NaN}}',
        '{"natural": {"vividness": 1.5}}',  # the file has no such input
    ],
}


def changed(model, name, type=None, shape=None):
    """The bytes of a model with another type or shape of a tensor."""
    proto = onnx.load_from_string(model)
    for node in [*proto.graph.input, *proto.graph.output]:
        if node.name == name:
            tensor = node.type.tensor_type
            if type is not None:
                tensor.elem_type = type
            if shape is not None:
                new = onnx.helper.make_tensor_value_info("", 1, shape)
                tensor.shape.CopyFrom(new.type.tensor_type.shape)
    return proto.SerializeToString()


def refusal_of(model):
    with pytest.raises(ModelError) as error:
        ColorizeSession(model, num_threads=1)
    text = str(error.value)
    assert text.startswith("The given model ") and len(text) < 1500
    return text


@pytest.mark.parametrize(
    ("key", "value"), [(k, v) for k, values in FACTS.items() for v in values]
)
def test_facts_that_mean_nothing_are_refused(key, value):
    text = refusal_of(tiny_models.photo_model({key: value}))
    assert key in text and "Received: " in text


def test_facts_that_are_no_text_are_refused():
    model = tiny_models.photo_model({"weights": "a name"})
    assert "UTF-8" in refusal_of(model.replace(b"a name", b"\xff\xfename"))


@pytest.mark.parametrize(
    ("make_model", "name", "change"),
    [
        (tiny_models.photo_model, "image", {"type": TensorProto.FLOAT}),
        (tiny_models.photo_model, "image", {"shape": ["n", "h", "w", 1]}),
        (tiny_models.photo_model, "image", {"shape": ["n", "h", "w"]}),
        (tiny_models.photo_model, "image", {"shape": ["n", 3, "h", "w"]}),
        (tiny_models.photo_model, "image", {"shape": ["n", 9, "w", 3]}),
        (tiny_models.photo_model, "strength", {"shape": [1]}),
        (tiny_models.ab_model, "L", {"shape": ["n", "h", "w", 3]}),
    ],
)
def test_tensors_of_another_kind_are_refused(make_model, name, change):
    """By us, or by onnxruntime where the graph itself cannot be so."""
    text = refusal_of(changed(make_model(), name, **change))
    assert "Export" in text


@pytest.mark.parametrize(
    "shape", [(1, 4, 12, 2), (1, 8, 12, 3), (8, 12, 2), (0, 8, 12, 2), ()]
)
def test_results_of_another_shape_are_refused_where_the_file_says_it(shape):
    def read(shape):
        return read_contract(
            "It",
            {"model": "tiny", "head": "ab"},
            {"L": Tensor("tensor(float)", (1, 8, 12, 1))},
            {"ab": Tensor("tensor(float)", shape)},
            {},
        )

    assert read(("batch", None, 12, 2)).fixed_size == (8, 12)
    with pytest.raises(ModelError, match="^It must .*Export"):
        read(shape)


def test_one_fixed_side_is_no_size():
    assert "any size" in refusal_of(tiny_models.photo_model(size=(8, "width")))


def test_other_inputs_with_a_default_are_no_options(tmp_path):
    proto = onnx.load_from_string(tiny_models.photo_model())
    info = onnx.helper.make_tensor_value_info("usual", TensorProto.FLOAT, [])
    proto.graph.input.append(info)
    session = ColorizeSession(proto.SerializeToString())
    assert session.contract.optional_inputs == {"strength", "temperature"}


def without_inputs(model, names):
    """Makes constants of optional inputs, as onnxslim 0.1.98 does."""
    proto = onnx.load_from_string(model)
    kept = [value for value in proto.graph.input if value.name not in names]
    assert len(kept) == len(proto.graph.input) - len(names)
    del proto.graph.input[:]
    proto.graph.input.extend(kept)
    return proto.SerializeToString()


CONTRACT = (
    "Optional float32 scalar strength: factor. Optional float32 scalar "
    "temperature: of the mean. Optional float32 hints (batch, points, 5)."
)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("strength", {"strength": 0.5}),
        ("temperature", {"temperature": 0.5}),
        ("hints", {"hints": [Hint(1, 1, 2, "red")]}),
    ],
)
def test_input_that_a_tool_made_constant_is_said_to_be_lost(name, options):
    facts = {"contract": CONTRACT}
    if name == "hints":
        model = tiny_models.ab_model(facts, hint_columns=(0, 1))
    else:
        model = tiny_models.photo_model({"looks": None, **facts})
    photo = np.full((20, 30, 3), 90, np.uint8)
    ColorizeSession(model, num_threads=1).colorize_array(photo, **options)
    session = ColorizeSession(without_inputs(model, [name]), num_threads=1)
    assert name in session.contract.lost_inputs
    session.colorize_array(photo)
    with pytest.raises(SettingError, match=f"exported with .* input {name}"):
        session.colorize_array(photo, **options)


def test_looks_of_inputs_that_a_tool_made_constant_are_refused():
    slim = without_inputs(tiny_models.photo_model(), ["temperature"])
    text = refusal_of(slim)
    assert "temperature, and no such input" in text
    assert "tools that simplify ONNX files" in text
