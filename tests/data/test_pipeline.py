import numpy as np
import pytest
from skimage.color import rgb2lab

from keras_colorize.data.arrays import ArrayPhotos
from keras_colorize.data.degradation import Degradation
from keras_colorize.data.memory import MemoryPhotos
from keras_colorize.data.memory import as_photo_source
from keras_colorize.data.photo_list import PhotoList
from keras_colorize.data.pipeline import PipelineConfig
from keras_colorize.data.pipeline import evaluation_dataset
from keras_colorize.data.pipeline import shuffled_position
from keras_colorize.data.pipeline import training_dataset
from keras_colorize.data.pipeline_config import HintSimulation
from tests import helpers

SMALL = {"crop_size": (16, 24), "batch_size": 3, "seed": 5}


def _batches(dataset, number):
    return [(L.numpy(), ab.numpy()) for L, ab in dataset.take(number)]


def _assert_same(left, right):
    assert len(left) == len(right)
    for (L1, ab1), (L2, ab2) in zip(left, right, strict=True):
        np.testing.assert_array_equal(L1, L2)
        np.testing.assert_array_equal(ab1, ab2)


def _photo_numbers(batches, paths):
    """Which photo of `photo_maker.numbered` each sample is, by its color."""
    config = PipelineConfig(crop_size=(16, 24), batch_size=len(paths))
    _, truth = next(iter(evaluation_dataset(paths, config)))
    colors = truth.numpy()[:, 0, 0]
    samples = np.concatenate([ab[:, 0, 0] for _, ab in batches])
    distances = np.abs(samples[:, None] - colors[None]).sum(axis=-1)
    return distances.argmin(axis=1).tolist()


@pytest.mark.parametrize("cache", ["none", "memory"])
def test_batches_are_L_and_subsampled_ab_in_cie_units(photo_maker, cache):
    paths = [photo_maker.photo(f"{i}.png", seed=i) for i in range(2)]
    config = PipelineConfig(crop_size=(16, 24), batch_size=2, cache=cache)
    L, ab = next(iter(evaluation_dataset(paths, config)))
    assert L.shape == (2, 16, 24, 1) and ab.shape == (2, 4, 6, 2)
    # The central crop of 24 x 40 begins at row 4 and column 8.
    crop = photo_maker.pixels(24, 40, seed=1)[4:20, 8:32]
    lab = rgb2lab(crop)
    np.testing.assert_allclose(L[1], lab[..., :1], atol=1e-3)
    np.testing.assert_allclose(ab[1], lab[::4, ::4, 1:], atol=1e-3)


@pytest.mark.parametrize("cache", ["none", "memory"])
def test_same_seed_gives_same_batches(photo_maker, cache):
    paths = [photo_maker.photo(f"{i}.png", seed=i) for i in range(5)]
    config = PipelineConfig(
        **SMALL, cache=cache, resize_short=20, min_scale=0.8, max_scale=1.3
    )
    first = _batches(training_dataset(paths, config), 4)
    _assert_same(first, _batches(training_dataset(paths, config), 4))


def test_another_seed_gives_other_batches(photo_maker):
    paths = [photo_maker.photo(f"{i}.png", seed=i) for i in range(5)]
    (one,) = _batches(training_dataset(paths, PipelineConfig(**SMALL)), 1)
    other = PipelineConfig(**(SMALL | {"seed": 6}))
    (two,) = _batches(training_dataset(paths, other), 1)
    assert np.abs(one[0] - two[0]).max() > 1


def test_start_step_equals_skipping_batches(photo_maker):
    paths = [photo_maker.photo(f"{i}.png", seed=i) for i in range(5)]
    config = PipelineConfig(**SMALL, min_scale=0.8, max_scale=1.3)
    whole = _batches(training_dataset(paths, config), 7)
    resumed = _batches(training_dataset(paths, config, start_step=4), 3)
    _assert_same(whole[4:], resumed)


def test_start_step_far_away_costs_nothing(photo_maker):
    paths = [photo_maker.photo("a.png")]
    dataset = training_dataset(
        paths, PipelineConfig(**SMALL), start_step=10**12, num_steps=1
    )
    assert len(_batches(dataset, 2)) == 1


