"""A contact sheet: photos in rows and columns, for the eye."""

from collections.abc import Sequence

import numpy as np
from PIL import Image
from PIL import ImageDraw
from PIL import ImageFont

CELL = 300  # pixels: most of a photo's longer side
_GAP = 8
_HEADING_HEIGHT = 28
_HEADING_FONT_SIZE = 18
_LABEL_HEIGHT = 18
_LABEL_FONT_SIZE = 13


def make_sheet(
    rows: Sequence[Sequence[np.ndarray]],
    headings: Sequence[str],
    labels: Sequence[str] | None = None,
) -> Image.Image:
    """Lays rows of photos out on one white page.

    Args:
        rows: Photos of each row, uint8 (H, W, 3) sRGB. Those of a row have
            one size, rows may differ.
        headings: One per column.
        labels: One per row, written below it; None for none.

    Returns:
        An RGB image. Photos are shrunk to `CELL` pixels a side at most and
        never enlarged: a sheet must not look blurrier than they are.

    Raises:
        ValueError: If there is no row, one has not a photo per heading, or
            there is not a label per row.
    """
    lengths = [len(row) for row in rows]
    if not rows or set(lengths) != {len(headings)}:
        raise ValueError(
            f"Expected rows of {len(headings)} photos. Received: {lengths}."
        )
    if labels is not None and len(labels) != len(rows):
        raise ValueError(
            f"Expected {len(rows)} labels, one per row. Received: {labels!r}."
        )
    pictures = [[_shrink(photo) for photo in row] for row in rows]
    widths = [
        max(picture.width for picture in column)
        for column in zip(*pictures, strict=True)
    ]
    lefts = [_GAP + sum(widths[:i]) + i * _GAP for i in range(len(widths))]
    label_height = 0 if labels is None else _LABEL_HEIGHT
    row_heights = [row[0].height + label_height + _GAP for row in pictures]
    page = Image.new(
        "RGB",
        (lefts[-1] + widths[-1] + _GAP, _HEADING_HEIGHT + sum(row_heights)),
        "white",
    )
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(_HEADING_FONT_SIZE)
    for left, heading in zip(lefts, headings, strict=True):
        draw.text((left, 4), heading, "black", font)
    font = ImageFont.load_default(_LABEL_FONT_SIZE)
    top = _HEADING_HEIGHT
    for row, label, height in zip(
        pictures, labels or [""] * len(rows), row_heights, strict=True
    ):
        for left, picture in zip(lefts, row, strict=True):
            page.paste(picture, (left, top))
        draw.text((lefts[0], top + row[0].height + 1), label, "black", font)
        top += height
    return page


def _shrink(photo):
    picture = Image.fromarray(photo)
    picture.thumbnail((CELL, CELL), Image.Resampling.LANCZOS)
    return picture
