"""`keras-colorize image`, on real files and through pipes."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags
from PIL import Image

from keras_colorize import __version__
from keras_colorize.serving.images.read import read_photo
from tests.cli.in_process import error_of
from tests.cli.in_process import invoke
from tests.helpers import mid_tone_photo
from tests.helpers import write_photo
from tests.serving import tiny_models
from tests.serving.photo_bytes import encode
from tests.serving.photo_bytes import exif_bytes

ROOT = Path(__file__).parents[2]
RGB = mid_tone_photo(60, 90)
GRAY = RGB[..., 1]
SHIFTED = tiny_models.colorized(RGB)
SMALL = mid_tone_photo(20, 30)


@pytest.fixture
def photo_path(tmp_path):
    return write_photo(tmp_path / "photo.png", RGB)


# === One photo ===


def test_image_writes_beside_the_photo_and_says_where(photo_path, tiny_model):
    result = invoke("image", photo_path, "--model", tiny_model)
    target = photo_path.with_name("photo.colorized.png")
    assert result.stdout.strip() == str(target)
    np.testing.assert_array_equal(read_photo(target).rgb, SHIFTED)


def test_image_takes_output_strength_and_temperature(
    photo_path, tiny_model, tmp_path
):
    target = tmp_path / "gray.tiff"
    arguments = ["image", photo_path, "--model", tiny_model]
    invoke(*arguments, "-o", target, "--strength", 0)
    without = tiny_models.colorized(RGB, share=0.0)
    np.testing.assert_array_equal(read_photo(target).rgb, without)
    invoke(*arguments, "--temperature", 0.19)
    colorized = read_photo(tmp_path / "photo.colorized.png").rgb
    half = tiny_models.colorized(RGB, share=0.5)
    np.testing.assert_array_equal(colorized, half)


def test_image_takes_a_look_of_the_model(photo_path, tiny_model):
    target = photo_path.with_name("photo.colorized.png")
    arguments = ["image", photo_path, "--model", tiny_model, "--look"]
    invoke(*arguments, "calm")
    half = tiny_models.colorized(RGB, share=0.5)
    np.testing.assert_array_equal(read_photo(target).rgb, half)
    assert software_of(target).endswith(", look calm")
    error = error_of(*arguments, "vivid", exit_code=2)
    assert "`look` must be one of calm, natural for tiny" in error


def test_image_output_may_be_a_folder(photo_path, tiny_model, tmp_path):
    (tmp_path / "out").mkdir()
    invoke("image", photo_path, "-o", tmp_path / "out", "--model", tiny_model)
    assert (tmp_path / "out" / "photo.png").is_file()


def test_image_replaces_only_when_told(photo_path, tiny_model):
    invoke("image", photo_path, "--model", tiny_model)
    error = error_of("image", photo_path, "--model", tiny_model, exit_code=1)
    assert "exists already" in error and "--overwrite" in error
    invoke("image", photo_path, "--model", tiny_model, "--overwrite")


def test_image_prints_what_is_left_out(tiny_model, tmp_path):
    path = write_photo(tmp_path / "photo.png", RGB, icc_profile=b"no profile")
    result = invoke("image", path, "--model", tiny_model)
    assert result.stderr.startswith("Note: ICC profile left out")


def photo_file(folder, kind):
    """Writes a photo of an unusual kind."""
    path = folder / f"{kind}.png"
    gray = SMALL[..., 0]
    exif = Image.Exif()
    exif[0x112] = 6
    if kind == "cmyk":
        path = path.with_suffix(".jpg")
    image = {
        "1x1": lambda: Image.fromarray(SMALL[:1, :1]),
        "1x30": lambda: Image.fromarray(SMALL[:1]),
        "20x1": lambda: Image.fromarray(SMALL[:, :1]),
        "16-bit": lambda: Image.fromarray(gray.astype(np.uint16) * 257),
        "gray": lambda: Image.fromarray(gray),
        "palette": lambda: Image.fromarray(SMALL).quantize(64),
        "cmyk": lambda: Image.fromarray(SMALL).convert("CMYK"),
        "alpha": lambda: Image.fromarray(np.dstack([SMALL, gray])),
        "rotated": lambda: Image.fromarray(SMALL),
    }[kind]()
    options = {"exif": exif.tobytes()} if kind == "rotated" else {}
    image.save(path, **options)
    return path


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("1x1", (1, 1)),
        ("1x30", (1, 30)),
        ("20x1", (20, 1)),
        ("16-bit", (20, 30)),
        ("gray", (20, 30)),
        ("palette", (20, 30)),
        ("cmyk", (20, 30)),
        ("alpha", (20, 30)),
        ("rotated", (30, 20)),
    ],
)
def test_unusual_photos_are_colorized(kind, size, tiny_model, tmp_path):
    path = photo_file(tmp_path, kind)
    source = read_photo(path)
    result = invoke("image", path, "--model", tiny_model)
    photo = read_photo(result.stdout.strip())
    assert photo.rgb.shape == (*size, 3)
    expected = tiny_models.colorized(source.rgb).astype(int)
    # JPEG of a noisy texture; rounding of 16 bits.
    tolerance = {"cmyk": 30, "16-bit": 15}.get(kind, 0)
    assert np.abs(photo.rgb - expected).max() <= tolerance
    assert (photo.rgb16 is not None) == (kind == "16-bit")
    assert (photo.alpha is not None) == (kind == "alpha")


def bad_photo(folder, kind):
    path = folder / f"{kind}.jpg"
    if kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("Dear grandmother,\n")
    elif kind == "truncated":
        write_photo(path, RGB)
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2])
    elif kind == "folder":
        path.mkdir()
    return path


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("empty", "empty.jpg is empty (0 bytes)"),
        ("text", "text.jpg is not a photo that can be read"),
        ("truncated", "truncated.jpg is damaged or cut short"),
        ("folder", "folder.jpg is a folder"),
        ("missing", "There is no file"),
    ],
)
def test_unreadable_photo_is_said_in_one_sentence(
    kind, message, tiny_model, tmp_path
):
    path = bad_photo(tmp_path, kind)
    before = sorted(tmp_path.iterdir())
    error = error_of("image", path, "--model", tiny_model, exit_code=1)
    assert error.startswith("Error: ") and message in error
    assert error.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


def test_unwritable_output_is_said(photo_path, tiny_model, tmp_path):
    target = tmp_path / "none" / "out.png"
    error = error_of(
        "image", photo_path, "-o", target, "--model", tiny_model, exit_code=1
    )
    assert "cannot be written" in error and "make its folder" in error


def test_unknown_output_format_is_said(photo_path, tiny_model, tmp_path):
    error = error_of(
        *("image", photo_path, "-o", tmp_path / "out.docx"),
        *("--model", tiny_model),
        exit_code=1,
    )
    assert "Received: .docx" in error


def test_command_runs_as_a_process(photo_path, run, tiny_model):
    code, stdout, stderr = run("image", photo_path, "--model", tiny_model)
    assert (code, stderr) == (0, "")
    assert Path(stdout.decode().strip()).is_file()
    code, stdout, stderr = run("image", photo_path, "--model", tiny_model)
    assert (code, stdout) == (1, b"")
    assert stderr.startswith("Error: ")
    assert stderr.count("\n") == 1


def test_out_of_memory_is_said_not_hidden(photo_path, tiny_model, monkeypatch):
    from keras_colorize.serving.session import ColorizeSession

    def fail(*_):
        raise MemoryError("Unable to allocate 9 GiB")

    monkeypatch.setattr(ColorizeSession, "_run_output", fail)
    error = error_of("image", photo_path, "--model", tiny_model, exit_code=1)
    assert "Out of memory: Unable to allocate 9 GiB" in error
    assert not photo_path.with_name("photo.colorized.png").exists()


def test_nothing_is_left_in_the_home_folder(tiny_model, tmp_path):
    """Such as the number that onnxruntime's telemetry gives a machine."""
    path, home = write_photo(tmp_path / "a.png", RGB), tmp_path / "home"
    home.mkdir()
    command = [sys.executable, "-m", "keras_colorize.cli", "image", str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(home)}
    environment = {
        name: value
        for name, value in environment.items()
        if not name.startswith(("XDG_", "ORT_"))
    }
    subprocess.run(
        [*command, "--model", str(tiny_model)],
        cwd=ROOT,
        env=environment,
        check=True,
    )
    assert (tmp_path / "a.colorized.png").is_file()
    assert list(home.iterdir()) == []


