import json
import warnings

import numpy as np
import pytest
import tensorflow as tf
from skimage.color import lab2rgb
from skimage.color import rgb2lab

from keras_colorize.color.cielab import lab_to_rgb
from keras_colorize.color.cielab import rgb_to_lab
from keras_colorize.color.luminance import image_to_L
from keras_colorize.exporters.provenance import describe
from keras_colorize.exporters.serving_graph import build_serving_graph
from keras_colorize.models.eccv16.colorizer import ECCV16Colorizer
from keras_colorize.models.full_size import network_input_size
from keras_colorize.serving import merge
from keras_colorize.serving import resize
from tests.exporters.kinds_model import make_kinds_model
from tests.exporters.thin_model import NETWORK_SIZE
from tests.exporters.thin_model import make_thin_model
from tests.helpers import textured_photo


@pytest.fixture(scope="module")
def model():
    return make_thin_model()


@pytest.fixture(scope="module")
def graph(model):
    return build_serving_graph(model, NETWORK_SIZE)


@pytest.fixture(scope="module")
def ab_graph(model):
    return build_serving_graph(model, NETWORK_SIZE, head="ab")


def numpy_full_size_ab(L, network, size, size_multiple=1):
    """The steps around the network in NumPy: shrink, pad, crop, enlarge."""
    small = resize.resize_antialiased(L, *size)
    padding = [(0, -side % size_multiple) for side in size]
    padded = np.pad(small, (*padding, (0, 0)), mode="edge")
    ab = np.asarray(network(padded[None]), np.float32)[0]
    ab = resize.resize_bilinear(ab, *padded.shape[:2])
    return resize.resize_bilinear(ab[: size[0], : size[1]], *L.shape[:2])


def test_photo_equals_the_same_steps_done_eagerly(model, graph):
    photo = textured_photo(37, 50)[None]
    L = rgb_to_lab(tf.constant(photo, tf.float32) / 255.0)[..., :1]
    # 24 / 37 * 50 = 32.4; predict_ab pads to 24 x 32 by itself.
    small = tf.image.resize(L, (24, 32), antialias=True)
    ab = tf.image.resize(model.predict_ab(small), (37, 50))
    rgb = np.asarray(lab_to_rgb(tf.concat([L, ab], -1)))
    served = graph.serve(photo).numpy()
    assert served.dtype == np.uint8
    difference = np.abs(served - 255.0 * rgb)
    assert difference.max() <= 0.5 + 0.02  # rounding, and float32


def test_photo_is_lab_of_scikit_image_with_predicted_ab(graph, ab_graph):
    photo = textured_photo(29, 41)
    L = rgb2lab(photo)[..., :1]
    ab = ab_graph.serve(L[None].astype("float32")).numpy()[0]
    with warnings.catch_warnings():
        # scikit-image tells where it clips negative Z.
        warnings.simplefilter("ignore", UserWarning)
        expected = 255.0 * lab2rgb(np.concatenate([L, ab], -1))
    served = graph.serve(photo[None]).numpy()[0]
    assert np.abs(served - expected).max() <= 0.5 + 0.02


def test_photo_equals_the_numpy_twin(model, graph):
    photo = textured_photo(61, 43)
    L = image_to_L(photo)
    ab = numpy_full_size_ab(
        L,
        lambda x: model.decode_ab(model(x, training=False), x),
        resize.network_input_size(*photo.shape[:2], NETWORK_SIZE),
        model.size_multiple,
    )
    twin = merge.merge_L_and_ab(L, ab, strength=0.8)
    served = graph.serve(photo[None], strength=0.8).numpy()[0]
    difference = np.abs(served.astype(int) - twin)
    assert difference.max() <= 1
    assert (difference > 0).any(-1).mean() <= 1e-3


def test_network_size_of_graph_and_twin_agree():
    for height, width in [(37, 50), (500, 375), (1, 900), (7, 7), (3, 2)]:
        assert network_input_size(
            height, width, 256
        ) == resize.network_input_size(height, width, 256)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((100, 200), (256, 512)),
        ((375, 500), (341, 256)[::-1]),  # 341.33
        ((500, 2), (1024, 256)),  # at most four times as long
        ((1, 1), (256, 256)),
    ],
)
def test_network_size_has_the_short_side_given(size, expected):
    assert network_input_size(*size, 256) == expected
    tensors = network_input_size(*tf.constant(size), 256)
    assert tuple(int(side) for side in tensors) == expected


def test_strength_zero_gives_a_gray_photo_of_the_same_lightness(graph):
    photo = textured_photo(33, 47)
    gray = graph.serve(photo[None], strength=0.0).numpy()[0].astype(int)
    # The D65 white of skimage's matrices is neutral to 2e-5 only.
    spread = gray.max(-1) - gray.min(-1)
    assert spread.max() <= 1
    assert (spread > 0).mean() < 0.02
    L, gray_L = (rgb2lab(x.astype("uint8"))[..., 0] for x in (photo, gray))
    assert np.abs(L - gray_L).max() < 0.5  # one level is at most 0.5 of L


def test_strength_moves_color_away_from_gray(graph):
    photo = textured_photo(33, 47)[None]
    results = [
        graph.serve(photo, strength=s).numpy().astype(int) for s in (0, 0.5, 1)
    ]
    chroma = [(r.max(-1) - r.min(-1)).mean() for r in results]
    assert chroma[0] < chroma[1] < chroma[2]


