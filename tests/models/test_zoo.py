"""What every registered model must satisfy: non-square, CPU, no network.

Wide models run at reduced width: the graph is the same, and variants that
differ in nothing but their width run once. Parameter counts are asserted at
full width.
"""

import ast
import functools
import inspect
import json
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.models import registry
from keras_colorize.models.colorizer import Colorizer
from tests.models.tiny import distinct_models
from tests.models.tiny import has_effect
from tests.models.tiny import tiny_overrides

every_name = pytest.mark.parametrize("name", registry.model_names())
every_model = pytest.mark.parametrize("name", distinct_models())


def tiny(name, **overrides):
    keras.utils.set_random_seed(0)
    return registry.create_model(name, **{**tiny_overrides(name), **overrides})


@functools.cache
def shared(name):
    """The tiny model for all tests that leave it as it is."""
    return tiny(name)


def lightness(height, width, batch=2):
    rng = np.random.default_rng(height * width)
    return rng.uniform(0, 100, (batch, height, width, 1)).astype("float32")


@functools.cache
def without_memory(name):
    """The model at full width, whose weights have shapes and no values."""
    with keras.StatelessScope(initialize_variables=False):
        return registry.create_model(name)


def to_numpy(x):
    return ops.convert_to_numpy(x)


@every_name
def test_trainable_parameters_are_the_registered_number(name):
    model = without_memory(name)
    weights = [*model.trainable_weights, *model.constant_weights]
    counted = sum(np.prod(w.shape) for w in weights)
    assert counted == registry.get_spec(name).params


