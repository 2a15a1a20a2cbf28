import json
import os

import pytest

from keras_colorize.hints import Hint
from keras_colorize.serving.batch.journal import JOURNAL_NAME
from keras_colorize.serving.batch.journal import Journal
from keras_colorize.serving.options import ColorizeOptions
from keras_colorize.serving.options import PhotoOptions
from tests.kill_points import kill_at_each_point

SETTINGS = PhotoOptions()


@pytest.fixture
def folders(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(b"photo")
    return tmp_path / "in" / "a.jpg", tmp_path / "out" / "a.png"


def opened(target, settings=SETTINGS, model="lite.photos"):
    return Journal(target.parent, model, settings)


def add(source, target, status, settings=SETTINGS):
    with opened(target, settings) as journal:
        journal.add(source, target, status)


def test_what_was_added_is_known_to_the_next_run(folders):
    source, target = folders
    add(source, target, "colorized")
    journal = opened(target)
    assert journal.owners() == {target: source}
    assert not journal.is_stale(source, target)
    assert not journal.is_left(source, target)


def test_result_of_other_settings_model_or_photo_is_stale(folders):
    source, target = folders
    add(source, target, "colorized")
    assert opened(target, PhotoOptions(ColorizeOptions(strength=2.0))).is_stale(
        source, target
    )
    assert opened(target, model="eccv16_small").is_stale(source, target)
    assert not opened(target, PhotoOptions(max_pixels=9)).is_stale(
        source, target
    )
    source.write_bytes(b"another photo")
    assert opened(target).is_stale(source, target)


def test_photo_in_color_is_remembered_while_it_is_the_same(folders):
    source, target = folders
    skipping = PhotoOptions(skip_color=True)
    add(source, target, "left", skipping)
    assert opened(target, skipping).is_left(source, target)
    assert not opened(target).is_left(source, target)  # now to be colorized
    source.write_bytes(b"another photo")
    assert not opened(target, skipping).is_left(source, target)


def test_settings_are_flat_in_the_file_as_earlier_versions_wrote_them(folders):
    source, target = folders
    hint = Hint(3, 4, 2, "navy")
    color = ColorizeOptions(strength=0.5, hints=(hint,))
    add(source, target, "colorized", PhotoOptions(color, quality=80))
    line = (target.parent / JOURNAL_NAME).read_text("utf-8")
    settings = (
        '"settings": {"strength": 0.5, "temperature": null, "hints": '
        '[{"x": 3, "y": 4, "radius": 2, "color": "navy"}], "look": '
        '"natural", "quality": 80, "skip_color": false, "mark": true}}'
    )
    assert line.endswith(settings + "\n")


def test_photo_that_is_gone_owns_nothing(folders):
    source, target = folders
    add(source, target, "colorized")
    source.unlink()
    assert opened(target).owners() == {}


@pytest.mark.parametrize(
    "garbage", ['{"output": "b.p', "[]", "7", '{"output": "b"}', "\ufffd"]
)
def test_line_cut_short_is_left_out_and_the_next_one_is_whole(folders, garbage):
    source, target = folders
    add(source, target, "colorized")
    path = target.with_name(JOURNAL_NAME)
    path.write_text(path.read_text("utf-8") + garbage, "utf-8")
    other = target.with_name("c.png")
    add(source, other, "colorized")
    assert set(opened(target).owners()) == {target, other}
    assert json.loads(path.read_text("utf-8").splitlines()[-1])


def test_unchanged_journal_is_not_written(folders):
    source, target = folders
    opened(target).owners()
    assert list(target.parent.iterdir()) == []


def add_three(folder):
    for name in "abc":
        (folder / f"{name}.jpg").write_bytes(b"photo")
    add(folder / "a.jpg", folder / "a.png", "colorized")
    yield
    for name in "bc":
        add(folder / f"{name}.jpg", folder / f"{name}.png", "colorized")


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is a POSIX signal")
def test_kill_at_any_point_costs_the_journal_one_line_at_most(tmp_path):
    counts = []
    for folder in kill_at_each_point(add_three, tmp_path):
        owners = set(opened(folder / "a.png").owners())
        counts.append(len(owners))
        assert owners == {folder / f"{c}.png" for c in "abc"[: counts[-1]]}
        (folder / "d.jpg").write_bytes(b"photo")
        add(folder / "d.jpg", folder / "d.png", "left")
        again = set(opened(folder / "a.png").owners())
        assert again == owners | {folder / "d.png"}
    assert counts == sorted(counts) and set(counts) == {1, 2, 3}


def test_rows_without_a_version_are_read_and_their_results_not_stale(folders):
    source, target = folders
    add(source, target, "colorized")
    path = target.with_name(JOURNAL_NAME)
    row = json.loads(path.read_text("utf-8"))
    del row["version"], row["results"], row["settings"]["mark"]
    path.write_text(json.dumps(row) + "\n", "utf-8")
    journal = opened(target)
    assert journal.owners() == {target: source}
    assert journal.num_dropped == 0
    assert not journal.is_stale(source, target)
    assert journal.changed(target) == []
    assert opened(target, PhotoOptions(mark=False)).is_stale(source, target)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 3},
        {"version": "2"},
        {"output": None},
        {"input": "a\0b"},
        {"output": "\ud83d.png"},
        {"bytes": "many"},
        {"settings": []},
        {"results": [{}]},
        {"results": 7},
    ],
)
def test_rows_that_do_not_fit_are_left_out_and_counted(folders, change):
    source, target = folders
    add(source, target, "colorized")
    path = target.with_name(JOURNAL_NAME)
    line = path.read_text("utf-8")
    bad = json.dumps({**json.loads(line), "output": "b.png", **change})
    nested = "[" * 100_000
    path.write_text(f"{bad}\n{nested}\n{line}", "utf-8")
    journal = opened(target)
    assert journal.owners() == {target: source}
    assert journal.num_dropped == 2
    assert not journal.is_stale(source, target)


def test_names_that_are_not_utf_8_or_hold_line_ends_come_back(folders):
    source, _ = folders
    for name in (os.fsdecode(b"caf\xe9.png"), "a\u2028b\x85.png"):
        target = source.parents[1] / "out" / name
        add(source, target, "colorized")
        assert opened(target).owners()[target] == source
    target.with_name(JOURNAL_NAME).read_text("utf-8")


def test_files_of_a_result_that_changed_are_known(folders):
    source, target = folders
    second = target.with_name("a.page2.png")
    for path in (target, second):
        path.write_bytes(b"result")
    with opened(target) as journal:
        journal.add(source, target, "colorized", num_files=2)
        assert journal.changed(target) == []
    assert opened(target).owners() == {target: source, second: source}
    os.utime(second, (1, 1))  # copied
    assert opened(target).changed(target) == []
    second.write_bytes(b"RESULT")
    os.utime(second, (1, 1))
    assert opened(target).changed(target) == [second]
    target.write_bytes(b"")
    assert opened(target).changed(target) == [target, second]
    target.unlink()
    assert opened(target).changed(target) == [second]
