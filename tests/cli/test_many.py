"""`keras-colorize folder` over shards, lists and addresses."""

import json
import uuid

import pytest

from keras_colorize.serving.batch.places import open_place
from tests.cli.in_process import error_of
from tests.cli.in_process import invoke


def test_shards_together_do_each_photo_once(photo_folder, tiny_model, tmp_path):
    out = tmp_path / "out"
    reported = []
    for shard in ("1/3", "2/3", "3/3"):
        report = tmp_path / "report.jsonl"
        result = invoke(
            *("folder", photo_folder, out, "-r", "--model", tiny_model),
            *("--shard", shard, "--report", report),
        )
        assert " 0 skipped, 0 failed" in result.stdout
        reported += map(json.loads, report.read_text().splitlines())
    photos = sorted(map(str, photo_folder.rglob("*.jpg")))
    assert sorted(row["input"] for row in reported) == photos
    assert len(list(out.rglob("*.jpg"))) == len(photos)
    assert not (out / ".keras-colorize.jsonl").exists()
    result = invoke(
        *("folder", photo_folder, out, "-r", "--model", tiny_model),
        *("--shard", "1/1"),
    )
    assert f"0 colorized, {len(photos)} skipped" in result.stdout


def test_a_list_says_which_photos(photo_folder, tiny_model, tmp_path):
    first, *_ = sorted(photo_folder.rglob("*.jpg"))
    names = tmp_path / "names.txt"
    names.write_text(f"{first.relative_to(photo_folder)}\nsea/none.jpg\n")
    result = invoke(
        *("folder", photo_folder, tmp_path / "out", "--list", names),
        *("--model", tiny_model),
        exit_code=1,
    )
    assert "1 colorized, 0 skipped, 1 failed" in result.stdout
    assert "none.jpg is not there" in result.stderr
    assert "no effect" not in result.stderr
    result = invoke(
        *("folder", photo_folder, tmp_path / "out", "--list", names),
        *("--model", tiny_model, "--recursive", "--dry-run"),
    )
    assert "--recursive has no effect" in result.stderr


def test_a_dry_run_says_what_would_be_done(photo_folder, tiny_model, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("sea/a.jpg\n../b.jpg\n")
    result = invoke(
        *("folder", photo_folder, tmp_path / "out", "--list", names),
        *("--model", tiny_model, "--format", "png", "--dry-run"),
        exit_code=1,
    )
    first, last = result.stdout.splitlines()
    assert first == (
        f"{photo_folder}/sea/a.jpg -> {tmp_path}/out/sea/a.jpg.png"
    )
    assert last.startswith("1 to colorize, 0 skipped, 1 that cannot be")
    assert "below IN" in result.stderr
    assert not (tmp_path / "out").exists()


def test_addresses_in_and_out(photo_folder, tiny_model):
    pytest.importorskip("fsspec", reason="the extra `remote` installs it")
    out = f"memory://{uuid.uuid4()}"
    result = invoke(
        *("folder", f"file://{photo_folder}", out, "-r"),
        *("--model", tiny_model, "--format", "png"),
    )
    assert f"failed: {out}" in result.stdout
    names = sorted(open_place(out).names(recursive=True))
    assert names == sorted(
        f"{path.relative_to(photo_folder)}.png"
        for path in photo_folder.rglob("*.jpg")
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--shard", "4/3"], "NUMBER/COUNT"),
        (["--list", "none.txt"], "cannot be read"),
        (["--shard", "1/2", "--report", "s3://b/report.jsonl"], "in Parquet"),
    ],
)
def test_mistakes_are_told_before_work(
    arguments, message, photo_folder, tiny_model, tmp_path
):
    error = error_of(
        *("folder", photo_folder, tmp_path / "out", "--model", tiny_model),
        *arguments,
        exit_code=2,
    )
    assert message in error
    assert not (tmp_path / "out").exists()


def test_results_among_the_photos_are_refused(photo_folder, tiny_model):
    error = error_of(
        *("folder", photo_folder, photo_folder / "out", "--shard", "1/2"),
        *("--model", tiny_model),
        exit_code=2,
    )
    assert "must be apart" in error
