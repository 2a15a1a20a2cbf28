"""What an interrupted film leaves is taken whole or not at all."""

import contextlib
from types import SimpleNamespace

from keras_colorize.serving.video.segments import Segment
from keras_colorize.serving.video.workspace import Workspace

IDENTITY = {"source": "film.mp4", "strength": 1.0}


def test_a_missing_segment_leaves_nothing_of_the_earlier_run(tmp_path):
    met = SimpleNamespace(
        damage="damaged", changes=["larger"], side_data={"SPHERICAL", "AFD"}
    )
    with contextlib.closing(Workspace(tmp_path, IDENTITY)) as work:
        work.next_path().write_bytes(b"frames")
        segment = Segment(work.next_path().name, 4, 0, 3, 1, 0)
        work.add(segment, {}, met, num_kept=3)
    with contextlib.closing(Workspace(tmp_path, IDENTITY)) as work:
        assert (work.num_frames, work.num_kept) == (4, 3)
        assert (work.damage, work.changes) == ("damaged", ["larger"])
        assert work.side_data == ["AFD", "SPHERICAL"]
        (work.folder / segment.file).unlink()
    with contextlib.closing(Workspace(tmp_path, IDENTITY)) as work:
        assert (work.num_frames, work.num_kept) == (0, 0)
        assert (work.damage, work.changes) == ("", [])
        assert work.side_data == []
