"""What recipes claim, and that each trains on photos, made small."""

import numpy as np
import pytest
from rich.console import Console

from keras_colorize.models.colorizer import Colorizer
from keras_colorize.models.registry import create_model
from keras_colorize.models.registry import get_spec
from tests.models.tiny import tiny_overrides
from training.config import ESTIMATE
from training.config import changed
from training.overrides import list_recipes
from training.overrides import load_recipe
from training.run.batch_norms import check_batch_norms
from training.run.runner import run_training

# Arguments that make them small.
DISCRIMINATORS = {
    "ddcolor": {"filters": 4},
    "patchgan": {"stackwise_filters": (4, 6)},
}


# They differ from another recipe in width, data or length alone, or other
# tests train what they train.
LIKE_OTHERS = (
    "autoencoder_bn_image_colorization",
    "autoencoder_imagenet64",
    "ddcolor_nano_photos",
    "ddcolor_seed",
    "ddcolor_tiny_imagenet",
    "eccv16_imagenet",
    "eccv16_intel",
    "eccv16_intel_l2",
    "eccv16_sports_landscapes_voc",
    "eccv16_sports_landscapes_voc_l2",
    "lite_photos",
    "lite_open",
    "lite_photos_finish",
    "pix2pix_coco",
    "pix2pix_resnet18_coco",
    "pix2pix_resnet18_photos",
    "pix2pix_resnet18_pretrain_coco",
    "siggraph17_small_photos",
    "siggraph17_stage1",
    "siggraph17_stage2",
    "siggraph17_stage4",
    "unetpp_color_small_photos",
)


@pytest.mark.parametrize("name", list_recipes())
def test_recipe_fits_a_registered_model(name):
    config = load_recipe(name)
    spec = get_spec(config.model.name)
    assert spec.output_kind == config.loss.output_kind
    assert all(s % spec.size_multiple == 0 for s in config.data.crop_size)


def test_small_intel_recipes_differ_from_the_full_ones_in_width_only():
    for name in ("eccv16_intel", "eccv16_intel_l2"):
        full = load_recipe(name)
        small = load_recipe(f"{name}_small")
        assert small != full
        assert changed(small, model={"name": full.model.name}) == full


def test_intel_recipe_is_the_reported_experiment():
    config = load_recipe("eccv16_intel")
    assert config.data.labels == ("glacier", "mountain")
    assert (config.data.limit, config.data.batch_size) == (2000, 32)
    assert config.epochs == 30
    assert config.optimizer.learning_rate == 1e-3
    assert config.schedule.decay_factor == 0.1
    assert config.schedule.min_delta == 1e-4
    assert config.loss.num_neighbors == 5
    assert config.samples.temperature == 0.38


def test_small_budget_of_ddcolor_is_the_reported_one():
    config = load_recipe("ddcolor_seed")
    model = create_model(config.model.name, **config.model.overrides)
    # ConvNeXt-T with 50 queries and one group of three layers, without the
    # norm after the last stage, of whose output nothing is made.
    sizes = [np.prod(weight.shape) for weight in model.trainable_weights]
    assert sum(sizes) == 45_508_428 - 2 * 768
    assert (model.num_queries, model.num_heads) == (50, 2)
    assert config.data.crop_size == (32, 32)
    # Of its single photo a norm would get a single value.
    with pytest.raises(ValueError, match="decoder0_up_norm of ddcolor_tiny"):
        check_batch_norms(model, 1, config.data.crop_size)
    check_batch_norms(model, config.data.batch_size, config.data.crop_size)


@pytest.mark.parametrize("name", list_recipes())
def test_recipe_docstring_says_where_it_comes_from_and_what_came_out(name):
    module = __import__(f"training.configs.{name}", fromlist=["get_config"])
    for heading in ("Source:", "Command:", "Hardware:", "Hours:", "Score:"):
        assert heading in module.__doc__
    assert f"--config {name} " in module.__doc__


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=pytest.mark.slow if n in LIKE_OTHERS else ())
        for n in list_recipes()
    ],
)
def test_recipe_trains_on_a_folder_of_photos(name, photo_folder, tmp_path):
    config = made_small(load_recipe(name), photo_folder)
    run_training(config, tmp_path, console=Console(quiet=True))
    model = Colorizer.from_preset(tmp_path / "preset")
    assert model.name == config.model.name
    ab = np.asarray(model.predict_ab(np.full((1, 30, 45, 1), 50.0, "float32")))
    assert ab.shape == (1, 30, 45, 2) and np.isfinite(ab).all()
    rows = (tmp_path / "log.csv").read_text().splitlines()
    assert len(rows) == 2, rows  # the header and one epoch


def made_small(config, folder):
    """The recipe for two steps on a folder of small photos."""
    name = config.model.name
    overrides = {**config.model.overrides, **tiny_overrides(name)}
    model = create_model(name, **overrides)
    size = (model.fixed_size or (2 * model.size_multiple,))[0]
    discriminator = DISCRIMINATORS[config.adversary.discriminator]
    return changed(
        config,
        model=dict(
            overrides=overrides,
            init_weights=None,
            warm_start=None,
            encoder_weights=None,
            semantic_weights=None,
        ),
        data=dict(
            dataset=str(folder),
            labels=(),
            limit=None,
            resize_short=size,
            crop_size=size,
            batch_size=2,
            validation_limit=2,
            cache="none",
        ),
        loss=dict(prior=config.loss.prior and ESTIMATE, prior_photos=2),
        adversary=dict(
            discriminator_overrides=discriminator, perceptual_weights=None
        ),
        samples=dict(count=1),
        epochs=1,
        steps_per_epoch=2,
    )