def test_each_photo_occurs_once_an_epoch(photo_maker):
    paths = photo_maker.numbered(7)
    # 7 photos in batches of 3: batches run on over the end of an epoch.
    batches = _batches(training_dataset(paths, PipelineConfig(**SMALL)), 7)
    numbers = _photo_numbers(batches, paths)
    epochs = [numbers[i : i + 7] for i in (0, 7, 14)]
    assert all(sorted(epoch) == list(range(7)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) > 1


@pytest.mark.parametrize("num_photos", [1, 2, 3, 1000])
def test_shuffle_is_a_permutation(num_photos):
    for epoch in range(2):
        indices = range(epoch * num_photos, (epoch + 1) * num_photos)
        if num_photos > 3:
            indices = list(indices)[:50]
        positions = [int(shuffled_position(i, num_photos, 3)) for i in indices]
        assert len(set(positions)) == len(positions)
        assert 0 <= min(positions) and max(positions) < num_photos


def test_shards_partition_the_stream(photo_maker):
    paths = photo_maker.numbered(6)
    config = PipelineConfig(**SMALL)
    shards = [
        training_dataset(paths, config, num_steps=1, shard=(index, 2))
        for index in range(2)
    ]
    numbers = [_photo_numbers(_batches(shard, 2), paths) for shard in shards]
    assert sorted(numbers[0] + numbers[1]) == list(range(6))
    whole = _photo_numbers(
        _batches(training_dataset(paths, config, num_steps=2), 2), paths
    )
    assert whole[0::2] == numbers[0] and whole[1::2] == numbers[1]


def test_num_steps_ends_the_stream(photo_maker):
    paths = [photo_maker.photo("a.png")]
    dataset = training_dataset(paths, PipelineConfig(**SMALL), num_steps=4)
    assert [len(L) for L, _ in dataset] == [3, 3, 3, 3]
    assert int(dataset.cardinality()) == 4


def test_evaluation_keeps_order_and_the_last_partial_batch(photo_maker):
    paths = photo_maker.numbered(7)
    dataset = evaluation_dataset(paths, PipelineConfig(**SMALL))
    batches = _batches(dataset, 10)
    assert [len(L) for L, _ in batches] == [3, 3, 1]
    assert _photo_numbers(batches, paths) == list(range(7))


def test_flip_mirrors_the_crop(photo_maker):
    paths = [photo_maker.photo("a.png", height=16, width=24)]
    config = PipelineConfig(crop_size=(16, 24), batch_size=20, output_stride=1)
    # Photo and crop have the same size: only the flip is left to chance.
    ((L, _),) = _batches(training_dataset(paths, config), 1)
    ((upright, _),) = _batches(evaluation_dataset(paths, config), 1)
    mirrored = [np.array_equal(x, upright[0, :, ::-1]) for x in L]
    same = [np.array_equal(x, upright[0]) for x in L]
    assert any(mirrored) and any(same)
    assert all(m or s for m, s in zip(mirrored, same, strict=True))
    still = PipelineConfig(crop_size=(16, 24), batch_size=20, flip=False)
    ((L, _),) = _batches(training_dataset(paths, still), 1)
    assert all(np.array_equal(x, upright[0]) for x in L)


def test_scale_augmentation_changes_the_result(photo_maker):
    paths = [photo_maker.photo("a.png")]
    plain = PipelineConfig(**SMALL)
    zoomed = PipelineConfig(**SMALL, min_scale=1.5, max_scale=1.5)
    (one,) = _batches(training_dataset(paths, plain), 1)
    (two,) = _batches(training_dataset(paths, zoomed), 1)
    assert np.abs(one[0] - two[0]).max() > 1


def test_memory_keeps_photos_no_larger_than_needed(photo_maker):
    paths = [photo_maker.photo("large.png", 48, 80), photo_maker.photo("s.png")]
    photos = MemoryPhotos(PhotoList.of_paths(paths), storage_short=24)
    assert photos.load(0).shape == (24, 40, 3)
    assert photos.load(1).shape == (24, 40, 3)
    assert photos.num_bytes == 2 * 24 * 40 * 3
    pixels = photo_maker.pixels(24, 40)
    np.testing.assert_array_equal(photos.load(1), pixels)


def test_one_pixel_wide_photo_goes_through(photo_maker):
    paths = [photo_maker.photo("line.png", 1, 200)]
    with pytest.warns(UserWarning, match="1 of 1 photos are smaller"):
        stream = training_dataset(paths, PipelineConfig(**SMALL), num_steps=1)
    ((L, ab),) = _batches(stream, 1)
    assert np.isfinite(L).all() and np.isfinite(ab).all()


def test_no_photo_is_an_error():
    with pytest.raises(ValueError, match="at least one photo"):
        training_dataset([], PipelineConfig(**SMALL))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"crop_size": (16, 22)}, "multiples of output_stride"),
        ({"crop_size": (16, 24, 3)}, "height, width"),
        ({"crop_size": 0}, "height, width"),
        ({"batch_size": 0}, "batch_size"),
        ({"min_scale": 1.2, "max_scale": 1.1}, "min_scale"),
        ({"resize_short": 0}, "resize_short"),
        ({"cache": "disk"}, "cache='disk'"),
    ],
)
def test_config_refuses_bad_values(arguments, message):
    with pytest.raises(ValueError, match=message):
        PipelineConfig(**arguments)


