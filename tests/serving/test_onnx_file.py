"""How model files run."""

import numpy as np
import pytest

from keras_colorize.serving.session import ColorizeSession
from tests.helpers import mid_tone_photo
from tests.serving import tiny_models

SHRINKS = "memory.enable_memory_arena_shrinkage"


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


def test_memory_of_a_photo_in_the_graph_is_given_back():
    session = ColorizeSession(tiny_models.photo_model(), num_threads=1)
    session._session = runs = _Recorder(session._session)
    session.colorize_array(mid_tone_photo(20, 30))
    assert runs.gave_back == [True]