# === Options ===


def test_unknown_model_is_said_with_the_known_ones(photo_path):
    error = error_of("image", photo_path, "--model", "eccv17", exit_code=2)
    assert error.startswith("Error: Unknown model 'eccv17'.")
    assert ".onnx file" in error


def test_missing_and_damaged_model_files_are_said(photo_path, tmp_path):
    path = tmp_path / "bad.onnx"
    error = error_of("image", photo_path, "--model", path, exit_code=2)
    assert "There is no model file" in error
    path.write_text("no model")
    error = error_of("image", photo_path, "--model", path, exit_code=1)
    assert "bad.onnx cannot be loaded" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--strenth", "2"], "No such option: --strenth"),
        (["--strength", "much"], "'--strength'"),
        (["--strength", "-1"], "`strength` must be from 0 to 10"),
        (["--temperature", "3"], "`temperature` must be above 0"),
    ],
)
def test_wrong_option_is_said(arguments, message, photo_path, tiny_model):
    error = error_of(
        "image", photo_path, "--model", tiny_model, *arguments, exit_code=2
    )
    assert message in error


def test_temperature_is_refused_where_it_means_nothing(photo_path, tmp_path):
    path = tmp_path / "ab.onnx"
    path.write_bytes(tiny_models.ab_model())
    error = error_of(
        *("image", photo_path, "--model", path, "--temperature", "0.5"),
        exit_code=2,
    )
    assert "tiny.test takes no temperature" in error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "docx"], "The format must be one of jpg"),
        (["--format", "png", "-o", "x.jpg"], "name different formats"),
        (["--quality", "0"], "`quality` must be from 1 to 100"),
        (["--suffix", "../x"], "part of a file name"),
        (["--max-pixels", "0"], "`max_pixels` must be at least 1"),
    ],
)
def test_senseless_options_are_said(arguments, message, tiny_model, tmp_path):
    path = write_photo(tmp_path / "a.png", RGB)
    arguments = ["image", path, *arguments, "--model", tiny_model]
    assert message in error_of(*arguments, exit_code=2)


