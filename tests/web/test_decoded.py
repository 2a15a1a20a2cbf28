"""TIFF and HEIC of the page, decoded in Node, beside what Python reads."""

import io
import json
import subprocess

import numpy as np
import pytest
from PIL import Image
from PIL import ImageCms

from tests.helpers import textured_photo
from tests.web.conftest import WEB

tifffile = pytest.importorskip("tifffile", reason="tifffile is missing")

_SRC = (WEB / "src").as_posix()
_LIBHEIF = (WEB / "node_modules/libheif-js/libheif-wasm").as_posix()
_SCRIPT = f"""
import {{ readFileSync, writeFileSync }} from "node:fs";
import {{ formatOf }} from "{_SRC}/decoded.js";
import {{ checkSize }} from "{_SRC}/limits.js";
import {{ pngOf }} from "{_SRC}/png.js";
const said = {{}};
for (const name of JSON.parse(readFileSync("names"))) {{
  const bytes = readFileSync(name);
  const format = await formatOf(new Blob([bytes]));
  try {{
    const image = await decoders(bytes)[format](checkSize);
    const png = await (await pngOf(image)).arrayBuffer();
    writeFileSync(`${{name}}.png`, Buffer.from(png));
    said[name] = {{ format, notes: image.notes }};
  }} catch (error) {{
    const words = `${{error.constructor.name}}: ${{error.message}}`;
    said[name] = {{ format, error: words }};
  }}
}}
function decoders(bytes) {{
  return {{
    async TIFF(check) {{
      const {{ decodeTiff }} = await import("{_SRC}/tiff.js");
      return decodeTiff(new Uint8Array(bytes).buffer, check);
    }},
    async HEIC(check) {{
      const {{ decodeHeic }} = await import("{_SRC}/heic.js");
      const {{ default: libheif }} = await import("{_LIBHEIF}/libheif.js");
      const wasm = readFileSync("{_LIBHEIF}/libheif.wasm");
      return decodeHeic(libheif, wasm, bytes, check);
    }},
  }};
}}
writeFileSync("said", JSON.stringify(said));
"""
HEIGHT, WIDTH = 37, 52


@pytest.fixture
def decode(node, tmp_path):
    """Decodes files of `tmp_path`; gives what was said, and their PNG."""
    if not (WEB / "node_modules/geotiff").is_dir():
        pytest.skip("web/node_modules is absent: `make web` installs it")

    def decoded(*names):
        (tmp_path / "names").write_text(json.dumps(names))
        subprocess.run(
            [node, "--input-type=module", "--eval", _SCRIPT],
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )
        return json.loads((tmp_path / "said").read_text())

    return decoded


def png_of(path):
    with Image.open(f"{path}.png") as image:
        image.verify()
    with Image.open(f"{path}.png") as image:
        return np.asarray(image)


def photo():
    return textured_photo(HEIGHT, WIDTH)


def deep(image):
    return image.astype(np.uint16) * 257


def tiff_files():
    """What is written -> what is expected, by name."""
    rgb, gray = photo(), photo()[..., 0]
    deep_gray = deep(gray)
    deep_gray[0, :3] = 128, 129, 384  # 0.498, 0.502 and 1.494 of 255
    shallow = deep_gray.astype(float) / 257
    alpha = np.dstack([rgb, np.full((HEIGHT, WIDTH), 90, np.uint8)])
    squeezed = {"compression": "zlib", "predictor": True, "rowsperstrip": 8}
    return {
        "gray": (gray, {}, gray),
        "white_is_zero": (255 - gray, {"photometric": "miniswhite"}, gray),
        "gray16": (deep_gray, squeezed, np.floor(shallow + 0.5)),
        "big_endian": (deep(rgb), {"byteorder": ">"}, rgb),
        "big": (rgb, {"bigtiff": True}, rgb),
        "planes": (
            np.moveaxis(rgb, 2, 0),
            {"photometric": "rgb", "planarconfig": "separate"},
            rgb,
        ),
        "tiles": (rgb, {"tile": (16, 32), "compression": "zlib"}, rgb),
        "alpha": (alpha, {"extrasamples": ["unassalpha"]}, alpha),
    }


