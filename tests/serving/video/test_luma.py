from fractions import Fraction

import av
import numpy as np
import pytest

from keras_colorize.serving.video import luma
from tests.serving.video.videos import gray_photo
from tests.serving.video.videos import video_frame

GRAY = gray_photo(size=(50, 66))


def layout_of(frame, takes_odd_sizes=True, max_depth=10):
    return luma.layout_of(frame, takes_odd_sizes, max_depth)


@pytest.mark.parametrize(
    "pix_fmt",
    ["yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuva420p", "gray", "nv12"],
)
def test_luma_of_eight_bits_is_the_plane_itself(pix_fmt):
    frame = video_frame(GRAY, pix_fmt)
    layout = layout_of(frame)
    np.testing.assert_array_equal(luma.luma_plane(frame, layout), GRAY)
    assert layout.pix_fmt == "yuv420p"
    assert layout.is_full_range == pix_fmt.startswith(("yuvj", "gray"))


@pytest.mark.parametrize("pix_fmt", ["yuv420p10le", "yuv422p10le", "gray10le"])
def test_luma_of_ten_bits_is_kept_where_the_codec_takes_it(pix_fmt):
    deep = GRAY.astype(np.uint16) * 4 + 3
    frame = video_frame(deep, pix_fmt)
    layout = layout_of(frame)
    assert layout.pix_fmt == "yuv420p10le"
    np.testing.assert_array_equal(luma.luma_plane(frame, layout), deep)
    flat = layout_of(frame, max_depth=8)
    expected = np.minimum((deep + 2) // 4, 255)
    np.testing.assert_array_equal(luma.luma_plane(frame, flat), expected)
    assert flat.pix_fmt == "yuv420p"


@pytest.mark.parametrize("pix_fmt", ["rgb24", "gbrp", "bgra", "rgb48le"])
def test_neutral_rgb_becomes_its_limited_range_luma(pix_fmt):
    rgb = np.repeat(GRAY[..., None], 3, 2)
    frame = av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(format=pix_fmt)
    layout = layout_of(frame, max_depth=8)
    expected = 16 + GRAY * (219 / 255)
    np.testing.assert_allclose(
        luma.luma_plane(frame, layout), expected, atol=1.6
    )


@pytest.mark.parametrize("depth", [9, 12, 14, 16])
@pytest.mark.parametrize("order", ["le", "be"])
@pytest.mark.parametrize("is_full", [False, True])
@pytest.mark.parametrize("kind", ["gray", "yuv420p"])
def test_contrast_of_every_depth_is_kept(depth, order, is_full, kind):
    """Black and white, by the tag: 256 and 3760 of 12 bits are 64 and 940."""
    step = 2 ** (depth - 8)
    black, white = (0, 256 * step - 1) if is_full else (16 * step, 235 * step)
    codes = np.linspace(black, white, 50 * 66).reshape(50, 66)
    codes = np.rint(codes).astype(np.uint16)
    swapped = codes.byteswap() if order == "be" else codes
    frame = video_frame(swapped, f"{kind}{depth}{order}")
    frame.color_range = 2 if is_full else 1
    layout = layout_of(frame)
    assert layout.depth == 10 and layout.is_full_range == is_full
    result = luma.luma_plane(frame, layout)
    np.testing.assert_allclose(result, codes * 2.0 ** (10 - depth), atol=1.0)
    assert result.min() == (0 if is_full else 64)
    assert result.max() >= (1022 if is_full else 940)
    assert luma.small_gray(result, layout, 50, 66).max() >= 254


def test_ten_bits_that_a_decoder_stores_as_sixteen_are_ten():
    codes = np.linspace(0, 1023, 50 * 66).reshape(50, 66).astype(np.uint16)
    ten = video_frame(codes << 6, "gray16le")
    assert luma.depth_of(ten) == 16 and luma.used_depth(ten) == 10
    np.testing.assert_array_equal(luma.luma_plane(ten, layout_of(ten)), codes)
    sixteen = video_frame(codes * 64 + 1, "gray16le")
    assert luma.used_depth(sixteen) == 16
    black = video_frame(np.full((50, 66), 4096, np.uint16), "gray16le")
    assert luma.used_depth(black) == 16  # it says nothing


def test_frames_of_another_size_range_or_depth_become_like_the_first():
    first = layout_of(video_frame(GRAY, "yuv420p"))
    full = video_frame(GRAY, "yuvj420p")
    expected = np.rint(16 + GRAY * (219 / 255))
    np.testing.assert_allclose(luma.luma_plane(full, first), expected, atol=1.0)
    deep = video_frame(GRAY.astype(np.uint16) * 4, "yuv422p10le")
    np.testing.assert_array_equal(luma.luma_plane(deep, first), GRAY)
    for size in ((100, 132), (26, 34)):
        other = gray_photo(size=size)
        scaled = luma.luma_plane(video_frame(other), first)
        assert scaled.shape == GRAY.shape
        # The whole picture and not a corner of it, which is off by 70.
        assert np.abs(scaled.astype(float) - GRAY).mean() < 18.0


def test_frame_of_another_shape_gets_black_bars():
    first = layout_of(video_frame(GRAY, "yuv420p"))  # 50 x 66
    wide = np.full((50, 132), 200, np.uint8)
    frame = video_frame(wide)
    plane = luma.luma_plane(frame, first)
    assert luma.fitted_size(frame, first) == (66, 24)
    assert plane.shape == (50, 66)
    assert (plane[:12] == 16).all() and (plane[36:] == 16).all()
    assert (plane[12:36] == 200).all()
    u, _ = luma.own_chroma(frame, first)
    assert (u[:6] == 128).all() and (u[18:] == 128).all()
    assert (u[6:18] == 90).all()
    # The same picture in pixels half as wide is of the same shape.
    narrow = luma.luma_plane(frame, first, Fraction(1, 2))
    assert (narrow == 200).all()
    tall = luma.luma_plane(video_frame(wide.T), first)
    assert (tall[:, :22] == 16).all() and (tall[:, 24:42] == 200).all()


def test_odd_sizes_get_a_row_or_column_where_the_codec_needs_it():
    gray = gray_photo(size=(51, 67))
    layout = layout_of(video_frame(gray, "gray"), takes_odd_sizes=False)
    result = luma.luma_plane(video_frame(gray, "gray"), layout)
    assert result.shape == (52, 68) and layout.picture == (67, 51)
    np.testing.assert_array_equal(result[:51, :67], gray)
    np.testing.assert_array_equal(result[-1], result[-2])
    np.testing.assert_array_equal(result[:, -1], result[:, -2])


def test_black_and_white_of_each_range_reach_the_network_as_such():
    codes = np.array([[16, 235]], np.uint8).repeat(8, 0).repeat(4, 1)
    limited = layout_of(video_frame(codes, "yuv420p"))
    gray = luma.small_gray(codes, limited, 8, 8)
    assert gray[0, 0] == 0 and gray[0, -1] == 255
    full = layout_of(video_frame(codes, "gray"))
    gray = luma.small_gray(codes, full, 8, 8)
    assert gray[0, 0] == 16 and gray[0, -1] == 235
    L = luma.L_of_codes(limited)
    np.testing.assert_allclose(L[[0, 16, 235, 255]], [0, 0, 100, 100])
    L = luma.L_of_codes(full)
    np.testing.assert_allclose(L[[0, 255]], [0, 100])


def test_ten_bits_and_eight_look_alike_to_the_network():
    eight = layout_of(video_frame(GRAY, "yuv420p"))
    deep = GRAY.astype(np.uint16) * 4
    ten = layout_of(video_frame(deep, "yuv420p10le"))
    np.testing.assert_array_equal(
        luma.small_gray(GRAY, eight, 20, 30), luma.small_gray(deep, ten, 20, 30)
    )
    np.testing.assert_allclose(
        luma.L_of_codes(ten)[::4], luma.L_of_codes(eight), atol=1e-5
    )


@pytest.mark.parametrize(
    ("height", "tagged", "matrix"),
    [(576, 2, 6), (720, 2, 1), (720, 6, 6), (480, 1, 1), (480, 9, 9)],
)
def test_matrix_is_the_tagged_one_or_the_usual_of_the_size(
    height, tagged, matrix
):
    frame = av.VideoFrame(64, height, "yuv420p")
    frame.colorspace = tagged
    assert layout_of(frame).matrix == matrix
