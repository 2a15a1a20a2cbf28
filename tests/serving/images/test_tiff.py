import io
import itertools
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from keras_colorize.serving.images import tiff
from keras_colorize.serving.images import tiff_structure as structure
from keras_colorize.serving.images.kinds import CameraRawError
from keras_colorize.serving.images.kinds import UnreadableError

HEIGHT, WIDTH = 45, 37
RNG = np.random.default_rng(0)


def page_of(data):
    file = io.BytesIO(data)
    (page,) = tiff.read_pages(file)
    return file, page


def read_back(data):
    file, page = page_of(data)
    return tiff.read_samples(file, page)


def levels_of(data):
    file, page = page_of(data)
    return tiff.to_levels(tiff.read_samples(file, page), page)


def by_tifffile(values, **options):
    file = io.BytesIO()
    options = {"photometric": "minisblack", "metadata": None, **options}
    tifffile.imwrite(file, values, **options)
    return file.getvalue()


def packed(values, bits, **tags):
    """A page whose values lie bit by bit, the highest first."""
    height, width, channels = values.shape
    shifts = np.arange(bits)[::-1]
    each = (values.reshape(height, -1, 1) >> shifts) & 1
    rows = np.packbits(each.reshape(height, -1).astype(np.uint8), axis=1)
    facts = {256: width, 257: height, 259: 1, 277: channels, 278: height}
    facts[262] = 2 if channels == 3 else 1
    facts |= {int(name[1:]): value for name, value in tags.items()}
    facts = {number: (value,) for number, value in facts.items()}
    facts[258] = (bits,) * channels
    plain = structure.Directory({}, "<")
    return structure.page_file(plain, [rows.tobytes()], facts).getvalue()


def random_values(dtype, shape):
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return RNG.random(shape).astype(dtype)
    return RNG.integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize(
    "dtype", ["u1", "u2", "u4", "i1", "i2", "i4", "f2", "f4", "f8"]
)
def test_values_are_those_that_tifffile_wrote(dtype, compression):
    for order, tile, big in itertools.product("<>", [None, (16, 32)], [0, 1]):
        values = random_values(dtype, (HEIGHT, WIDTH, 3))
        data = by_tifffile(
            values,
            photometric="rgb",
            byteorder=order,
            tile=tile,
            bigtiff=bool(big),
            compression=compression,
            rowsperstrip=None if tile else 7,
        )
        np.testing.assert_array_equal(read_back(data), values)


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4"])
@pytest.mark.parametrize("order", "<>")
def test_predictors_and_planes_are_undone(dtype, order):
    values = random_values(dtype, (3, HEIGHT, WIDTH))
    data = by_tifffile(
        values,
        photometric="rgb",
        planarconfig="separate",
        predictor=True,
        compression="zlib",
        byteorder=order,
        rowsperstrip=7,
    )
    np.testing.assert_array_equal(read_back(data), np.moveaxis(values, 0, -1))


# Strips of [[0, 0.25, 0.5], [0.75, 1, -1.5]] as imagecodecs 2026.3.6 encodes
# them with predictor 3; the same for both byte orders.
FLOAT_STRIPS = {
    16: "003404c800003a0282420000",
    32: "003e01c180800000000000003f0080814040400000000000",
    64: "003f00c1d0102000000000000000000000000000000000003f008029080808000000"
    "0000000000000000000000000000",
}


@pytest.mark.parametrize("bits", FLOAT_STRIPS)
def test_the_predictor_of_floating_point_is_undone(bits):
    strip = zlib.compress(bytes.fromhex(FLOAT_STRIPS[bits]))
    facts = {256: 3, 257: 2, 258: bits, 259: 8, 262: 1, 277: 1, 278: 2}
    facts |= {317: 3, 339: 3}
    facts = {number: (value,) for number, value in facts.items()}
    for order in "<>":
        plain = structure.Directory({}, order)
        data = structure.page_file(plain, [strip], facts).getvalue()
        values = [[0, 0.25, 0.5], [0.75, 1.0, -1.5]]
        assert read_back(data)[..., 0].tolist() == values


