"""Memory of a session that colorizes photos of mixed sizes for a long time."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]

# Prints resident memory in MiB after each photo of 200 to 900 pixels: 500 of
# them, one of 6 megapixels, and 20 more.
PROGRAM = """
import json
import numpy as np
import psutil
from keras_colorize import ColorizeSession

session = ColorizeSession("lite")
process = psutil.Process()
rng = np.random.default_rng(0)
noise = rng.integers(0, 256, (2000, 3000, 3), dtype=np.uint8)
sizes = [*rng.integers(200, 900, (520, 2), endpoint=True)]
sizes.insert(500, noise.shape[:2])
memory = []
for height, width in sizes:
    session.colorize_array(noise[:height, :width])
    memory.append(process.memory_info().rss / 2**20)
print(json.dumps(memory))
"""


@pytest.fixture(scope="module")
def memory():
    pytest.importorskip("psutil", reason="part of the dev extra")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return np.array(json.loads(done.stdout))


@pytest.mark.slow
def test_memory_stays_flat_over_500_photos_of_mixed_sizes(memory):
    # Single photos differ by 150 MiB, and medians of 50 by 25, as malloc
    # keeps more or less. Kept results would be 0.9 MiB a photo: 260 MiB.
    after_100, after_400 = (
        np.median(memory[100:200]),
        np.median(memory[400:500]),
    )
    assert after_400 - after_100 < 40


@pytest.mark.slow
def test_memory_of_a_large_photo_is_given_back(memory):
    # Its pixels are 17 MiB; the whole photo inside a graph leaves 400.
    assert np.median(memory[501:]) - np.median(memory[400:500]) < 100