def test_tiffs_have_the_pixels_that_were_written(decode, tmp_path):
    files = tiff_files()
    for name, (pixels, options, _) in files.items():
        options = {"photometric": "rgb" if pixels.ndim > 2 else None} | options
        order = {
            key: options.pop(key)
            for key in ("byteorder", "bigtiff")
            if key in options
        }
        with tifffile.TiffWriter(tmp_path / name, **order) as writer:
            writer.write(pixels, metadata=None, **options)
    said = decode(*files)
    for name, (pixels, _, expected) in files.items():
        notes = ["8 of its 16 bits are kept."] if pixels.itemsize == 2 else []
        assert said[name] == {"format": "TIFF", "notes": notes}, name
        np.testing.assert_array_equal(png_of(tmp_path / name), expected, name)


def test_bits_palettes_and_jpeg_of_tiffs_are_read(decode, tmp_path):
    image = Image.fromarray(photo())
    saved = {
        "bits": (image.convert("1"), {}),
        "palette": (image.quantize(17), {}),
        "packbits": (image, {"compression": "packbits"}),
        "lzw": (image, {"compression": "tiff_lzw"}),
        "jpeg": (image, {"compression": "jpeg", "quality": 95}),
        "gray_jpeg": (image.convert("L"), {"compression": "jpeg"}),
    }
    for name, (content, options) in saved.items():
        content.save(tmp_path / name, format="TIFF", **options)
    said = decode(*saved)
    for name, (content, _) in saved.items():
        assert said[name] == {"format": "TIFF", "notes": []}, name
        mode = "L" if content.mode in ("1", "L") else "RGB"
        with Image.open(tmp_path / name) as opened:
            expected = np.asarray(opened.convert(mode))
        difference = png_of(tmp_path / name).astype(int) - expected
        # Colors of JPEG are stored at half size: decoders enlarge them each
        # in a way of its own.
        limit = {"gray_jpeg": 2, "jpeg": 40}.get(name, 0)
        assert np.abs(difference).max() <= limit, name
        assert np.abs(difference).mean() <= limit / 10, name


def test_tiffs_come_upright(decode, tmp_path):
    turns = {
        1: lambda image: image,
        2: lambda image: image[:, ::-1],
        3: lambda image: image[::-1, ::-1],
        4: lambda image: image[::-1],
        5: lambda image: image.swapaxes(0, 1),
        6: lambda image: np.rot90(image, -1),
        7: lambda image: np.rot90(image, 2).swapaxes(0, 1),
        8: lambda image: np.rot90(image),
    }
    for orientation in turns:
        tag = (274, "H", 1, orientation, True)
        with tifffile.TiffWriter(tmp_path / f"side{orientation}") as writer:
            writer.write(
                photo(), photometric="rgb", extratags=[tag], metadata=None
            )
    decode(*(f"side{orientation}" for orientation in turns))
    for orientation, turn in turns.items():
        png = png_of(tmp_path / f"side{orientation}")
        np.testing.assert_array_equal(png, turn(photo()), str(orientation))


def test_first_page_is_taken_and_small_copies_are_none(decode, tmp_path):
    pages = [photo()[::2, ::2], photo(), photo()[::-1]]
    with tifffile.TiffWriter(tmp_path / "pages") as writer:
        for page, subfile in zip(pages, (1, 0, 0), strict=True):
            writer.write(
                page, photometric="rgb", subfiletype=subfile, metadata=None
            )
    said = decode("pages")
    assert said["pages"]["notes"] == ["The first of 2 pages."]
    np.testing.assert_array_equal(png_of(tmp_path / "pages"), photo())


