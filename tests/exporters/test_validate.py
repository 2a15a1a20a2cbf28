import numpy as np
import pytest

from keras_colorize.exporters.validate import ExportMismatchError
from keras_colorize.exporters.validate import check_agreement
from keras_colorize.exporters.validate import make_images
from keras_colorize.exporters.validate import parse_size

DEFAULTS = {"strength": 1.0}
NO_HINTS = np.array([[[0, 0, -1, 0, 0]]], np.float32)


def invert(image, strength=1.0):
    return 255 - image


def tinted(image, strength=1.0):
    """Levels that are no whole numbers, none of them near a half."""
    return np.clip(image - np.float32(3.4), 0, 255)


def invert_with_hints(image, hints=None):
    return invert(image)


def half_ab(L, temperature=0.38):
    return np.concatenate([L, 0.5 * L], axis=-1) * np.float32(temperature)


def test_equal_functions_agree_at_two_sizes_and_two_batches():
    calls = []

    def record(image, **options):
        calls.append((image.shape, sorted(options)))
        return invert(image)

    agreement = check_agreement(invert, record, "photo", DEFAULTS)
    assert agreement.num_comparisons == 4
    assert agreement.max_difference == 0.0
    shapes = [shape for shape, _ in calls]
    assert len({shape[1:3] for shape in shapes}) == 2
    assert all(shape[1] != shape[2] for shape in shapes)
    assert {shape[0] for shape in shapes} == {1, 2}
    # Optional inputs are left out once and given once.
    assert {tuple(options) for _, options in calls} == {(), ("strength",)}


def test_fixed_size_is_compared_at_that_size_only():
    agreement = check_agreement(invert, invert, "photo", DEFAULTS, (40, 40))
    assert agreement.num_comparisons == 2


def test_either_side_of_a_half_is_rounding():
    def near_a_half(image, **options):
        return np.minimum(image, 254) + np.float32(0.505)

    def rounded_down(image, **options):
        return np.minimum(image, 254)

    agreement = check_agreement(near_a_half, rounded_down, "photo", DEFAULTS)
    assert agreement.max_difference == 1.0
    assert agreement.max_unrounded == pytest.approx(0.005, abs=1e-4)
    assert agreement.share_different == 1.0
    assert agreement.summary() == (
        "4 comparisons with Keras, largest difference 1 (0.005 beyond rounding)"
    )


def test_a_level_that_is_not_rounding_is_refused_on_one_pixel():
    def off_by_one(image, **options):
        result = np.rint(tinted(image)).astype(np.uint8)
        result[0, 3, 5, 1] += 1  # from 0.4 levels above to 1.4
        return result

    with pytest.raises(
        ExportMismatchError, match=r"0\.9 levels .* beyond rounding.* are 0\.1"
    ):
        check_agreement(tinted, off_by_one, "photo", DEFAULTS)


def test_a_small_shift_is_taken_on_few_pixels_only():
    def near_a_half(image, **options):
        return np.minimum(image, 254) + np.float32(0.45)

    def shifted(every):
        def function(image, **options):
            result = np.minimum(image, 254)
            result[:, ::every, ::every] += 1  # 0.55 off
            return result

        return function

    agreement = check_agreement(near_a_half, shifted(50), "photo", DEFAULTS)
    assert agreement.max_unrounded == pytest.approx(0.05, abs=1e-4)
    with pytest.raises(
        ExportMismatchError, match=r"more than 0\.01 on 1\.\d+% .* 0\.1%"
    ):
        check_agreement(near_a_half, shifted(10), "photo", DEFAULTS)


def test_two_levels_on_one_pixel_are_refused():
    def off_by_two(image, **options):
        result = invert(image, **options).copy()
        result[0, 3, 5] ^= 2
        return result

    with pytest.raises(ExportMismatchError, match="Worst difference: 1.5 lev"):
        check_agreement(invert, off_by_two, "photo", DEFAULTS)