def test_color_of_the_input_is_not_looked_at(graph):
    photo = textured_photo(33, 47)[None]
    gray = graph.serve(photo, strength=0.0)
    difference = np.abs(
        graph.serve(gray).numpy().astype(int) - graph.serve(photo).numpy()
    )
    assert difference.max() <= 4  # the gray photo's L is rounded


def test_temperature_changes_the_result(graph, model):
    photo = textured_photo(33, 47)[None]
    default = graph.serve(photo).numpy()
    same = graph.serve(photo, temperature=model.temperature).numpy()
    other = graph.serve(photo, temperature=0.1).numpy()
    np.testing.assert_array_equal(default, same)
    assert (default != other).mean() > 0.1


@pytest.mark.parametrize("size", [(1, 1), (1, 90), (70, 1), (3, 2)])
def test_tiny_photos_keep_their_size(graph, size):
    photo = textured_photo(*size)[None]
    assert graph.serve(photo).shape == photo.shape


def test_each_photo_of_a_batch_is_treated_alone(graph):
    photos = np.stack([textured_photo(33, 47, seed) for seed in (0, 1)])
    together = graph.serve(photos).numpy().astype(int)
    alone = [graph.serve(photos[i : i + 1]).numpy() for i in range(2)]
    assert np.abs(together - np.concatenate(alone)).max() <= 1


def test_known_image_size_changes_nothing(model, graph):
    photo = textured_photo(33, 47)[None]
    fixed = build_serving_graph(model, NETWORK_SIZE, image_size=(33, 47))
    difference = fixed.serve(photo).numpy().astype(int) - graph.serve(photo)
    assert np.abs(difference).max() <= 1
    assert fixed.serve.input_signature[0].shape == (None, 33, 47, 3)


def test_regression_model_has_no_temperature():
    graph = build_serving_graph(make_thin_model(output_kind="ab"), NETWORK_SIZE)
    assert graph.input_names == ("image", "strength")
    photo = textured_photo(19, 33)[None]
    assert graph.serve(photo).shape == photo.shape


def test_ab_head_returns_ab_of_the_input_size(ab_graph):
    L = np.random.default_rng(1).uniform(0, 100, (2, 21, 34, 1))
    ab = ab_graph.serve(L.astype("float32"))
    assert ab_graph.input_names == ("L", "temperature")
    assert ab.shape == (2, 21, 34, 2)
    assert ab.dtype == tf.float32


def test_fixed_network_size_equals_the_numpy_twin():
    model = make_kinds_model("rgb", fixed_size=(24, 40))
    L = image_to_L(textured_photo(61, 43))
    twin = numpy_full_size_ab(
        L,
        lambda x: model.decode_ab(model(x, training=False), x),
        (24, 40),
    )
    graph = build_serving_graph(model, 24, head="ab")
    np.testing.assert_allclose(graph.serve(L[None])[0], twin, atol=0.01)
    np.testing.assert_allclose(model.predict_ab(L[None])[0], twin, atol=0.01)
    with pytest.raises(ValueError, match="must be 24. Received: network_s"):
        build_serving_graph(model, 40)


@pytest.mark.parametrize("kind", ["ab", "uv", "rgb", "ab_and_q_logits"])
def test_each_output_kind_equals_predict_ab(kind):
    model = make_kinds_model(kind)
    L = image_to_L(textured_photo(24, 38))[None]
    served = build_serving_graph(model, 24, head="ab").serve(L)
    np.testing.assert_allclose(served, model.predict_ab(L), atol=1e-3)


def test_misuse_is_told(model):
    with pytest.raises(TypeError, match="must be a Colorizer"):
        build_serving_graph(lambda L: L)
    with pytest.raises(ValueError, match="`head` must be one of"):
        build_serving_graph(model, head="rgb")
    with pytest.raises(ValueError, match="multiple of 8"):
        build_serving_graph(model, network_size=250)
    with pytest.raises(ValueError, match="at least 1 pixel"):
        build_serving_graph(model, image_size=0)


class Looked(ECCV16Colorizer):
    """Registered nowhere: a model with looks, of the thin one's layers."""

    looks = {
        "natural": {"vividness": 1.4, "focus": 0.25},
        "vivid": {"temperature": 0.5, "vividness": 1.9},
    }


def test_looks_are_optional_inputs_whose_defaults_are_natural(model):
    looked = Looked((3,) * 8, name="looked")
    looked.set_weights(model.get_weights())
    graph = build_serving_graph(looked, NETWORK_SIZE, head="ab")
    assert graph.defaults == {
        "temperature": 0.38,
        "vividness": 1.4,
        "focus": 0.25,
    }
    L = image_to_L(textured_photo(24, 40))[None]  # of the network's size
    for look in looked.looks:
        served = graph.serve(L, **looked.settings_of_look(look))
        expected = looked.predict_ab(L, look=look)
        np.testing.assert_allclose(served, expected, atol=1e-3)
    assert np.abs(served - graph.serve(L)).max() > 0.1
    facts = describe(looked, graph)
    assert json.loads(facts["looks"])["vivid"] == {
        "temperature": 0.5,
        "vividness": 1.9,
        "focus": 0.0,
    }
    assert "vividness (default 1.4)" in facts["contract"]
