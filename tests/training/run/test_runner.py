import csv
import io
import json
import shutil

import keras
import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from keras_colorize.files import sha256_of
from keras_colorize.models.colorizer import Colorizer
from tests.helpers import textured_photo
from training.overrides import apply_overrides
from training.overrides import load_recipe
from training.run.callbacks import TrainingDiverged
from training.run.runner import run_training


@pytest.fixture(scope="module")
def finished_run(photo_folder, tiny_settings, tmp_path_factory):
    """Work directory of a run of 2 + 2 steps, with a broken photo."""
    # A copy: other modules share the folder.
    photos = tmp_path_factory.mktemp("broken") / "photos"
    shutil.copytree(photo_folder, photos)
    (photos / "lake" / "cut.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut")
    with open(photos / "index.csv", "a") as file:
        file.write("lake/cut.jpg,made,lake,40,56,train\n")
    workdir = tmp_path_factory.mktemp("run")
    config = make_config(tiny_settings)
    run_training(config, workdir, photos, console=quiet())
    return workdir


def test_run_writes_what_its_docstring_says(finished_run):
    names = {path.name for path in finished_run.iterdir()}
    assert names == {
        "best.weights.h5",
        "checkpoints",
        "config.json",
        "final.weights.h5",
        "log.csv",
        "logs",
        "preset",
        "prior.json",
        "run.lock",
        "scan_cache.json",
        "scan_train.json",
        "scan_val.json",
        "train_photos.txt",
    }
    events = [path.name for path in (finished_run / "logs").iterdir()]
    assert sorted(events) == ["samples", "train", "validation"]


def test_loss_is_finite_and_steps_are_counted(finished_run):
    with open(finished_run / "log.csv") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["2", "4"]
    for row in rows:
        assert np.isfinite([float(row["loss"]), float(row["val_loss"])]).all()


def test_broken_photo_is_counted_and_listed(finished_run):
    report = json.loads((finished_run / "scan_train.json").read_text())
    assert report["counts"]["broken"] == 1
    assert report["counts"]["usable"] == 10
    assert report["skipped"][0]["path"].endswith("cut.jpg")


def test_preset_holds_the_final_weights_and_the_mean_color(finished_run):
    model = Colorizer.from_preset(finished_run / "preset")
    final = Colorizer.from_preset(finished_run / "preset")
    final.load_weights(finished_run / "final.weights.h5")
    for a, b in zip(model.weights, final.weights, strict=True):
        np.testing.assert_array_equal(a, b)
    assert model.compute_dtype == "float32"
    metadata = json.loads((finished_run / "preset/metadata.json").read_text())
    assert metadata["step"] == 4
    assert len(metadata["mean_ab"]) == 2


def test_finished_run_is_not_trained_again(
    finished_run, photo_folder, tiny_settings
):
    log = (finished_run / "log.csv").read_text()
    text = run_again(finished_run, photo_folder, tiny_settings)
    assert "Resuming after epoch 2, step 4." in text
    assert (finished_run / "log.csv").read_text() == log


def test_checkpoint_of_a_former_version_goes_on_with_a_note(
    finished_run, photo_folder, tiny_settings, tmp_path
):
    workdir = tmp_path / "former"
    shutil.copytree(finished_run, workdir)
    for path in (workdir / "checkpoints").glob("*/state.json"):
        state = json.loads(path.read_text())
        del state["photo_sizes"]
        path.write_text(json.dumps(state))
    text = run_again(workdir, photo_folder, tiny_settings)
    assert "does not say whether photos were replaced" in text
    assert "Resuming after epoch 2, step 4." in text


def test_damaged_checkpoint_is_named_and_the_run_goes_on_from_the_older_one(
    finished_run, photo_folder, tiny_settings, tmp_path
):
    workdir = tmp_path / "damaged"
    shutil.copytree(finished_run, workdir)
    (workdir / "checkpoints" / "step-00000004" / "state.npz").unlink()
    (workdir / "checkpoints" / "step-zzz").mkdir()
    text = run_again(workdir, photo_folder, tiny_settings)
    assert "step-00000004 is damaged" in text
    assert "Resuming after epoch 1, step 2." in text
    log = (workdir / "log.csv").read_text()
    assert log == (finished_run / "log.csv").read_text()


