"""Pieces of encoded film, and that the same frames give the same bytes."""

import hashlib
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_colorize.serving.video.codecs import CODEC_NAMES
from keras_colorize.serving.video.codecs import choose_codec
from keras_colorize.serving.video.codecs import encoder_options
from keras_colorize.serving.video.luma import layout_of
from keras_colorize.serving.video.segments import Encoding
from keras_colorize.serving.video.segments import SegmentWriter
from tests.serving.video.videos import still
from tests.serving.video.videos import video_frame

ROOT = Path(__file__).parents[3]
RATE = Fraction(25)


def encoded(path, codec_name):
    """Checksum of a segment of 20 frames of 320 x 240 pixels."""
    grays = [
        np.asarray(Image.fromarray(gray).resize((320, 240)))
        for gray in still(20, "coffee")
    ]
    codec = choose_codec(path.with_suffix(".mkv"), codec_name)
    encoding = Encoding(
        codec=codec,
        quality=codec.quality,
        layout=layout_of(video_frame(grays[0]), True, 8),
        time_base=1 / RATE,
        rate=RATE,
        pixel_aspect=None,
        color_trc=2,
        field_order=0,
    )
    writer = SegmentWriter(path, encoding)
    for i, gray in enumerate(grays):
        writer.write(video_frame(gray), i, 1)
    assert writer.finish().num_frames == len(grays)
    return hashlib.sha256(path.read_bytes()).hexdigest()


_ENCODED = """
import sys
from pathlib import Path
from tests.serving.video.test_segments import encoded
print(encoded(Path(sys.argv[1]), sys.argv[2]))
"""


@pytest.mark.parametrize(
    "codec_name",
    [
        pytest.param(name, marks=() if name == "h264" else pytest.mark.slow)
        for name in CODEC_NAMES
    ],
)
def test_bytes_do_not_hang_on_what_was_in_memory(tmp_path, codec_name):
    # glibc fills what it gives with this byte; others do nothing with it.
    digests = {
        subprocess.run(
            [sys.executable, "-c", _ENCODED, tmp_path / "s.nut", codec_name],
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "MALLOC_PERTURB_": byte,
            },
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        for byte in ("0", "85", "170")
    }
    assert len(digests) == 1


@pytest.mark.skipif(
    not Path("/proc/cpuinfo").is_file(), reason="the CPU is told by Linux only"
)
def test_x264_uses_no_avx_512():
    has_it = " avx512f " in Path("/proc/cpuinfo").read_text()
    codec = choose_codec(Path("film.mp4"), "h264")
    options = encoder_options(codec, 18)
    assert options["crf"] == "18"
    asm = ["asm=AVX2"] if has_it else []
    search = ["subme=3", "trellis=0"]
    assert options["x264-params"].split(":") == [*search, *asm]
    options = encoder_options(codec, 18, "bff")
    assert options["x264-params"].split(":") == [*search, "bff=1", *asm]
