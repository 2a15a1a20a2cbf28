import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from keras_colorize.exporters import onnx_graph

AXES = {"Conv": 0, "ConvTranspose": 1}


def convolution(kernel, operator="Conv"):
    """A model of one convolution, which gives its kernel, too."""
    value = onnx.helper.make_tensor_value_info
    channels = kernel.shape[1 - AXES[operator]]
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node(operator, ["x", "kernel"], ["y"])],
        "convolution",
        [value("x", onnx.TensorProto.FLOAT, [1, channels, 9, 7])],
        [
            value("y", onnx.TensorProto.FLOAT, [None] * 4),
            value("kernel", onnx.TensorProto.FLOAT, kernel.shape),
        ],
        [numpy_helper.from_array(kernel, "kernel")],
    )
    return onnx.helper.make_model(
        graph,
        opset_imports=[onnx.helper.make_opsetid("", 18)],
        ir_version=onnx_graph.IR_VERSION,
    )


def stored_type(model):
    (tensor,) = [
        t for t in model.graph.initializer if not t.name.endswith("_scale")
    ]
    return onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)


def kernel_at_run_time(model, path):
    path.write_bytes(onnx_graph.serialize(model))
    session = onnx_graph.open_session(path)
    shape = session.get_inputs()[0].shape
    return session.run(["kernel"], {"x": np.zeros(shape, np.float32)})[0]


@pytest.fixture
def kernel():
    """Values of float16, from some so small that it holds them with few bits
    to large ones."""
    rng = np.random.default_rng(7)
    shape = (6, 5, 3, 2)
    values = rng.normal(size=shape) * 2.0 ** rng.integers(-17, 3, shape)
    return values.astype(np.float16).astype(np.float32)


def factors(operator):
    values = np.array([0.37, -1.9, 12.5, 0.004, 1.0, 7e-7], np.float32)
    if operator == "Conv":
        return values.reshape(6, 1, 1, 1)
    return values[:5].reshape(1, 5, 1, 1)


def test_kernel_of_float16_values_is_stored_as_it_is(kernel, tmp_path):
    model = convolution(kernel)
    onnx_graph.store_as_float16(model)
    assert stored_type(model) == np.float16
    got = kernel_at_run_time(model, tmp_path / "half.onnx")
    np.testing.assert_array_equal(got, kernel)


@pytest.mark.parametrize("operator", ["Conv", "ConvTranspose"])
def test_kernel_that_batch_norm_has_scaled_is_stored_without_loss(
    operator, kernel, tmp_path
):
    kernel[0, 1] = kernel[3] = kernel[:, 3] = 0.0
    scaled = kernel * factors(operator)
    assert not np.array_equal(scaled.astype(np.float16), scaled)
    model = convolution(scaled, operator)
    onnx_graph.store_as_float16(model)
    assert stored_type(model) == np.float16
    got = kernel_at_run_time(model, tmp_path / "half.onnx")
    # Twice the rounding of float32.
    np.testing.assert_allclose(got, scaled, rtol=2.5e-7)


@pytest.mark.parametrize("operator", ["Conv", "ConvTranspose"])
def test_kernel_with_one_value_between_those_of_float16_stays(
    operator, kernel, tmp_path
):
    scaled = kernel * factors(operator)
    scaled[4, 2, 1, 0] *= 1 + 2**-13
    model = convolution(scaled, operator)
    onnx_graph.store_as_float16(model)
    assert stored_type(model) == np.float32
    got = kernel_at_run_time(model, tmp_path / "whole.onnx")
    np.testing.assert_array_equal(got, scaled)