@pytest.mark.parametrize("predictor", [1, 2])
@pytest.mark.parametrize(
    "compression", ["tiff_lzw", "packbits", "zstd", "tiff_adobe_deflate"]
)
def test_values_are_those_that_libtiff_compressed(compression, predictor):
    values = random_values("u2", (HEIGHT, WIDTH))
    file = io.BytesIO()
    Image.fromarray(values).save(
        file,
        "TIFF",
        compression=compression,
        tiffinfo={317: predictor, 278: 7},
    )
    np.testing.assert_array_equal(read_back(file.getvalue())[..., 0], values)


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 6, 10, 12, 14, 15, 17])
@pytest.mark.parametrize("channels", [1, 3])
def test_values_that_do_not_fill_their_bytes_are_read(bits, channels):
    values = RNG.integers(0, 2**bits, (HEIGHT, WIDTH, channels))
    np.testing.assert_array_equal(read_back(packed(values, bits)), values)


@pytest.mark.parametrize("bits", [1, 2, 4, 6, 8, 10, 12, 14, 16])
def test_white_is_the_largest_value_of_its_bits(bits):
    values = np.array([[[0], [2**bits - 1]]])
    most = 255 if bits <= 8 else 65535
    assert levels_of(packed(values, bits))[0, :, 0].tolist() == [0, most]
    negative = packed(values, bits, _262=0)
    assert levels_of(negative)[0, :, 0].tolist() == [most, 0]


@pytest.mark.parametrize(
    ("dtype", "black", "white"),
    [
        ("u1", 0, 255),
        ("u4", 0, 2**32 - 1),
        ("i1", 0, 127),
        ("i2", -32768, 32767),
        ("i4", 0, 2**31 - 1),
        ("f2", 0.0, 1.0),
        ("f4", -1.0, 1.0),
        ("f8", 0.0, 255.0),
        ("f4", 0.0, 65535.0),
    ],
)
def test_black_and_white_of_each_kind_of_value(dtype, black, white):
    values = np.array([[black, white]], dtype)
    for photometric, expected in (("minisblack", 0), ("miniswhite", 1)):
        data = by_tifffile(values, photometric=photometric, byteorder=">")
        levels = levels_of(data)[0, :, 0]
        assert levels[expected] == 0
        assert levels[1 - expected] == np.iinfo(levels.dtype).max


def test_what_is_no_number_is_black_and_what_is_infinite_white():
    values = np.array([[np.nan, -np.inf, 0.5, np.inf]], np.float32)
    levels = levels_of(by_tifffile(values))[0, :, 0]
    assert levels.tolist() == [0, 0, 32768, 65535]


@pytest.mark.parametrize(
    ("largest", "white"),
    [(0.8, 1), (1.02, 1), (9.0, 1), (255, 255), (256.5, 255), (65535, 65535)],
)
def test_floating_point_beyond_white_is_white(largest, white):
    values = np.array([[0.0, white * 0.5, largest]], np.float32)
    levels = levels_of(by_tifffile(values))[0, :, 0]
    assert levels[1] == 32768
    assert levels[2] == min(round(largest / white * 65535), 65535)


def test_values_that_do_not_fit_are_said():
    def notes_on(values):
        file, page = page_of(by_tifffile(values))
        return tiff.notes_on_range(tiff.read_samples(file, page), page)

    assert (
        "50% of the values are no numbers"
        in notes_on(np.array([[np.nan, 0.5]], np.float32))[0]
    )
    assert (
        "50% of the values are below 0"
        in notes_on(np.array([[-5, 5]], np.int16))[0]
    )
    assert (
        "50% of the values are beyond white"
        in notes_on(np.array([[0.5, 3.0]], np.float32))[0]
    )
    assert (
        "No value exceeds 4095" in notes_on(np.array([[4095, 0]], np.uint16))[0]
    )
    assert notes_on(np.array([[65535, 0]], np.uint16)) == ()
    assert notes_on(np.array([[1.0, 0.0]], np.float32)) == ()
    assert (
        "White was taken to be 255"
        in notes_on(np.array([[250.0, 3.0]], np.float32))[0]
    )
    assert (
        "White was taken to be 65535"
        in notes_on(np.array([[60000, 3]], np.uint32))[0]
    )


