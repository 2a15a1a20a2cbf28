import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_colorize import files
from keras_colorize.errors import OutputError
from keras_colorize.serving.batch import plan as plans
from keras_colorize.serving.batch import run as folder
from keras_colorize.serving.batch.journal import JOURNAL_NAME
from keras_colorize.serving.batch.journal import Journal
from keras_colorize.serving.images.naming import Naming
from keras_colorize.serving.images.read import read_photo
from keras_colorize.serving.options import PhotoOptions
from keras_colorize.serving.session import ColorizeSession
from tests.helpers import textured_photo
from tests.helpers import write_photo
from tests.kill_points import kill_at_each_point
from tests.serving import tiny_models

RGB = textured_photo(20, 30)


def run(source, target, session, recursive=True, overwrite=False):
    plan = plans.plan_folder(source, target, recursive)
    options = PhotoOptions()
    return list(folder.colorize_files(plan.files, session, options, overwrite))


def names_below(root):
    return sorted(
        str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()
    )


def test_recursive_batch_mirrors_the_tree(tree, tmp_path, session):
    results = run(tree, tmp_path / "out", session)
    assert names_below(tmp_path / "out") == [
        "a.png",
        "forest/deep/a.JPG",
        "sea/a.png",
    ]
    assert [r.status for r in results] == ["colorized"] * 3
    colorized = read_photo(tmp_path / "out" / "sea" / "a.png").rgb
    np.testing.assert_array_equal(colorized, tiny_models.colorized(RGB))


def test_batch_stays_in_the_folder_without_recursive(tree, tmp_path, session):
    run(tree, tmp_path / "out", session, recursive=False)
    assert names_below(tmp_path / "out") == ["a.png"]


def test_finished_photos_are_skipped(tree, tmp_path, session):
    out = tmp_path / "out"
    run(tree, out, session)
    (out / "sea" / "a.png").unlink()
    before = (out / "a.png").stat().st_mtime_ns
    statuses = {r.input: r.status for r in run(tree, out, session)}
    assert statuses == {
        str(tree / "a.png"): "skipped",
        str(tree / "forest/deep/a.JPG"): "skipped",
        str(tree / "sea/a.png"): "colorized",
    }
    assert (out / "a.png").stat().st_mtime_ns == before
    results = run(tree, out, session, overwrite=True)
    assert [r.status for r in results] == ["colorized"] * 3


def test_one_bad_photo_does_not_stop_the_rest(tree, tmp_path, session):
    (tree / "bad.jpg").write_text("text")
    (tree / "empty.jpg").touch()
    results = run(tree, tmp_path / "out", session)
    failed = {Path(r.input).name: r for r in results if r.status == "failed"}
    assert set(failed) == {"bad.jpg", "empty.jpg"}
    assert "not a photo" in failed["bad.jpg"].error
    assert "0 bytes" in failed["empty.jpg"].error
    assert sum(r.status == "colorized" for r in results) == 3
    assert len(names_below(tmp_path / "out")) == 3


def test_error_of_the_runtime_is_recorded_too(tree, tmp_path, monkeypatch):
    session = ColorizeSession(tiny_models.photo_model())

    def fail(*_):
        raise RuntimeError("Failed to allocate memory")

    monkeypatch.setattr(session, "_run_output", fail)
    results = run(tree, tmp_path / "out", session)
    assert {r.error for r in results} == {"Failed to allocate memory"}
    assert names_below(tmp_path / "out") == []


def test_photos_that_differ_in_format_do_not_collide(tmp_path, session):
    source = tmp_path / "in"
    write_photo(source / "a.png", RGB)
    write_photo(source / "a.jpg", RGB)
    run(source, tmp_path / "out", session)
    assert names_below(tmp_path / "out") == ["a.jpg", "a.png"]


def test_result_never_replaces_a_photo_of_the_batch(tmp_path, session):
    # in = a/b, out = a: the result of a/b/b/x.png would be a/b/x.png.
    write_photo(tmp_path / "a" / "b" / "x.png", RGB)
    write_photo(tmp_path / "a" / "b" / "b" / "x.png", RGB)
    results = run(tmp_path / "a" / "b", tmp_path / "a", session, overwrite=True)
    assert [r.status for r in results] == ["colorized", "failed"]
    np.testing.assert_array_equal(
        read_photo(tmp_path / "a" / "b" / "x.png").rgb, RGB
    )


def test_folder_in_place_of_a_result_is_a_failure(tree, tmp_path, session):
    (tmp_path / "out" / "a.png").mkdir(parents=True)
    results = {
        Path(r.input).parent: r for r in run(tree, tmp_path / "out", session)
    }
    assert "is a folder" in results[tree].error