def test_pixel_limit_can_be_lowered_and_raised(run, tiny_model, tmp_path):
    path = write_photo(tmp_path / "a.png", RGB)
    arguments = ["image", path, "--model", tiny_model, "--max-pixels"]
    code, _, stderr = run(*arguments, 60 * 90 - 1)
    assert code == 1 and "--max-pixels" in stderr
    # Far above it Pillow refuses, in words of its own.
    code, _, stderr = run(*arguments, 100)
    assert code == 1 and "Received: 5400 pixels. Shrink" in stderr
    assert run(*arguments, 60 * 90)[0] == 0


def test_suffix_is_part_of_the_name(run, tiny_model, tmp_path):
    path = write_photo(tmp_path / "a.png", RGB)
    run("image", path, "--suffix", "-color", "--model", tiny_model)
    assert (tmp_path / "a-color.png").is_file()
    code, _, stderr = run("image", path, "--suffix", "", "--model", tiny_model)
    assert code == 1 and "would replace the photo" in stderr
    np.testing.assert_array_equal(read_photo(path).rgb, RGB)


# === Several photos ===


def test_several_photos_are_done_and_a_bad_one_is_said(
    run, tiny_model, tmp_path
):
    good = [write_photo(tmp_path / f"{n}.png", RGB) for n in "ab"]
    bad = tmp_path / "bad.jpg"
    bad.write_text("text")
    code, stdout, stderr = run(
        *("image", good[0], bad, good[1], "-o", tmp_path / "new/out"),
        *("--model", tiny_model, "--format", "tiff"),
    )
    assert code == 1
    targets = [tmp_path / "new/out" / f"{n}.tiff" for n in "ab"]
    assert stdout.decode().split() == [str(t) for t in targets]
    for target in targets:
        np.testing.assert_array_equal(read_photo(target).rgb, SHIFTED)
    assert stderr.count("Error: ") == stderr.count("\n") == 1
    assert "bad.jpg is not a photo" in stderr