def test_values_of_16_bits_in_32_are_not_black():
    values = np.array([[0, 65535]], np.uint32)
    assert levels_of(by_tifffile(values))[0, :, 0].tolist() == [0, 65535]


def test_bits_that_a_fax_machine_reversed_are_put_right():
    values = np.array([[[1], [0], [0], [0], [1], [1], [0], [0]]])
    data = packed(values, 1).replace(b"\x8c", b"\x31")
    assert read_back(data)[0, :, 0].tolist() == [0, 0, 1, 1, 0, 0, 0, 1]
    file, page = page_of(data)
    tags = {**page.directory.tags, 266: structure.Tag(3, b"\2\0")}
    blocks = list(structure.read_blocks(file, page.directory))
    reversed_bits = structure.Directory(tags, "<")
    data = structure.page_file(reversed_bits, blocks).getvalue()
    np.testing.assert_array_equal(read_back(data), values)


def extra_of(values, meaning, **options):
    data = by_tifffile(values, extrasamples=[meaning], **options)
    file, page = page_of(data)
    levels = tiff.to_levels(tiff.read_samples(file, page), page)
    return tiff.split_extra(levels, page)


def test_gray_with_alpha_of_16_bits_keeps_both():
    values = np.array([[[1000, 65535], [2000, 300]]], np.uint16)
    colors, alpha, notes = extra_of(values, "unassalpha")
    assert colors[0, :, 2].tolist() == [1000, 2000]
    assert alpha is not None and alpha[0].tolist() == [65535, 300]
    assert notes == ()


def test_alpha_that_is_multiplied_in_is_divided_out():
    values = np.array([[[50, 100, 0, 128]]], np.uint8)
    colors, alpha, _ = extra_of(values, "assocalpha", photometric="rgb")
    assert colors[0, 0].tolist() == [100, 199, 0]
    assert alpha is not None and alpha.tolist() == [[128]]


def test_infrared_is_left_out_and_said():
    values = np.array([[[1000, 65535]]], np.uint16)
    colors, alpha, notes = extra_of(values, "unspecified")
    assert colors.tolist() == [[[1000, 1000, 1000]]]
    assert alpha is None
    assert "Channel 2 left out" in notes[0]


@pytest.mark.parametrize("planes", ["contig", "separate"])
def test_only_colors_and_the_first_alpha_are_read(planes):
    values = random_values("u2", (HEIGHT, WIDTH, 7))
    stored = np.moveaxis(values, -1, 0) if planes == "separate" else values
    meanings = ["unspecified", "unassalpha", "unspecified", "unassalpha"]
    data = by_tifffile(
        stored,
        photometric="rgb",
        planarconfig=planes,
        extrasamples=meanings,
        compression="zlib",
    )
    file, page = page_of(data)
    samples = tiff.read_samples(file, page)
    np.testing.assert_array_equal(samples, values[..., [0, 1, 2, 4]])
    colors, alpha, notes = tiff.split_extra(samples, page)
    np.testing.assert_array_equal(colors, values[..., :3])
    np.testing.assert_array_equal(alpha, values[..., 4])
    assert [note.split(" left")[0] for note in notes] == [
        "Channel 4",
        "Channel 6",
        "Channel 7",
    ]


def test_white_is_not_that_of_a_channel_that_nobody_sees():
    values = np.array([[[1.0, 9000.0]]], np.float32)
    data = by_tifffile(values, extrasamples=["unspecified"])
    assert levels_of(data).tolist() == [[[65535]]]