def test_report_has_one_json_line_a_photo(tree, tmp_path, session):
    (tree / "empty.jpg").touch()
    path = tmp_path / "report.jsonl"
    plan = plans.plan_folder(tree, tmp_path / "out", recursive=True)
    with folder.report_writer(path) as write_row:
        for i, result in enumerate(folder.colorize_files(plan.files, session)):
            write_row(result)
            # Kept if the batch is interrupted here.
            assert len(path.read_text("utf-8").splitlines()) == i + 1
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert set(rows[0]) == {
        "input",
        "output",
        "status",
        "model",
        "seconds",
        "error",
        "notes",
    }
    assert rows[0]["input"] == str(tree / "a.png")
    assert rows[0]["model"] == "tiny.test"
    assert {r["status"] for r in rows} == {"colorized", "failed"}
    assert sum(bool(r["error"]) for r in rows) == 1


def test_unwritable_report_is_said_before_work(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        with folder.report_writer(tmp_path / "none" / "report.jsonl"):
            pytest.fail("work started")


@pytest.mark.parametrize("name", ["photo.jpg", "link.jsonl", "new.pgm"])
def test_report_never_replaces_a_photo(tmp_path, name):
    (tmp_path / "photo.jpg").write_bytes(b"pixels")
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "photo.jpg")
    with pytest.raises(OutputError, match="such as report.jsonl"):
        with folder.report_writer(tmp_path / name):
            pytest.fail("work started")
    assert (tmp_path / "photo.jpg").read_bytes() == b"pixels"


def colorize_two(root):
    for name in ("a.png", "sea/b.png"):
        write_photo(root / "in" / name, RGB)
    model = ColorizeSession(tiny_models.photo_model(), num_threads=1)
    yield
    _run_with_journal(root, model)


def _run_with_journal(root, session):
    plan = plans.plan_folder(root / "in", root / "out", True)
    with Journal(root / "out", "tiny", PhotoOptions()) as journal:
        return list(folder.colorize_files(plan.files, session, journal=journal))


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is a POSIX signal")
def test_run_killed_at_any_point_is_completed_by_the_next_one(
    tmp_path, session
):
    expected = tiny_models.colorized(RGB)
    roots = kill_at_each_point(colorize_two, tmp_path)
    assert len(roots) > 15
    for root in roots:
        before = set(root.rglob("[!.]*.png"))
        for result in before:
            if result.is_relative_to(root / "out"):
                np.testing.assert_array_equal(read_photo(result).rgb, expected)
        results = _run_with_journal(root, session)
        done = {r.output for r in results if r.status == "skipped"}
        assert done == {str(p) for p in before if root / "out" in p.parents}
        assert {r.status for r in results} <= {"skipped", "colorized"}
        for name in ("a.png", "sea/b.png"):
            rgb = read_photo(root / "out" / name).rgb
            np.testing.assert_array_equal(rgb, expected)