def test_ab_is_compared_in_cie_units():
    def shifted(L, **options):
        return half_ab(L, **options) + np.float32(0.05)

    agreement = check_agreement(half_ab, half_ab, "ab", {"temperature": 0.38})
    assert agreement.max_difference == 0.0
    with pytest.raises(ExportMismatchError, match="0.05 CIE units"):
        check_agreement(half_ab, shifted, "ab", {"temperature": 0.38})


def test_an_ignored_optional_input_is_found():
    def scaled(image, strength=1.0):
        return image * np.float32(strength)

    def ignores(image, strength=1.0):
        return image

    with pytest.raises(ExportMismatchError):
        check_agreement(scaled, ignores, "photo", DEFAULTS)


def test_other_shapes_dtypes_and_not_a_number_are_refused():
    def cropped(image, **options):
        return invert(image)[:, 1:]

    def floating(image, **options):
        return invert(image).astype(np.float32)

    def nan(L, **options):
        return half_ab(L) * np.float32(np.nan)

    for wrong in (cropped, floating):
        with pytest.raises(ExportMismatchError, match="it returns"):
            check_agreement(invert, wrong, "photo", DEFAULTS)
    with pytest.raises(ExportMismatchError, match="not finite"):
        check_agreement(nan, nan, "ab", {})
    with pytest.raises(ExportMismatchError, match="not finite"):
        check_agreement(
            lambda image, **options: image * np.float32(np.nan),
            invert,
            "photo",
            DEFAULTS,
        )


def test_hints_are_given_at_places_of_the_image():
    seen = []

    def record(image, hints=None):
        seen.append((image.shape, hints))
        return invert(image)

    check_agreement(record, invert_with_hints, "photo", {"hints": NO_HINTS})
    assert [hints is None for _, hints in seen] == [True, False] * 2
    for shape, hints in seen[1::2]:
        assert hints.shape == (shape[0], 6, 5)
        assert hints.dtype == np.float32
        x, y, radius, a, b = np.moveaxis(hints, -1, 0)
        assert (0 <= x).all() and (x < shape[2]).all()
        assert (0 <= y).all() and (y < shape[1]).all()
        assert 0 < radius.min() < 1 < radius.max()
        assert np.abs([a, b]).max() < 100


def test_ignored_hints_are_found():
    def follows(image, hints=NO_HINTS):
        return invert(image) + np.uint8(hints[0, -1, 2] > 0)

    with pytest.raises(ExportMismatchError):
        check_agreement(
            follows, invert_with_hints, "photo", {"hints": NO_HINTS}
        )


def test_generated_photos_reach_the_corners_of_the_gamut():
    photos = make_images(2, 76, 113, "photo")
    assert photos.dtype == np.uint8
    assert photos.min() == 0
    assert photos.max() == 255
    np.testing.assert_array_equal(photos, make_images(2, 76, 113, "photo"))
    L = make_images(1, 30, 41, "ab")
    assert L.shape == (1, 30, 41, 1)
    assert 0.0 <= L.min() < L.max() <= 100.0


def test_size_is_dynamic_or_pixels():
    assert parse_size("dynamic") is None
    assert parse_size(96) == (96, 96)
    for wrong in ("96", 0, -8, 1.5, True, None):
        with pytest.raises(ValueError, match="`size` must be"):
            parse_size(wrong)


def test_mean_difference_counts_alone_where_it_is_given():
    def far_off_in_one_corner(image, **_):
        result = 255 - image
        result[:, 0, 0] = image[:, 0, 0]
        return result

    with pytest.raises(ExportMismatchError, match="Worst difference"):
        check_agreement(invert, far_off_in_one_corner, "photo", DEFAULTS)
    agreement = check_agreement(
        invert, far_off_in_one_corner, "photo", DEFAULTS, max_mean=1.0
    )
    assert agreement.max_difference > 10

    def two_units_off(L, temperature=0.38):
        return half_ab(L, temperature=temperature) + 2.0

    with pytest.raises(
        ExportMismatchError, match="2 CIE units of ab in the mean; .* are 1"
    ):
        check_agreement(
            half_ab, two_units_off, "ab", {"temperature": 0.38}, max_mean=1.0
        )