@every_model
@pytest.mark.parametrize("size", [(32, 64), (64, 32)])
def test_output_has_the_declared_kind_and_stride(name, size):
    model, spec = shared(name), registry.get_spec(name)
    assert isinstance(model, Colorizer)
    assert model.output_kind == spec.output_kind
    size = model.fixed_size or size
    L = lightness(*size)
    outputs = model(model.network_inputs(L))
    ab = model.decode_ab(outputs, L)
    stride = model.output_stride
    expected = (2, size[0] // stride, size[1] // stride, 2)
    assert tuple(ab.shape) == expected
    channels = {"ab": 2, "uv": 2, "rgb": 3, "q_logits": 313}
    if model.output_kind == "ab_and_q_logits":
        quarter = (2, size[0] // 4, size[1] // 4, 529)
        assert tuple(outputs["ab"].shape) == expected
        assert tuple(outputs["q_logits"].shape) == quarter
    else:
        assert outputs.shape[-1] == channels[model.output_kind]
    for output in keras.tree.flatten([outputs, ab]):
        assert np.isfinite(to_numpy(output)).all()


@every_model
def test_every_layer_is_built_with_the_model(name):
    # Of one that is not, JAX first runs the whole network op by op.
    layers = shared(name)._flatten_layers()
    assert not [layer.path for layer in layers if not layer.built]


@every_name
def test_registered_sizes_are_those_the_network_takes(name):
    model, spec = without_memory(name), registry.get_spec(name)
    assert model.size_multiple == spec.size_multiple
    assert spec.input_size % spec.size_multiple == 0
    assert model.fixed_size in (None, (spec.input_size, spec.input_size))


@every_model
@pytest.mark.parametrize("size", [(1, 1), (1, 37), (23, 41), (24, 40)])
def test_any_size_is_predicted_at_its_own_size(name, size):
    ab = to_numpy(shared(name).predict_ab(lightness(*size)))
    assert ab.shape == (2, *size, 2)
    assert np.isfinite(ab).all()


@every_model
def test_padding_leaves_sizes_that_fit_alone(name):
    model = shared(name)
    size = model.fixed_size or (32, 64)
    L = lightness(*size)
    outputs = model.decode_ab(model(model.network_inputs(L)), L)
    ab = ops.image.resize(outputs, size, interpolation="bilinear")
    np.testing.assert_allclose(
        to_numpy(model.predict_ab(L)), to_numpy(ab), atol=1e-4
    )


@every_model
def test_photos_of_a_batch_do_not_mix_in_inference(name):
    model = shared(name)
    L = lightness(24, 40, batch=3)
    together = to_numpy(model.predict_ab(L))
    alone = np.concatenate([to_numpy(model.predict_ab(x[None])) for x in L])
    np.testing.assert_allclose(together, alone, atol=1e-3, rtol=1e-4)


@every_model
def test_wrong_input_is_refused(name):
    model = shared(name)
    with pytest.raises(ValueError, match=r"\(batch, height, width, 1\)"):
        model.predict_ab(np.zeros((24, 40, 1), "float32"))
    with pytest.raises(ValueError, match=r"Received: shape=\(1, 24, 40, 3\)"):
        model.predict_ab(np.zeros((1, 24, 40, 3), "float32"))


@every_model
@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="uses tf.GradientTape"
)
def test_every_weight_gets_a_gradient(name):
    import tensorflow as tf

    model = tiny(name)
    L = lightness(*(model.fixed_size or (32, 64)))
    with tf.GradientTape() as tape:
        outputs = model(model.network_inputs(L), training=True)
        if model.output_kind == "q_logits":
            outputs = model.decode_ab(outputs, L)
        loss = sum(tf.reduce_mean(x**2) for x in keras.tree.flatten(outputs))
    gradients = tape.gradient(loss, model.trainable_variables)
    for variable, gradient in zip(
        model.trainable_variables, gradients, strict=True
    ):
        assert gradient is not None, variable.path
        assert np.isfinite(gradient).all(), variable.path
        if has_effect(name, variable.path):
            assert np.abs(gradient).max() > 0, variable.path


@every_model
def test_config_round_trip_is_exact(name):
    model = shared(name)
    config = model.get_config()
    again = type(model).from_config(config)
    assert again.get_config() == config
    shapes = [w.shape for w in model.weights]
    assert [w.shape for w in again.weights] == shapes


@every_model
def test_keras_file_round_trip_is_exact(name, tmp_path):
    model = shared(name)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert type(again) is type(model)
    assert_same_weights(again, model)
    L = lightness(24, 40)
    np.testing.assert_array_equal(
        to_numpy(again.predict_ab(L)), to_numpy(model.predict_ab(L))
    )


@every_model
def test_preset_round_trip_is_exact(name, tmp_path):
    model = shared(name)
    model.save_to_preset(tmp_path / "preset", {"license": "test"})
    again = Colorizer.from_preset(tmp_path / "preset")
    assert again.get_config() == model.get_config()
    assert_same_weights(again, model)
    assert sorted(p.name for p in (tmp_path / "preset").iterdir()) == [
        "README.md",
        "config.json",
        "metadata.json",
        "model.weights.h5",
    ]


@every_model
def test_incomplete_preset_is_refused(name, tmp_path):
    model = shared(name)
    model.save_to_preset(tmp_path)
    (tmp_path / "model.weights.h5").unlink()
    with pytest.raises(FileNotFoundError, match="Missing: .*model.weights.h5"):
        Colorizer.from_preset(tmp_path)


@every_model
def test_output_is_float32_under_mixed_precision(name):
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        model = tiny(name)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    L = lightness(*(model.fixed_size or (32, 64)))
    outputs = model(model.network_inputs(L))
    ab = model.predict_ab(lightness(24, 40))
    for output in keras.tree.flatten([outputs, ab]):
        assert keras.backend.standardize_dtype(output.dtype) == "float32"
    # So is what scales inputs: bfloat16 has steps of 0.5 at L* = 75.
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Rescaling):
            assert layer.compute_dtype == "float32", layer.name