def test_odd_files_fail_and_the_rest_is_done(tree, tmp_path, session):
    name = os.fsdecode(b"caf\xe9.png")
    write_photo(tree / name, RGB)
    (tree / "loop.jpg").symlink_to("loop.jpg")
    os.mkfifo(tree / "pipe.jpg")
    with folder.report_writer(tmp_path / "report.jsonl") as write_row:
        results = run(tree, tmp_path / "out", session)
        for result in results:
            write_row(result)
    errors = {Path(r.input).name: r.error for r in results if r.error}
    assert set(errors) == {"loop.jpg", "pipe.jpg"}
    assert "cannot be read: Too many levels" in errors["loop.jpg"]
    assert "a pipe, socket or device" in errors["pipe.jpg"]
    assert (tmp_path / "out" / name).is_file()
    text = (tmp_path / "report.jsonl").read_text("utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    assert str(tree / name) in [row["input"] for row in rows]


def test_photo_that_changes_meanwhile_fails_and_the_former_result_stays(
    tmp_path, session, monkeypatch
):
    source = write_photo(tmp_path / "in" / "a.png", RGB)
    run(tmp_path / "in", tmp_path / "out", session)
    former = (tmp_path / "out" / "a.png").read_bytes()
    color_pixels = session.color_pixels

    def replace_meanwhile(*arguments):
        os.utime(source, (1, 1))
        return color_pixels(*arguments)

    monkeypatch.setattr(session, "color_pixels", replace_meanwhile)
    (result,) = run(tmp_path / "in", tmp_path / "out", session, overwrite=True)
    assert result.status == "failed"
    assert "changed while it was colorized" in result.error
    assert (tmp_path / "out" / "a.png").read_bytes() == former


def run_with_journal(source, target, session):
    with Journal(target, "tiny.test", PhotoOptions()) as journal:
        plan = plans.plan_folder(source, target, True, None, journal.owners())
        return {
            Path(result.input).name: result
            for result in folder.colorize_files(
                plan.files, session, journal=journal
            )
        }


def test_results_cut_short_are_done_again_and_edited_ones_kept(
    tmp_path, session
):
    names = ("cut.png", "zeros.png", "none.png", "edited.png", "copied.png")
    for name in names:
        write_photo(tmp_path / "in" / name, RGB)
    out = tmp_path / "out"
    run_with_journal(tmp_path / "in", out, session)
    good = (out / "cut.png").read_bytes()
    (out / "cut.png").write_bytes(good[:-40])
    (out / "zeros.png").write_bytes(bytes(len(good)))
    (out / "none.png").write_bytes(b"")
    write_photo(out / "edited.png", RGB[:10])
    edited = (out / "edited.png").read_bytes()
    os.utime(out / "copied.png", (1, 1))
    results = run_with_journal(tmp_path / "in", out, session)
    done = {n for n, r in results.items() if r.status == "colorized"}
    assert done == {"cut.png", "zeros.png", "none.png"}
    assert {(out / name).read_bytes() for name in done} == {good}
    assert (out / "edited.png").read_bytes() == edited


@pytest.mark.parametrize("jobs", [1, 2])
def test_who_hands_out_photos_waits_for_the_disk(
    jobs, tree, tmp_path, monkeypatch, session
):
    """Not the processes, which colorize the next ones meanwhile."""
    synced = []
    monkeypatch.setattr(files, "_sync", synced.append)  # of this process
    plan = plans.plan_folder(tree, tmp_path / "out", recursive=True).files
    results = [*folder.colorize_files(plan, session, jobs=jobs)]
    assert [result.status for result in results] == ["colorized"] * 3
    assert len(names_below(tmp_path / "out")) == 3
    parts = [path for path in synced if path.name.startswith(".")]
    assert len(parts) == 3
    assert len(synced) == 6  # each, and its folder


def test_result_that_finds_no_place_is_a_failure_and_leaves_nothing(
    tree, tmp_path, session, monkeypatch
):
    replace = os.replace

    def fail_in_sea(part, path):
        if path.parent.name == "sea":
            raise OSError(28, "No space left on device")
        replace(part, path)

    monkeypatch.setattr(os, "replace", fail_in_sea)
    out = tmp_path / "out"
    out.mkdir()
    with Journal(out, "tiny", PhotoOptions()) as journal:
        plan = plans.plan_folder(tree, out, recursive=True).files
        results = [*folder.colorize_files(plan, session, journal=journal)]
    failed = [result for result in results if result.status == "failed"]
    assert [Path(result.input).parent.name for result in failed] == ["sea"]
    assert "No space left on device" in failed[0].error
    assert names_below(out) == [JOURNAL_NAME, "a.png", "forest/deep/a.JPG"]
    assert "sea" not in (out / JOURNAL_NAME).read_text()


def test_pages_never_replace_the_result_of_another_photo(tmp_path, session):
    source, out = tmp_path / "in", tmp_path / "out"
    page = Image.fromarray(RGB)
    source.mkdir()
    page.save(source / "a.tif", save_all=True, append_images=[page])
    write_photo(source / "a.page2.bmp", RGB)
    naming = Naming(extension=".png")
    for overwrite in (False, True):
        plan = plans.plan_folder(source, out, naming=naming)
        results = folder.colorize_files(plan.files, session, None, overwrite)
        errors = [r.error for r in results if r.status == "failed"]
        assert len(errors) == 1 and "the file of page 2" in errors[0]
        assert names_below(out) == ["a.page2.png"]
    (source / "a.page2.bmp").unlink()
    (out / "a.page2.png").unlink()
    with Journal(out, "tiny.test", PhotoOptions()) as journal:
        plan = plans.plan_folder(source, out, naming=naming)
        list(folder.colorize_files(plan.files, session, journal=journal))
        assert names_below(out)[1:] == ["a.page2.png", "a.png"]
        write_photo(source / "a.page2.bmp", RGB)  # it comes later
        plan = plans.plan_folder(
            source, out, naming=naming, owners=journal.owners()
        )
        assert plan.files[0].target.name == "a.page2.bmp.png"


def test_second_run_in_a_folder_is_refused_and_says_whose_it_is(tmp_path):
    with folder.locked_results(tmp_path):
        with pytest.raises(OutputError, match=f"process {os.getpid()} of host"):
            with folder.locked_results(tmp_path):
                pytest.fail("two runs work in one folder")
    # What a killed container leaves names a host that cannot be asked.
    owner = {"pid": 1, "host": "elsewhere"}
    (tmp_path / folder.LOCK_NAME).write_text(json.dumps(owner))
    with folder.locked_results(tmp_path):
        pass
    with pytest.raises(OutputError, match="cannot be written"):
        with folder.locked_results(tmp_path / "none"):
            pytest.fail("nothing can be written there")


def test_leftovers_of_killed_runs_are_swept_and_those_of_living_ones_stay(
    tmp_path, monkeypatch
):
    target = tmp_path / "out" / "sea"
    target.mkdir(parents=True)
    part = files.part_path(target / "a.png")
    part.touch()
    of_others = target / f"{files.PART_PREFIX}12.part.png"
    of_others.touch()
    plan = [plans.PlannedFile(tmp_path / "a.png", target / "a.png")]
    assert folder.sweep_leftovers(tmp_path / "out", plan) == 0
    os.utime(of_others, (1, 1))  # nobody writes for years
    assert folder.sweep_leftovers(tmp_path / "out", plan) == 1
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    part.rename(target / part.name.replace(f"{os.getpid()}-", f"{dead.pid}-"))
    assert folder.sweep_leftovers(tmp_path / "out", plan) == 1
    assert list(target.iterdir()) == []