def test_color_profiles_are_kept(decode, tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    image = Image.fromarray(photo())
    image.save(tmp_path / "t", format="TIFF", icc_profile=profile.tobytes())
    decode("t")
    with Image.open(tmp_path / "t.png") as png:
        assert png.info["icc_profile"] == profile.tobytes()


def test_what_would_come_out_wrong_is_refused(decode, tmp_path):
    image = Image.fromarray(photo())
    image.convert("CMYK").save(tmp_path / "cmyk", format="TIFF")
    image.convert("1").save(
        tmp_path / "fax", format="TIFF", compression="group4"
    )
    tifffile.imwrite(tmp_path / "float", photo()[..., 0] / np.float32(255))
    whole = io.BytesIO()
    tifffile.imwrite(whole, photo(), photometric="rgb", compression="zlib")
    (tmp_path / "cut").write_bytes(whole.getvalue()[:-900])
    (tmp_path / "start").write_bytes(whole.getvalue()[:6])
    plain = io.BytesIO()
    tifffile.imwrite(plain, photo(), photometric="rgb")
    (tmp_path / "cut_plain").write_bytes(plain.getvalue()[:-900])
    large = Image.new("1", (11000, 9200))
    large.save(tmp_path / "large", format="TIFF", compression="tiff_lzw")
    names = ["cmyk", "fax", "float", "cut", "start", "cut_plain", "large"]
    said = decode(*names)
    errors = {name: said[name]["error"] for name in names}
    assert errors["cmyk"].startswith("Unsupported: with colors for print")
    assert errors["fax"] == "Unsupported: compressed as a fax is"
    assert "floating point" in errors["float"]
    assert "101.2 megapixels" in errors["large"]
    for name in ("cut", "start", "cut_plain"):
        assert not errors[name].startswith(("Unsupported", "PageError"))


# === HEIC ===


def write_heic(path, *images, **options):
    pillow_heif = pytest.importorskip(
        "pillow_heif", reason="needs the extra heic"
    )
    file = pillow_heif.HeifFile()
    for image in images:
        file.add_from_pillow(image)
    file.save(path, quality=-1, chroma=444, matrix_coefficients=0, **options)


def test_main_photo_of_a_heic_has_the_pixels_that_were_written(
    decode, tmp_path
):
    first, second = (Image.fromarray(im) for im in (photo(), photo()[::-1]))
    write_heic(tmp_path / "one", first)
    write_heic(tmp_path / "two", first, second, primary_index=1)
    said = decode("one", "two")
    assert said["one"] == {"format": "HEIC", "notes": []}
    assert said["two"]["notes"] == ["The main one of 2 photos."]
    for name, expected in (("one", photo()), ("two", photo()[::-1])):
        difference = png_of(tmp_path / name).astype(int) - expected
        assert np.abs(difference).max() <= 2, name


def test_profile_and_orientation_of_a_heic_are_kept(decode, tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    pillow_heif = pytest.importorskip(
        "pillow_heif", reason="needs the extra heic"
    )
    pillow_heif.register_heif_opener()
    image = Image.fromarray(photo())
    image.info["icc_profile"] = profile.tobytes()
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(
        tmp_path / "side",
        format="HEIF",
        exif=exif.tobytes(),
        quality=-1,
        chroma=444,
        matrix_coefficients=0,
    )
    decode("side")
    with Image.open(tmp_path / "side.png") as png:
        assert png.info["icc_profile"] == profile.tobytes()
    difference = png_of(tmp_path / "side").astype(int) - np.rot90(photo(), -1)
    assert np.abs(difference).max() <= 2


def test_cut_heics_are_refused(decode, tmp_path):
    write_heic(tmp_path / "whole", Image.fromarray(photo()))
    content = (tmp_path / "whole").read_bytes()
    (tmp_path / "cut").write_bytes(content[: len(content) * 2 // 3])
    (tmp_path / "start").write_bytes(content[:50])
    said = decode("cut", "start")
    assert "libheif" in said["cut"]["error"]
    assert "libheif" in said["start"]["error"]