def test_several_photos_may_be_done_in_several_processes(
    run, tiny_model, tmp_path
):
    good = [write_photo(tmp_path / f"{n}.png", RGB) for n in "abc"]
    bad = tmp_path / "bad.jpg"
    bad.write_text("text")
    out = tmp_path / "out"
    code, stdout, stderr = run(
        *("image", *good, bad, "-o", out, "--jobs", 2, "--model", tiny_model)
    )
    assert code == 1
    targets = [out / f"{n}.png" for n in "abc"]
    assert sorted(stdout.decode().split()) == [str(t) for t in targets]
    for target in targets:
        np.testing.assert_array_equal(read_photo(target).rgb, SHIFTED)
    assert stderr.count("Error: ") == stderr.count("\n") == 1
    code, stdout, stderr = run(
        *("image", *good, "-o", out, "--jobs", 2, "--model", tiny_model)
    )
    assert code == 1 and stdout == b""
    assert stderr.count("--overwrite") == 3


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
def test_a_terminal_sees_what_is_done(start, tiny_model, tmp_path):
    photos = [write_photo(tmp_path / f"{n}.png", RGB) for n in "ab"]
    for arguments, shown in (
        (photos[:1], ("Reading", "a.png")),
        ([*photos, "--overwrite"], ("Colorizing", "2/2")),
    ):
        ours, terminal = os.openpty()
        process = start(
            "image", *arguments, "--model", tiny_model, stderr=terminal
        )
        os.close(terminal)
        said = b""
        with contextlib.suppress(OSError):  # the command has ended
            while part := os.read(ours, 4096):
                said += part
        os.close(ours)
        stdout, _ = process.communicate()
        assert process.returncode == 0, said
        assert stdout.decode().split()[0] == str(tmp_path / "a.colorized.png")
        for text in shown:
            assert text in said.decode()


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="root may read any file",
)
def test_a_photo_that_may_not_be_read_does_not_stop_the_others(
    run, tiny_model, tmp_path
):
    good, locked = (write_photo(tmp_path / f"{n}.png", RGB) for n in "ab")
    locked.chmod(0)
    code, stdout, stderr = run("image", locked, good, "--model", tiny_model)
    assert code == 1 and stdout.decode().strip().endswith("a.colorized.png")
    assert "b.png may not be read" in stderr


def test_the_name_of_one_photo_is_no_folder_for_several(tiny_model, tmp_path):
    photos = [write_photo(tmp_path / f"{n}.png", RGB) for n in "ab"]
    target = tmp_path / "out.jpg"
    arguments = ["image", *photos, "-o", target, "--model", tiny_model]
    error = error_of(*arguments, exit_code=2)
    assert "names one photo, and there are 2" in error
    assert not target.exists()


def test_photos_of_one_stem_get_results_of_their_own(run, tiny_model, tmp_path):
    for suffix in ("jpg", "png", "bmp"):
        write_photo(tmp_path / f"a.{suffix}", RGB)
    code, stdout, _ = run(
        *("image", *sorted(tmp_path.iterdir()), "--format", "png"),
        *("--model", tiny_model, "--suffix", "", "-o", tmp_path / "out"),
    )
    assert code == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "a.bmp.png",
        "a.jpg.png",
        "a.png",
    ]
    assert len(set(stdout.split())) == 3


# === Pipes ===


def test_stdin_to_stdout_gives_a_photo_and_nothing_else(run, tiny_model):
    data = encode(RGB, "PNG")
    code, stdout, stderr = run("image", "-", "--model", tiny_model, stdin=data)
    assert (code, stderr) == (0, "")
    photo = read_photo(stdout)
    assert photo.format == "PNG"
    np.testing.assert_array_equal(photo.rgb, SHIFTED)