@pytest.mark.parametrize(
    "arguments",
    [{"start_step": -1}, {"num_steps": 0}, {"shard": (2, 2)}],
)
def test_stream_refuses_bad_values(arguments):
    with pytest.raises(ValueError, match="Received"):
        training_dataset(["a.jpg"], PipelineConfig(**SMALL), **arguments)


def test_one_int_means_a_square_crop():
    assert PipelineConfig(crop_size=64).crop_size == (64, 64)


# === Hints ===


@pytest.fixture
def photo_paths(photo_maker):
    return [photo_maker.photo(f"{i}.png", seed=i) for i in range(5)]


def hint_config(**changes):
    settings = dict(
        crop_size=(24, 32),
        batch_size=3,
        output_kind="ab_and_q_logits",
        output_stride=1,
        hints=HintSimulation(num_patches=4, largest_patch=5),
        seed=7,
    )
    return PipelineConfig(**{**settings, **changes})


def test_hints_come_with_the_photo_and_agree_with_its_truth(photo_paths):
    inputs, truth = next(iter(training_dataset(photo_paths, hint_config())))
    assert inputs["L"].shape == (3, 24, 32, 1)
    assert inputs["ab_hint"].shape == truth["ab"].shape == (3, 24, 32, 2)
    assert truth["q_logits"].shape == (3, 6, 8, 2)
    mask = np.asarray(inputs["hint_mask"])
    assert set(np.unique(mask)) == {0.0, 1.0}
    # A hint is a mean of the truth: inside its range.
    for hint, on, ab in zip(inputs["ab_hint"], mask, truth["ab"], strict=True):
        hinted = np.asarray(hint)[on[..., 0] > 0]
        assert (hinted >= np.asarray(ab).min((0, 1)) - 1e-3).all()
        assert (hinted <= np.asarray(ab).max((0, 1)) + 1e-3).all()


def test_hints_of_a_resumed_stream_are_those_of_the_whole(photo_paths):
    whole = [*training_dataset(photo_paths, hint_config(), num_steps=3)]
    rest = training_dataset(photo_paths, hint_config(), start_step=2)
    inputs, _ = next(iter(rest))
    np.testing.assert_array_equal(inputs["ab_hint"], whole[2][0]["ab_hint"])
    other = training_dataset(photo_paths, hint_config(seed=8), start_step=2)
    assert np.any(next(iter(other))[0]["hint_mask"] != inputs["hint_mask"])


def test_evaluation_has_the_same_hints_each_time(photo_paths):
    first, second = (
        next(iter(evaluation_dataset(photo_paths, hint_config())))[0]
        for _ in range(2)
    )
    np.testing.assert_array_equal(first["hint_mask"], second["hint_mask"])


