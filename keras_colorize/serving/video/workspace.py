"""What an interrupted film leaves, to go on from.

A hidden folder beside the result holds finished segments, the state of the
smoothing after the last of them, and `manifest.json`, which is replaced as a
whole when a segment is done. Whatever the manifest does not name is made
again, so the process may be killed at any moment.
"""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np

from keras_colorize.files import explained_os_errors
from keras_colorize.files import write_json
from keras_colorize.files import written_beside
from keras_colorize.serving.video.segments import Segment

_MANIFEST = "manifest.json"


class Workspace:
    """The folder of one film in the making.

    What was left by a run with another source, model or setting is thrown
    away.

    Args:
        output: The film to be written.
        identity: JSON object of all that the result depends on.

    Attributes:
        folder: Its path.
        segments: The finished ones, in order.
        state: Of the smoothing, after the last segment.
        damage: What is known to be wrong with the source.

    Raises:
        OutputError: If the folder cannot be made.
    """

    def __init__(self, output: Path, identity: dict):
        self.folder = folder_of(output)
        self.segments: list[Segment] = []
        self.state: dict[str, np.ndarray] = {}
        self.damage = ""
        self._identity = json.loads(json.dumps(identity))  # no tuples
        with explained_os_errors(output):
            if not self._load():
                self.remove()
            self.folder.mkdir(exist_ok=True)

    @property
    def num_frames(self) -> int:
        """Frames in finished segments."""
        return sum(segment.num_frames for segment in self.segments)

    @property
    def last_pts(self) -> int | None:
        """Of the last frame that is done."""
        return self.segments[-1].last_pts if self.segments else None

    def next_path(self) -> Path:
        """Where to write the next segment."""
        return self.folder / f"segment-{len(self.segments):05d}.nut"

    def add(
        self, segment: Segment, state: dict[str, np.ndarray], damage: str
    ) -> None:
        """Records that a segment is finished."""
        self.segments.append(segment)
        self.state, self.damage = state, damage
        number = len(self.segments)
        with written_beside(self._state_path(number)) as part:
            np.savez(part, allow_pickle=False, **state)
        manifest = {
            "identity": self._identity,
            "segments": [dataclasses.asdict(s) for s in self.segments],
            "damage": damage,
        }
        write_json(self.folder / _MANIFEST, manifest)
        self._state_path(number - 1).unlink(missing_ok=True)

    def remove(self) -> None:
        """Deletes the folder."""
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def _state_path(self, number: int) -> Path:
        return self.folder / f"state-{number:05d}.npz"

    def _load(self) -> bool:
        """Whether there is something to go on from."""
        try:
            text = (self.folder / _MANIFEST).read_text(encoding="utf-8")
            manifest = json.loads(text)
            if manifest["identity"] != self._identity:
                return False
            segments = [Segment(**row) for row in manifest["segments"]]
            with np.load(self._state_path(len(segments))) as state:
                self.state = dict(state)
        except (OSError, ValueError, KeyError, TypeError):
            return False
        self.segments, self.damage = segments, manifest["damage"]
        return all((self.folder / s.file).is_file() for s in segments)


def folder_of(output: Path) -> Path:
    """Where the work on `output` is kept until it is whole."""
    return output.with_name(f".{output.name}.keras-colorize")
