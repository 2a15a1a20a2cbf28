"""Photos one by one: names, shards, lists, and what is not done again."""

import io
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_colorize.errors import PhotoError
from keras_colorize.errors import SettingError
from keras_colorize.serving.batch import stream
from keras_colorize.serving.batch.places import LocalPlace
from keras_colorize.serving.batch.stream import Shard
from keras_colorize.serving.batch.stream import StreamWork
from keras_colorize.serving.batch.stream import colorize_stream
from keras_colorize.serving.batch.stream import read_names
from keras_colorize.serving.batch.stream import result_name
from keras_colorize.serving.colorize import colorize_bytes
from keras_colorize.serving.images.naming import Naming
from keras_colorize.serving.options import PhotoOptions
from tests.helpers import textured_photo
from tests.helpers import write_photo

RGB = textured_photo(20, 30)


@pytest.fixture
def work(tree, tmp_path, session):
    """The photos of `tree` into an empty folder."""
    return StreamWork(
        LocalPlace(tree),
        LocalPlace(tmp_path / "out"),
        session,
        PhotoOptions(),
    )


def run(work, **options):
    names = work.source.names(recursive=True)
    return list(colorize_stream(names, work, **options))


@pytest.mark.parametrize(
    ("name", "suffix", "extension", "expected"),
    [
        ("sea/a.jpg", None, None, "sea/a.jpg"),
        ("sea/a.JPG", ".color", None, "sea/a.color.JPG"),
        ("a.jpg", None, ".png", "a.jpg.png"),
        ("a.png", None, ".png", "a.png"),
        ("a.jpeg", None, ".jpg", "a.jpeg"),
        ("a.jpg.png", None, ".png", "a.jpg.png.png"),
        ("a.jpg", ".c", ".png", "a.jpg.c.png"),
        ("a.pgm", None, None, "a.pgm.ppm"),
        ("a.pgm.ppm", None, None, "a.pgm.ppm.ppm"),
        ("a.ppm", None, None, "a.ppm"),
    ],
)
def test_names_of_results(name, suffix, extension, expected):
    assert result_name(name, Naming(suffix, extension)) == expected


_ENDS = st.lists(
    st.sampled_from([".jpg", ".png", ".pgm", ".ppm", ".x", ".JPG"]),
    min_size=1,
    max_size=4,
)
_NAMES = st.builds(
    lambda ends, end: f"a{''.join(ends)}{end}",
    _ENDS,
    st.sampled_from([".jpg", ".png", ".pgm", ".ppm", ".jpeg"]),
)


@given(_NAMES, _NAMES, st.sampled_from([None, ".png", ".jpg", ".ppm"]))
def test_different_photos_have_different_results(first, second, extension):
    naming = Naming(extension=extension)
    is_same = result_name(first, naming) == result_name(second, naming)
    assert is_same == (first == second)


@pytest.mark.parametrize(
    "name", ["../a.jpg", "/a.jpg", "sea/../../a.jpg", "./a.jpg", "a\0.jpg"]
)
def test_names_do_not_lead_out_of_their_place(name):
    with pytest.raises(PhotoError, match="below IN"):
        result_name(name, Naming())


def test_names_must_say_the_format():
    with pytest.raises(PhotoError, match="must end in"):
        result_name("photo", Naming(extension=".png"))


def test_shards_are_parts_of_nearly_equal_size():
    names = [f"{i}.jpg" for i in range(3000)]
    shards = [Shard.parse(f"{i}/3") for i in (1, 2, 3)]
    counts = Counter(
        tuple(shard.has(name) for shard in shards).index(True) for name in names
    )
    assert sum(counts.values()) == 3000
    assert all(sum(s.has(n) for s in shards) == 1 for n in names)
    assert min(counts.values()) > 900


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "1/0", "-1/2"])
def test_shards_that_mean_nothing_are_refused(text):
    with pytest.raises(SettingError, match="NUMBER/COUNT"):
        Shard.parse(text)


def test_lists_hold_names_or_whole_addresses(tmp_path):
    lines = io.StringIO(f"a.jpg\r\n\n  \n{tmp_path}/sea/b c.png\n../x.jpg")
    names = list(read_names(lines, LocalPlace(tmp_path)))
    assert names == ["a.jpg", "sea/b c.png", "../x.jpg"]


def test_each_photo_has_the_bytes_of_a_call_by_itself(work, tree):
    rows = run(work)
    assert [row.status for row in rows] == ["colorized"] * 3
    for name in ("a.png", "sea/a.png", "forest/deep/a.JPG"):
        data = (tree / name).read_bytes()
        expected = colorize_bytes(data, work.session, work.options)
        assert work.target.read(name) == expected.data


def test_what_is_there_is_not_made_again(work, tree):
    run(work)
    kept = Path(work.target.address_of("a.png"))
    (tree / "sea" / "a.png").unlink()
    write_photo(tree / "sea" / "b.png", RGB)
    cut_short = Path(work.target.address_of("forest/deep/a.JPG"))
    cut_short.write_bytes(b"")  # as a full disk leaves it
    before = kept.stat().st_mtime_ns
    rows = {row.input[len(str(tree)) + 1 :]: row.status for row in run(work)}
    assert rows == {
        "a.png": "skipped",
        "sea/b.png": "colorized",
        "forest/deep/a.JPG": "colorized",
    }
    assert kept.stat().st_mtime_ns == before


def test_one_bad_photo_is_a_row_and_the_rest_is_done(work, tree):
    (tree / "sea" / "bad.jpg").write_text("text")
    (tree / "sea" / "empty.jpg").touch()
    errors = {
        row.input.rpartition("/")[2]: row.error
        for row in run(work)
        if row.status == "failed"
    }
    assert errors.keys() == {"bad.jpg", "empty.jpg"}
    assert "is not a photo" in errors["bad.jpg"]
    assert "is empty" in errors["empty.jpg"]
    rows = colorize_stream(["none.jpg", "../up.jpg"], work)
    assert ["is not there" in row.error for row in rows] == [True, False]


def test_names_are_drawn_as_they_are_needed(work, tree, monkeypatch):
    monkeypatch.setattr(stream, "CHUNK", 2)
    drawn = []

    def names():
        for i in range(100):
            drawn.append(i)
            yield "a.png"

    next(iter(colorize_stream(names(), work)))
    assert len(drawn) == 2


def test_a_stop_ends_after_the_photos_that_were_begun(work, monkeypatch):
    monkeypatch.setattr(stream, "CHUNK", 1)
    seen = []
    for row in colorize_stream(
        work.source.names(True), work, is_stopped=lambda: len(seen) == 1
    ):
        seen.append(row)
    assert len(seen) == 1


def test_processes_give_the_same_files(work, tmp_path, tree):
    run(work)
    others = StreamWork(
        work.source,
        LocalPlace(tmp_path / "other"),
        work.session,
        work.options,
    )
    rows = run(others, jobs=2)
    assert sorted(row.status for row in rows) == ["colorized"] * 3
    for name in ("a.png", "sea/a.png", "forest/deep/a.JPG"):
        assert work.target.read(name) == others.target.read(name)
