import json
import os

import numpy as np
import pytest

from keras_colorize.data import photo_facts
from keras_colorize.data.arrays import ArrayPhotos
from keras_colorize.data.scan import scan_photos


def _bad_files(maker):
    jpeg = maker.encoded(maker.pixels(48, 80), "JPEG", quality=95)
    gray = np.full((24, 40, 3), 120, np.uint8)
    return {
        "good": maker.photo("good.png"),
        "empty": maker.write("empty.jpg", b""),
        "text": maker.write("text.jpg", b"this is not a photo at all"),
        "cut": maker.write("cut.jpg", jpeg[: len(jpeg) // 2]),
        "gray": maker.write("gray.png", maker.encoded(gray, "PNG")),
        "dot": maker.photo("dot.png", 1, 1),
        "line": maker.photo("line.png", 1, 200),
        "gone": str(maker.folder / "gone.jpg"),
    }


def test_each_bad_file_is_counted_and_listed_with_its_reason(photo_maker):
    files = _bad_files(photo_maker)
    report = scan_photos(list(files.values()))
    assert report.usable == (files["good"],)
    found = {photo.path: (photo.kind, photo.reason) for photo in report.skipped}
    expected = {
        "empty": ("broken", "0 bytes"),
        "text": ("broken", "not a photo"),
        "cut": ("broken", "truncated or damaged jpeg"),
        "gone": ("broken", "cannot be read"),
        "gray": ("grayscale", "exceeds 5"),
        "dot": ("too_small", "1 x 1"),
        "line": ("too_small", "200 x 1"),
    }
    assert len(found) == len(expected)
    for key, (kind, words) in expected.items():
        assert found[files[key]][0] == kind
        assert words in found[files[key]][1]
    assert report.counts == {
        "photos": 8,
        "usable": 1,
        "broken": 4,
        "grayscale": 1,
        "too_small": 2,
    }


def test_summary_says_all_counts_in_one_line(photo_maker):
    report = scan_photos(list(_bad_files(photo_maker).values()))
    assert report.summary() == (
        "1 of 8 photos usable; skipped: 4 broken, 1 grayscale, 2 too small"
    )


def test_written_report_lists_skipped_files(photo_maker, tmp_path):
    files = _bad_files(photo_maker)
    scan_photos([files["good"], files["text"]]).write(tmp_path / "x" / "r.json")
    content = json.loads((tmp_path / "x" / "r.json").read_text())
    assert content["counts"]["broken"] == 1
    (skipped,) = content["skipped"]
    assert skipped["path"] == files["text"] and skipped["kind"] == "broken"


def test_gray_rule_is_any_a_or_b_above_the_threshold(photo_maker):
    # Equal red and green is color (the seed's chained comparison says gray).
    yellow = np.full((24, 40, 3), (200, 200, 0), np.uint8)
    # One colored patch in a gray photo is enough.
    patch = np.full((24, 40, 3), 120, np.uint8)
    patch[4:8, 4:8] = (180, 60, 60)
    # |a| 1.9 and |b| 3.3: tinted, below 5.
    tinted = np.full((24, 40, 3), (124, 120, 115), np.uint8)
    paths = [
        photo_maker.write(f"{i}.png", photo_maker.encoded(image, "PNG"))
        for i, image in enumerate([yellow, patch, tinted])
    ]
    assert scan_photos(paths).usable == tuple(paths[:2])
    assert scan_photos(paths, gray_threshold=1.0).usable == tuple(paths)


def test_gray_photos_can_be_kept(photo_maker):
    gray = photo_maker.encoded(np.full((24, 40, 3), 9, np.uint8), "PNG")
    path = photo_maker.write("gray.png", gray)
    assert scan_photos([path], gray_threshold=-1.0).usable == (path,)


def test_min_side_is_an_option(photo_maker):
    path = photo_maker.photo("a.png", 24, 40)
    assert not scan_photos([path], min_side=25).usable
    assert scan_photos([path], min_side=24).usable


def test_second_scan_reads_the_cache_only(photo_maker, tmp_path, monkeypatch):
    files = list(_bad_files(photo_maker).values())
    cache = tmp_path / "scan.json"
    first = scan_photos(files, cache)
    written = cache.stat().st_mtime_ns

    def never(contents, mtime_ns):
        raise AssertionError("the file was decoded again")

    monkeypatch.setattr(photo_facts, "_facts_of", never)
    assert scan_photos(files, cache) == first
    assert cache.stat().st_mtime_ns == written


def test_changed_file_is_scanned_again(photo_maker, tmp_path):
    path = photo_maker.write("a.png", b"")
    cache = tmp_path / "scan.json"
    assert not scan_photos([path], cache).usable
    photo_maker.photo("a.png")
    os.utime(path, ns=(1, 1))
    assert scan_photos([path], cache).usable == (path,)


def test_cache_that_is_no_cache_is_refused(photo_maker, tmp_path):
    cache = tmp_path / "scan.json"
    cache.write_text("[1, 2")
    with pytest.raises(ValueError, match="Delete the file"):
        scan_photos([photo_maker.photo("a.png")], cache)


def test_arrays_are_scanned_by_the_same_rules(photo_maker):
    images = np.stack(
        [photo_maker.pixels(24, 40), np.full((24, 40, 3), 77, np.uint8)]
    )
    photos = ArrayPhotos("set", (images,), "srgb", (0, 1))
    report = scan_photos(photos)
    assert report.usable == ("set[0]",)
    assert photos.select(report.positions).indices == (0,)
    assert [(p.path, p.kind) for p in report.skipped] == [
        ("set[1]", "grayscale")
    ]