@pytest.mark.parametrize(
    ("channel", "factor"),
    [
        ([0.5, -0.25, 0.125], 1e-44),  # no float32 is the factor
        ([60000.0, 1.5 * 2**-24, 1.0], 1.2345),  # too far apart, scaled
    ],
    ids=["almost_dead", "far_apart"],
)
def test_channel_that_a_factor_does_not_give_back_stays(
    channel, factor, kernel, tmp_path
):
    kernel[2] = 0.0
    kernel[2].flat[: len(channel)] = np.array(channel, np.float16)
    scaled = kernel.copy()
    scaled[2] *= np.float32(factor)
    assert np.count_nonzero(scaled[2]) == len(channel)
    model = convolution(scaled)
    onnx_graph.store_as_float16(model)
    got = kernel_at_run_time(model, tmp_path / "whole.onnx")
    np.testing.assert_allclose(got, scaled, rtol=2.5e-7, atol=0.0)


def test_factors_along_another_axis_are_none_of_a_batch_norm(kernel):
    model = convolution(kernel * factors("ConvTranspose"))
    onnx_graph.store_as_float16(model)
    assert stored_type(model) == np.float32


def test_int8_is_off_by_half_a_step_of_its_channel(kernel, tmp_path):
    kernel[2] = 0.0
    model = convolution(kernel)
    onnx_graph.store_as_int8(model, {"kernel"})
    assert stored_type(model) == np.int8
    got = kernel_at_run_time(model, tmp_path / "int8.onnx")
    steps = np.abs(kernel).max(axis=(1, 2, 3), keepdims=True) / 127
    assert (np.abs(got - kernel) <= steps * 0.5001).all()
    assert not got[2].any()


# === As onnxruntime simplifies it ===


def test_a_simplified_model_gives_the_same_with_fewer_nodes(tmp_path):
    float32 = onnx.TensorProto.FLOAT
    value = onnx.helper.make_tensor_value_info
    rng = np.random.default_rng(4)
    constants = {
        # As PyTorch has it: (height, width, in, out).
        "kernel": rng.normal(size=(3, 3, 2, 4)).astype(np.float32),
        "k2": rng.normal(size=(5, 4, 1, 1)).astype(np.float32),
        "strength": np.float32(1.0),
    }
    node = onnx.helper.make_node
    graph = onnx.helper.make_graph(
        [
            node("Transpose", ["kernel"], ["k"], perm=[3, 2, 0, 1]),
            node("Transpose", ["x"], ["moved"], perm=[0, 3, 1, 2]),
            node("Conv", ["moved", "k"], ["c"]),
            node("Transpose", ["c"], ["back"], perm=[0, 2, 3, 1]),
            node("Relu", ["back"], ["relu"]),
            node("Transpose", ["relu"], ["again"], perm=[0, 3, 1, 2]),
            node("Conv", ["again", "k2"], ["c2"]),
            node("Transpose", ["c2"], ["last"], perm=[0, 2, 3, 1]),
            node("Mul", ["last", "strength"], ["y"]),
        ],
        "as_pytorch_writes_it",
        [
            value("x", float32, ["batch", "height", "width", 2]),
            value("strength", float32, []),
        ],
        [value("y", float32, [None] * 4)],
        [numpy_helper.from_array(v, n) for n, v in constants.items()],
    )
    model = onnx.helper.make_model(
        graph,
        opset_imports=[onnx.helper.make_opsetid("", 18)],
        ir_version=onnx_graph.IR_VERSION,
    )
    simplified = onnx_graph.simplify(model)
    kinds = [node.op_type for node in simplified.graph.node]
    assert kinds == ["Transpose", "Conv", "Relu", "Conv", "Transpose", "Mul"]
    names = [node.name for node in simplified.graph.node]
    assert all(names) and len({*names}) == len(names)
    assert simplified.ir_version == onnx_graph.IR_VERSION
    assert simplified.opset_import == model.opset_import
    x = rng.normal(size=(2, 6, 9, 2)).astype(np.float32)
    results = []
    for one in (model, simplified):
        path = tmp_path / "model.onnx"
        path.write_bytes(onnx_graph.serialize(one))
        session = onnx_graph.open_session(path)
        feed = {"x": x, "strength": np.array(0.5, np.float32)}
        results.append(session.run(None, feed)[0])
    np.testing.assert_allclose(*results, atol=1e-5)
    assert np.ptp(results[0]) > 1