# === Memory ===


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_channels_that_nobody_sees_take_no_memory(compression, monkeypatch):
    monkeypatch.setattr(tiff, "_BATCH_BYTES", 2**15)
    height, width = 120, 100
    values = np.zeros((height, width, 32), np.float64)
    data = by_tifffile(
        values,
        photometric="rgb",
        extrasamples=["unspecified"] * 29,
        compression=compression,
        rowsperstrip=height,
    )
    file, page = page_of(data)
    file_bytes = len(data) if compression is None else 2**16
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        samples = tiff.read_samples(file, page)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert samples.shape == (height, width, 3)
    # 8 bytes for each of the three; the file's own strip; rows at a time.
    assert most - before < 24 * height * width + file_bytes + 8 * 2**15


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_a_long_strip_is_read_in_pieces(dtype, compression, monkeypatch):
    monkeypatch.setattr(tiff, "_BATCH_BYTES", 1000)
    values = random_values(dtype, (HEIGHT, WIDTH, 3))
    for tile, planes in itertools.product(
        [None, (32, 16)], ["contig", "separate"]
    ):
        stored = np.moveaxis(values, -1, 0) if planes == "separate" else values
        data = by_tifffile(
            stored,
            photometric="rgb",
            planarconfig=planes,
            compression=compression,
            predictor=compression is not None and dtype != "f4",
            tile=tile,
            rowsperstrip=None if tile else HEIGHT,
        )
        np.testing.assert_array_equal(read_back(data), values)


def test_a_long_strip_of_libtiff_is_unpacked_in_pieces(monkeypatch):
    monkeypatch.setattr(tiff, "_BATCH_BYTES", 1000)
    values = random_values("u2", (HEIGHT, WIDTH))
    file = io.BytesIO()
    tags = {317: 2, 278: HEIGHT}
    image = Image.fromarray(values)
    image.save(file, "TIFF", compression="tiff_lzw", tiffinfo=tags)
    np.testing.assert_array_equal(read_back(file.getvalue())[..., 0], values)


@pytest.mark.parametrize("compression", [1, 5, 8])
def test_a_tile_larger_than_photos_may_be_is_refused(compression, monkeypatch):
    monkeypatch.setattr(tiff, "_BATCH_BYTES", 1000)
    values = np.zeros((1, 1, 3), int)
    facts = {"_259": compression, "_322": 512, "_323": 16}
    file, page = page_of(packed(values, 8, **facts))
    tags = {
        **page.directory.tags,
        structure.TILE_OFFSETS: structure.Tag(4, b""),
    }
    directory = structure.Directory(tags, "<")
    file = structure.page_file(directory, [b"\0" * 100])
    (page,) = tiff.read_pages(file)
    # 1536 bytes a row, 24576 the tile; 8 bytes are allowed a pixel.
    too_few = 191 if compression != 5 else 3071
    with pytest.raises(UnreadableError, match="expanded at once"):
        tiff.read_samples(file, page, max_pixels=too_few)
    # What lies in the tile is no picture.
    with pytest.raises((ValueError, OSError, zlib.error)) as caught:
        tiff.read_samples(file, page, max_pixels=too_few + 1)
    assert not isinstance(caught.value, UnreadableError)


def test_a_tile_that_is_a_file_has_the_same_limit(monkeypatch):
    monkeypatch.setattr(tiff, "_BATCH_BYTES", 1000)
    tile = io.BytesIO()
    Image.new("RGB", (64, 32)).save(tile, "PNG")
    facts = {256: 3, 257: 2, 259: 34933, 262: 2, 277: 3, 322: 64, 323: 32}
    facts = {number: (value,) for number, value in facts.items()}
    facts[258] = (8, 8, 8)
    tags = {structure.TILE_OFFSETS: structure.Tag(4, b"\0" * 4)}
    plain = structure.Directory(tags, "<")
    file = structure.page_file(plain, [tile.getvalue()], facts)
    (page,) = tiff.read_pages(file)
    assert tiff.open_page(file, page, max_pixels=768).size == (3, 2)
    with pytest.raises(UnreadableError, match="6144 bytes would be expanded"):
        tiff.open_page(file, page, max_pixels=767)


