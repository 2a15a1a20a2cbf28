"""Kills a process in the midst of what it writes, at each point there is.

    python -m tests.kill_points tests.test_files:save FOLDER

imports `save`, makes folders FOLDER/0001, FOLDER/0002, … and calls
`save(folder)` for each in a process of its own, which SIGKILL ends at the
first write, rename, fsync, … of it, at the second, and so on, until one comes
to its end. A write is killed after half its bytes. Setting up comes first:
`save` may be a generator that yields where the points begin.
"""

import builtins
import importlib
import inspect
import io
import os
import pathlib
import signal
import subprocess
import sys
import traceback

_CALLS = (
    "fsync",
    "ftruncate",
    "link",
    "mkdir",
    "remove",
    "rename",
    "replace",
    "rmdir",
    "unlink",
    "write",
)
_MOST_POINTS = 500
_SECONDS = 60  # of one process
_FINISHED, _FAILED = 0, 3


def kill_at_each_point(action, folder: pathlib.Path) -> list[pathlib.Path]:
    """Runs a function of a test module once for each point it can die at.

    Args:
        action: a function at the top of a module; called with a folder.
        folder: an empty one.

    Returns:
        The folder of each process, that of the one that was not killed last.
    """
    name = f"{action.__module__}:{action.__qualname__}"
    command = [sys.executable, "-m", "tests.kill_points", name, str(folder)]
    done = subprocess.run(
        command,
        cwd=pathlib.Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{name} failed:\n{done.stdout}")
    return sorted(folder.iterdir())


def _main(name, folder):
    module_name, function_name = name.split(":")
    action = getattr(importlib.import_module(module_name), function_name)
    for point in range(1, _MOST_POINTS + 1):
        own = pathlib.Path(folder, f"{point:04d}")
        own.mkdir()
        child = os.fork()
        if child == 0:
            os._exit(_run(action, own, point))
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            continue
        return os.waitstatus_to_exitcode(status)
    return _FAILED


def _run(action, folder, point):
    signal.alarm(_SECONDS)
    try:
        steps = action(folder)
        if inspect.isgenerator(steps):
            next(steps)
            _arm(point)
            for _ in steps:
                pass
        return _FINISHED
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        return _FAILED


def _arm(point):
    """Lets the process die at the point with this number, from 1."""
    passed = 0

    def is_reached():
        nonlocal passed
        passed += 1
        return passed == point

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    class DyingFile(io.FileIO):
        def write(self, data):
            if is_reached():
                super().write(memoryview(data).cast("B")[: len(data) // 2])
                die()
            return super().write(data)

    open_normally = io.open

    def open_dying(file, mode="r", buffering=-1, *args, **kwargs):
        if not set(mode) & set("wax+") or not isinstance(
            file, str | os.PathLike
        ):
            return open_normally(file, mode, buffering, *args, **kwargs)
        if is_reached():
            die()
        raw = DyingFile(file, mode.replace("b", "").replace("t", ""))
        if "+" in mode:
            binary = io.BufferedRandom(raw)
        else:
            binary = io.BufferedWriter(raw)
        if "b" in mode:
            return binary
        text = io.TextIOWrapper(binary, *args, **kwargs)
        text.mode = mode
        return text

    io.open = builtins.open = open_dying

    def dying(call):
        def call_or_die(*args, **kwargs):
            if is_reached():
                die()
            return call(*args, **kwargs)

        return call_or_die

    for name in _CALLS:
        setattr(os, name, dying(getattr(os, name)))


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
