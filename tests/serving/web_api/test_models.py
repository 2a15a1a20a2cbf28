"""Models by name: what clients may ask for, and nothing else."""

from urllib.parse import unquote

import pytest

from keras_colorize.errors import ModelError
from keras_colorize.errors import SettingError
from keras_colorize.serving.web_api.models import Catalog
from keras_colorize.serving.web_api.models import ServedModel
from keras_colorize.serving.web_api.models import open_catalog
from tests.serving import tiny_models


@pytest.fixture
def models(tmp_path):
    (tmp_path / "photo.onnx").write_bytes(tiny_models.photo_model())
    (tmp_path / "ab.onnx").write_bytes(tiny_models.ab_model())
    return [ServedModel(n, tmp_path / f"{n}.onnx") for n in ("photo", "ab")]


def test_default_is_the_first_or_the_one_that_is_named(models):
    assert Catalog(models).find(None) is models[0]
    assert Catalog(models, default="ab").find(None) is models[1]
    assert Catalog(models).find("ab") is models[1]


def test_usual_weights_of_the_usual_model_come_first(ship):
    ship("eccv16_small", "photos", is_default=True)
    ship("lite", "open")  # before the usual ones by name
    ship("lite", "photos", is_default=True)
    catalog = open_catalog()
    assert catalog.default.contract.name == "lite.photos"
    assert [model.name for model in catalog] == [
        "lite",
        "lite.open",
        "eccv16_small",
    ]


def test_other_names_are_refused_with_those_there_are(models):
    with pytest.raises(SettingError, match="this server's: photo, ab. .*'nix'"):
        Catalog(models).find("nix")
    with pytest.raises(SettingError, match="this function's: .*'nix'"):
        Catalog(models, default="nix", door="function")


def test_each_model_has_a_name_of_its_own(models):
    with pytest.raises(SettingError, match="Received: none"):
        Catalog([])
    with pytest.raises(SettingError, match="Received: photo, photo"):
        Catalog([models[0], models[0]])


def test_strength_means_something_to_every_model(models):
    takes = [model.takes for model in models]
    assert takes == [["strength", "temperature"], ["strength"]]


@pytest.mark.parametrize("name", ["größe", "\u4e2d\u6587", "a;b=c, d", "%"])
def test_any_name_fits_into_a_header(tmp_path, name):
    path = tmp_path / f"{name}.onnx"
    path.write_bytes(tiny_models.photo_model())
    (model,) = open_catalog([path])
    label, weights, version = model.label.split("; ")
    assert label.isascii() and unquote(label) == name
    assert (weights, version) == ("weights=tiny.test", "version=3")


@pytest.mark.parametrize("name", ["a\nb", "a\x7f", "\udcff"])
def test_names_that_cannot_be_printed_are_refused(tmp_path, name):
    path = tmp_path / f"{name}.onnx"
    path.write_bytes(tiny_models.photo_model())
    with pytest.raises(SettingError, match="Rename the file"):
        open_catalog([path])


def test_damaged_file_is_told_before_anything_is_served(models):
    models[1].source.write_bytes(b"no model")
    with pytest.raises(ModelError, match="cannot be loaded"):
        open_catalog([model.source for model in models])