def sharing_directories(count, size, linked=False):
    """Directories of one entry, which is the same `size` bytes for all.

    Args:
        linked: Whether the first one points to them, instead of each to the
            next.
    """
    shared, start = 8 + 4 * count, 8 + 4 * count + size
    places = [start + 18 * i for i in range(count)]
    data = struct.pack("<2sHI", b"II", 42, places[0])
    data += struct.pack(f"<{count}I", *places) + bytes(size)
    for i in range(count):
        entry = (700, 1, size, shared)
        if linked and i == 0:
            entry = (structure.SUB_DIRECTORIES, 4, count - 1, 12)
        after = 0 if linked or i == count - 1 else places[i + 1]
        data += struct.pack("<HHHIII", 1, *entry, after)
    return io.BytesIO(data)


@pytest.mark.parametrize("linked", [False, True])
def test_directories_that_share_an_entry_do_not_multiply_it(
    linked, monkeypatch
):
    monkeypatch.setattr(structure, "_FREE_BYTES", 100)
    # Four times the file is enough for 4 of them, and not for 50.
    few = sharing_directories(4, 1000, linked)
    assert tiff.read_pages(few)
    many = sharing_directories(50, 1000, linked)
    with pytest.raises(UnreadableError, match="2108 bytes whose .* share"):
        tiff.read_pages(many)
    monkeypatch.setattr(structure, "_FREE_BYTES", 2**20)
    assert tiff.read_pages(many)


def test_entries_of_all_directories_are_counted(monkeypatch):
    file = sharing_directories(50, 1)
    monkeypatch.setattr(structure, "_MOST_ENTRIES", 100)  # 50 and 50
    assert len(structure.read_chain(file)) == 50
    monkeypatch.setattr(structure, "_MOST_ENTRIES", 99)
    with pytest.raises(UnreadableError, match="more than 99 entries"):
        structure.read_chain(file)


def written(*pages):
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        for values, options in pages:
            options = {"photometric": "minisblack", **options}
            writer.write(values, metadata=None, **options)
    file.seek(0)
    return file


SMALL, LARGE = np.zeros((10, 16), np.uint8), np.zeros((40, 64), np.uint8)


def test_each_page_counts_and_a_reduced_copy_does_not():
    file = written((LARGE, {}), (LARGE, {}), (SMALL, {"subfiletype": 1}))
    assert [page.width for page in tiff.read_pages(file)] == [64, 64]
    file = written((SMALL, {"subfiletype": 1}), (LARGE, {}))
    assert [page.width for page in tiff.read_pages(file)] == [64]


def test_a_mask_of_transparency_is_no_page():
    file = written((LARGE, {}), (LARGE > 0, {"subfiletype": 4}))
    assert [page.bits for page in tiff.read_pages(file)] == [8]


def test_the_picture_behind_a_thumbnail_is_taken():
    file = written((SMALL, {"subfiletype": 1, "subifds": 1}), (LARGE, {}))
    (page,) = tiff.read_pages(file)
    assert page.width == 64
    assert tiff.read_samples(file, page).shape == (40, 64, 1)


def test_reduced_copies_that_a_page_points_to_are_no_pages():
    file = written((LARGE, {"subifds": 1}), (SMALL, {"subfiletype": 1}))
    assert [page.width for page in tiff.read_pages(file)] == [64]


