import io
import json
import os
import signal
import subprocess
import sys

import pytest
from rich.console import Console

from keras_colorize import files
from keras_colorize.files import PART_PREFIX
from tests.kill_points import kill_at_each_point
from training.run.workdir import LOCK_FILE
from training.run.workdir import WorkdirLockedError
from training.run.workdir import locked_workdir

posix = pytest.mark.skipif(os.name == "nt", reason="locks of POSIX systems")


@posix
def test_second_run_in_a_work_directory_is_refused_and_harms_nothing(tmp_path):
    with locked_workdir(tmp_path, console()):
        part = tmp_path / f"{PART_PREFIX}12.part"
        part.touch()
        with pytest.raises(WorkdirLockedError, match=f"process {os.getpid()} "):
            enter(tmp_path)
        assert part.exists()
        with pytest.raises(WorkdirLockedError, match="trains there.*delete"):
            enter(tmp_path)
    assert "died here" not in enter(tmp_path)
    assert not part.exists()


@posix
def test_run_of_another_process_is_refused_until_it_is_killed(tmp_path):
    code = (
        "import sys, time, pathlib\n"
        "from rich.console import Console\n"
        "from training.run.workdir import locked_workdir\n"
        "with locked_workdir(pathlib.Path(sys.argv[1]), Console(quiet=True)):\n"
        "    print('in', flush=True)\n"
        "    time.sleep(600)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline() == "in\n"
        with pytest.raises(WorkdirLockedError, match=f"process {process.pid} "):
            enter(tmp_path)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert f"process {process.pid} died here" in enter(tmp_path)
    assert enter(tmp_path) == ""


def test_run_of_another_host_is_refused_until_its_lock_is_deleted(tmp_path):
    lock = tmp_path / LOCK_FILE
    lock.write_text(json.dumps({"pid": 7, "host": "elsewhere"}))
    for _ in range(2):
        with pytest.raises(WorkdirLockedError, match="'elsewhere'.*delete"):
            enter(tmp_path)
    lock.unlink()
    assert enter(tmp_path) == ""


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"pid": "7", "host": 1}', "\ufffd"]
)
def test_lock_that_names_nobody_is_nobodys(tmp_path, text):
    (tmp_path / LOCK_FILE).write_text(text, encoding="utf-8")
    assert enter(tmp_path) == ""


def test_run_that_failed_gives_the_lock_back(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        with locked_workdir(tmp_path, console()):
            raise KeyboardInterrupt
    assert enter(tmp_path) == ""


@posix
def test_where_the_disk_has_no_locks_processes_are_asked_for(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(files, "fcntl", None)
    with locked_workdir(tmp_path, console()):
        with pytest.raises(WorkdirLockedError, match="trains there"):
            enter(tmp_path)
        lock = tmp_path / LOCK_FILE
        dead = subprocess.Popen([sys.executable, "-c", ""])
        dead.wait()
        owner = json.loads(lock.read_text())
        lock.write_text(json.dumps({**owner, "pid": dead.pid}))
        assert "died here" in enter(tmp_path)


def test_what_killed_writers_left_is_removed_and_nothing_else(tmp_path):
    checkpoints = tmp_path / "checkpoints"
    for folder in (tmp_path, checkpoints):
        (folder / f"{PART_PREFIX}12.part").mkdir(parents=True)
        (folder / f"{PART_PREFIX}12.part" / "state.npz").touch()
        (folder / f"{PART_PREFIX}34.part.weights.h5").touch()
    (checkpoints / "tmp-step-00000003").mkdir()
    (checkpoints / "step-00000002").mkdir()
    (tmp_path / ".keras-colorize.jsonl").touch()
    (tmp_path / "config.json").touch()
    assert "Removed 5 half-written files" in enter(tmp_path)
    assert [p.name for p in checkpoints.iterdir()] == ["step-00000002"]
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        ".keras-colorize.jsonl",
        "checkpoints",
        "config.json",
        LOCK_FILE,
    ]


def use_workdir(folder):
    (folder / f"{PART_PREFIX}12.part").mkdir()
    yield
    with locked_workdir(folder, Console(quiet=True)):
        pass


@posix
def test_kill_at_any_point_of_the_lock_lets_the_next_run_in(tmp_path):
    folders = kill_at_each_point(use_workdir, tmp_path)
    assert len(folders) > 4
    for folder in folders:
        enter(folder)
        assert [path.name for path in folder.iterdir()] == [LOCK_FILE]


def enter(folder):
    """Locks and leaves a work directory; returns what was printed."""
    text = console()
    with locked_workdir(folder, text):
        pass
    return text.file.getvalue()


def console():
    return Console(file=io.StringIO(), width=500)
