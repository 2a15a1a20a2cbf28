"""How model files run: threads and memory."""

import numpy as np
import pytest

from keras_colorize.hints import Hint
from keras_colorize.presets import list_shipped
from keras_colorize.serving import onnx_file
from keras_colorize.serving.session import ColorizeSession
from tests.helpers import mid_tone_photo
from tests.serving import tiny_models

SHIPPED = [weights.name for weights in list_shipped()]
SHRINKS = "memory.enable_memory_arena_shrinkage"


# === Threads ===


@pytest.mark.parametrize("name", SHIPPED)
def test_every_bit_of_shipped_models_is_the_same_with_any_threads(name):
    photos = [mid_tone_photo(61, 90), mid_tone_photo(133, 75)]
    sessions = [ColorizeSession(name, num_threads=n) for n in (1, 2, 3, 5)]
    takes_hints = "hints" in sessions[0].contract.optional_inputs
    for hints in [(), (Hint(20, 30, 9, "navy"),)][: 1 + takes_hints]:
        for photo in photos:
            alone, *others = [
                session.predict_ab(photo[None], hints=hints)
                for session in sessions
            ]
            assert np.ptp(alone) > 1.0
            for other in others:
                np.testing.assert_array_equal(other, alone)


def test_jobs_share_the_cores_where_no_result_hangs_on_it(
    monkeypatch, tmp_path
):
    monkeypatch.setattr(onnx_file, "count_cores", lambda: 8)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    threads = [onnx_file.threads_of_job("lite", n) for n in (1, 2, 3, 8, 20)]
    assert threads == [None, 4, 2, 1, 1]
    for path in (tmp_path / "lite", "lite.onnx", "here/lite"):
        assert onnx_file.threads_of_job(path, 2) is None
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert onnx_file.threads_of_job("lite", 2) is None


# === Memory ===


class _Recorder:
    """Passes runs on and notes what they were asked to give back."""

    def __init__(self, runtime):
        self._runtime = runtime
        self.gave_back = []

    def run(self, names, feed, options):
        try:
            arena = options.get_run_config_entry(SHRINKS)
        except RuntimeError:
            arena = ""
        self.gave_back.append(arena == "cpu:0")
        return self._runtime.run(names, feed, options)


@pytest.mark.parametrize(
    ("size", "gives_back"),
    [
        ((100, 150), False),  # seen as 256 x 384
        ((150, 100), False),
        ((100, 300), True),  # 256 x 768
        ((2000, 2200), True),  # 4.4 megapixels
    ],
)
def test_memory_of_a_run_is_kept_where_it_is_of_usual_size(size, gives_back):
    session = ColorizeSession(tiny_models.ab_model(), num_threads=1)
    session._session = runs = _Recorder(session._session)
    session.colorize_array(np.zeros((*size, 3), np.uint8))
    assert runs.gave_back == [gives_back]


@pytest.mark.parametrize(
    ("model", "keeps"),
    [(tiny_models.photo_model, False), (tiny_models.ab_model, True)],
)
def test_no_memory_is_kept_where_photos_are_in_the_graph(model, keeps):
    opened = onnx_file.open_model(model(), num_threads=1)
    assert opened.runtime.get_session_options().enable_cpu_mem_arena is keeps
