"""What an interrupted film leaves, to go on from.

A hidden folder beside the result holds finished segments, the state of the
smoothing after the last of them, and `manifest.json`, which is replaced as a
whole when a segment is done. Whatever the manifest does not name is made
again, so the process may be killed at any moment. The folder is that of a
source and all settings, whatever the result is called: another name or
container goes on with the same frames.
"""

import contextlib
import dataclasses
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np

from keras_colorize.errors import OutputError
from keras_colorize.files import LockedError
from keras_colorize.files import explained_os_errors
from keras_colorize.files import locked
from keras_colorize.files import write_json
from keras_colorize.files import written_beside
from keras_colorize.serving.video.segments import Segment
from keras_colorize.serving.video.source import VideoSource

_MANIFEST = "manifest.json"
_FACTS = ("damage", "changes", "side_data", "num_kept")  # of the manifest
_LOCK = "lock"
_SUFFIX = ".keras-colorize"


class Workspace:
    """The folder of one film in the making. Close it after use.

    What runs with another model or setting left of the same source is thrown
    away.

    Args:
        parent: Folder of the film to be written.
        identity: JSON object of all that the encoded frames depend on;
            "source" says of which film.

    Attributes:
        folder: Its path.
        segments: The finished ones, in order.
        state: Of the smoothing, after the last segment.
        damage: What is known to be wrong with the source.
        changes: What is known of frames that differ from the first.
        side_data: Names of the kinds that frames carried.
        num_kept: Frames in the segments that keep the color they had.

    Raises:
        OutputError: If the folder cannot be made, or another run works in it.
    """

    def __init__(self, parent: Path, identity: dict):
        text = json.dumps(identity, sort_keys=True)
        self._identity = json.loads(text)  # without tuples
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        self.folder = parent / f".{digest}{_SUFFIX}"
        self.segments: list[Segment] = []
        self.state: dict[str, np.ndarray] = {}
        self.damage, self.changes, self.num_kept = "", [], 0
        self.side_data: list[str] = []
        with contextlib.ExitStack() as stack, explained_os_errors(self.folder):
            self.folder.mkdir(exist_ok=True)
            try:
                stack.enter_context(_locked(self.folder))
            except LockedError as error:
                raise OutputError(
                    f"Another run colorizes {identity['source']} with the "
                    f"same settings in {parent}: process {error.pid} of host "
                    f"{error.host}. Wait for it, or write into another folder."
                ) from error
            self._remove_others(parent)
            self._load()
            self._lock = stack.pop_all()

    def close(self) -> None:
        """Lets other runs go on here."""
        self._lock.close()

    @property
    def num_frames(self) -> int:
        """Frames in finished segments."""
        return sum(segment.num_frames for segment in self.segments)

    @property
    def last_pts(self) -> int | None:
        """Of the last frame that is done."""
        return self.segments[-1].last_pts if self.segments else None

    def next_path(self) -> Path:
        """Says where to write the next segment."""
        return self.folder / f"segment-{len(self.segments):05d}.nut"

    def add(
        self,
        segment: Segment,
        state: dict[str, np.ndarray],
        source: VideoSource,
        num_kept: int,
    ) -> None:
        """Records that a segment is finished, and what was met until then."""
        self.num_kept = num_kept
        self.segments.append(segment)
        self.state, self.damage = state, source.damage
        self.changes = list(source.changes)
        self.side_data = sorted(source.side_data)
        number = len(self.segments)
        with written_beside(self._state_path(number)) as part:
            np.savez(part, **state)  # pyright: ignore[reportArgumentType]
        manifest = {
            "identity": self._identity,
            "segments": [dataclasses.asdict(s) for s in self.segments],
            "damage": self.damage,
            "changes": self.changes,
            "side_data": self.side_data,
            "num_kept": self.num_kept,
        }
        # Paths need not be UTF-8.
        write_json(self.folder / _MANIFEST, manifest, ensure_ascii=True)
        self._state_path(number - 1).unlink(missing_ok=True)

    def remove(self) -> None:
        """Deletes the folder."""
        self.close()  # Windows deletes no open file
        shutil.rmtree(self.folder, ignore_errors=True)

    def _remove_others(self, parent: Path) -> None:
        for folder in parent.glob(f".*{_SUFFIX}"):
            if folder == self.folder or not (folder / _LOCK).is_file():
                continue
            try:
                with _locked(folder):
                    is_left = self._is_of_source(folder)
            except LockedError:
                continue
            if is_left:
                shutil.rmtree(folder, ignore_errors=True)

    def _is_of_source(self, folder: Path) -> bool:
        try:
            text = (folder / _MANIFEST).read_text(encoding="utf-8")
            source = json.loads(text)["identity"]["source"]
        except FileNotFoundError:
            return True  # nothing is finished in it
        except (OSError, ValueError, KeyError, TypeError):
            return False
        return source == self._identity["source"]

    def _state_path(self, number: int) -> Path:
        return self.folder / f"state-{number:05d}.npz"

    def _load(self) -> None:
        """Takes over what an earlier run has left, if all of it is there."""
        try:
            text = (self.folder / _MANIFEST).read_text(encoding="utf-8")
            manifest = json.loads(text)
            segments = [Segment(**row) for row in manifest["segments"]]
            with np.load(self._state_path(len(segments))) as file:
                state = dict(file)
            facts = [manifest[key] for key in _FACTS]
            is_own = manifest["identity"] == self._identity
        except (OSError, ValueError, KeyError, TypeError):
            return
        if is_own and all((self.folder / s.file).is_file() for s in segments):
            self.segments, self.state = segments, state
            self.damage, self.changes, self.side_data, self.num_kept = facts


def _locked(folder: Path) -> contextlib.AbstractContextManager[int | None]:
    return locked(folder / _LOCK, trusts_system=True)
