import dataclasses
import itertools
import json
import os
import shutil
import sys

import keras
import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from keras_colorize.color.cielab import rgb_to_lab
from keras_colorize.color.gamut import AbGamut
from keras_colorize.data.arrays import ArrayPhotos
from keras_colorize.data.packed import PackedPhotos
from keras_colorize.data.photo_list import PhotoList
from keras_colorize.data.photo_list import list_folder
from keras_colorize.data.pipeline_config import HintSimulation
from keras_colorize.data.pipeline_config import PipelineConfig
from keras_colorize.data.priors import mean_ab
from keras_colorize.models.registry import create_model
from tests.models.tiny import tiny_overrides
from tests.training.test_packed_training import pack_folder
from training.config import DataConfig
from training.config import LossConfig
from training.overrides import list_recipes
from training.overrides import load_recipe
from training.run import inputs
from training.run.inputs import config_for_network
from training.run.inputs import evaluation_batches
from training.run.inputs import evenly
from training.run.inputs import load_or_estimate_prior
from training.run.inputs import photos_of_step
from training.run.inputs import pick_evenly
from training.run.inputs import prepare_inputs
from training.run.inputs import training_batches

_CONFIG = DataConfig(resize_short=40, crop_size=32)


def test_photos_are_split_labeled_and_limited(photo_folder, tmp_path):
    config = dataclasses.replace(
        _CONFIG, labels=("field",), limit=3, validation_limit=1
    )
    inputs = prepare(config, photo_folder, tmp_path)
    assert len(inputs.train) == 3
    assert len(inputs.validation) == 1
    assert all("field" in path for path in inputs.train)


def test_digest_does_not_depend_on_where_the_photos_lie(photo_folder, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(photo_folder, moved)
    digest = prepare(_CONFIG, photo_folder, tmp_path).digest
    assert prepare(_CONFIG, moved, tmp_path).digest == digest
    fewer = dataclasses.replace(_CONFIG, limit=4)
    assert prepare(fewer, moved, tmp_path).digest != digest


def test_photo_replaced_by_another_of_its_name_changes_the_size_digest(
    photo_folder, tmp_path
):
    copy = tmp_path / "copy"
    shutil.copytree(photo_folder, copy, copy_function=shutil.copyfile)
    before = prepare(_CONFIG, photo_folder, tmp_path)
    assert prepare(_CONFIG, copy, tmp_path).size_digest == before.size_digest
    photo = Image.fromarray(np.arange(9000, dtype=np.uint8).reshape(50, 60, 3))
    photo.save(copy / "lake" / "002.png")
    replaced = prepare(_CONFIG, copy, tmp_path)
    assert replaced.digest == before.digest
    assert replaced.size_digest != before.size_digest


@pytest.mark.parametrize("packed", [False, True])
def test_photos_of_a_step_are_those_of_its_batch(tmp_path, packed):
    levels = np.arange(40, 240, 30, dtype=np.uint8)  # 7 photos of one gray each
    names = [f"{level}.png" for level in levels]
    pixels = levels.repeat(12 * 16 * 3)
    for name, photo in zip(names, pixels.reshape(-1, 12, 16, 3), strict=True):
        Image.fromarray(photo).save(tmp_path / name)
    photos = list_folder(tmp_path, "made", "train")
    if packed:
        photos = PackedPhotos(
            pixels,
            starts=np.arange(7) * 12 * 16 * 3,
            shapes=np.tile(np.int32([12, 16]), (7, 1)),
            names=tuple(names),
            splits=7 * ("train",),
            labels=7 * ("",),
        )
    config = PipelineConfig(crop_size=(8, 8), resize_short=8, batch_size=4)
    config = dataclasses.replace(config, output_stride=1, seed=3)
    batches = iter(training_batches(photos, config, start_step=5))
    for step in (5, 6):
        L, _ = next(batches)
        shown = [
            f"{levels[np.abs(L_of(levels) - float(value)).argmin()]}.png"
            for value in np.asarray(L)[:, 4, 4, 0]
        ]
        found = photos_of_step(photos, config, step)
        assert [name.removeprefix("packed:") for name in found] == shown


def L_of(levels):
    gray = levels.repeat(3).reshape(-1, 3) / 255
    return np.asarray(rgb_to_lab(gray))[:, 0]


def test_validation_can_be_left_out(photo_folder, tmp_path):
    config = dataclasses.replace(_CONFIG, validation_limit=0)
    assert prepare(config, photo_folder, tmp_path).validation is None


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_what_needs_tensorflow_is_said_before_photos_are_looked_for(
    backend, photo_folder, tmp_path, monkeypatch
):
    packed = tmp_path / "packed"
    pack_folder(photo_folder, packed)
    hinted = dataclasses.replace(_CONFIG, hints=HintSimulation())
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    with pytest.raises(ValueError, match=r"Photos in files.*training\.pack"):
        prepare(_CONFIG, photo_folder, tmp_path)
    with pytest.raises(ValueError, match=f"Color hints.*'{backend}'"):
        prepare(hinted, packed, tmp_path)
    assert len(prepare(_CONFIG, packed, tmp_path).train) == 10


@pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="names are Unicode there"
)
def test_names_that_are_not_utf8_are_reported(photo_folder, tmp_path):
    for split in ("train", "val"):
        folder = tmp_path / "photos" / split
        folder.mkdir(parents=True)
        name = os.fsdecode(b"\xe9.png")
        shutil.copyfile(photo_folder / "lake" / "002.png", folder / name)
        (folder / os.fsdecode(b"\xff.jpg")).write_bytes(b"")
    console = Console(record=True, width=300)
    found = prepare_inputs(_CONFIG, tmp_path / "photos", tmp_path, console)
    assert len(found.train) == len(found.validation) == 1
    assert "\\udcff.jpg: the file is empty" in console.export_text()
    report = json.loads((tmp_path / "scan_val.json").read_text("utf-8"))
    assert report["skipped"][0]["path"].endswith("\udcff.jpg")
    inputs.remember_photos(found.train, tmp_path)
    trained_on = inputs.count_trained_on(tmp_path / "preset", [*found.train])
    assert trained_on == 1


