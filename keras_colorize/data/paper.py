"""Paper in training samples: frames around photos, pages of text.

Scans show the photo's paper border, an album page or a page of a book. A
model that has seen photos alone takes pale paper for sky and dark borders for
earth. So some samples become one of

    - the crop, smaller, on a sheet of paper or in the dark frame of a film,
    - a page with lines of writing, without a photo.

Paper is neutral: white paper is what a user wants to get back.
"""

import cv2
import numpy as np

# Keeps the draws apart from others of the same seeds, such as the crop.
_STREAM = 0x7061706572
_SHADOW_SHARE = 0.4  # of sheets, and how gray levels of corners scatter there
_SHADOW_SD = 35.0
_SCANNER_SD = 6.0
_PAGE_SHARE = 0.4  # of the samples that get paper
_DARK_SHARE = 0.2
_PALE_GRAYS = (190, 256)
_DARK_GRAYS = (0, 50)
_INK_GRAYS = (10, 110)
_MARGINS = (0.04, 0.25)  # share of the side, each margin on its own
_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 .,"


def with_paper(
    crop: np.ndarray, seed: int, index: int, probability: float
) -> np.ndarray:
    """Puts paper into one training sample: a function of seed and index.

    Args:
        crop: uint8 (H, W, 3), sRGB.
        seed: Seed of the run.
        index: Global sample index.
        probability: Share of samples that get paper, in [0, 1].

    Returns:
        uint8 (H, W, 3): the crop itself, the crop on paper, or a page.
    """
    rng = np.random.default_rng((_STREAM, seed % 2**63, index))
    if rng.random() >= probability:
        return crop
    height, width = crop.shape[:2]
    if rng.random() < _PAGE_SHARE:
        return draw_page(height, width, rng)
    return frame_with_paper(crop, rng)


def frame_with_paper(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shrinks a crop, uint8 (H, W, 3), and puts it on paper of its size."""
    height, width = crop.shape[:2]
    top, bottom, left, right = rng.uniform(*_MARGINS, 4)
    top, bottom = int(top * height), int(bottom * height)
    left, right = int(left * width), int(right * width)
    framed = draw_paper(height, width, rng)
    size = (width - left - right, height - top - bottom)
    framed[top : height - bottom, left : width - right] = cv2.resize(
        crop, size, interpolation=cv2.INTER_AREA
    )
    return framed


def draw_page(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draws neutral paper with lines of writing, uint8 (height, width, 3)."""
    page = draw_paper(height, width, rng)
    font = _FONTS[rng.integers(len(_FONTS))]
    scale = rng.uniform(0.3, 1.0)
    step = max(8, int(rng.uniform(26, 44) * scale))
    ink = int(rng.integers(*_INK_GRAYS))
    if page.mean() < 128:
        ink = 255 - ink
    left = int(rng.integers(0, max(1, width // 5)))
    thickness = 1 if scale < 0.7 else 2
    for y in range(step, height, step):
        if rng.random() < 0.15:  # a paragraph ends
            continue
        line = "".join(rng.choice(list(_LETTERS), rng.integers(8, 60)))
        cv2.putText(
            page,
            line,
            (left, y),
            font,
            scale,
            (ink,) * 3,
            thickness,
            cv2.LINE_AA,
        )
    return page


def draw_paper(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draws neutral paper, unevenly lit, uint8 (height, width, 3)."""
    grays = _DARK_GRAYS if rng.random() < _DARK_SHARE else _PALE_GRAYS
    base = rng.integers(*grays)
    # Corners a little lighter or darker as from a scanner, or much, as where a
    # hand with a camera throws its shadow; and the grain of the paper.
    unevenness = _SHADOW_SD if rng.random() < _SHADOW_SHARE else _SCANNER_SD
    corners = rng.normal(0, unevenness, (2, 2)).astype("float32")
    paper = base + cv2.resize(
        corners, (width, height), interpolation=cv2.INTER_LINEAR
    )
    paper += rng.normal(0, rng.uniform(0, 4), (height, width))
    paper = np.rint(paper).clip(0, 255).astype("uint8")
    return np.repeat(paper[..., None], 3, axis=-1)
