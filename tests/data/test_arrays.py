import numpy as np
import pytest

from keras_colorize.data.arrays import open_cifar10
from keras_colorize.data.arrays import open_lab_arrays
from keras_colorize.data.pipeline import PipelineConfig
from keras_colorize.data.pipeline import evaluation_dataset
from keras_colorize.data.pipeline import training_dataset

LABELS = ("airplane", "automobile")


def _cifar_file(path, images, labels):
    planar = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
    records = np.concatenate([np.array(labels)[:, None], planar], axis=1)
    path.write_bytes(records.astype(np.uint8).tobytes())
    return path


def _lab_files(folder, ab_lengths, count, dtype=np.uint8):
    rng = np.random.default_rng(0)
    L = rng.integers(0, 256, (count, 8, 12)).astype(dtype)
    np.save(folder / "gray_scale.npy", L)
    files = []
    parts = []
    for number, length in enumerate(ab_lengths):
        ab = rng.integers(0, 256, (length, 8, 12, 2)).astype(np.uint8)
        np.save(folder / f"ab{number}.npy", ab)
        files.append(folder / f"ab{number}.npy")
        parts.append(ab)
    return L, np.concatenate(parts), folder / "gray_scale.npy", files


def test_cifar_records_become_upright_rgb(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3))
    one = _cifar_file(tmp_path / "1.bin", images[:2], [0, 1])
    two = _cifar_file(tmp_path / "2.bin", images[2:], [1])
    photos = open_cifar10("cifar10", [one, two], LABELS)
    assert photos.labels == ("airplane", "automobile", "automobile")
    np.testing.assert_array_equal(photos.image(2), images[2])


def test_cut_cifar_file_is_refused(tmp_path):
    (tmp_path / "1.bin").write_bytes(bytes(3073 * 2 - 5))
    with pytest.raises(ValueError, match="3073 bytes"):
        open_cifar10("cifar10", [tmp_path / "1.bin"], LABELS)


def test_cifar_label_without_a_name_is_refused(tmp_path):
    file = _cifar_file(tmp_path / "1.bin", np.zeros((1, 32, 32, 3)), [2])
    with pytest.raises(ValueError, match="below 2. Received: 2"):
        open_cifar10("cifar10", [file], LABELS)


def test_lab_arrays_join_L_with_stacked_ab(tmp_path):
    L, ab, L_file, ab_files = _lab_files(tmp_path, [2, 3], 5)
    photos = open_lab_arrays("set", L_file, ab_files)
    assert len(photos) == 5
    for index in (0, 1, 2, 4):
        image = photos.image(index)
        np.testing.assert_array_equal(image[..., 0], L[index])
        np.testing.assert_array_equal(image[..., 1:], ab[index])


def test_lab_arrays_flow_through_the_pipeline_in_cie_units(tmp_path):
    L, ab, L_file, ab_files = _lab_files(tmp_path, [2, 2], 4)
    photos = open_lab_arrays("set", L_file, ab_files, range(1, 3))
    config = PipelineConfig(crop_size=(8, 12), batch_size=4)
    out_L, out_ab = next(iter(evaluation_dataset(photos, config)))
    assert out_L.shape == (2, 8, 12, 1)
    expected = L[1:3, ..., None] * (100 / 255)
    np.testing.assert_allclose(out_L, expected, atol=1e-4)
    expected = ab[1:3, ::4, ::4].astype(np.float32) - 128
    np.testing.assert_array_equal(out_ab, expected)
    training = training_dataset(photos, config, num_steps=2)
    assert [len(batch) for batch, _ in training] == [4, 4]


def test_lab_arrays_that_do_not_fit_are_refused(tmp_path):
    _, _, L_file, ab_files = _lab_files(tmp_path, [2, 2], 5)
    with pytest.raises(ValueError, match="together have N photos"):
        open_lab_arrays("set", L_file, ab_files)
    _, _, L_file, ab_files = _lab_files(tmp_path, [2, 2], 4, np.float32)
    with pytest.raises(ValueError, match="float32"):
        open_lab_arrays("set", L_file, ab_files)


def test_array_of_python_objects_is_refused(tmp_path):
    np.save(tmp_path / "L.npy", np.array([{"code": 1}]), allow_pickle=True)
    with pytest.raises(ValueError, match="without Python objects"):
        open_lab_arrays("set", tmp_path / "L.npy", [tmp_path / "L.npy"])