def test_pipe_takes_format_quality_and_file(run, tiny_model, tmp_path):
    data = encode(RGB, "PNG")
    arguments = ["image", "-", "--model", tiny_model]
    sizes = []
    for quality in (20, 90):
        code, stdout, _ = run(
            *arguments, "--format", "jpg", "--quality", quality, stdin=data
        )
        assert code == 0 and read_photo(stdout).format == "JPEG"
        sizes.append(len(stdout))
    assert sizes[0] < sizes[1] / 2
    target = tmp_path / "out.tiff"
    code, stdout, _ = run(*arguments, "-o", target, stdin=data)
    assert stdout.decode().strip() == str(target)
    np.testing.assert_array_equal(read_photo(target).rgb, SHIFTED)


def test_file_goes_to_stdout_byte_for_byte(run, tiny_model, tmp_path):
    path = write_photo(tmp_path / "photo.png", RGB)
    code, stdout, _ = run("image", path, "-o", "-", "--model", tiny_model)
    assert code == 0
    np.testing.assert_array_equal(read_photo(stdout).rgb, SHIFTED)
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"", "is empty (0 bytes)"), (b"Dear grandmother", "is not a photo")],
)
def test_bad_stdin_is_said_and_stdout_stays_empty(
    data, message, run, tiny_model
):
    code, stdout, stderr = run("image", "-", "--model", tiny_model, stdin=data)
    assert (code, stdout) == (1, b"")
    assert message in stderr and stderr.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux")
def test_a_full_disk_behind_stdout_is_said(start, tiny_model, tmp_path):
    path = write_photo(tmp_path / "photo.png", RGB)
    with open("/dev/full", "wb") as full:
        process = start(
            *("image", path, "-o", "-", "--model", tiny_model), stdout=full
        )
        _, stderr = process.communicate()
    assert process.returncode == 1
    assert b"cannot be written to stdout: No space left" in stderr
    assert stderr.count(b"\n") == 1


def test_several_photos_do_not_go_through_a_pipe(run, tiny_model, tmp_path):
    path = write_photo(tmp_path / "photo.png", RGB)
    arguments = ["--model", tiny_model]
    for photos in (["-", path], [path, path, "-o", "-"]):
        code, stdout, stderr = run("image", *photos, *arguments)
        assert (code, stdout) == (2, b"")
        assert "one photo at a time" in stderr


def test_photo_in_color_passes_a_pipe_unchanged(run, tiny_model):
    data = encode(RGB, "PNG")
    arguments = ["image", "-", "--skip-color", "--model", tiny_model]
    code, stdout, stderr = run(*arguments, stdin=data)
    assert (code, stdout) == (0, data)
    assert "in color already" in stderr
    _, stdout, _ = run(*arguments, stdin=encode(GRAY, "PNG"))
    assert np.ptp(read_photo(stdout).rgb.astype(int), axis=-1).mean() > 30


@pytest.mark.parametrize("source", ["-", "a.png"])
def test_photo_in_color_passes_a_pipe_in_the_format_asked_for(
    source, run, tiny_model, tmp_path
):
    data = encode(RGB, "PNG")
    (tmp_path / "a.png").write_bytes(data)
    source = source if source == "-" else tmp_path / source
    arguments = ["image", source, "--skip-color", "--model", tiny_model]
    target, same = tmp_path / "o.bmp", tmp_path / "o.png"
    to_stdout = [*arguments, "-o", "-"]
    code, stdout, stderr = run(*to_stdout, "--format", "bmp", stdin=data)
    photo = read_photo(stdout)
    assert (code, photo.format) == (0, "BMP")
    np.testing.assert_array_equal(photo.rgb, RGB)
    assert "in color already" in stderr
    if source == "-":
        assert run(*arguments, "-o", target, stdin=data)[0] == 0
        assert target.read_bytes() == stdout
        run(*arguments, "-o", same, stdin=data)
        assert same.read_bytes() == data


