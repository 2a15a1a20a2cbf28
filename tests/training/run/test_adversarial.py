"""Recipes with a discriminator: the chain of stages, what a run writes."""

import csv
import json

import keras
import numpy as np
import pytest
from rich.console import Console

if keras.backend.backend() != "tensorflow":
    pytest.skip("runs on TensorFlow", allow_module_level=True)

from keras_colorize.models.colorizer import Colorizer
from keras_colorize.models.registry import create_model
from keras_colorize.trainers.adversarial import AdversarialColorizer
from keras_colorize.trainers.linear_decay import LinearDecay
from training.config import changed
from training.overrides import config_from_json
from training.overrides import load_recipe
from training.run.adversarial import generator_of
from training.run.assembly import build_model
from training.run.checkpoints import list_checkpoints
from training.run.checkpoints import restore_variables
from training.run.runner import run_training

TINY_RESNET = {
    "stackwise_filters": [4, 6, 8, 10],
    "decoder_filters": [8, 8, 6, 4],
}
NO_PHOTOS = ()


def small(recipe, folder, **changes):
    """The second GAN's recipe for four steps on a folder of photos."""
    config = changed(
        load_recipe(recipe),
        model=dict(
            overrides=TINY_RESNET, init_weights=None, encoder_weights=None
        ),
        data=dict(
            dataset=str(folder),
            resize_short=40,
            crop_size=32,
            batch_size=3,
            validation_limit=4,
        ),
        adversary={"discriminator_overrides": {"stackwise_filters": [4, 6]}},
        samples={"count": 1},
        epochs=2,
        steps_per_epoch=2,
        precision="float32",
    )
    return changed(config, **changes)


def run(config, workdir, **options):
    run_training(config, workdir, console=Console(quiet=True), **options)


def values_of(model):
    return [np.array(w) for w in model.weights]


@pytest.fixture(scope="module")
def pretrained(photo_folder, tmp_path_factory):
    """Work directory of a finished L1 stage."""
    workdir = tmp_path_factory.mktemp("pretrained")
    config = small("pix2pix_resnet18_pretrain_photos", photo_folder)
    run(config, workdir)
    return workdir


@pytest.fixture(scope="module")
def adversarial(photo_folder, pretrained, tmp_path_factory):
    """Work directory of a finished adversarial stage."""
    workdir = tmp_path_factory.mktemp("adversarial")
    start = str(pretrained / "final.weights.h5")
    config = small(
        "pix2pix_resnet18_photos", photo_folder, model={"init_weights": start}
    )
    run(config, workdir)
    return workdir


def test_the_second_stage_starts_from_the_weights_of_the_first(
    photo_folder, pretrained, tmp_path
):
    start = str(pretrained / "final.weights.h5")
    config = small(
        "pix2pix_resnet18_photos", photo_folder, model={"init_weights": start}
    )
    model = build_model(config, NO_PHOTOS, tmp_path, 4, Console(quiet=True))
    assert isinstance(model, AdversarialColorizer)
    assert int(model.generator_optimizer.iterations) == 0
    first = Colorizer.from_preset(pretrained / "preset")
    untrained = create_model("resnet18_unet_small", **TINY_RESNET)
    kernels = 0
    for ours, theirs, random in zip(
        values_of(model.generator),
        values_of(first),
        values_of(untrained),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, theirs)
        kernels += ours.ndim == 4 and np.abs(ours - random).max() > 0
    assert kernels > 20


def test_without_the_first_stage_the_second_does_not_start(
    photo_folder, tmp_path
):
    config = load_recipe("pix2pix_resnet18_photos")
    assert config.model.init_weights.endswith(
        "pretrain_photos/final.weights.h5"
    )
    config = small(
        "pix2pix_resnet18_photos",
        photo_folder,
        model={"init_weights": str(tmp_path / "nowhere.weights.h5")},
    )
    with pytest.raises(ValueError, match=r"nowhere\.weights\.h5"):
        build_model(config, NO_PHOTOS, tmp_path, 4, Console(quiet=True))


