"""What batch norms get, and that a single value per channel is refused."""

import keras
import numpy as np
import pytest
from rich.console import Console

from keras_colorize.models.registry import create_model
from tests.models.tiny import distinct_models
from tests.models.tiny import tiny_overrides
from training.config import changed
from training.overrides import load_recipe
from training.run.assembly import build_model
from training.run.averaging import batch_norm_layers
from training.run.batch_norms import check_batch_norms
from training.run.batch_norms import norm_shapes

NO_PHOTOS = ()


def tiny(name, **overrides):
    return create_model(name, **{**tiny_overrides(name), **overrides})


def build(config, folder):
    return build_model(config, NO_PHOTOS, folder, 2, Console(quiet=True))


def seed(**data):
    config = load_recipe("ddcolor_seed")
    overrides = {**config.model.overrides, **tiny_overrides("ddcolor")}
    return changed(config, model={"overrides": overrides}, data=data)


def test_shapes_are_those_of_each_stride():
    shapes = norm_shapes(tiny("ddcolor_nano"), 2, (64, 96))
    assert {norm.name: shape for norm, shape in shapes.items()} == {
        # Strides 32, 16, 8, and 4 on the way up; 4 values become 2 x 2 pixels.
        "decoder0_up_norm": (2, 2, 3, 32),
        "decoder0_skip_norm": (2, 4, 6, 8),
        "decoder0_norm": (2, 4, 6, 8),
        "decoder1_up_norm": (2, 4, 6, 24),
        "decoder1_skip_norm": (2, 8, 12, 6),
        "decoder1_norm": (2, 8, 12, 6),
        "decoder2_up_norm": (2, 8, 12, 32),
        "decoder2_skip_norm": (2, 16, 24, 4),
        "decoder2_norm": (2, 16, 24, 8),
    }


@pytest.mark.parametrize("name", distinct_models())
def test_of_each_model_all_norms_are_seen(name):
    model = tiny(name)
    size = model.fixed_size or (64, 96)
    size = tuple(max(side, model.size_multiple) for side in size)
    shapes = norm_shapes(model, 3, size)
    assert set(shapes) == set(batch_norm_layers(model))
    assert all(shape[0] == 3 and min(shape) > 0 for shape in shapes.values())


def test_norms_of_a_model_inside_it_count():
    inside = keras.Sequential(
        [
            keras.Input((None, None, 1)),
            keras.layers.AveragePooling2D(8),
            keras.layers.BatchNormalization(name="inside"),
        ],
        name="pool",
    )
    L = keras.Input((None, None, 1))
    x = inside(keras.layers.AveragePooling2D(2)(L))
    model = keras.Model(L, x, name="outer")
    (shape,) = norm_shapes(model, 2, (32, 48)).values()
    assert shape == (2, 2, 3, 1)
    with pytest.raises(ValueError, match="inside of outer"):
        check_batch_norms(model, 1, (16, 16))
    check_batch_norms(model, 1, (16, 32))
    check_batch_norms(model, 2, (16, 16))


def test_a_model_is_as_before():
    model = tiny("ddcolor_nano")
    before = [np.array(v) for v in model.weights]
    norm_shapes(model, 2, (64, 96))
    for value, variable in zip(before, model.weights, strict=True):
        np.testing.assert_array_equal(variable, value)
    for norm in batch_norm_layers(model):
        assert "compute_output_shape" not in vars(norm)
    ab = model.predict_ab(np.full((1, 32, 64, 1), 50.0, "float32"))
    assert ab.shape == (1, 32, 64, 2)


def test_one_photo_of_32_pixels_is_refused_for_ddcolor(tmp_path):
    with pytest.raises(
        ValueError,
        match=r"more than one value .*batch_size=1, data.crop_size=\(32, 32\), "
        "of which the layer decoder0_up_norm .*Raise data.batch_size",
    ):
        build(seed(batch_size=1), tmp_path)


@pytest.mark.parametrize(
    "data",
    [
        {"batch_size": 2},
        {"batch_size": 1, "resize_short": 64, "crop_size": (32, 64)},
    ],
)
def test_two_values_are_taken(data, tmp_path):
    build(seed(**data), tmp_path)


def test_a_frozen_norm_may_get_what_it_likes(tmp_path):
    frozen = changed(
        seed(batch_size=1), model={"freeze": ("decoder0_up_norm",)}
    )
    model = build(frozen, tmp_path)
    norm = model.get_layer("decoder0_up_norm")
    before = np.array(norm.moving_variance)
    model.train_on_batch(np.ones((1, 32, 32, 1)), np.ones((1, 32, 32, 2)))
    np.testing.assert_array_equal(norm.moving_variance, before)
