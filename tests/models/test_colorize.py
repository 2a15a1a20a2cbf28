"""`Colorizer.colorize` and what a model says to inputs that are none.

That it equals exported files is in tests/exporters/test_zoo_exports.py, that
backends agree in tests/backends.
"""

import keras
import numpy as np
import pytest
from keras import ops
from PIL import Image

from keras_colorize.color.cielab import rgb_to_lab
from keras_colorize.color.cielab_numpy import rgb_to_lab as rgb_to_lab_numpy
from keras_colorize.color.luminance import image_to_L
from keras_colorize.errors import ModelError
from keras_colorize.errors import SettingError
from keras_colorize.hints import Hint
from keras_colorize.models.full_size import usual_network_size
from keras_colorize.models.registry import create_model
from tests.exporters.hint_model import AB
from tests.exporters.hint_model import HintModel
from tests.exporters.kinds_model import make_kinds_model
from tests.exporters.thin_model import NETWORK_SIZE
from tests.exporters.thin_model import make_thin_model
from tests.helpers import textured_photo
from tests.models.tiny import tiny_overrides


@pytest.fixture(scope="module")
def model():
    return make_thin_model()


def colorize(model, image, **options):
    return model.colorize(image, network_size=NETWORK_SIZE, **options)


@pytest.mark.parametrize("size", [(37, 50), (1, 9), (61, 24)])
def test_result_has_the_size_and_the_lightness_of_the_photo(model, size):
    photo = textured_photo(*size)
    colorized = colorize(model, photo)
    assert colorized.dtype == np.uint8
    assert colorized.shape == photo.shape
    np.testing.assert_allclose(
        image_to_L(colorized), image_to_L(photo), atol=0.5
    )


def test_a_batch_gives_what_each_photo_gives(model):
    photos = np.stack([textured_photo(33, 47, seed) for seed in (1, 2)])
    together = colorize(model, photos)
    assert together.shape == photos.shape
    for photo, colorized in zip(photos, together, strict=True):
        alone = colorize(model, photo).astype(int)
        assert np.abs(alone - colorized).max() <= 1


def test_gray_photos_tensors_and_images_are_photos_too(model):
    gray = textured_photo(33, 47)[..., 0]
    expected = colorize(model, np.repeat(gray[..., None], 3, axis=-1))
    for given in (gray, gray[..., None], Image.fromarray(gray)):
        np.testing.assert_array_equal(colorize(model, given), expected)
    tensor = ops.convert_to_tensor(np.repeat(gray[None, ..., None], 3, -1))
    np.testing.assert_array_equal(colorize(model, tensor)[0], expected)


def test_options_do_what_they_say(model):
    photo = textured_photo(33, 47)
    plain = colorize(model, photo)
    gray = colorize(model, photo, strength=0.0).astype(int)
    assert (gray.max(-1) - gray.min(-1)).max() <= 1
    own = colorize(model, photo, temperature=model.temperature)
    np.testing.assert_array_equal(own, plain)
    sharp = colorize(model, photo, temperature=0.05, strength=3.0)
    assert (sharp != colorize(model, photo, strength=3.0)).any()


def test_hints_color_where_they_are():
    photo = np.full((48, 64, 3), 120, np.uint8)
    hint = Hint(x=16, y=12, radius=6, color=(40, 70, 190))
    lab = rgb_to_lab_numpy(
        colorize(HintModel(), photo, hints=[hint]) / np.float32(255)
    )
    expected = rgb_to_lab_numpy(np.array(hint.rgb, np.float32) / 255)
    np.testing.assert_allclose(lab[12, 16, 1:], expected[1:], atol=2)
    np.testing.assert_allclose(lab[40, 50, 1:], AB, atol=2)
    with pytest.raises(SettingError, match="Hint 1 lies outside the photo"):
        colorize(HintModel(), photo[:5], hints=[hint])


@pytest.mark.parametrize(
    ("image", "error", "words"),
    [
        (np.zeros((8, 9, 3), "float32"), TypeError, "must be uint8.*by 255"),
        (np.zeros((8, 9, 4), "uint8"), ValueError, r"shape=\(8, 9, 4\)"),
        (np.zeros((0, 9, 3), "uint8"), ValueError, "at least one pixel"),
        (np.zeros((9,), "uint8"), ValueError, r"shape=\(9,\)"),
    ],
)
def test_what_is_no_photo_is_refused(model, image, error, words):
    with pytest.raises(error, match=words):
        colorize(model, image)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"strength": -1.0}, "`strength` must be 0 or more"),
        ({"strength": float("nan")}, "Received: strength=nan"),
        ({"temperature": 0.0}, r"`temperature` must be in \(0, 1\]"),
        ({"temperature": 1.5}, "Received: temperature=1.5"),
        ({"hints": [Hint(1, 1, 1, "red")]}, "takes no color hints"),
    ],
)
def test_options_without_a_meaning_are_refused(model, options, words):
    with pytest.raises(ValueError, match=words):
        colorize(model, textured_photo(9, 12), **options)