def test_photo_in_color_in_another_format_says_what_that_leaves_out(
    run, tiny_model
):
    data = encode(np.dstack([RGB, GRAY]), "PNG")
    arguments = ["image", "-", "--skip-color", "--model", tiny_model]
    _, stdout, stderr = run(*arguments, "--format", "jpg", stdin=data)
    assert read_photo(stdout).format == "JPEG"
    assert "Transparency is on white" in stderr


# === What a photo carries ===


def software_of(path):
    with Image.open(path) as image:
        return image.getexif()[ExifTags.Base.Software]


def test_metadata_names_the_model_beside_the_camera(run, tiny_model, tmp_path):
    exif = exif_bytes(Make="Zenit", Software="Scanner 9", Orientation=6)
    path = write_photo(tmp_path / "a.jpg", RGB, exif=exif, dpi=(300, 300))
    arguments = ["image", path, "--model", tiny_model, "--strength", 0.5]
    code, stdout, _ = run(*arguments)
    target = stdout.decode().strip()
    made = f"keras-colorize {__version__}, tiny.test, strength 0.5"
    assert software_of(target) == f"Scanner 9; {made}"
    with Image.open(target) as image:
        assert image.getexif()[ExifTags.Base.Make] == "Zenit"
        assert image.getexif()[ExifTags.Base.Orientation] == 1
        assert image.info["dpi"] == (300, 300)
        assert image.size == (60, 90)
    code, stdout, _ = run("image", target, "--model", tiny_model)
    again = f"keras-colorize {__version__}, tiny.test"
    assert software_of(stdout.decode().strip()) == f"Scanner 9; {again}"


@pytest.mark.parametrize("suffix", ["png", "tif", "webp", "avif", "heic"])
def test_every_format_with_exif_names_the_model(
    suffix, run, tiny_model, tmp_path
):
    path = write_photo(tmp_path / "a.png", RGB)
    target = tmp_path / f"out.{suffix}"
    code, _, stderr = run("image", path, "-o", target, "--model", tiny_model)
    assert (code, stderr) == (0, "")
    code, stdout, _ = run("inspect", "--json", target)
    facts = json.loads(stdout)
    assert facts["software"] == f"keras-colorize {__version__}, tiny.test"
    assert (facts["width_pixels"], facts["height_pixels"]) == (90, 60)


def test_16_bit_scan_stays_16_bit(run, tiny_model, tmp_path):
    gray16 = (np.arange(60 * 90, dtype=np.uint16) * 12).reshape(60, 90)
    path = tmp_path / "scan.tif"
    Image.fromarray(gray16).save(path)
    code, stdout, stderr = run("image", path, "--model", tiny_model)
    assert (code, stderr) == (0, "")
    photo = read_photo(stdout.decode().strip())
    assert len(np.unique(photo.rgb16[..., 1])) > 5000
    code, _, stderr = run(
        "image", path, "-o", tmp_path / "a.jpg", "--model", tiny_model
    )
    assert stderr == "Note: 16 bits became 8: JPEG holds no more.\n"


# === Pages, and what results say of themselves ===


def scan_of_three(folder):
    path = folder / "scan.tif"
    pages = [Image.fromarray(page) for page in (GRAY, 255 - GRAY, GRAY[::-1])]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    return path


def test_every_page_is_named_where_it_has_a_file_of_its_own(
    tiny_model, tmp_path
):
    path = scan_of_three(tmp_path)
    result = invoke("image", path, "--model", tiny_model)
    assert result.stdout.split() == [str(tmp_path / "scan.colorized.tif")]
    assert read_photo(tmp_path / "scan.colorized.tif").num_pages == 3
    arguments = ["--model", tiny_model, "--format", "png"]
    result = invoke("image", path, *arguments)
    assert result.stdout.split() == [
        str(tmp_path / f"scan.colorized{page}.png")
        for page in ("", ".page2", ".page3")
    ]
    result = invoke("folder", tmp_path, tmp_path / "out", *arguments)
    names = {path.name for path in (tmp_path / "out").glob("scan.p*")}
    assert names == {"scan.png", "scan.page2.png", "scan.page3.png"}


