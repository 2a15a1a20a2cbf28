"""What a frame carries beside its pixels, such as closed captions.

PyAV 18.1 reads side data of frames and sets none. A frame that is decoded
takes its own along into the encoder, which is how captions are kept; of the
rest a note says that it is left out.
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
from av.filter import Graph
from av.sidedata.sidedata import Type

CAPTIONS = "A53_CC"
# What is left out, in words, by PyAV's name. Not here: what says nothing of
# the film (settings of its encoder), what is done by the decoder (grain), and
# what all of MPEG-2 has, mostly empty (GOP timecodes, pan and scan).
_WORDS = {
    "AFD": "active format (AFD)",
    "STEREO3D": "stereo 3D",
    "SPHERICAL": "360-degree projection",
    "MASTERING_DISPLAY_METADATA": "mastering display (HDR)",
    "CONTENT_LIGHT_LEVEL": "content light level (HDR)",
    "AMBIENT_VIEWING_ENVIRONMENT": "ambient light (HDR)",
    "DYNAMIC_HDR_PLUS": "HDR10+",
    "DYNAMIC_HDR_VIVID": "HDR Vivid",
    "DOVI_RPU_BUFFER": "Dolby Vision",
    "DOVI_METADATA": "Dolby Vision",
    "ICC_PROFILE": "ICC profile",
    "S12M_TIMECODE": "timecode of each frame",
}
# Kinds that FFmpeg has, or will have, and PyAV has no name for.
_UNNAMED = range(len(Type), len(Type) + 16)


def side_data_of(frame: Any) -> dict[str, bytes]:
    """Reads the side data of a frame.

    Args:
        frame: `av.VideoFrame`, as decoded.

    Returns:
        Bytes by PyAV's name of the kind; without those it has no name for.
    """
    try:
        side_data = frame.side_data
    except ValueError:  # one without a name, and PyAV gives none at all
        side_data = _without_unnamed(frame).side_data
    return {data.type.name: bytes(data) for data in side_data}


def display_matrix(frame: Any) -> list[int] | None:
    """Reads how the frame is turned and mirrored; None if it is not."""
    matrix = side_data_of(frame).get("DISPLAYMATRIX")
    return None if matrix is None else np.frombuffer(matrix, "=i4").tolist()


def lost_words(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """Says in words what a film has lost of its side data, captions aside.

    Args:
        before: Names of the kinds that its frames carried.
        after: Names of the kinds that frames of the new film carry.
    """
    lost = set(before) - set(after)
    words = [word for name, word in _WORDS.items() if name in lost]
    return list(dict.fromkeys(words))


def _without_unnamed(frame: Any) -> Any:
    graph = Graph()
    graph.threads = 1  # to start more takes longer than the work
    last = graph.add_buffer(
        width=frame.width,
        height=frame.height,
        format=frame.format,
        time_base=frame.time_base or Fraction(1),
    )
    for kind in _UNNAMED:
        removal = graph.add("sidedata", f"mode=delete:type={kind}")
        last.link_to(removal)
        last = removal
    end = graph.add("buffersink")
    last.link_to(end)
    graph.configure()
    graph.push(frame)
    return graph.pull()
