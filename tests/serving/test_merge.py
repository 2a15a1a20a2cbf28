import numpy as np
import pytest
from skimage.color import lab2rgb
from skimage.color import rgb2lab

from keras_colorize.color import luminance
from keras_colorize.color import planes
from keras_colorize.serving import merge
from keras_colorize.serving.resize import network_input_size
from keras_colorize.serving.resize import resize_antialiased
from keras_colorize.serving.resize import resize_bilinear
from tests.helpers import textured_photo

# Non-square, odd, tiny, very long; the last one has rows longer than a strip.
SIZES = [(61, 90), (1, 1), (3, 2), (1, 900), (700, 3), (5, 20_000)]


@pytest.fixture
def small_strips(monkeypatch):
    """Strips of three rows of the 24 x 40 photos below."""
    monkeypatch.setattr(luminance, "_STRIP_PIXELS", 120)


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(
        0, 256, (25, 40, 3), dtype=np.uint8
    )


def test_merge_is_that_of_scikit_image(small_strips):
    rng = np.random.default_rng(1)
    L = rng.uniform(0, 100, (25, 40, 1)).astype(np.float32)
    ab = rng.uniform(-30, 30, (25, 40, 2)).astype(np.float32)
    expected = np.rint(lab2rgb(np.concatenate([L, ab], -1)) * 255)
    image = merge.merge_L_and_ab(L, ab).astype(int)
    assert np.abs(image - expected).max() <= 1
    assert (image != expected).mean() < 1e-3


def test_lightness_and_own_chroma_give_the_photo_back(image, small_strips):
    L = luminance.image_to_L(image)
    ab = rgb2lab(image)[..., 1:].astype(np.float32)
    np.testing.assert_array_equal(merge.merge_L_and_ab(L, ab), image)


def test_strength_scales_chroma_and_zero_gives_gray():
    L = np.full((2, 3, 1), 50.0, np.float32)
    ab = np.full((2, 3, 2), 20.0, np.float32)
    gray = merge.merge_L_and_ab(L, ab, strength=0.0)
    np.testing.assert_array_equal(gray, 119)  # L = 50: sRGB 0.4663 * 255
    half = merge.merge_L_and_ab(L, ab, strength=0.5)
    np.testing.assert_array_equal(half, merge.merge_L_and_ab(L, ab / 2))


def test_colors_outside_the_gamut_are_clipped_not_wrapped():
    L = np.full((1, 2, 1), 90.0, np.float32)
    ab = np.full((1, 2, 2), 100.0, np.float32)
    red, _, blue = merge.merge_L_and_ab(L, ab)[0, 0]
    assert (red, blue) == (255, 0)


def test_merge_refuses_other_sizes():
    with pytest.raises(ValueError, match=r"Received: L.shape=\(4, 6, 1\)"):
        merge.merge_L_and_ab(np.zeros((4, 6, 1)), np.zeros((2, 3, 2)))


# === In strips ===


def small_ab(height, width, spread=40.0):
    size = network_input_size(height, width, 32)
    rng = np.random.default_rng(5)
    return rng.normal(0.0, spread, (*size, 2)).astype(np.float32)


def merged(image, ab, **options):
    result = np.zeros_like(image)
    result[..., 3:] = image[..., 3:]
    merge.merge_photo(image, ab, result, **options)
    return result


def at_once(image, ab, strength=1.0):
    """The same steps, one after the other, over the whole photo."""
    L = luminance.image_to_L(image)
    full_size = resize_bilinear(ab, *image.shape[:2])
    colorized = merge.merge_L_and_ab(L, full_size, strength)
    return luminance.keep_lightness(image, colorized)


def gray_photo(height, width, low=0, high=255):
    levels = textured_photo(height, width)[..., :1] / 255.0
    gray = np.rint(low + levels * (high - low)).astype(np.uint8)
    return np.repeat(gray, 3, axis=2)


@pytest.fixture
def narrow_strips(monkeypatch):
    """Strips of 4 rows and blocks of 8 of a photo 90 pixels wide."""
    monkeypatch.setattr(planes, "_STRIP_PIXELS", 400)
    monkeypatch.setattr(planes, "_BLOCK_STRIPS", 2)


@pytest.mark.parametrize("size", SIZES)
def test_network_view_is_the_antialiased_lightness(size):
    image = textured_photo(*size)
    seen = network_input_size(*size, 32)
    view = merge.network_view(image, seen)
    expected = resize_antialiased(luminance.image_to_L(image), *seen)
    np.testing.assert_allclose(view.L, expected, atol=2e-3)
    assert view.levels is None


@pytest.mark.parametrize("make", [textured_photo, gray_photo])
@pytest.mark.parametrize("size", SIZES)
def test_merge_in_strips_is_that_of_whole_photos(make, size):
    image, ab = make(*size), small_ab(*size)
    for strength in (0.4, 2.0):
        result = merged(image, ab, strength=strength).astype(int)
        expected = at_once(image, ab, strength)
        assert np.abs(result - expected).max() <= 1
        assert (result != expected).mean() <= 1e-3


