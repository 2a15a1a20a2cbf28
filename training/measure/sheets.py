"""A sheet of photos for the eye: gray | ours | truth, labeled."""

from collections.abc import Sequence

import numpy as np
from PIL import Image
from PIL import ImageDraw
from PIL import ImageFont

_CELL_HEIGHT = 200  # pixels
_MAX_CELL_WIDTH = 300
_GAP = 6
_TEXT_HEIGHT = 18
_FONT_SIZE = 13
_BACKGROUND = (255, 255, 255)
_INK = (20, 20, 20)


def make_sheet(
    rows: Sequence[tuple[str, Sequence[np.ndarray]]],
    headings: Sequence[str],
) -> Image.Image:
    """Lays photos out in rows with a label each.

    Args:
        rows: label and photos, uint8 (H, W, 3) sRGB, of each row. Photos of
            a row have one size, rows may differ.
        headings: one heading per column.

    Returns:
        An RGB image; photos are shrunk to 200 pixels of height at most.

    Raises:
        ValueError: If there is no row or one has not a photo per heading.
    """
    if not rows or any(len(photos) != len(headings) for _, photos in rows):
        raise ValueError(
            f"Expected rows of {len(headings)} photos. Received: "
            f"{[len(photos) for _, photos in rows]}."
        )
    pictures = [[_shrink(photo) for photo in photos] for _, photos in rows]
    widths = [
        max(picture.width for picture in column)
        for column in zip(*pictures, strict=True)
    ]
    heights = [line[0].height for line in pictures]
    lefts = np.cumsum([_GAP, *[width + _GAP for width in widths]])
    total_height = _TEXT_HEIGHT + sum(
        height + _TEXT_HEIGHT + _GAP for height in heights
    )
    sheet = Image.new("RGB", (int(lefts[-1]), total_height), _BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(_FONT_SIZE)
    for left, heading in zip(lefts, headings, strict=False):
        draw.text((left, 1), heading, _INK, font)
    top = _TEXT_HEIGHT
    for (label, _), line, height in zip(rows, pictures, heights, strict=True):
        for left, picture in zip(lefts, line, strict=False):
            sheet.paste(picture, (int(left), top))
        draw.text((_GAP, top + height + 1), label, _INK, font)
        top += height + _TEXT_HEIGHT + _GAP
    return sheet


def _shrink(photo):
    picture = Image.fromarray(photo)
    # Never enlarges: a sheet must not look blurrier than the photos.
    picture.thumbnail((_MAX_CELL_WIDTH, _CELL_HEIGHT), Image.Resampling.LANCZOS)
    return picture
