import hashlib

import numpy as np
import pytest

from keras_colorize.exporters.loading import load_for_export
from keras_colorize.models.registry import create_model


@pytest.fixture
def trained(thin_spec):
    """A model whose weights are not those of a new one."""
    model = create_model(thin_spec.name)
    model.set_weights([w + 0.25 for w in model.get_weights()])
    return model


def save(model, path):
    if path.name.endswith(".weights.h5"):
        model.save_weights(path)
    elif path.suffix == ".keras":
        model.save(path)
    else:
        facts = {"license": "CC BY 4.0", "dataset": "sea", "step": 70}
        model.save_to_preset(path, facts)


@pytest.mark.parametrize("name", ["a.weights.h5", "a.keras", "preset"])
def test_weights_load_from_every_format(trained, tmp_path, name):
    save(trained, tmp_path / name)
    model, metadata = load_for_export("eccv16_thin", tmp_path / name)
    for loaded, expected in zip(
        model.get_weights(), trained.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(loaded, expected)
    assert metadata["model"] == "eccv16_thin"
    assert metadata["weights"] == name
    is_preset = name == "preset"
    assert metadata["license"] == (
        "CC BY 4.0" if is_preset else "code Apache-2.0; weights: not stated"
    )
    assert metadata["training_data"] == ("sea" if is_preset else "not stated")
    assert metadata["weights_version"] == (
        "step 70" if is_preset else "not stated"
    )
    file = (
        tmp_path / name / "model.weights.h5" if is_preset else tmp_path / name
    )
    expected = hashlib.sha256(file.read_bytes()).hexdigest()
    assert metadata["weights_sha256"] == expected


def test_model_without_shipped_weights_is_called_untrained(thin_spec):
    _, metadata = load_for_export(thin_spec.name)
    assert metadata["weights"] == "untrained"
    assert metadata["license"] == "Apache-2.0"
    assert "weights_sha256" not in metadata


def test_weights_of_another_model_are_refused(trained, tmp_path):
    other = create_model("eccv16_thin", stackwise_filters=(2,) * 8)
    other.save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(ValueError, match="does not hold weights of eccv16_th"):
        load_for_export("eccv16_thin", tmp_path / "other.weights.h5")
    trained.save_to_preset(tmp_path / "preset")
    with pytest.raises(ValueError, match="holds another model"):
        load_for_export("eccv16_small", tmp_path / "preset")


def test_misuse_is_told(thin_spec, tmp_path):
    with pytest.raises(ValueError, match="Did you mean"):
        load_for_export("eccv16_thim")
    with pytest.raises(FileNotFoundError, match="no weights at"):
        load_for_export("eccv16_thin", tmp_path / "absent.keras")
    with pytest.raises(ValueError, match="Unknown model"):
        load_for_export("eccv16_thin.no_such_tag")
    (tmp_path / "weights.pth").write_bytes(b"torch")
    with pytest.raises(ValueError, match=r"\.weights\.h5 or \.keras"):
        load_for_export("eccv16_thin", tmp_path / "weights.pth")
    (tmp_path / "text.weights.h5").write_text("not HDF5")
    with pytest.raises(ValueError, match="does not hold weights"):
        load_for_export("eccv16_thin", tmp_path / "text.weights.h5")
    (tmp_path / "text.keras").write_text("not a zip")
    with pytest.raises(ValueError, match=r"text\.keras"):
        load_for_export("eccv16_thin", tmp_path / "text.keras")
    with pytest.raises(ValueError, match="without a tag"):
        load_for_export("eccv16_thin.mine", tmp_path / "text.keras")