def test_pages_of_an_earlier_result_are_named_and_stay(tiny_model, tmp_path):
    path = scan_of_three(tmp_path)
    arguments = ["--model", tiny_model, "--format", "png"]
    first = invoke("image", path, *arguments)
    assert first.stderr == ""
    again = invoke("image", path, *arguments, "--overwrite")
    assert again.stderr == ""
    Image.fromarray(GRAY).save(path)
    result = invoke("image", path, *arguments, "--overwrite")
    assert (
        "scan.colorized.page2.png to scan.colorized.page3.png beside it stayed"
        in result.stderr
    )
    assert (tmp_path / "scan.colorized.page3.png").is_file()
    assert result.stdout.split() == [str(tmp_path / "scan.colorized.png")]


def test_pages_that_do_not_fit_a_pipe_are_counted(run, tiny_model, tmp_path):
    path = scan_of_three(tmp_path)
    arguments = ["image", path, "-o", "-", "--model", tiny_model]
    _, stdout, stderr = run(*arguments, "--format", "png")
    assert read_photo(stdout).rgb.shape == RGB.shape
    assert "has 3 pages; only the first" in stderr
    _, stdout, stderr = run(*arguments)
    assert read_photo(stdout).num_pages == 3
    assert "pages" not in stderr


@pytest.mark.parametrize("option", ["--mark", "--no-mark"])
def test_results_say_that_a_model_was_at_work(option, tiny_model, tmp_path):
    path = write_photo(tmp_path / "a.jpg", GRAY)
    result = invoke("image", path, option, "--model", tiny_model)
    xmp = read_photo(result.stdout.strip()).captions.xmp or b""
    is_marked = b"compositeWithTrainedAlgorithmicMedia" in xmp
    assert is_marked == (option == "--mark")


def test_results_are_in_color_however_pale(tiny_model, tmp_path):
    path = write_photo(tmp_path / "a.jpg", GRAY)
    pale = ["--model", tiny_model, "--strength", 0.01]
    target = invoke("image", path, *pale).stdout.strip()
    assert "content: color" in invoke("inspect", target).stdout
    result = invoke("image", target, "--skip-color", *pale)
    assert "in color already" in result.stderr


# === Files that must stay, names that are odd ===


@pytest.mark.parametrize("kind", ["itself", "symlink", "hard link"])
def test_image_never_replaces_its_photo(kind, photo_path, tiny_model):
    target = photo_path.with_name("other.png")
    if kind == "itself":
        target = photo_path
    elif kind == "symlink":
        target.symlink_to(photo_path)
    else:
        target.hardlink_to(photo_path)
    before = photo_path.read_bytes()
    options = ["--overwrite", "--model", tiny_model]
    error = error_of("image", photo_path, "-o", target, *options, exit_code=1)
    assert "would replace the photo" in error
    assert target.read_bytes() == before


def test_image_never_replaces_what_stdin_comes_from(photo_path, tiny_model):
    before = photo_path.read_bytes()
    with photo_path.open("rb") as stdin:
        process = subprocess.run(
            [
                *(sys.executable, "-m", "keras_colorize.cli", "image", "-"),
                *("-o", photo_path, "--overwrite", "--model", tiny_model),
            ],
            stdin=stdin,
            capture_output=True,
            cwd=ROOT,
        )
    assert process.returncode == 1
    assert b"is the photo itself" in process.stderr
    assert photo_path.read_bytes() == before


def test_image_makes_the_folder_whose_name_ends_in_a_slash(
    photo_path, tiny_model, tmp_path
):
    for folder in ("new/", "new/", "of.2024/deep/"):
        output = f"{tmp_path}/{folder}"
        options = ["--model", tiny_model, "--overwrite"]
        result = invoke("image", photo_path, "-o", output, *options)
        assert result.stdout.strip() == f"{output}photo.png"
    options = ["-o", f"{photo_path}/", "--model", tiny_model]
    error = error_of("image", photo_path, *options, exit_code=1)
    assert "is a file" in error


