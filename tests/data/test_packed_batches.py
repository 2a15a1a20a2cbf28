import dataclasses
import itertools

import numpy as np
import pytest
import tensorflow as tf
from skimage.color import rgb2lab

from keras_colorize.data import augment
from keras_colorize.data.degradation import Degradation
from keras_colorize.data.packed import PackedWriter
from keras_colorize.data.packed import read_packed
from keras_colorize.data.packed_batches import PackedBatches
from keras_colorize.data.packed_batches import cut_crop
from keras_colorize.data.packed_batches import shuffled_position
from keras_colorize.data.pipeline import evaluation_dataset
from keras_colorize.data.pipeline import training_dataset
from keras_colorize.data.pipeline_config import HintSimulation
from keras_colorize.data.pipeline_config import PipelineConfig

SMALL = {"crop_size": (16, 24), "batch_size": 3, "seed": 5}


@pytest.fixture
def photos(tmp_path, photo_maker):
    """7 photos of 24 x 40 pixels."""
    with PackedWriter(tmp_path / "packed") as writer:
        for number in range(7):
            pixels = photo_maker.pixels(24, 40, seed=number)
            writer.add(pixels, f"{number}", "train")
    return read_packed(tmp_path / "packed")


def arrays(batches, number=10):
    return [
        (np.asarray(L), np.asarray(truth))
        for L, truth in itertools.islice(batches, number)
    ]


def assert_same(left, right):
    assert len(left) == len(right) > 0
    for one, other in zip(left, right, strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])


def training(photos, **changes):
    return PackedBatches(photos, PipelineConfig(**SMALL | changes), True)


def test_batches_are_L_and_subsampled_ab_in_cie_units(photos):
    config = PipelineConfig(**SMALL)
    L, ab = PackedBatches(photos, config, training=False)[0]
    assert L.shape == (3, 16, 24, 1) and ab.shape == (3, 4, 6, 2)
    # The central crop of 24 x 40 begins at row 4 and column 8.
    lab = rgb2lab(photos.image(1)[4:20, 8:32])
    np.testing.assert_allclose(L[1], lab[..., :1], atol=1e-3)
    np.testing.assert_allclose(ab[1], lab[::4, ::4, 1:], atol=1e-3)


def test_evaluation_equals_that_of_tf_data(photos):
    config = PipelineConfig(**SMALL)
    ours = arrays(PackedBatches(photos, config, training=False))
    assert [len(L) for L, _ in ours] == [3, 3, 1]
    assert_same(ours, arrays(evaluation_dataset(photos, config)))


def test_training_batches_have_the_structure_of_tf_data(photos):
    for kind in ("ab", "uv", "rgb", "ab_and_q_logits"):
        config = PipelineConfig(**SMALL, output_kind=kind)
        ours = PackedBatches(photos, config, training=True)[0]
        theirs = next(iter(training_dataset(photos, config)))
        tf.nest.assert_same_structure(ours, theirs)
        for one, other in zip(
            tf.nest.flatten(ours), tf.nest.flatten(theirs), strict=True
        ):
            assert one.shape == other.shape and one.dtype == other.dtype


def test_stream_can_start_anywhere(photos):
    batches = training(
        photos, min_scale=0.8, max_scale=1.3, degradation=Degradation()
    )
    whole = arrays(batches.stream(), 7)
    assert_same(whole[4:], arrays(batches.stream(start_step=4), 3))
    assert_same(whole[6:], [tuple(map(np.asarray, batches[6]))])
    assert len(arrays(batches.stream(10**12), 1)) == 1
    other = training(photos, seed=6, min_scale=0.8, max_scale=1.3)
    assert np.abs(np.asarray(other[0][0]) - whole[0][0]).max() > 1


@pytest.mark.parametrize("is_training", [True, False])
def test_shards_are_parts_of_the_same_batches(photos, is_training):
    changes = {**SMALL, "degradation": Degradation(), "max_scale": 1.3}
    whole = PipelineConfig(**changes | {"batch_size": 4})
    whole = arrays(PackedBatches(photos, whole, is_training), 3)
    part = PipelineConfig(**changes | {"batch_size": 2})
    parts = [
        arrays(PackedBatches(photos, part, is_training, shard=(i, 2)), 3)
        for i in (0, 1)
    ]
    assert [len(L) for L, _ in whole] == ([4, 4, 4] if is_training else [4, 3])
    for i in (0, 1):
        assert_same(parts[i], [(L[i::2], ab[i::2]) for L, ab in whole])


def test_single_pass_can_be_read_twice_and_ends(photos):
    batches = PackedBatches(photos, PipelineConfig(**SMALL), False)
    assert_same(arrays(batches), arrays(batches))
    assert batches.num_batches == 3
    for step in (3, 4):
        with pytest.raises(IndexError):
            batches[step]
    assert training(photos).num_batches is None


