import json

import pytest

from keras_colorize import files
from keras_colorize import load_pretrained
from keras_colorize import presets
from keras_colorize.errors import ModelError
from keras_colorize.errors import SettingError
from keras_colorize.models import registry
from keras_colorize.serving.session import ColorizeSession


def test_shipped_weights_are_listed_by_name(ship):
    ship("eccv16_small", "photos", is_default=True)
    ship("eccv16_l2_small", "photos")
    names = [w.name for w in presets.list_shipped()]
    assert names == ["eccv16_l2_small.photos", "eccv16_small.photos"]


def test_model_name_means_its_default_weights(ship):
    ship("eccv16_small", "aerial")
    ship("eccv16_small", "photos", is_default=True)
    assert presets.find_shipped("eccv16_small").tag == "photos"
    assert presets.find_shipped("eccv16_small.aerial").tag == "aerial"


def test_model_name_without_a_default_means_the_first(ship):
    ship("eccv16_small", "photos")
    ship("eccv16_small", "aerial")
    assert presets.find_shipped("eccv16_small").tag == "aerial"


def test_unknown_name_lists_close_matches_and_all_names(ship):
    ship("eccv16_small", "photos")
    with pytest.raises(SettingError) as error:
        presets.find_onnx("eccv16_smal")
    assert "Did you mean eccv16_small" in str(error.value)
    assert "Expected one of eccv16_small, eccv16_small.photos" in str(
        error.value
    )


def test_registered_model_without_weights_is_not_called_unknown(ship):
    ship("eccv16_small", "photos")
    with pytest.raises(SettingError, match="comes without weights.*export"):
        presets.find_onnx("eccv16_base")


def test_tampered_file_is_refused(ship):
    folder = ship("eccv16_small", "photos")
    path = presets.find_onnx("eccv16_small")
    assert path == folder / "model.onnx"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match="damaged or was changed.*SHA-256"):
        presets.find_onnx("eccv16_small")


def test_missing_file_is_refused(ship):
    (ship("eccv16_small", "photos") / "model.onnx").unlink()
    with pytest.raises(ModelError, match="missing in .*Install"):
        presets.find_onnx("eccv16_small")


@pytest.mark.parametrize("text", ["{", "[]", '{"model": "eccv16_small"}'])
def test_damaged_metadata_is_refused(ship, text):
    (ship("eccv16_small", "photos") / "metadata.json").write_text(text)
    with pytest.raises(ModelError, match="must be a JSON object"):
        presets.list_shipped()


@pytest.mark.parametrize(
    "shipped", presets.list_shipped(), ids=lambda shipped: shipped.name
)
def test_weights_in_the_box_are_the_ones_that_were_put_there(shipped):
    presets.verify_checksum(shipped, presets.ONNX_FILE, *presets.KERAS_FILES)
    metadata = json.loads((shipped.folder / "metadata.json").read_text("utf-8"))
    assert shipped.folder.name == f"{metadata['model']}.{metadata['tag']}"
    assert (shipped.folder / "README.md").is_file()


@pytest.mark.parametrize(
    "shipped", presets.list_shipped(), ids=lambda shipped: shipped.name
)
def test_onnx_file_in_the_box_says_what_its_folder_says(shipped):
    metadata = json.loads((shipped.folder / "metadata.json").read_text("utf-8"))
    facts = ColorizeSession(shipped.name, num_threads=1).contract.facts
    for key in ("license", "training_data", "weights_version"):
        assert facts[key] == metadata[key]
    assert facts["weights"] == shipped.tag
    assert facts["weights_sha256"] == shipped.sha256["model.weights.h5"]
    assert facts["source"] == registry.get_spec(shipped.model).source
    assert facts["contract"].startswith("image: uint8 (batch, height, width, 3")


def test_changed_architecture_of_keras_weights_is_refused(ship):
    folder = ship("eccv16_small", "photos")
    metadata = json.loads((folder / "metadata.json").read_text())
    (folder / "config.json").write_text("{}")
    metadata["sha256"]["config.json"] = files.sha256_of(folder / "config.json")
    (folder / "metadata.json").write_text(json.dumps(metadata))
    presets.verify_checksum(presets.find_shipped("eccv16_small"), "config.json")
    (folder / "config.json").write_text("{ }")
    with pytest.raises(ModelError, match=r"config\.json is damaged or was"):
        load_pretrained("eccv16_small")