def test_hints_of_a_coarse_truth_are_colors_of_single_pixels(photo_paths):
    fine = hint_config(output_kind="q_logits")
    coarse = hint_config(
        output_kind="q_logits", output_stride=4, average_truth=True
    )
    (fine_inputs, ab), (inputs, means) = (
        next(iter(training_dataset(photo_paths, c))) for c in (fine, coarse)
    )
    np.testing.assert_array_equal(inputs["ab_hint"], fine_inputs["ab_hint"])
    assert np.any(inputs["hint_mask"])
    cells = np.asarray(ab).reshape(3, 6, 4, 8, 4, 2)
    np.testing.assert_allclose(means, cells.mean((2, 4)), atol=1e-3)


@pytest.mark.parametrize("kind", ["uv", "rgb"])
def test_hints_need_a_truth_of_ab(kind):
    with pytest.raises(ValueError, match="ab_and_q_logits, q_logits with"):
        hint_config(output_kind=kind)


# === Degradation ===


def test_degradation_is_resumed_exactly_and_leaves_the_truth(photo_paths):
    clean = PipelineConfig(**SMALL)
    aged = PipelineConfig(**SMALL, degradation=Degradation(probability=1.0))
    whole = _batches(training_dataset(photo_paths, aged), 3)
    rest = training_dataset(photo_paths, aged, start_step=1)
    _assert_same(whole[1:], _batches(rest, 2))
    ((L, ab),) = _batches(training_dataset(photo_paths, clean), 1)
    np.testing.assert_array_equal(whole[0][1], ab)
    assert np.abs(whole[0][0] - L).max() > 1
    same = [*evaluation_dataset(photo_paths, aged)]
    _assert_same(same, [*evaluation_dataset(photo_paths, clean)])


@pytest.mark.parametrize(
    "changes", [{"degradation": Degradation()}, {"paper": 0.1}]
)
def test_eight_bit_lab_is_not_degraded(changes):
    images = np.zeros((2, 16, 24, 3), np.uint8)
    photos = ArrayPhotos("made", (images,), "lab8", (0, 1))
    config = PipelineConfig(**SMALL, **changes)
    with pytest.raises(ValueError, match="need sRGB photos"):
        training_dataset(photos, config)


# === A folder, and photos that are too small ===


def test_a_folder_trains_and_validates_with_different_photos(tmp_path):
    for i in range(60):
        helpers.write_photo(
            tmp_path / f"{i}.png", helpers.textured_photo(24, 32, i)
        )
    config = PipelineConfig(crop_size=16, batch_size=4)
    L, ab = next(iter(training_dataset(str(tmp_path), config)))
    assert tuple(L.shape) == (4, 16, 16, 1)
    assert tuple(ab.shape) == (4, 4, 4, 2)
    names = [
        set(as_photo_source(tmp_path, config, split).paths)
        for split in ("train", "val")
    ]
    assert len(names[0] | names[1]) == 60
    assert names[1] and not names[0] & names[1]
    validation = evaluation_dataset(tmp_path, config)
    assert sum(len(L) for L, _ in validation) == len(names[1])
    with pytest.raises(FileNotFoundError, match="no folder of photos"):
        training_dataset(tmp_path / "absent")


def test_a_folder_is_enough(tmp_path):
    helpers.write_photo(tmp_path / "a.png", helpers.textured_photo(256, 300))
    L, ab = next(iter(training_dataset(str(tmp_path))))
    assert tuple(L.shape) == (32, 256, 256, 1)
    assert tuple(ab.shape) == (32, 64, 64, 2)


def test_photos_that_a_crop_enlarges_are_told(tmp_path):
    paths = [
        str(
            helpers.write_photo(
                tmp_path / f"{height}.png", helpers.textured_photo(height, 40)
            )
        )
        for height in (24, 31, 32, 48)
    ]
    with pytest.warns(UserWarning, match="2 of 4 photos are smaller.*32 x 32"):
        training_dataset(paths, PipelineConfig(crop_size=32))
    training_dataset(paths, PipelineConfig(crop_size=24))  # as large: quiet