@pytest.mark.parametrize(
    ("name", "command"),
    [(".", "keras-colorize folder"), ("film.MP4", "keras-colorize video")],
)
def test_image_and_inspect_name_the_right_command(
    name, command, tiny_model, tmp_path
):
    (tmp_path / "film.MP4").write_bytes(b"film")
    path = tmp_path / name
    assert command in error_of(
        *("image", path, "--model", tiny_model), exit_code=1
    )
    assert command in error_of("inspect", path, exit_code=1)


def test_odd_files_among_several_fail_alone(tiny_model, tmp_path, run):
    good = write_photo(tmp_path / os.fsdecode(b"caf\xe9.png"), SMALL)
    long = write_photo(tmp_path / ("e" * 251 + ".png"), SMALL)
    (tmp_path / "loop.png").symlink_to("loop.png")
    os.mkfifo(tmp_path / "pipe.png")
    paths = [long, tmp_path / "loop.png", tmp_path / "pipe.png", tmp_path, good]
    code, stdout, stderr = run("image", *paths, "--model", tiny_model)
    assert code == 1 and "Traceback" not in stderr
    assert stderr.count("Error: ") == 4
    assert stdout == os.fsencode(tmp_path) + b"/caf\xe9.colorized.png\n"
    assert "265 bytes" in stderr and "a pipe" in stderr
    assert "Too many levels" in stderr and "is a folder" in stderr


def test_page_of_a_tiff_never_replaces_another_photo(run, tiny_model, tmp_path):
    pages = [Image.fromarray(RGB), Image.fromarray(RGB)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    other = tmp_path / "a.colorized.page2.jpg"
    Image.fromarray(RGB).save(other)
    before = other.read_bytes()
    arguments = [tmp_path / "a.tif", other, "--format", "jpg", "--overwrite"]
    code, _, stderr = run("image", *arguments, "--model", tiny_model)
    assert code == 1 and "is that of another photo" in stderr
    assert other.read_bytes() == before


@pytest.mark.parametrize(
    ("output", "is_said"), [("color.png", True), ("color.webp", False)]
)
def test_quality_that_has_no_effect_is_said(
    run, photo_path, tiny_model, tmp_path, output, is_said
):
    code, _, stderr = run(
        *("image", photo_path, "-o", tmp_path / output),
        *("--model", tiny_model, "--quality", "80"),
    )
    assert code == 0
    assert ("--quality has no effect: PNG has none." in stderr) == is_said


def test_options_that_a_pipe_has_no_use_for_are_said(run, tiny_model, tmp_path):
    data = encode(RGB, "PNG")
    arguments = ["image", "-", "--model", tiny_model, "--quality", 40]
    suffix = ["--suffix", ".foo"]
    _, _, stderr = run(*arguments, *suffix, "--format", "png", stdin=data)
    assert "--quality has no effect: PNG has none." in stderr
    assert "--suffix has no effect on the name" in stderr
    assert "stdout has no name" in stderr
    target = tmp_path / "x.webp"
    _, _, stderr = run(*arguments, *suffix, "-o", target, stdin=data)
    assert stderr.count("no effect") == 1
    assert f"the name of the result: it is {target}." in stderr
    code, _, stderr = run(*arguments[:-2], stdin=data)
    assert (code, stderr) == (0, "")


def test_suffix_of_a_result_whose_name_is_given_is_said(
    photo_path, tiny_model, tmp_path
):
    arguments = ["image", photo_path, "--model", tiny_model, "--suffix", ".x"]
    result = invoke(*arguments, "-o", tmp_path / "a.png")
    assert "--suffix has no effect on the name" in result.stderr
    (tmp_path / "out").mkdir()
    for output in ([], ["-o", tmp_path / "out"]):
        assert invoke(*arguments, *output).stderr == ""
    assert (tmp_path / "out" / "photo.x.png").is_file()


def test_empty_output_is_refused(photo_path, tiny_model):
    options = ["-o", "", "--model", tiny_model]
    error = error_of("image", photo_path, *options, exit_code=2)
    assert "--output is empty" in error
