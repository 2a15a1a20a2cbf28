import json
import os
from pathlib import Path

import numpy as np
import pytest

from keras_colorize.errors import OutputError
from keras_colorize.serving.batch import plan as plans
from keras_colorize.serving.batch import run as folder
from keras_colorize.serving.batch.journal import Journal
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
    return list(folder.colorize_files(plan, session, PhotoOptions(), overwrite))


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

    monkeypatch.setattr(session, "_run", fail)
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
        for i, result in enumerate(folder.colorize_files(plan, session)):
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


def colorize_two(root):
    for name in ("a.png", "sea/b.png"):
        write_photo(root / "in" / name, RGB)
    model = ColorizeSession(tiny_models.photo_model(), num_threads=1)
    yield
    _run_with_journal(root, model)


def _run_with_journal(root, session):
    plan = plans.plan_folder(root / "in", root / "out", True)
    with Journal(root / "out", "tiny", PhotoOptions()) as journal:
        return list(folder.colorize_files(plan, session, journal=journal))


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
