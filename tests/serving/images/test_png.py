import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from PIL import PngImagePlugin

from keras_colorize.serving.images import png


def png_with(*added):
    file = io.BytesIO()
    Image.new("L", (4, 3), 90).save(file, "PNG")
    return io.BytesIO(png.with_chunks(file.getvalue(), added))


def saved(info):
    file = io.BytesIO()
    Image.new("L", (4, 3), 90).save(file, "PNG", pnginfo=info)
    return file


def test_a_text_that_pillow_refuses_is_kept_and_the_photo_read():
    info = PngImagePlugin.PngInfo()
    info.add_text("workflow", "x" * 2_000_000, zip=True)
    info.add_text("Author", "A. Photographer")
    facts, file = png.read_facts(saved(info))
    assert [text[4:12] for text in facts.texts] == [b"workflow", b"Author\0A"]
    with Image.open(file) as image:
        assert image.getpixel((0, 0)) == 90
    copy = png.with_chunks(saved(None).getvalue(), facts.texts)
    assert png.read_facts(io.BytesIO(copy))[0].texts == facts.texts


@pytest.mark.parametrize("is_packed", [False, True])
def test_xmp_is_told_from_texts(is_packed):
    info = PngImagePlugin.PngInfo()
    info.add_itxt(png.XMP_KEYWORD.decode(), "<x>é</x>", zip=is_packed)
    facts, _ = png.read_facts(saved(info))
    assert facts.xmp == "<x>é</x>".encode()
    assert facts.texts == ()


def test_iptc_goes_into_a_png_and_comes_back():
    records = b"\x1c\x02x\0\x07Wedding" * 9
    facts, _ = png.read_facts(png_with(png.iptc_chunk(records)))
    assert facts.iptc == records


def test_iptc_in_a_resource_of_photoshop_is_found():
    records = b"\x1c\x02x\0\x01a"
    block = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(records)) + records
    facts, _ = png.read_facts(png_with(png.iptc_chunk(block)))
    assert facts.iptc == records


@pytest.mark.parametrize("comment", ["Köln".encode(), "Köln".encode("latin-1")])
def test_pillow_reads_a_comment_that_was_put_in(comment):
    with Image.open(png_with(png.comment_chunk(comment))) as image:
        assert image.text["Comment"] == "Köln"


def gamma(value):
    return b"gAMA" + struct.pack(">I", round(value * 100_000))


SRGB = b"sRGB\0"


@pytest.mark.parametrize(
    ("added", "exponent", "transfer"),
    [
        ([], None, ""),
        ([gamma(1.0)], 1.0, ""),
        ([gamma(1 / 1.8)], 1.8, ""),
        ([gamma(0.45455)], None, ""),
        ([gamma(1.0), SRGB], None, ""),
        ([gamma(0.0)], None, ""),
        ([b"cICP" + bytes([1, 13, 0, 1]), gamma(1.0)], None, ""),
        ([b"cICP" + bytes([1, 8, 0, 1])], 1.0, ""),
        ([b"cICP" + bytes([1, 4, 0, 1])], 2.2, ""),
        ([b"cICP" + bytes([9, 16, 0, 1])], None, "PQ"),
        ([b"cICP" + bytes([9, 18, 0, 1])], None, "HLG"),
    ],
)
def test_chunks_say_how_values_become_light(added, exponent, transfer):
    facts, _ = png.read_facts(png_with(*added))
    assert facts.decoding_gamma == (
        None if exponent is None else pytest.approx(exponent, abs=1e-4)
    )
    assert facts.unread_transfer == transfer


def test_texts_that_are_damaged_are_empty():
    assert png.text_of(b"zTXt", b"a\0\0no zlib") == b""
    assert png.text_of(b"zTXt", b"a\0\0" + zlib.compress(b"abc")[:-2]) == b""


def test_pixels_are_the_same_with_and_without_texts():
    values = np.arange(12, dtype=np.uint8).reshape(3, 4)
    file = io.BytesIO()
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "A.")
    Image.fromarray(values).save(file, "PNG", pnginfo=info, dpi=(300, 300))
    _, cleaned = png.read_facts(file)
    with Image.open(cleaned) as image:
        np.testing.assert_array_equal(np.asarray(image), values)
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)


@pytest.mark.parametrize(
    ("mode", "bits"), [("1", 1), ("L", 8), ("P", 8), ("RGB", 8), ("I;16", 16)]
)
def test_a_png_says_the_bits_of_its_values(mode, bits):
    file = io.BytesIO()
    Image.new(mode, (4, 3)).save(file, "PNG")
    assert png.read_facts(file)[0].bits == bits
