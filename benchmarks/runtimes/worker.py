"""A runtime in a process of its own, asked for one photo after another."""

import dataclasses
import json
import pathlib
import subprocess
import tempfile
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np


class WorkerError(RuntimeError):
    """What a runtime said where it did not do as it was asked."""


@dataclasses.dataclass(frozen=True, eq=False)
class Turn:
    """One photo that was colorized.

    Attributes:
        result: uint8 (H, W, 3).
        wall: Seconds.
        cpu: Processor seconds of all threads.
    """

    result: np.ndarray
    wall: float
    cpu: float


class Worker:
    """Starts a program of `workers`, which has opened its file by then.

    Use it as a context: the program ends with it.

    Args:
        command: What `environments.command_of` returns.
        file: What it opens.
        options: How.

    Attributes:
        said: Its first answer.

    Raises:
        WorkerError: If it cannot open the file.
    """

    def __init__(
        self,
        command: Sequence[str],
        file: pathlib.Path,
        options: Mapping[str, str],
    ):
        self._command = command
        self._job = {"file": str(file), "options": dict(options)}

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory()
        self._errors = pathlib.Path(self._folder.name) / "errors.txt"
        with self._errors.open("w") as errors:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        try:
            self.said = self._ask(self._job)
        except WorkerError:
            self._end()
            raise
        return self

    def __exit__(self, *_):
        self._end()

    def colorize(self, photo: pathlib.Path) -> Turn:
        """Colorizes a photo.

        Args:
            photo: `.npy` file of uint8 (H, W, 3).

        Raises:
            WorkerError: If the runtime does not.
        """
        result = pathlib.Path(self._folder.name) / "result.npy"
        said = self._ask({"photo": str(photo), "result": str(result)})
        return Turn(np.load(result), said["wall"], said["cpu"])

    def _ask(self, content):
        try:
            self._process.stdin.write(json.dumps(content) + "\n")
            self._process.stdin.flush()
            # Some runtimes print when they are imported.
            answer = next(
                (x for x in self._process.stdout if x.startswith("{")), ""
            )
        except BrokenPipeError:
            answer = ""
        if not answer:
            lines = self._errors.read_text(errors="replace").split("\n")
            words = [line.strip() for line in lines if line.strip()][-1:]
            raise WorkerError(
                f"the program ended with {self._process.wait()}: {words}"
            )
        said = json.loads(answer)
        if "error" in said:
            raise WorkerError(said["error"])
        return said

    def _end(self):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._folder.cleanup()