@pytest.mark.parametrize("num_photos", [1, 2, 1000])
def test_each_photo_occurs_once_an_epoch(num_photos):
    epochs = []
    for epoch in range(2):
        indices = range(epoch * num_photos, (epoch + 1) * num_photos)
        epochs.append([shuffled_position(i, num_photos, 3) for i in indices])
        assert sorted(epochs[-1]) == list(range(num_photos))
    assert num_photos < 1000 or epochs[0] != epochs[1]


@pytest.mark.parametrize("photo", [(24, 40), (40, 17), (3, 90), (300, 200)])
@pytest.mark.parametrize("resize_short", [None, 20, 50])
@pytest.mark.parametrize("scale", [0.5, 1.0, 1.7])
def test_window_is_that_of_tf_data(photo, resize_short, scale):
    # A photo whose pixels say where they are.
    rows, columns = np.indices(photo)
    image = np.stack([rows % 256, columns % 256, rows * 0], -1)
    image = image.astype(np.uint8)
    offset = (0.3, 0.9)
    zoom = augment.zoom_for_short_side(photo, resize_short) * scale
    corner, window = augment.crop_window(photo, (16, 24), zoom, offset)
    (top, left), (height, width) = corner.numpy(), window.numpy()
    expected = image[top : top + height, left : left + width]
    crop = cut_crop(image, (16, 24), resize_short, scale, offset)
    assert crop.shape == (16, 24, 3)
    if (height, width) == (16, 24):
        np.testing.assert_array_equal(crop, expected)
    else:
        # Resizing keeps the mean where the window has no 255 -> 0 step.
        if expected[..., 0].min() < expected[..., 0].max() < 255:
            difference = crop[..., 0].mean() - expected[..., 0].mean()
            assert abs(difference) < 1.5


def test_flip_mirrors_half_of_the_crops(photos):
    options = {"crop_size": (24, 40), "batch_size": 40, "output_stride": 1}
    one = photos.select([0])
    L, _ = training(one, **options)[0]
    upright, _ = training(one, **options, flip=False)[0]
    upright = np.asarray(upright)
    assert (upright == upright[:1]).all()
    mirrored = [np.array_equal(x, upright[0, :, ::-1]) for x in np.asarray(L)]
    same = [np.array_equal(x, upright[0]) for x in np.asarray(L)]
    assert sum(mirrored) + sum(same) == 40
    assert 8 < sum(mirrored) < 32


def test_degradation_changes_L_and_leaves_the_truth(photos):
    aged = Degradation(probability=1.0)
    L, ab = training(photos)[0]
    aged_L, aged_ab = training(photos, degradation=aged)[0]
    np.testing.assert_array_equal(ab, aged_ab)
    assert np.abs(np.asarray(L) - np.asarray(aged_L)).max() > 1
    untouched = Degradation(probability=0.0)
    rounded_L, _ = training(photos, degradation=untouched)[0]
    # As it is in a gray photo of 8 bits.
    np.testing.assert_allclose(rounded_L, L, atol=0.3)


def test_degradation_is_the_same_in_tf_data(photos):
    one = photos.select([0])
    config = PipelineConfig(
        crop_size=(24, 40),
        batch_size=4,
        flip=False,
        degradation=Degradation(probability=1.0),
    )
    L, _ = PackedBatches(one, config, training=True)[2]
    other_L, _ = next(iter(training_dataset(one, config, start_step=2)))
    np.testing.assert_array_equal(L, other_L)


def test_paper_is_neutral_in_L_and_truth_and_the_same_in_tf_data(photos):
    config = PipelineConfig(
        crop_size=(24, 40), batch_size=4, flip=False, paper=1.0
    )
    one = photos.select([0])
    L, ab = PackedBatches(one, config, training=True)[2]
    other_L, other_ab = next(iter(training_dataset(one, config, start_step=2)))
    np.testing.assert_allclose(L, other_L, atol=1e-3)
    np.testing.assert_allclose(ab, other_ab, atol=1e-3)
    # The corner is paper in each sample, whatever is in the middle.
    assert np.abs(np.asarray(ab)[:, 0, 0]).max() < 0.1


def test_hints_are_refused(photos):
    config = PipelineConfig(
        crop_size=(16, 24), output_stride=1, hints=HintSimulation()
    )
    with pytest.raises(ValueError, match="simulated by `data.pipeline`"):
        PackedBatches(photos, config, training=True)


def test_a_network_that_takes_hints_gets_none(photos):
    config = PipelineConfig(crop_size=(16, 24), batch_size=3)
    bare = dataclasses.replace(
        config, hints=HintSimulation(stop_probability=1.0)
    )
    L, ab = PackedBatches(photos, config, training=True)[0]
    inputs, truth = PackedBatches(photos, bare, training=True)[0]
    np.testing.assert_array_equal(inputs["L"], L)
    np.testing.assert_array_equal(truth, ab)
    assert inputs["ab_hint"].shape == (3, 16, 24, 2)
    assert inputs["hint_mask"].shape == (3, 16, 24, 1)
    assert not np.any(inputs["ab_hint"]) and not np.any(inputs["hint_mask"])


def test_no_photo_is_an_error(photos):
    with pytest.raises(ValueError, match="at least one photo"):
        PackedBatches(photos.select([]), PipelineConfig(), training=True)
