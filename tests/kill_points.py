"""Kills a process in the midst of what it writes, at each point there is.

    python -m tests.kill_points tests.test_files:save FOLDER 500

imports `save`, a function that sets up in the folder it is given, yields, and
then writes; makes folders FOLDER/0001, FOLDER/0002, … and runs `save` in each
in a process of its own, which SIGKILL ends at the first write, rename, fsync,
… after the `yield`, at the second, and so on: at 500 of them where there are
more. A write is killed after half its bytes. The last process lives.
"""

import builtins
import importlib
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
_SECONDS = 300  # of one process


def kill_at_each_point(
    action, folder: pathlib.Path, most: int = 500
) -> list[pathlib.Path]:
    """Runs a function of a test module once for each point it can die at.

    Args:
        action: a generator function at the top of a module; see above.
        folder: an empty one.
        most: how many processes are killed, spread evenly over the points.

    Returns:
        The folder of each process, that of the one that lived last.
    """
    name = f"{action.__module__}:{action.__qualname__}"
    command = [sys.executable, "-m", "tests.kill_points", name, str(folder)]
    done = subprocess.run(
        [*command, str(most)],
        cwd=pathlib.Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{name} failed:\n{done.stdout}")
    return sorted(folder.iterdir())


def _main(name, folder, most):
    module_name, function_name = name.split(":")
    action = getattr(importlib.import_module(module_name), function_name)
    last = pathlib.Path(folder, "9999")
    status, count = _fork(action, last, None)
    if status or not count:
        return f"It must live and have points: {status=}, {count=}."
    chosen = {1 + i * count // int(most) for i in range(int(most))}
    for point in sorted(chosen):
        status, _ = _fork(action, pathlib.Path(folder, f"{point:04d}"), point)
        if status != -signal.SIGKILL:
            return f"It must die at point {point} of {count}: {status=}."
    return 0


def _fork(action, folder, point):
    """Returns how the process ended, and how many points it has."""
    folder.mkdir()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(_SECONDS)
            count = _run(action, folder, point)
            os.write(writer, str(count).encode())
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
    os.close(writer)
    with open(reader) as pipe:
        count = int(pipe.read() or 0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), count


def _run(action, folder, point):
    steps = action(folder)
    next(steps)
    points = _arm(point)
    for _ in steps:
        pass
    return points()


def _arm(point):
    """Lets the process die at a point, from 1; returns how to count them."""
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
    return lambda: passed


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