def test_a_chain_that_bites_its_tail_ends():
    data = bytearray(written((LARGE, {})).getvalue())
    directory = structure.read_chain(io.BytesIO(data))[0]
    start = int.from_bytes(data[4:8], "little")
    after = start + 2 + 12 * len(directory.tags)
    data[after : after + 4] = data[4:8]
    assert len(tiff.read_pages(io.BytesIO(data))) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"extratags": [(50706, "B", 4, bytes([1, 4, 0, 0]), True)]},
        {"photometric": 32803},
        {"subifds": 1},
    ],
)
def test_camera_raw_is_refused(options):
    pages = [(SMALL, options)]
    if "subifds" in options:  # NEF: a preview, and the mosaic behind it
        pages.append((LARGE, {"photometric": 32803}))
    with pytest.raises(CameraRawError, match="DNG"):
        tiff.read_pages(written(*pages))


@pytest.mark.parametrize(
    ("bits", "compression", "expected"),
    [
        (12, 34712, "12-bit gray in JPEG 2000 compression"),
        (8, 50002, "8-bit gray in JPEG XL compression"),
        (16, 34887, "16-bit gray in LERC compression"),
    ],
)
def test_a_page_says_what_it_is(bits, compression, expected):
    values = np.zeros((2, 2, 1), int)
    _, page = page_of(packed(values, bits, _259=compression))
    assert str(page) == expected
    assert not page.has_plain_values


@pytest.mark.parametrize("format", ["WEBP", "PNG", "JPEG2000"])
def test_tiles_that_are_files_are_put_together(format):
    values = np.arange(64 * 96, dtype=np.uint16).reshape(64, 96) % 251
    values = np.repeat(values[..., None], 3, 2).astype(np.uint8)
    codec = {"WEBP": 50001, "PNG": 34933, "JPEG2000": 34712}[format]
    options = {"lossless": True} if format == "WEBP" else {}
    blocks = []
    for top, left in itertools.product((0, 32), (0, 32, 64)):
        file = io.BytesIO()
        part = values[top : top + 32, left : left + 32]
        Image.fromarray(part).save(file, format, **options)
        blocks.append(file.getvalue())
    facts = {256: 96, 257: 64, 259: codec, 262: 2, 277: 3, 322: 32, 323: 32}
    facts = {number: (value,) for number, value in facts.items()}
    facts[258] = (8, 8, 8)
    tags = {structure.TILE_OFFSETS: structure.Tag(4, b"\0" * 4)}
    file = structure.page_file(structure.Directory(tags, "<"), blocks, facts)
    (page,) = tiff.read_pages(file)
    image = tiff.open_page(file, page)
    np.testing.assert_array_equal(np.asarray(image), values)


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_a_file_that_is_cut_short_is_damaged(compression):
    values = random_values("u2", (HEIGHT, WIDTH))
    data = by_tifffile(values, compression=compression)
    directory = structure.read_chain(io.BytesIO(data))[0]
    end = directory.value(273) + 100
    file = io.BytesIO(data[:end])
    with pytest.raises(ValueError):
        tiff.read_samples(file, tiff.read_pages(file)[0])


@pytest.mark.parametrize("orientation", [1, 6])
def test_jpeg_as_the_first_tiffs_had_it_is_read(orientation):
    rgb = np.zeros((48, 64, 3), np.uint8)
    rgb[:24, :32], rgb[24:] = (200, 60, 60), 90
    jpeg = io.BytesIO()
    Image.fromarray(rgb).save(jpeg, "JPEG", quality=95)
    # Tag 513 points to all of it, as readers of old JPEG expect.
    facts = {256: 64, 257: 48, 259: 6, 262: 6, 274: orientation, 277: 3}
    facts |= {278: 48, 513: 8, 514: len(jpeg.getvalue())}
    facts = {number: (value,) for number, value in facts.items()}
    facts |= {258: (8, 8, 8), 530: (2, 2)}
    plain = structure.Directory({}, "<")
    file = structure.page_file(plain, [jpeg.getvalue()], facts)
    (page,) = tiff.read_pages(file)
    image = tiff.open_page(file, page)
    assert image.size == (64, 48)
    difference = np.asarray(image.convert("RGB")).astype(int) - rgb
    assert np.abs(difference)[:20, :28].max() < 8