def test_photo_that_was_replaced_is_refused(
    finished_run, photo_folder, tiny_settings, tmp_path
):
    photos = tmp_path / "photos"
    shutil.copytree(photo_folder, photos)
    Image.fromarray(textured_photo(50, 60)).save(photos / "lake" / "000.png")
    with pytest.raises(ValueError, match="made with other photo_sizes"):
        run_again(finished_run, photos, tiny_settings)


def test_run_that_diverges_names_step_photos_and_checkpoint(
    finished_run, photo_folder, tiny_settings, tmp_path
):
    workdir = tmp_path / "diverging"
    shutil.copytree(finished_run, workdir)
    checkpoint = workdir / "checkpoints" / "step-00000004"
    with np.load(checkpoint / "state.npz") as arrays:
        huge = {
            key: np.full_like(array, 3e38) if "kernel" in key else array
            for key, array in arrays.items()
        }
    np.savez(checkpoint / "state.npz", **huge)
    state = json.loads((checkpoint / "state.json").read_text())
    state["sha256"] = sha256_of(checkpoint / "state.npz")
    (checkpoint / "state.json").write_text(json.dumps(state))
    with pytest.raises(TrainingDiverged) as caught:
        run_again(workdir, photo_folder, tiny_settings, "epochs=3")
    assert "loss is nan at step 4, of the photos " in str(caught.value)
    assert "step-00000004 is the last good checkpoint" in str(caught.value)
    report = json.loads((workdir / "diverged.json").read_text())
    assert report["step"] == 4 and len(report["photos"]) == 3
    assert all((photo_folder / name).exists() for name in report["photos"])


def test_other_configuration_or_photos_are_refused(
    finished_run, photo_folder, tiny_settings
):
    config = make_config(tiny_settings, "loss.sigma=4")
    with pytest.raises(ValueError, match="loss.sigma: was 5.0, is now 4.0"):
        run_training(config, finished_run, photo_folder, console=quiet())
    hidden = photo_folder / "lake" / "000.png"
    content = hidden.read_bytes()
    hidden.write_bytes(b"")
    try:
        with pytest.raises(ValueError, match="made with other photos"):
            run_training(
                make_config(tiny_settings),
                finished_run,
                photo_folder,
                console=quiet(),
            )
    finally:
        hidden.write_bytes(content)


def test_l2_baseline_trains_without_prior_and_stops_at_the_step(
    photo_folder, tiny_settings, tmp_path
):
    config = make_config(
        tiny_settings,
        "data.batch_size=2",
        "loss.prior=none",
        "data.validation_limit=0",
        "samples.count=0",
        recipe="eccv16_intel_l2_small",
    )
    model = run_training(
        config, tmp_path, photo_folder, max_steps=3, console=quiet()
    )
    assert model.output_kind == "ab"
    assert not (tmp_path / "prior.json").exists()
    with open(tmp_path / "log.csv") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["2", "3"]
    assert "val_loss" not in rows[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (("loss.name=ab_l2",), 'whose output is "ab". Received: model='),
        (("model.freeze=decoder",), "must name layers of eccv16_small"),
        (("data.labels=laek",), "Did you mean lake"),
        (("loss.prior=nowhere.json",), "nowhere.json"),
        (("data.limit=500",), "number of photos there are"),
    ],
)
def test_configuration_that_does_not_fit_is_explained(
    photo_folder, tiny_settings, tmp_path, changes, message
):
    config = make_config(tiny_settings, *changes)
    with pytest.raises((ValueError, OSError), match=message):
        run_training(config, tmp_path, photo_folder, console=quiet())
    assert keras.mixed_precision.dtype_policy().name == "float32"


def make_config(tiny_settings, *changes, recipe="eccv16_small_photos"):
    settings = [*tiny_settings, "epochs=2", "steps_per_epoch=2"]
    settings += ["deterministic_ops=false", "data.labels=", "data.limit=none"]
    if "intel" in recipe:
        settings += ["data.dataset="]
    return apply_overrides(load_recipe(recipe), [*settings, *changes])


def quiet():
    return Console(quiet=True)


def run_again(workdir, photos, tiny_settings, *changes):
    """Starts a run in a work directory that has one; returns what it prints."""
    console = Console(width=500, file=io.StringIO())
    config = make_config(tiny_settings, *changes)
    run_training(config, workdir, photos, console=console)
    return console.file.getvalue()