def test_number_of_threads_and_strips_changes_nothing(narrow_strips):
    image, ab = textured_photo(61, 90), small_ab(61, 90)
    views = [merge.network_view(image, (32, 47), n, True) for n in (1, 3)]
    np.testing.assert_array_equal(views[0].L, views[1].L)
    results = [merged(image, ab, num_threads=n) for n in (1, 3)]
    np.testing.assert_array_equal(*results)
    assert np.abs(results[0].astype(int) - at_once(image, ab)).max() <= 1


def test_merge_may_write_into_the_photo_itself(narrow_strips):
    image, ab = textured_photo(61, 90), small_ab(61, 90)
    expected = merged(image, ab)
    merge.merge_photo(image, ab, image, num_threads=2)
    np.testing.assert_array_equal(image, expected)


def test_faded_photo_is_seen_as_stretched(narrow_strips):
    image = gray_photo(61, 90, 80, 170)
    stretched = luminance.stretch_contrast(image)
    assert stretched is not image
    view = merge.network_view(image, (32, 47), stretches=True)
    expected = merge.network_view(stretched, (32, 47))
    np.testing.assert_allclose(view.L, expected.L, atol=1e-3)
    np.testing.assert_array_equal(view.levels[image[..., 0]], stretched[..., 0])
    # Not by choice, and not where there is full contrast.
    assert merge.network_view(image, (32, 47)).levels is None
    full = merge.network_view(stretched, (32, 47), stretches=True)
    assert full.levels is None


def test_tables_of_gray_levels_say_what_the_formulas_say(monkeypatch):
    image, ab = gray_photo(61, 90, 80, 170), small_ab(61, 90, 15.0)

    def colored():
        view = merge.network_view(image, (32, 47), stretches=True)
        return view, merged(image, ab, levels=view.levels).astype(int)

    view, result = colored()
    monkeypatch.setattr(merge, "_gray_of", lambda pixels: None)
    expected_view, expected = colored()
    np.testing.assert_array_equal(view.levels, expected_view.levels)
    np.testing.assert_allclose(view.L, expected_view.L, atol=1e-4)
    assert np.abs(result - expected).max() <= 1
    assert (result != expected).mean() <= 1e-3


def test_a_photo_that_shows_nothing_is_seen_as_white_paper(narrow_strips):
    image = gray_photo(61, 90, 195, 205)
    view = merge.network_view(image, (32, 47), stretches=True)
    assert view.levels is None and view.L.dtype == np.float32
    np.testing.assert_array_equal(view.L, np.full((32, 47, 1), 100.0))
    plain = merge.network_view(image, (32, 47))
    assert plain.L.max() < 85.0


def test_color_of_a_faded_photo_is_that_of_its_stretched_copy(narrow_strips):
    image, ab = gray_photo(61, 90, 80, 170), small_ab(61, 90, 15.0)
    view = merge.network_view(image, (32, 47), stretches=True)
    result = merged(image, ab, levels=view.levels).astype(int)
    colors = at_once(luminance.stretch_contrast(image), ab)
    expected = luminance.color_8_bit(image, colors)
    # `expected` was rounded to 8 bits once more on its way.
    assert (np.abs(result - expected) <= 1).mean() >= 0.995
    gray = luminance.luminance(image)
    kept = luminance.luminance(result.astype(np.uint8))
    assert np.abs(kept - gray).max() < 0.006


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize(("low", "scale"), [(0, 250), (24_000, 100)])
def test_16_bits_keep_luminance_and_get_the_color_of_8_bits(
    channels, low, scale
):
    rng = np.random.default_rng(6)
    image = rng.integers(0, 250, (61, 90, channels), dtype=np.uint16)
    gray = np.random.default_rng(8).integers(0, 256, (61, 90, 1))
    image[..., :3] += (gray * scale + low).astype(np.uint16)
    ab = small_ab(61, 90, 12.0)
    eight = ((image[..., :3].astype(np.uint32) + 128) // 257).astype(np.uint8)
    levels = merge.network_view(eight, (32, 47), stretches=True).levels
    assert (levels is not None) == (low > 0)
    result = merged(image, ab, levels=levels)
    np.testing.assert_array_equal(result[..., 3:], image[..., 3:])
    Y = luminance.luminance(image[..., :3])
    np.testing.assert_allclose(
        luminance.luminance(result[..., :3]), Y, atol=2e-5
    )
    in_8_bits = merged(eight, ab, levels=levels)
    rounded = np.rint(result[..., :3] / 257.0)
    # Of levels that differ by one, a faded photo makes three.
    assert (np.abs(rounded - in_8_bits) <= 1).mean() >= 0.99


def test_limited_chroma_is_that_of_a_photo(image):
    L = luminance.image_to_L(image)
    rng = np.random.default_rng(7)
    ab = rng.normal(0.0, 60.0, (*L.shape[:2], 2)).astype(np.float32)
    limited = merge.limit_to_srgb(L, ab)
    photo = luminance.keep_lightness(image, merge.merge_L_and_ab(L, ab))
    lab = rgb2lab(photo)
    # Rounding of three channels moves ab of dark colors by some 2.
    assert np.abs(limited - lab[..., 1:])[lab[..., 0] > 20].max() < 2.0
    inside = rng.normal(0.0, 2.0, ab.shape).astype(np.float32)
    middle = np.full_like(L, 50.0)
    np.testing.assert_array_equal(merge.limit_to_srgb(middle, inside), inside)