@pytest.mark.parametrize(
    "name",
    ["autoencoder_bn", "eccv16_small", "pix2pix_small", "siggraph17_small"],
)
def test_close_lightnesses_differ_under_mixed_precision(name):
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        model = tiny(name)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    # In bfloat16 they would be 75 both, and 20 both.
    scales = {"scale_L": (75.05, 75.20), "scale_ab_hint": (20.0, 20.06)}
    for layer, values in scales.items():
        if layer not in [x.name for x in model.layers]:
            continue
        scaled = keras.Model(model.inputs, model.get_layer(layer).output)
        given = [
            keras.tree.map_structure(
                lambda x, v=v: np.full((1, 8, 16, x.shape[-1]), v, "float32"),
                model.inputs,
            )
            for v in values
        ]
        one, other = (ops.cast(scaled(x), "bfloat16") for x in given)
        assert np.all(to_numpy(ops.cast(one != other, "int32")))


@every_model
def test_a_model_that_was_frozen_trains_as_before(name):
    model = tiny(name)
    before = [v.path for v in model.trainable_variables]
    model.trainable = False
    assert not model.trainable_variables
    model.trainable = True
    assert [v.path for v in model.trainable_variables] == before


@every_model
def test_hints_are_taken_whole_and_in_shape_or_not_at_all(name):
    model = shared(name)
    L, hint = lightness(24, 40), np.zeros((2, 24, 40, 2), "float32")
    with pytest.raises(ValueError, match="give both, or neither"):
        model.predict_ab(L, ab_hint=hint)
    if not model.takes_hints:
        with pytest.raises(ValueError, match="takes no color hints"):
            model.predict_ab(L, ab_hint=hint, hint_mask=hint[..., :1])
        return
    wrong = np.zeros((2, 24, 20, 1), "float32")
    with pytest.raises(ValueError, match=r"`hint_mask` .*\(2, 24, 40, 1\)"):
        model.predict_ab(L, ab_hint=hint, hint_mask=wrong)
    without = to_numpy(model.predict_ab(L))
    with_none = model.predict_ab(L, ab_hint=hint, hint_mask=hint[..., :1])
    np.testing.assert_array_equal(to_numpy(with_none), without)


def test_preset_loads_in_a_fresh_process(tmp_path):
    tiny("eccv16_small").save_to_preset(tmp_path)
    code = (
        "from keras_colorize.models.colorizer import Colorizer;"
        f"print(Colorizer.from_preset({str(tmp_path)!r}).name)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True
    )
    assert run.stdout.strip() == "eccv16_small", run.stderr


def test_preset_of_foreign_code_is_refused(tmp_path):
    tiny("eccv16_small").save_to_preset(tmp_path)
    path = tmp_path / "config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps({**config, "module": "os"}))
    # Whoever changes one file may change its checksum too.
    metadata = tmp_path / "metadata.json"
    facts = json.loads(metadata.read_text())
    del facts["sha256"]
    metadata.write_text(json.dumps(facts))
    with pytest.raises(ValueError, match="module='os'"):
        Colorizer.from_preset(tmp_path)


def assert_same_weights(first, second):
    for a, b in zip(first.weights, second.weights, strict=True):
        np.testing.assert_array_equal(to_numpy(a), to_numpy(b))


def classes_of_models():
    for name in registry.model_names():
        spec = registry.get_spec(name)
        yield registry.import_builder(spec)


@pytest.mark.parametrize(
    "builder", dict.fromkeys(classes_of_models()), ids=lambda b: b.__name__
)
def test_example_in_the_docstring_gives_what_it_says(builder):
    text = inspect.getdoc(builder).partition("Example:\n")[2]
    code = textwrap.dedent(text.partition("\n\n")[0])
    names = {"create_model": tiny, "np": np}
    num_checked = 0
    for line in code.splitlines():
        expression, _, comment = line.partition(".shape  # ")
        if comment:
            shape = ast.literal_eval(comment[: comment.index(")") + 1])
            assert tuple(eval(expression, names).shape) == shape
            num_checked += 1
        else:
            exec(line, names)
    assert num_checked
