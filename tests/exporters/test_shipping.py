"""Folders of shipped weights: complete, equal, strict, checksummed."""

import hashlib
import json

import h5py
import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.color.luminance import keep_lightness
from keras_colorize.exporters.shipping import ship_weights
from keras_colorize.models.colorizer import Colorizer
from keras_colorize.models.registry import create_model
from keras_colorize.presets import find_onnx
from keras_colorize.presets import find_shipped
from keras_colorize.serving.session import ColorizeSession

TERMS = {
    "license": "test only",
    "training_data": "made by formula (no terms)",
    "weights_version": "3",
}
TINY = (4, 6, 8, 10, 10, 10, 10, 8)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return create_model("eccv16_small", stackwise_filters=TINY)


@pytest.fixture(scope="module")
def root(model, tmp_path_factory):
    root = tmp_path_factory.mktemp("weights")
    ship_weights(
        model,
        root / "eccv16_small.test",
        tag="test",
        network_size=64,
        metadata={
            **TERMS,
            "mean_ab": [1.0, 2.0],
            "model": "as training wrote it",
        },
    )
    return root


def test_folder_is_found_by_name_and_verified(root):
    weights = find_shipped("eccv16_small", root)
    assert weights.name == "eccv16_small.test"
    path = find_onnx("eccv16_small.test", root)
    session = ColorizeSession(path)
    assert session.contract.weights == "test"
    metadata = json.loads((weights.folder / "metadata.json").read_text())
    assert metadata["license"] == "test only"
    assert metadata["mean_ab"] == [1.0, 2.0]
    assert 0.0 < metadata["core_seconds"] < 60.0
    assert sorted(weights.sha256) == [
        "config.json",
        "model.onnx",
        "model.weights.h5",
    ]
    for name, digest in weights.sha256.items():
        content = (weights.folder / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest


def test_onnx_file_says_where_its_weights_are_from(root):
    weights = find_shipped("eccv16_small", root)
    facts = ColorizeSession(weights.folder / "model.onnx").contract.facts
    assert {key: facts[key] for key in TERMS} == TERMS
    assert facts["weights"] == "test"
    h5 = (weights.folder / "model.weights.h5").read_bytes()
    assert facts["weights_sha256"] == hashlib.sha256(h5).hexdigest()


def test_keras_weights_are_the_model_rounded_to_float16(root, model):
    again = Colorizer.from_preset(root / "eccv16_small.test")
    for new, old in zip(again.get_weights(), model.get_weights(), strict=True):
        expected = old.astype("float16") if old.ndim >= 2 else old
        np.testing.assert_array_equal(new, expected.astype("float32"))
    with h5py.File(root / "eccv16_small.test/model.weights.h5") as file:
        kinds = set()
        file.visititems(
            lambda _, item: (
                kinds.add((item.ndim >= 2, item.dtype.name))
                if isinstance(item, h5py.Dataset)
                else None
            )
        )
    assert kinds == {(True, "float16"), (False, "float32")}


def test_both_files_compute_the_same(root):
    folder = root / "eccv16_small.test"
    image = np.random.default_rng(0).integers(0, 256, (40, 64, 3), "uint8")
    from keras_colorize.exporters.serving_graph import build_serving_graph

    keras_model = Colorizer.from_preset(folder)
    served = build_serving_graph(keras_model, 64).serve(image[None])
    expected = keep_lightness(image, ops.convert_to_numpy(served)[0])
    got = ColorizeSession(folder / "model.onnx").colorize_array(image)
    difference = np.abs(got.astype(int) - expected)
    assert difference.max() <= 1


def test_shipping_again_keeps_the_card_and_credits(root, model, tmp_path):
    folder = tmp_path / "eccv16_small.test"
    arguments = {
        "tag": "test",
        "network_size": 32,
        "metadata": TERMS,
    }
    ship_weights(model, folder, **arguments)
    (folder / "README.md").write_text("a card")
    (folder / "CREDITS.md").write_text("credits")
    ship_weights(model, folder, **arguments)
    assert (folder / "README.md").read_text() == "a card"
    assert (folder / "CREDITS.md").read_text() == "credits"
    assert [p.name for p in tmp_path.iterdir()] == ["eccv16_small.test"]


def test_the_card_of_shipped_weights_says_their_terms(model, tmp_path):
    folder = tmp_path / "eccv16_small.test"
    for terms in ("CC BY 4.0", "research use only"):
        ship_weights(
            model,
            folder,
            tag="test",
            network_size=32,
            metadata={**TERMS, "license": terms},
        )
        card = (folder / "README.md").read_text()
        assert f"Weights: {terms}\n" in card
        assert "not stated" not in card


def test_weights_without_terms_are_not_shipped(model, tmp_path):
    for missing in TERMS:
        metadata = {**TERMS, missing: ""}
        with pytest.raises(ValueError, match=f"terms.*without {missing}, "):
            ship_weights(
                model,
                tmp_path / "x",
                tag="test",
                network_size=64,
                metadata=metadata,
            )
    assert not list(tmp_path.iterdir())


def test_kernel_that_float16_cannot_hold_leaves_no_folder(tmp_path):
    model = create_model("eccv16_small", stackwise_filters=TINY)
    head = model.get_layer("q_logits")
    kernel, bias = head.get_weights()
    head.set_weights([kernel + 1e6, bias])
    with pytest.raises(ValueError, match="65504"):
        ship_weights(
            model,
            tmp_path / "x",
            tag="test",
            network_size=64,
            metadata=TERMS,
        )
    assert not list(tmp_path.iterdir())
