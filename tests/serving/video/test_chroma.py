import dataclasses

import numpy as np
import pytest

from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.color.lab_formulas import lab_from_linear
from keras_colorize.color.lab_formulas import linear_from_srgb
from keras_colorize.serving.options import ColorizeOptions
from keras_colorize.serving.session import ColorizeSession
from keras_colorize.serving.video.chroma import ChromaPlanes
from keras_colorize.serving.video.chroma import ChromaPredictor
from keras_colorize.serving.video.luma import Layout
from tests.serving import tiny_models
from tests.serving.video.videos import gray_photo

LAYOUT = Layout(66, 50, (66, 50), 8, False, 6, 2)
WEIGHTS = {1: (0.2126, 0.0722), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
# AVColorPrimaries -> linear light in sRGB: ITU-R BT.2087, and Display P3.
TO_LINEAR_SRGB = {
    9: [
        [1.6605, -0.5876, -0.0728],
        [-0.1246, 1.1329, -0.0083],
        [-0.0182, -0.1006, 1.1187],
    ],
    12: [
        [1.2249, -0.2247, 0.0],
        [-0.0420, 1.0419, 0.0],
        [-0.0197, -0.0786, 1.0979],
    ],
}


def chroma_planes(ab, luma, layout):
    """Of a frame by itself."""
    age = np.ones(ab.shape[:2], np.float32)
    return ChromaPlanes(layout).planes(luma, ab, age)


def decoded(luma, u, v, layout):
    """RGB as a player computes it, by H.273."""
    u, v = (np.kron(plane, np.ones((2, 2))) for plane in (u, v))
    step = 2 ** (layout.depth - 8)
    black, white = (0, 255) if layout.is_full_range else (16, 235)
    top = 2**layout.depth - 1
    if layout.is_full_range:
        Y, scale = luma / top, top
    else:
        Y = (luma - black * step) / ((white - black) * step)
        scale = 224 * step
    Pb, Pr = ((x.astype(float) - 128 * step) / scale for x in (u, v))
    kr, kb = WEIGHTS[layout.matrix]
    R, B = Y + 2 * (1 - kr) * Pr, Y + 2 * (1 - kb) * Pb
    G = (Y - kr * R - kb * B) / (1 - kr - kb)
    return np.stack([R, G, B], -1)


@pytest.mark.parametrize("matrix", WEIGHTS)
@pytest.mark.parametrize("is_full_range", [False, True])
@pytest.mark.parametrize("depth", [8, 10])
def test_a_player_sees_the_ab_that_was_asked_for(matrix, is_full_range, depth):
    layout = dataclasses.replace(
        LAYOUT, matrix=matrix, is_full_range=is_full_range, depth=depth
    )
    codes = np.linspace(90, 180, 50 * 66).reshape(50, 66)
    luma = np.rint(codes * 2 ** (depth - 8)).astype(layout.dtype)
    for ab in ([12.0, 20.0], [-10.0, 15.0], [6.0, -22.0]):
        u, v = chroma_planes(
            np.broadcast_to(np.float32(ab), (5, 7, 2)), luma, layout
        )
        assert u.shape == v.shape == (25, 33) and u.dtype == layout.dtype
        lab = rgb_to_lab(np.clip(decoded(luma, u, v, layout), 0, 1))
        # Luma is kept and not L*, which moves ab a little.
        np.testing.assert_allclose(
            lab[..., 1:], np.broadcast_to(ab, (50, 66, 2)), atol=2.0
        )


@pytest.mark.parametrize("primaries", TO_LINEAR_SRGB)
@pytest.mark.parametrize("ab", [[12.0, 20.0], [-10.0, 15.0], [6.0, -22.0]])
def test_a_player_sees_the_ab_in_the_primaries_of_the_film(primaries, ab):
    layout = dataclasses.replace(
        LAYOUT, matrix=9, depth=10, primaries=primaries
    )
    luma = np.full((50, 66), 480, np.uint16)
    planes = chroma_planes(
        np.broadcast_to(np.float32(ab), (5, 7, 2)), luma, layout
    )
    linear = linear_from_srgb(decoded(luma, *planes, layout), np)
    linear = linear @ np.transpose(TO_LINEAR_SRGB[primaries])
    lab = lab_from_linear(linear, np)
    np.testing.assert_allclose(
        lab[..., 1:], np.broadcast_to(ab, (50, 66, 2)), atol=2.0
    )


def test_wide_primaries_hold_colors_beyond_srgb():
    layout = dataclasses.replace(LAYOUT, matrix=9, depth=10, primaries=9)
    luma = np.full((50, 66), 480, np.uint16)
    ab = np.broadcast_to(np.float32([-90.0, 30.0]), (5, 7, 2))
    encoded = decoded(luma, *chroma_planes(ab, luma, layout), layout)
    linear = linear_from_srgb(encoded, np)[0, 0]
    assert linear @ TO_LINEAR_SRGB[9][0] < -0.05  # red, in sRGB
    assert (encoded > 0.0).all()


@pytest.mark.parametrize("primaries", [5, 6, 7, 9, 12, 22])
def test_no_chroma_is_neutral_in_any_primaries(primaries):
    layout = dataclasses.replace(LAYOUT, primaries=primaries)
    luma = gray_photo(size=(50, 66))
    planes = chroma_planes(np.zeros((9, 9, 2), np.float32), luma, layout)
    assert all((plane == 128).all() for plane in planes)


@pytest.mark.parametrize("size", [(50, 66), (51, 67)])
def test_no_chroma_is_neutral_on_any_luma(size):
    luma = gray_photo(size=size)
    layout = dataclasses.replace(LAYOUT, height=size[0], width=size[1])
    u, v = chroma_planes(np.zeros((9, 9, 2), np.float32), luma, layout)
    assert (u == 128).all() and (v == 128).all()
    assert u.shape == tuple((side + 1) // 2 for side in size)


def test_grain_in_luma_does_not_move_chroma_where_the_picture_holds_still():
    rng = np.random.default_rng(0)
    lumas = rng.integers(60, 120, (8, 50, 66)).astype(np.uint8)
    ab = np.broadcast_to(np.float32([40.0, 30.0]), (5, 7, 2))
    chroma = ChromaPlanes(LAYOUT)
    ages = np.ones((8, 5, 7), np.float32)
    ages[:, :, :4] = np.arange(1, 9)[:, None, None]
    planes = [
        chroma.planes(luma, ab, age)[1].astype(int)
        for luma, age in zip(lumas, ages, strict=True)
    ]
    moves = np.abs(planes[-1] - planes[-2])
    assert moves[:, :20].mean() < moves[:, -10:].mean() / 4
    # Where it does not, the frame's own luma counts.
    alone = chroma_planes(ab, lumas[-1], LAYOUT)[1]
    np.testing.assert_array_equal(planes[-1][:, -10:], alone[:, -10:])


@pytest.mark.parametrize("depth", [8, 10])
def test_remains_of_noise_do_not_become_steps_of_chroma(depth):
    layout = dataclasses.replace(LAYOUT, depth=depth)
    rng = np.random.default_rng(0)
    luma = np.full((50, 66), 120 * 2 ** (depth - 8), layout.dtype)
    noisy = rng.normal((12.0, -8.0), 0.15, (6, 5, 7, 2)).astype(np.float32)
    held, alone = ChromaPlanes(layout), ChromaPlanes(layout)
    ages = [np.full((5, 7), age, np.float32) for age in (1, 2, 3, 4, 5, 6)]
    first = held.planes(luma, noisy[0], ages[0])
    for ab, age in zip(noisy[1:], ages[1:], strict=True):
        planes = held.planes(luma, ab, age)
        np.testing.assert_array_equal(planes, first)
        moved = alone.planes(luma, ab, ages[0])
        assert (np.array(moved) != first).any()


@pytest.mark.parametrize(("depth", "step"), [(8, 1), (10, 4)])
def test_a_slow_change_of_color_is_followed_within_a_step(depth, step):
    layout = dataclasses.replace(LAYOUT, depth=depth)
    luma = np.full((50, 66), 120 * step, layout.dtype)
    still, chroma = np.full((5, 7), 12, np.float32), ChromaPlanes(layout)
    for value in np.linspace(0, 30, 60):
        ab = np.full((5, 7, 2), value, np.float32)
        planes = np.array(chroma.planes(luma, ab, still), int)
        exact = np.array(chroma_planes(ab, luma, layout), int)
        assert np.abs(planes - exact).max() <= step
    assert planes[1].min() > planes[1].max() - 2 > 128 * step


def test_the_network_sees_a_turned_film_upright():
    """Turned by 90 degrees to the left to be shown, and so are frames."""
    seen = []

    class Spy(ColorizeSession):
        def predict_ab(self, images, temperature=None, look="natural"):
            seen.append(images)
            L = images[..., :1].astype(np.float32)
            return np.concatenate([L, -L], -1)

    session = Spy(tiny_models.ab_model())
    upright = gray_photo(size=(341, 256))
    predictor = ChromaPredictor(session, ColorizeOptions(), (640, 480), 1)
    assert predictor.size == (256, 341)
    stored = np.rot90(upright, -1)
    ab = predictor.predict(stored[None])[0]
    np.testing.assert_array_equal(seen[0][0, ..., 0], upright)
    np.testing.assert_array_equal(ab[..., 0], stored)


def test_a_model_of_fixed_size_gets_frames_of_that_size():
    session = ColorizeSession(tiny_models.photo_model(size=(32, 40)))
    predictor = ChromaPredictor(session, ColorizeOptions(), (480, 640), 0)
    assert predictor.size == (32, 40)
    gray = gray_photo(size=(32, 40))
    ab = predictor.predict(np.stack([gray, gray]))
    assert ab.shape == (2, 32, 40, 2)
    # The tiny model adds 40 to red and takes 40 from blue.
    assert (ab[:, gray > 60] > 0).mean() > 0.9


@pytest.mark.parametrize("head", ["photo", "ab"])
def test_predicted_ab_is_what_the_session_puts_on_photos(head):
    model = getattr(tiny_models, f"{head}_model")()
    session = ColorizeSession(model, num_threads=1)
    image = np.repeat(gray_photo(size=(20, 30))[..., None], 3, 2)
    image = np.clip(image, 60, 190)  # inside the gamut
    ab = session.predict_ab(np.stack([image, image[::-1]]))
    assert ab.shape == (2, 20, 30, 2) and ab.dtype == np.float32
    colorized = session.colorize_checked(image, ColorizeOptions()) / 255.0
    np.testing.assert_allclose(ab[0], rgb_to_lab(colorized)[..., 1:], atol=0.8)
    np.testing.assert_allclose(ab[1, ::-1], ab[0], atol=1e-5)
