"""`video` from the wheel, without Keras; read back with PyAV."""

import subprocess

import numpy as np
import pytest

from tests.wheel.conftest import run_python

av = pytest.importorskip("av", reason="PyAV, of the extra video, is missing")
from tests.serving.video import videos  # noqa: E402  (needs PyAV)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def python(install):
    return install("[video]")


def test_other_libraries_are_not_installed(python):
    code = (
        "import importlib.util as u; print([n for n in ('keras', "
        "'tensorflow', 'onnx', 'cv2', 'fastapi') if u.find_spec(n)])"
    )
    assert run_python(python, "-c", code).strip() == "[]"


def test_video_of_a_real_photo_gets_color_and_keeps_the_rest(python, tmp_path):
    path = videos.write_video(
        tmp_path / "old.mp4", videos.still(8, "coffee", (96, 144)), rotation=90
    )
    target = tmp_path / "color.mkv"
    result = subprocess.run(
        [
            *(python.with_name("keras-colorize"), "video", path, target),
            *("--codec", "ffv1"),
        ],
        cwd="/",
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    before, after = videos.read_video(path), videos.read_video(target)
    np.testing.assert_array_equal(before["luma"], after["luma"])
    assert after["rate"] == videos.NTSC
    assert after["rotation"] == before["rotation"] != 0
    sounds = [
        [packet for _, packet in videos.packets_of(film, "audio")]
        for film in (path, target)
    ]
    assert sounds[0] == sounds[1] != []
    rgb = videos.rgb_of(after["frames"][-1])
    assert np.median(rgb[..., 0] - rgb[..., 2]) > 0.02  # a wooden table


def test_photo_instead_of_a_film_is_refused_in_a_sentence(python, tmp_path):
    letter = tmp_path / "letter.mp4"
    letter.write_text("Dear grandmother,\n")
    result = subprocess.run(
        [
            *(python.with_name("keras-colorize"), "video", letter),
            tmp_path / "color.mkv",
        ],
        cwd="/",
        capture_output=True,
        text=True,
    )
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    assert "letter.mp4" in result.stderr
    assert not list(tmp_path.glob("color*"))
