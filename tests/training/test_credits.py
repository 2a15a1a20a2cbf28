import numpy as np
import pytest
from typer.testing import CliRunner

from keras_colorize.data.packed import PackedWriter
from training.credits import app


@pytest.fixture
def packed(tmp_path):
    with PackedWriter(tmp_path / "packed") as writer:
        for name in ("p/a.jpg", "p/b.jpg"):
            image = np.zeros((4, 6, 3), np.uint8)
            writer.add(image, name, "train")
    return tmp_path / "packed"


@pytest.fixture
def lists(tmp_path):
    head = "file,set,source,terms,url\n"
    one = tmp_path / "one.csv"
    one.write_text(head + "p/a.jpg,flowers,x.org,CC BY 2.0,http://x/1\n")
    two = tmp_path / "two.csv"
    two.write_text(head + "p/b.jpg,coco,x.org,research,\np/c.jpg,c,x,MIT,\n")
    return one, two


def write(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_all_packed_photos_are_credited_from_several_lists(
    packed, lists, tmp_path
):
    out = tmp_path / "CREDITS.md"
    chosen = [x for path in lists for x in ("--list", path)]
    result = write(
        "--packed", packed, *chosen, "--title", "lite.x", "--out", out
    )
    assert result.exit_code == 0, result.output
    text = out.read_text(encoding="utf-8")
    assert "| coco | 1 | research | x.org |" in text
    assert "http://x/1" in text
    assert "MIT" not in text  # no such photo was packed


@pytest.mark.parametrize(
    ("chosen", "said"),
    [((0,), "1 of 2 photos without one"), ((0, 1), "1 of coco (research)")],
)
def test_nothing_is_written_for_unknown_photos_or_closed_terms(
    packed, lists, tmp_path, chosen, said
):
    out = tmp_path / "CREDITS.md"
    options = [x for i in chosen for x in ("--list", lists[i])]
    options += ["--title", "lite.x", "--open", "--out", out]
    result = write("--packed", packed, *options)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
    assert not out.exists()
