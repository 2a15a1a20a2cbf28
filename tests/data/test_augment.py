import numpy as np
import pytest
import tensorflow as tf

from keras_colorize.data import augment


def _window(photo, crop, zoom, offset):
    corner, window = augment.crop_window(
        tf.constant(photo), crop, tf.constant(zoom), tf.constant(offset)
    )
    return corner.numpy().tolist(), window.numpy().tolist()


def test_window_at_zoom_one_is_the_crop_itself():
    assert _window((30, 50), (8, 16), 1.0, (0.0, 0.0)) == ([0, 0], [8, 16])


def test_window_reaches_the_last_place_and_not_further():
    corner, window = _window((30, 50), (8, 16), 1.0, (0.9999, 0.9999))
    assert (corner, window) == ([22, 34], [8, 16])  # 30 - 8, 50 - 16


def test_zoom_in_takes_a_smaller_window_and_zoom_out_a_larger_one():
    assert _window((30, 50), (8, 16), 2.0, (0.0, 0.0))[1] == [4, 8]
    assert _window((30, 50), (8, 16), 0.5, (0.0, 0.0))[1] == [16, 32]


def test_photo_smaller_than_the_crop_is_enlarged_to_cover_it():
    # 10 x 50 for a crop of 20 x 40: zoom 2, so the window is 10 x 20.
    assert _window((10, 50), (20, 40), 1.0, (0.5, 0.0))[1] == [10, 20]


@pytest.mark.parametrize("photo", [(1, 1), (1, 200), (200, 1)])
def test_window_stays_inside_one_pixel_wide_photos(photo):
    corner, window = _window(photo, (8, 16), 1.0, (0.99, 0.99))
    assert min(window) >= 1
    assert all(
        c + w <= p for c, w, p in zip(corner, window, photo, strict=True)
    )
    image = tf.zeros((*photo, 3), tf.uint8)
    crop = augment.crop_and_resize(image, corner, window, (8, 16))
    assert crop.shape == (8, 16, 3)


def test_crop_without_resizing_keeps_pixels(photo_maker):
    pixels = photo_maker.pixels(24, 40)
    crop = augment.crop_and_resize(pixels, [3, 5], [8, 16], (8, 16))
    np.testing.assert_array_equal(crop, pixels[3:11, 5:21])


def test_resizing_is_antialiased():
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    small = augment.resize_uint8(stripes, (16, 16)).numpy().astype(int)
    # Without antialiasing some columns would be black or white.
    assert np.abs(small[:, 2:-2] - 127.5).max() <= 16


def test_enlarging_without_antialiasing_changes_nothing(photo_maker):
    pixels = photo_maker.pixels(10, 14)
    plain = augment.resize_uint8(pixels, (21, 40)).numpy().astype(int)
    slow = tf.image.resize(pixels, (21, 40), antialias=True)
    assert np.abs(plain - slow.numpy()).max() <= 0.501  # rounding alone


def test_zoom_brings_the_shorter_side_to_the_length():
    size = tf.constant((30, 50))
    assert float(augment.zoom_for_short_side(size, 60)) == 2.0
    assert float(augment.zoom_for_short_side(size, None)) == 1.0


def test_draws_depend_on_seed_and_index_alone():
    def draw(seed, index):
        seed = tf.constant(seed, tf.int64)
        index = tf.constant(index, tf.int64)
        scale, offset, _ = augment.draw_augmentation(
            seed, index, 0.5, 2.0, True
        )
        return (float(scale), *offset.numpy().tolist())

    assert draw(1, 7) == draw(1, 7)
    assert draw(1, 7) != draw(2, 7)
    assert draw(1, 7) != draw(1, 8)


def test_draws_cover_their_ranges():
    indices = tf.range(400, dtype=tf.int64)

    def draw(index):
        return augment.draw_augmentation(
            tf.constant(3, tf.int64), index, 0.5, 2.0, True
        )

    dataset = tf.data.Dataset.from_tensor_slices(indices).map(draw).batch(400)
    scale, offset, mirrored = next(dataset.as_numpy_iterator())
    assert 0.5 <= scale.min() < 0.55 and 1.8 < scale.max() <= 2.0
    assert abs(np.log(scale).mean()) < 0.1  # log-uniform around 1
    assert 0.0 <= offset.min() and offset.max() < 1.0
    assert 0.4 < mirrored.mean() < 0.6


def test_flip_can_be_switched_off():
    for index in range(20):
        _, _, mirrored = augment.draw_augmentation(
            tf.constant(0, tf.int64), tf.constant(index, tf.int64), 1, 1, False
        )
        assert not mirrored