def test_sizes_of_the_network_that_do_not_fit_are_refused(model):
    with pytest.raises(ValueError, match="positive multiple of 8 for thin"):
        model.colorize(textured_photo(9, 12), network_size=20)
    fixed = make_kinds_model("ab", (24, 32))
    with pytest.raises(ValueError, match="`network_size` must be 24"):
        fixed.colorize(textured_photo(9, 12), network_size=32)
    assert fixed.colorize(textured_photo(9, 12)).shape == (9, 12, 3)


def test_a_temperature_of_a_model_that_has_none_is_refused():
    with pytest.raises(ValueError, match="predicts color directly"):
        colorize(make_kinds_model("ab"), textured_photo(9, 12), temperature=0.5)


def test_values_that_are_no_numbers_are_no_photo():
    model = make_kinds_model("ab")
    model.set_weights([np.full(w.shape, np.nan) for w in model.weights])
    with pytest.raises(ModelError, match="no numbers"):
        colorize(model, textured_photo(9, 12))


def test_network_size_is_that_of_the_exported_file():
    tiny = create_model("eccv16_small", **tiny_overrides("eccv16_small"))
    assert usual_network_size(tiny) == 128
    assert usual_network_size(make_thin_model()) == 256
    assert usual_network_size(make_kinds_model("ab", (24, 32))) == 24


# === What a model says when it is called with something else ===


@pytest.mark.parametrize("call", ["__call__", "predict_ab"])
@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((24, 40, 1), r"shape=\(24, 40, 1\). Add the batch axis: L\[None\]"),
        ((1, 24, 40, 3), r"take rgb_to_lab\(photo\)\[..., :1\]"),
        ((24, 40), r"\(batch, height, width, 1\)"),
    ],
)
def test_the_shape_of_L_is_said(model, call, shape, words):
    for one in (model, HintModel()):
        with pytest.raises(ValueError, match=words):
            getattr(one, call)(np.full(shape, 50.0, "float32"))


def test_a_size_that_does_not_fit_is_said(model):
    L = np.full((1, 23, 40, 1), 50.0, "float32")
    with pytest.raises(ValueError, match="multiples of 8.*23 x 40.*colorize"):
        model(L)
    with pytest.raises(ValueError, match="multiples of 8.*23 x 40"):
        model(ops.convert_to_tensor(L))
    with pytest.raises(ValueError, match="thin_ab takes L of 24 x 32 pixels"):
        make_kinds_model("ab", (24, 32))(np.full((1, 24, 24, 1), 50.0))


def test_a_size_that_does_not_fit_is_said_by_fit(model):
    model.compile(loss="mse")
    batch = np.full((1, 23, 40, 1), 50.0), np.zeros((1, 23, 40, 313))
    # PyTorch's backend wraps what goes wrong when a model is built.
    with pytest.raises(
        (ValueError, RuntimeError), match="multiples of 8.*23 x 40"
    ):
        model.fit(*batch, verbose=0)


def test_lightness_in_zero_to_one_is_said(model):
    L = np.linspace(0.0, 1.0, 24 * 40, dtype="float32").reshape(1, 24, 40, 1)
    for given in (L, ops.convert_to_tensor(L)):
        with pytest.warns(UserWarning, match=r"lightness in \[0, 100\].*is 1"):
            model(given)
    model(np.zeros((1, 24, 40, 1), "float32"))  # a black photo is one


def test_inputs_of_another_kind_are_said(model):
    L = np.full((1, 24, 40, 1), 50.0, "float32")
    with pytest.raises(ValueError, match="thin is called with L alone"):
        model({"L": L})
    with pytest.raises(ValueError, match="a dict of L, ab_hint and hint_mask"):
        HintModel()([L])


def test_L_alone_has_no_hints():
    L = np.linspace(0.0, 100.0, 24 * 40, dtype="float32").reshape(1, 24, 40, 1)
    model = HintModel()
    np.testing.assert_array_equal(
        ops.convert_to_numpy(model(L)),
        ops.convert_to_numpy(model(model.network_inputs(L))),
    )


@pytest.mark.parametrize("convert", [rgb_to_lab, rgb_to_lab_numpy])
def test_levels_up_to_255_are_no_rgb(convert):
    photo = textured_photo(5, 7).astype("float32")
    with pytest.raises(ValueError, match="`rgb` must be in .* divide .* 255"):
        convert(photo)
    lab = ops.convert_to_numpy(convert(photo / 255))
    assert 0 <= lab[..., 0].min() and lab[..., 0].max() <= 100


def test_levels_of_tensors_are_seen_outside_graphs_only():
    photo = ops.convert_to_tensor(textured_photo(5, 7).astype("float32"))
    with pytest.raises(ValueError, match=r"`rgb` must be in \[0, 1\]"):
        rgb_to_lab(photo)
    symbolic = keras.KerasTensor((None, None, 3), "float32")
    assert rgb_to_lab(symbolic).shape == (None, None, 3)
