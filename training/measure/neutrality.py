"""Whether paper and text, which have no color, are left without any.

Two kinds of pages are made: old prints, a photo with a flat near-white
border around it, and pages of text.
"""

from collections.abc import Mapping

import numpy as np
from PIL import Image
from PIL import ImageDraw
from PIL import ImageFont

from keras_colorize.color.cielab_numpy import rgb_to_lab
from training.measure.inputs import bundled_photos
from training.measure.inputs import gray_of
from training.measure.scoring import Colorize

_PRINTED_PHOTOS = ("camera", "astronaut", "coffee", "chelsea")
_PAPER_GRAYS = (250, 232)  # of 255: fresh and yellowed paper, seen in gray
_INK_GRAY = 40
_BORDER_SHARE = 0.12  # of the photo's short side
_PAGE_SIZE = (512, 400)  # height, width
_LINE_HEIGHT = 22  # pixels
_FONT_SIZE = 15
_MARGIN = 36
_WORDS = (
    "A page of text has ink and paper and nothing else, so a colorizer "
    "that knows what it sees leaves both of them as they are. "
)


def measure_neutrality(
    colorizers: Mapping[str, Colorize], photos: Mapping[str, np.ndarray]
) -> list[dict]:
    """Measures the chroma that colorizers put on paper and on text.

    Args:
        colorizers: by the name of the setting.
        photos: uint8 (H, W, 3) gray photos by name, for the prints.

    Returns:
        Per kind of page and setting a dict: page, setting, pages (their
        number), and over all pixels of paper (text pages: all pixels)
        mean_chroma and p99_chroma, sqrt(a*^2 + b*^2) in CIE units. Below 2
        nobody sees it.
    """
    kinds = {
        "border around a photo": [
            framed_photo(photo, gray)
            for photo in photos.values()
            for gray in _PAPER_GRAYS
        ],
        "page of text": [text_page(gray) for gray in _PAPER_GRAYS],
    }
    rows = []
    for kind, pages in kinds.items():
        for name, colorize in colorizers.items():
            chroma = np.concatenate(
                [chroma_on(colorize(page), paper) for page, paper in pages]
            )
            rows.append(
                {
                    "page": kind,
                    "setting": name,
                    "pages": len(pages),
                    "mean_chroma": float(chroma.mean()),
                    "p99_chroma": float(np.percentile(chroma, 99)),
                }
            )
    return rows


def photos_for_prints() -> dict[str, np.ndarray]:
    """Reads everyday photos in gray by name, uint8 (H, W, 3)."""
    photos = bundled_photos(_PRINTED_PHOTOS)
    return {name: gray_of(photo) for name, photo in photos.items()}


def chroma_on(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Computes the chroma of the pixels that count.

    Args:
        image: uint8 (H, W, 3), sRGB.
        mask: bool (H, W).

    Returns:
        float32 (pixels,), CIE units.
    """
    lab = rgb_to_lab(image.astype(np.float32) / 255.0)
    return np.linalg.norm(lab[mask][:, 1:], axis=-1)


def framed_photo(
    photo: np.ndarray, paper_gray: int
) -> tuple[np.ndarray, np.ndarray]:
    """Puts flat paper around a photo.

    Args:
        photo: uint8 (H, W, 3), gray.
        paper_gray: of the paper, 0 to 255.

    Returns:
        uint8 (H + 2 border, W + 2 border, 3), and bool of that height and
        width: where the paper is.
    """
    border = round(_BORDER_SHARE * min(photo.shape[:2]))
    is_paper = np.zeros(photo.shape[:2], bool)
    return (
        np.pad(
            photo,
            ((border, border), (border, border), (0, 0)),
            constant_values=paper_gray,
        ),
        np.pad(is_paper, border, constant_values=True),
    )


def text_page(paper_gray: int) -> tuple[np.ndarray, np.ndarray]:
    """Writes a page full of text.

    Args:
        paper_gray: of the paper, 0 to 255.

    Returns:
        uint8 (H, W, 3), and bool (H, W), all true: ink must stay neutral,
        too.
    """
    height, width = _PAGE_SIZE
    page = Image.new("L", (width, height), paper_gray)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(_FONT_SIZE)
    words = (_WORDS * 20).split()
    for top in range(_MARGIN, height - _MARGIN - _LINE_HEIGHT, _LINE_HEIGHT):
        line = words.pop(0)
        while draw.textlength(f"{line} {words[0]}", font) < width - 2 * _MARGIN:
            line += f" {words.pop(0)}"
        draw.text((_MARGIN, top), line, _INK_GRAY, font)
    gray = np.asarray(page)
    return np.repeat(gray[..., None], 3, axis=-1), np.ones(gray.shape, bool)
