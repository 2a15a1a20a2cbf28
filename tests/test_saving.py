"""Whole models in `.keras` files, loaded where nothing else was imported."""

import ast
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_colorize
from keras_colorize import saving
from keras_colorize.errors import ModelError
from keras_colorize.losses.classification import HybridCrossentropy
from keras_colorize.losses.classification import RebalancedCrossentropy
from keras_colorize.losses.colorfulness import ColorfulnessLoss
from keras_colorize.losses.grid import GridCrossentropy
from keras_colorize.losses.perceptual import PerceptualLoss
from keras_colorize.losses.regression import AbL1
from keras_colorize.losses.regression import AbL2
from keras_colorize.losses.weighted import WeightedLoss
from keras_colorize.models import registry
from keras_colorize.models.discriminators import build_patchgan
from keras_colorize.trainers.linear_decay import LinearDecay
from tests import saving_worker
from tests.models.tiny import distinct_models
from tests.models.tiny import tiny_overrides

ROOT = Path(__file__).parents[1]
# What a model is frozen by, beside what it never trains: the first that it has.
FREEZABLE = (
    "semantic",
    "encoder",
    "down0_conv",
    "stack1_conv1",
    "node0_0_conv1",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Folder with a file of every model, of every loss, and a GAN."""
    folder = tmp_path_factory.mktemp("saved")
    L = np.random.default_rng(0).uniform(0, 100, (2, 24, 40, 1))
    np.save(folder / "L.npy", L.astype("float32"))
    return folder


def tiny(name):
    return registry.create_model(name, **tiny_overrides(name))


def compiled(name, number):
    """A tiny model in the middle of a training, some layers frozen."""
    model = tiny(name)
    layers = {path: layer for path, layer in parts_of(model)}
    for frozen in FREEZABLE:
        if frozen in layers:
            layers[frozen].trainable = False
    rates = (
        LinearDecay(1e-3, 100),
        keras.optimizers.schedules.CosineDecay(1e-3, 100),
        2e-4,
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(rates[number % 3], use_ema=True),
        loss=loss_of(model, number),
        metrics=None
        if model.output_kind == "ab_and_q_logits"
        else [keras.metrics.MeanAbsoluteError(name="distance")],
    )
    model.optimizer.build(model.trainable_variables)
    model.metrics_names  # noqa: B018
    return set_at_random(model)


def parts_of(model):
    for layer in model._flatten_layers(include_self=False, recursive=False):
        yield layer.name, layer


def loss_of(model, number):
    kind = model.output_kind
    if kind == "ab_and_q_logits":
        return {"ab": AbL1(), "q_logits": GridCrossentropy()}
    if kind == "q_logits":
        weights = np.linspace(0.5, 1.5, 313)
        return (RebalancedCrossentropy(weights), HybridCrossentropy(0.2))[
            number % 2
        ]
    return AbL2() if kind == "ab" else keras.losses.MeanSquaredError()


def set_at_random(model):
    """Gives optimizers a past: every variable of theirs another value."""
    rng = np.random.default_rng(0)
    for optimizer in saving_worker.optimizers_of(model):
        for variable in optimizer.variables:
            if "float" in keras.backend.standardize_dtype(variable.dtype):
                variable.assign(rng.uniform(0.0, 0.01, variable.shape))
        optimizer.iterations.assign(7)
    return model


def adversarial():
    from keras_colorize.trainers.adversarial import AdversarialColorizer

    generator = tiny("pix2pix_small")
    generator.get_layer("down0_conv").trainable = False
    discriminator = build_patchgan((4, 6))
    discriminator.get_layer("conv0").trainable = False
    model = AdversarialColorizer(generator, discriminator)
    perceptual = PerceptualLoss(None, filters=(2, 2, 2, 2, 2))
    model.compile(
        generator_optimizer=keras.optimizers.Adam(LinearDecay(2e-4, 50)),
        discriminator_optimizer=keras.optimizers.Adam(1e-4, 0.5),
        adversarial_loss="hinge",
        generator_losses={
            "l1": WeightedLoss(keras.losses.MeanAbsoluteError(), 2.0),
            "perceptual": WeightedLoss(perceptual, 0.5, on="rgb"),
            "colorfulness": WeightedLoss(ColorfulnessLoss(), 0.1, on="rgb"),
        },
    )
    return set_at_random(model)


def load_elsewhere(folder, order):
    subprocess.run(
        [sys.executable, "-m", "tests.saving_worker", folder, order],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )


def assert_is_the_same(model, path):
    L = np.load(path.parent / "L.npy")
    facts = json.loads(path.with_suffix(".json").read_text())
    assert facts == saving_worker.facts_of(model), path
    expected = saving_worker.arrays_of(model)
    with np.load(path.with_suffix(".npz")) as arrays:
        assert set(arrays) == {*expected, "ab"}, path
        for name, value in expected.items():
            np.testing.assert_array_equal(arrays[name], value, name)
        np.testing.assert_array_equal(
            arrays["ab"], keras.ops.convert_to_numpy(model.predict_ab(L))
        )


def test_every_model_goes_on_in_a_new_process_as_it_was_saved(folder):
    models = {
        name: compiled(name, i) for i, name in enumerate(distinct_models())
    }
    frozen = [n for n, m in models.items() if m.get_config()["frozen"]]
    assert len(frozen) >= 8
    if keras.backend.backend() == "tensorflow":
        models["adversarial"] = adversarial()
    for name, model in models.items():
        model.save(folder / f"{name}.keras")
    load_elsewhere(folder, "keras")
    for name, model in models.items():
        assert_is_the_same(model, folder / f"{name}.keras")


@pytest.mark.parametrize("order", ["ours", "ours alone"])
def test_the_order_of_imports_does_not_matter(tmp_path, order):
    np.save(tmp_path / "L.npy", np.full((1, 24, 40, 1), 60.0, "float32"))
    model = compiled("eccv16_small", 0)
    model.save(tmp_path / "model.keras")
    load_elsewhere(tmp_path, order)
    assert_is_the_same(model, tmp_path / "model.keras")


def test_bin_centers_are_never_trained():
    for name in ("eccv16_small", "lite"):
        model = tiny(name)
        model.trainable = True
        model.ab_decoder.trainable = True
        paths = [v.path for v in model.trainable_variables]
        assert paths
        assert not [path for path in paths if "ab_decoder" in path]


def test_a_policy_of_mixed_precision_is_kept(tmp_path):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = tiny("lite_mobilenet")
    finally:
        keras.config.set_dtype_policy("float32")
    model.save(tmp_path / "model.keras")
    again = keras_colorize.load_model(tmp_path / "model.keras")
    policies = [layer.dtype_policy.name for layer in again.layers]
    assert policies == [layer.dtype_policy.name for layer in model.layers]
    assert "mixed_bfloat16" in policies
    assert keras.config.dtype_policy().name == "float32"


def test_layers_that_were_frozen_inside_others_are_frozen(tmp_path):
    model = tiny("lite_mobilenet")
    encoder = model.get_layer("encoder")
    encoder.trainable = False
    last = encoder.layers[-1]
    for layer in encoder.layers[-3:]:
        layer.trainable = True
    model.save(tmp_path / "model.keras")
    again = keras_colorize.load_model(tmp_path / "model.keras")
    flags = [x.trainable for x in again.get_layer("encoder").layers]
    assert flags == [x.trainable for x in encoder.layers]
    assert again.get_layer("encoder").get_layer(last.name).trainable
    assert [v.path for v in again.trainable_variables] == [
        v.path for v in model.trainable_variables
    ]


def test_standin_of_a_class_is_as_good_as_the_class():
    standin = saving._StandIn("keras_colorize.losses.regression", "AbL1")
    loss = standin.from_config({"name": "mine"})
    assert type(loss) is AbL1
    assert loss.name == "mine"


def test_every_class_with_a_name_in_files_can_be_found_by_it():
    found = {}
    for path in (ROOT / "keras_colorize").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            calls = [
                ast.unparse(d) for d in getattr(node, "decorator_list", ())
            ]
            if any("register_keras_serializable" in call for call in calls):
                module = path.relative_to(ROOT).with_suffix("").parts
                assert isinstance(node, ast.ClassDef), node.name
                found[node.name] = ".".join(module)
    assert saving.class_modules() == found


def test_a_file_that_is_no_saved_model_is_refused(tmp_path):
    path = tmp_path / "model.keras"
    with pytest.raises(FileNotFoundError, match="no saved model"):
        keras_colorize.load_model(path)
    path.write_bytes(b"no zip")
    with pytest.raises(ModelError, match="a zip archive. Received: no such"):
        keras_colorize.load_model(path)


def test_optimizer_state_that_does_not_fit_is_no_warning(tmp_path):
    model = compiled("eccv16_small", 0)
    model.save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as file:
        content = {name: file.read(name) for name in file.namelist()}
    config = json.loads(content["config.json"])
    config["config"]["frozen"] = ["stack8_conv1"]
    content["config.json"] = json.dumps(config)
    with zipfile.ZipFile(tmp_path / "other.keras", "w") as file:
        for name, data in content.items():
            file.writestr(name, data)
    with pytest.raises(ModelError, match="could not be loaded.*AdamW"):
        keras_colorize.load_model(tmp_path / "other.keras")


def test_without_keras_the_error_says_what_to_install(tmp_path):
    (tmp_path / "keras.py").write_text(
        "raise ModuleNotFoundError('No module named keras', name='keras')"
    )
    code = (
        "import keras_colorize as kc, sys\n"
        "for call in (lambda: kc.load_model('a.keras'),\n"
        "             lambda: kc.create_model('lite'),\n"
        "             lambda: kc.load_pretrained('lite'),\n"
        "             lambda: kc.Colorizer):\n"
        "    try: call()\n"
        "    except ImportError as error: print(error)\n"
    )
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = run.stdout.splitlines()
    assert len(lines) == 4
    for line in lines:
        assert line.endswith("Run: pip install 'keras-colorize[train]'")
