"""PyTorch files: read whole or refused, and none of their code is run."""

import collections
import pathlib
import sys

import numpy as np
import pytest

from keras_colorize.convert.pytorch_file import read_state_dict
from keras_colorize.files import sha256_of


class RunsCode:
    """Creates a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return pathlib.Path.touch, (self.path,)


@pytest.fixture
def torch():
    return pytest.importorskip(
        "torch", reason="checkpoints are PyTorch files (extra: backends)"
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "weights.pth"


@pytest.mark.parametrize("as_zip", [True, False])
def test_both_file_formats_of_pytorch_are_read(torch, path, as_zip):
    kernel = torch.arange(6.0).reshape(2, 3)
    state = collections.OrderedDict(
        {
            "conv.weight": torch.nn.Parameter(kernel),
            "conv.bias": kernel[0].to(torch.bfloat16),
            "norm.num_batches_tracked": torch.tensor(3),
        }
    )
    torch.save(state, path, _use_new_zipfile_serialization=as_zip)
    read = read_state_dict(path)
    assert list(read) == list(state)
    assert {value.dtype for value in read.values()} == {np.dtype("float32")}
    np.testing.assert_array_equal(read["conv.weight"], [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(read["conv.bias"], [0, 1, 2])


@pytest.mark.parametrize("as_zip", [True, False])
def test_code_in_a_file_is_not_run(torch, path, tmp_path, as_zip):
    touched = tmp_path / "code-has-run"
    state = {"conv.weight": torch.ones(2), "trap": RunsCode(touched)}
    torch.save(state, path, _use_new_zipfile_serialization=as_zip)
    with pytest.raises(ValueError, match="Nothing of it was run"):
        read_state_dict(path)
    assert not touched.exists()
    # The trap is a real one.
    torch.load(path, weights_only=False)
    assert touched.exists()


@pytest.mark.parametrize("as_zip", [True, False])
@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.95])
def test_a_file_that_is_cut_off_is_refused(torch, path, as_zip, kept):
    state = {f"layer{i}.weight": torch.ones(5, 7) for i in range(20)}
    torch.save(state, path, _use_new_zipfile_serialization=as_zip)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole))])
    with pytest.raises(ValueError, match="weights.pth could not be read"):
        read_state_dict(path)


@pytest.mark.parametrize("content", [b"<html>404</html>", b"\x80\x02}q\x00."])
def test_another_kind_of_file_is_refused(torch, path, content):
    path.write_bytes(content)
    with pytest.raises(ValueError, match="weights.pth"):
        read_state_dict(path)


@pytest.mark.parametrize(
    "content", [[1, 2], {"epoch": 3}, {"state_dict": {"conv.weight": 1.0}}]
)
def test_what_is_not_a_state_dict_is_refused(torch, path, content):
    torch.save(content, path)
    with pytest.raises(ValueError, match="dict of names and tensors"):
        read_state_dict(path)


def test_the_checksum_in_a_published_name_is_checked(torch, tmp_path):
    path = tmp_path / "weights.pth"
    torch.save({"conv.weight": torch.ones(2)}, path)
    checksum = sha256_of(path)
    right = path.rename(tmp_path / f"release-{checksum[:8]}.pth")
    assert list(read_state_dict(right)) == ["conv.weight"]
    wrong = right.rename(tmp_path / "siggraph17-df00044c.pth")
    with pytest.raises(ValueError, match=f"df00044c.*Received: .*{checksum}"):
        read_state_dict(wrong)


@pytest.mark.parametrize(
    "name",
    ["eccv16-20240131.pth", "mine-20240131235959.pth", "at-00012000.pth"],
)
def test_a_date_or_a_step_in_a_name_is_no_checksum(torch, tmp_path, name):
    torch.save({"conv.weight": torch.ones(2)}, tmp_path / name)
    assert list(read_state_dict(tmp_path / name)) == ["conv.weight"]


def test_a_missing_file_is_named(tmp_path):
    for path in (tmp_path / "absent.pth", tmp_path):
        with pytest.raises(FileNotFoundError, match="no checkpoint file at"):
            read_state_dict(path)


def test_without_pytorch_the_message_says_what_to_install(path, monkeypatch):
    path.write_bytes(b"")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r"keras-colorize\[backends\]"):
        read_state_dict(path)


def test_a_pytorch_that_could_be_tricked_is_refused(torch, path, monkeypatch):
    path.write_bytes(b"")
    monkeypatch.setattr(torch, "__version__", "2.5.1+cpu")
    with pytest.raises(ImportError, match="2.6 or newer.*2.5.1"):
        read_state_dict(path)