@pytest.mark.parametrize("data", ["photos", "coco"])
def test_stages_share_photos_size_and_generator(data):
    plain, pretrain, second = (
        load_recipe(f"pix2pix_{stage}{data}")
        for stage in ("", "resnet18_pretrain_", "resnet18_")
    )
    assert plain.data == pretrain.data == second.data
    assert pretrain.model.name == second.model.name
    assert pretrain.model.encoder_weights  # forgetting them is an error
    assert f"pix2pix_resnet18_pretrain_{data}/" in second.model.init_weights


def test_a_run_logs_every_loss_and_saves_the_generator_alone(adversarial):
    with open(adversarial / "log.csv") as file:
        rows = list(csv.DictReader(file))
    names = {"d_real", "d_fake", "d_loss", "g_adversarial", "g_loss", "l1"}
    assert set(rows[0]) == {
        "epoch",
        "step",
        "learning_rate",
        *names,
        *(f"val_{name}" for name in names),
    }
    assert [row["step"] for row in rows] == ["2", "4"]
    model = Colorizer.from_preset(adversarial / "preset")
    assert model.name == "resnet18_unet_small"
    assert (adversarial / "best.weights.h5").exists()
    metadata = json.loads((adversarial / "preset/metadata.json").read_text())
    assert metadata["step"] == 4


def test_a_checkpoint_restores_both_networks_and_both_optimizers(
    adversarial, tmp_path
):
    saved = config_from_json((adversarial / "config.json").read_text())
    config = changed(saved, model={"init_weights": None})
    checkpoint = list_checkpoints(adversarial / "checkpoints")[-1]
    model = build_model(config, NO_PHOTOS, tmp_path, 4, Console(quiet=True))
    restore_variables(checkpoint, model)
    assert int(model.generator_optimizer.iterations) == 4
    assert int(model.discriminator_optimizer.iterations) == 4
    final = Colorizer.from_preset(adversarial / "preset")
    for ours, theirs in zip(
        values_of(generator_of(model)), values_of(final), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)
    with np.load(checkpoint / "state.npz") as arrays:
        for part in ("generator", "discriminator"):
            start = f"{part}_optimizer/"
            moments = [key for key in arrays if key.startswith(start)]
            assert any(np.abs(arrays[key]).max() > 0 for key in moments)


def test_linear_rate_stays_and_falls_as_pix2pix_says():
    # pix2pix counts epochs: 1 - max(0, e + 1 - 100) / 101.
    rate = LinearDecay(2e-4, total_steps=200, decay_share=0.5)
    steps = [0, 98, 99, 100, 150, 199]
    expected = [2e-4 * (1 - max(0, e + 1 - 100) / 101) for e in steps]
    values = [float(rate(step)) for step in steps]
    np.testing.assert_allclose(values, expected, rtol=1e-5)
    assert LinearDecay.from_config(rate.get_config())(150) == rate(150)
    steady = LinearDecay(2e-4, total_steps=200, decay_share=0.0)
    assert float(steady(199)) == pytest.approx(2e-4)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"optimizer": {"ema": 0.9}},
            '`optimizer.ema` must be none with loss "adversarial"',
        ),
        (
            {"schedule": {"name": "plateau"}},
            "`schedule.name` must be a function of the step",
        ),
        (
            {"adversary": {"discriminator": "pixelgan"}},
            "AdversaryConfig.discriminator` must be one of",
        ),
        (
            {"adversary": {"generator_losses": {"l2": 1.0}}},
            "`generator_losses` must be one",
        ),
        (
            {"adversary": {"kind": "wgan"}},
            "vanilla, least_squares, hinge",
        ),
        (
            {"schedule": {"decay_share": 1.5}},
            r"ScheduleConfig.decay_share` must be in \[0, 1\]",
        ),
    ],
)
def test_configurations_that_cannot_work_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        changed(load_recipe("pix2pix_photos"), **changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"adversary": {"discriminator_overrides": {"depth": 3}}},
            "must fit build_patchgan",
        ),
        (
            {"model": {"name": "eccv16_l2_small", "overrides": {}}},
            "output_stride=4",
        ),
    ],
)
def test_networks_that_do_not_fit_are_refused(
    photo_folder, tmp_path, changes, message
):
    config = small("pix2pix_resnet18_photos", photo_folder, **changes)
    with pytest.raises(ValueError, match=message):
        build_model(config, NO_PHOTOS, tmp_path, 4, Console(quiet=True))