def test_prior_is_of_averaged_truths_where_a_run_learns_from_those(tmp_path):
    photo = np.full((32, 48, 3), 128, np.uint8)
    photo[:, ::2] = (160, 96, 128)  # every other column, first of each cell
    Image.fromarray(photo).save(tmp_path / "a.png")
    photos = list_folder(tmp_path, "made", "train")
    a = {}
    for average in (False, True):
        config = dataclasses.replace(
            _CONFIG, crop_size=32, resize_short=32, average_truth=average
        )
        result = inputs.estimate_photo_prior(LossConfig(), config, photos)
        a[average], _ = mean_ab(result.prior, AbGamut())
    full = float(np.asarray(rgb_to_lab(photo[:1, :1] / 255))[0, 0, 1])
    assert a[False] == pytest.approx(full, abs=3)
    assert a[True] == pytest.approx(full / 2, abs=3)


def test_prior_is_kept_for_the_resumed_run(photo_folder, tmp_path):
    photos = prepare(_CONFIG, photo_folder, tmp_path).train
    first = prior_of(LossConfig(), photos, tmp_path)
    assert first.sum() == pytest.approx(1)
    other = LossConfig(sigma=20.0)
    np.testing.assert_array_equal(prior_of(other, photos, tmp_path), first)


def test_prior_can_come_from_a_file(tmp_path):
    uniform = np.full(313, 1 / 313)
    np.save(tmp_path / "uniform.npy", uniform)
    config = LossConfig(prior=str(tmp_path / "uniform.npy"))
    loaded = prior_of(config, (), tmp_path)
    np.testing.assert_allclose(loaded, uniform, rtol=1e-6)


def test_network_without_hints_in_its_recipe_gets_none_of_a_photo():
    for name, largest in (("siggraph17_small", 0), ("eccv16_small", None)):
        model = create_model(name, **tiny_overrides(name))
        config = config_for_network(_CONFIG, model)
        assert config.output_kind == model.output_kind
        assert config.output_stride == model.output_stride
        assert (config.hints and config.hints.max_patches) == largest


def test_photos_are_picked_evenly():
    files = PhotoList.of_paths("abcdefghi")
    assert pick_evenly(files, 3).paths == ("a", "e", "i")
    assert pick_evenly(files, 20) == files
    images = np.arange(9, dtype=np.uint8).repeat(12).reshape(9, 2, 2, 3)
    arrays = ArrayPhotos("made", (images,), "srgb", tuple(range(9)))
    assert pick_evenly(arrays, 3).indices == (0, 4, 8)


def prepare(config, folder, workdir):
    return prepare_inputs(config, folder, workdir, Console(quiet=True))


def prior_of(loss, photos, workdir):
    return load_or_estimate_prior(
        loss, _CONFIG, photos, workdir, Console(quiet=True)
    )


@pytest.mark.parametrize("packed", [False, True])
def test_parts_of_batches_together_are_the_batches(
    packed, photo_folder, tmp_path
):
    folder = photo_folder
    if packed:
        folder = tmp_path / "packed"
        pack_folder(photo_folder, folder)
    config = dataclasses.replace(
        _CONFIG,
        batch_size=4,
        output_stride=4,
        dataset="" if packed else str(folder),
    )
    folder = folder if packed else None
    found = prepare_inputs(config, folder, None, Console(quiet=True))
    for photos, batches in (
        (found.train, training_batches),
        (found.validation, evaluation_batches),
    ):
        (L, _), *_ = itertools.islice(batches(photos, config), 1)
        for i in (0, 1):
            stream = batches(photos, config, shard=(i, 2))
            (part, _), *_ = itertools.islice(stream, 1)
            np.testing.assert_array_equal(part, np.asarray(L)[i::2])


def test_photos_that_fill_no_row_of_devices_are_left_out():
    photos = PhotoList.of_paths([f"{i}.jpg" for i in range(7)])
    assert len(evenly(photos, 1)) == 7
    assert len(evenly(photos, 3)) == 6
    with pytest.raises(ValueError, match="at least 8 photos"):
        evenly(photos, 8)


@pytest.mark.parametrize("recipe", list_recipes())
def test_any_folder_of_photos_works_for_every_recipe(
    recipe, photo_folder, tmp_path
):
    data = load_recipe(recipe).data
    data = dataclasses.replace(data, validation_limit=0)
    console = Console(record=True, width=300)
    found = inputs.prepare_inputs(data, photo_folder, tmp_path, console)
    text = console.export_text()
    assert len(found.train) == 10, text
    if data.dataset:
        assert f"does not hold {data.dataset}" in text
    height, width = data.crop_size
    is_small = 40 < height or 56 < width
    told = "10 photos are smaller than the crop of" in text
    assert told == is_small


def test_a_folder_without_photos_is_still_the_missing_data_set(tmp_path):
    (tmp_path / "empty").mkdir()
    data = DataConfig(dataset="intel_scenes")
    with pytest.raises(OSError, match="Get it from"):
        inputs.prepare_inputs(
            data, tmp_path / "empty", tmp_path, Console(quiet=True)
        )
