import io
import re
import struct
import xml.etree.ElementTree as ElementTree

import pytest
from PIL import Image

from keras_colorize.serving.images import captions
from keras_colorize.serving.images.captions import Captions

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
EXTENSION = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"


def xmp_of(inside, about=""):
    return (
        "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?>"
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'>"
        f"<rdf:RDF xmlns:rdf='{RDF[1:-1]}'>{inside.format(about=about)}"
        "</rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
    ).encode()


TITLED = (
    "<rdf:Description rdf:about='{about}' "
    "xmlns:dc='http://purl.org/dc/elements/1.1/'>"
    "<dc:title>Hochzeit, Köln 1912</dc:title></rdf:Description>"
)


def sources_in(xmp):
    """Values of DigitalSourceType, as an XML parser finds them."""
    text = re.sub(rb"<\?xpacket[^>]*\?>", b"", xmp)
    found = []
    for element in ElementTree.fromstring(text).iter():
        found += [element.get(f"{EXTENSION}DigitalSourceType")]
        if element.tag == f"{EXTENSION}DigitalSourceType":
            found.append(element.text)
    return [value for value in found if value]


@pytest.mark.parametrize(
    "xmp",
    [
        None,
        b"no XML",
        xmp_of(""),
        xmp_of("").replace(b"'></rdf:RDF>", b"'/>"),
        xmp_of(TITLED),
        xmp_of(
            f"<rdf:Description xmlns:Iptc4xmpExt='{EXTENSION[1:-1]}' "
            "Iptc4xmpExt:DigitalSourceType='.../negativeFilm'/>"
        ),
        xmp_of(
            f"<rdf:Description xmlns:Iptc4xmpExt='{EXTENSION[1:-1]}'>"
            "<Iptc4xmpExt:DigitalSourceType>.../print"
            "</Iptc4xmpExt:DigitalSourceType></rdf:Description>"
        ),
    ],
)
def test_a_marked_packet_says_once_that_a_model_was_at_work(xmp):
    marked = captions.mark_xmp(xmp)
    assert sources_in(marked) == [captions.DIGITAL_SOURCE_TYPE]
    assert captions.mark_xmp(marked) == marked


def test_a_source_that_is_a_resource_is_replaced():
    before = "<Iptc4xmpExt:DigitalSourceType rdf:resource='http://a/camera'/>"
    marked = captions.mark_xmp(xmp_of(before))
    assert b"http://a/camera" not in marked
    assert marked.count(captions.DIGITAL_SOURCE_TYPE.encode()) == 1


def test_marking_keeps_what_people_wrote_and_what_it_is_about():
    marked = captions.mark_xmp(xmp_of(TITLED, about="uuid:7"))
    assert "Hochzeit, Köln 1912".encode() in marked
    assert marked.count(b"rdf:about='uuid:7'") == 2


@pytest.mark.parametrize(
    "inside",
    [
        "<rdf:Description xmlns:tiff='http://ns.adobe.com/tiff/1.0/' "
        'tiff:Orientation="6" tiff:ImageWidth="160"/>',
        "<rdf:Description xmlns:tiff='http://ns.adobe.com/tiff/1.0/'>"
        "<tiff:Orientation>6</tiff:Orientation>"
        "<tiff:ImageWidth>160</tiff:ImageWidth></rdf:Description>",
    ],
)
def test_a_turned_photo_is_upright_in_xmp_too(inside):
    xmp = captions.upright_xmp(xmp_of(inside), 120, 160)
    text = re.sub(rb"<\?xpacket[^>]*\?>", b"", xmp or b"")
    (element,) = ElementTree.fromstring(text).iter(f"{RDF}Description")
    tiff = "{http://ns.adobe.com/tiff/1.0/}"
    values = [
        element.get(tiff + name) or element.findtext(tiff + name)
        for name in ("Orientation", "ImageWidth")
    ]
    assert values == ["1", "120"]


def test_iptc_is_found_among_the_resources_of_photoshop():
    def resource(number, name, data):
        padded = data + b"\0" * (len(data) % 2)
        size = struct.pack(">I", len(data))
        return b"8BIM" + struct.pack(">H", number) + name + size + padded

    records = b"\x1c\x02x\x00\x07Wedding"
    blocks = resource(0x03ED, b"\x02ab\0", b"12345")
    blocks += resource(0x0404, b"\0\0", records)
    assert captions.photoshop_iptc(blocks) == records
    assert captions.photoshop_iptc(blocks[:30]) is None
    assert captions.photoshop_iptc(b"") is None


def test_pillow_finds_in_a_jpeg_what_was_put_there():
    file = io.BytesIO()
    Image.new("RGB", (16, 8), "red").save(file, "JPEG", exif=b"Exif\0\0abc")
    everything = Captions(xmp_of(TITLED), b"\x1c\x02x\0\1a", b"Wedding")
    data = captions.embed_in_jpeg(file.getvalue(), everything)
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["xmp"] == everything.xmp
        assert image.info["photoshop"][0x0404] == everything.iptc
        assert image.info["comment"] == everything.comment
        assert image.info["exif"] == b"Exif\0\0abc"
        assert image.getpixel((3, 3)) == (254, 0, 0)


def test_xmp_in_a_jp2_file_comes_back():
    file = io.BytesIO()
    Image.new("RGB", (16, 8), "red").save(file, "JPEG2000")
    data = captions.embed_in_jpeg2000(file.getvalue(), Captions(xmp=b"<x/>"))
    assert captions.xmp_of_jpeg2000(io.BytesIO(data)) == b"<x/>"
    assert captions.xmp_of_jpeg2000(file) is None
    with Image.open(io.BytesIO(data)) as image:
        assert image.getpixel((3, 3)) == (255, 0, 0)


FULL = Captions(b"<x/>", b"\x1c\x02x\0\1a", b"c", (b"tEXtAuthor\0A.",))


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        ("PNG", []),
        ("JPEG", ["PNG texts left out (Author)"]),
        ("TIFF", ["comment", "Author"]),
        ("WEBP", ["IPTC", "comment", "Author"]),
        ("GIF", ["XMP", "IPTC", "Author"]),
        ("BMP", ["XMP", "IPTC", "comment", "Author"]),
    ],
)
def test_what_a_format_cannot_hold_is_said(format, expected):
    notes = captions.dropped_captions(FULL, format)
    assert len(notes) == len(expected)
    for note, word in zip(notes, expected, strict=True):
        assert word in note


def test_what_is_too_long_for_a_jpeg_is_said():
    long = Captions(xmp=b"x" * 65533, iptc=b"y" * 65533)
    notes = captions.too_long_captions(long, "JPEG")
    assert [note.split()[0] for note in notes] == ["XMP", "IPTC"]
    assert captions.embed_in_jpeg(b"\xff\xd8\xff\xdb", long).count(b"x") == 0
    assert captions.too_long_captions(long, "PNG") == ()


def test_xmp_too_long_for_a_jpeg_goes_without_its_padding():
    start, end = b"<?xpacket begin?>" + b"x" * 65000, b"<?xpacket end='w'?>"
    padded = Captions(xmp=start + b" " * 2000 + b"\n" + end)
    assert captions.too_long_captions(padded, "JPEG") == ()
    jpeg = captions.embed_in_jpeg(b"\xff\xd8\xff\xdb", padded)
    assert start + b"\n" + end in jpeg
