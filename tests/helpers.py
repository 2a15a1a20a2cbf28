"""Photos made by formula, so that tests need no files and no network."""

from pathlib import Path

import numpy as np


def textured_photo(height, width, seed=0):
    """Makes a color photo with edges, gradients and fine texture.

    Args:
        height: int, rows.
        width: int, columns. Give different sizes: squares hide swapped axes.
        seed: int. Other seeds give other colors and patterns.

    Returns:
        uint8 (height, width, 3) RGB. Its colors are far from gray.
    """
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    photo = np.zeros((height, width, 3))
    for channel in range(3):
        frequency = rng.uniform(1.0, 7.0, 2)
        phase = rng.uniform(0.0, 2 * np.pi)
        wave = np.sin(2 * np.pi * (frequency[0] * y + frequency[1] * x) + phase)
        photo[..., channel] = rng.uniform(70.0, 190.0) + 45.0 * wave
    # A saturated patch gives sharp chroma edges.
    top, left = height // 4, width // 3
    patch = photo[top : top + height // 3 + 1, left : left + width // 3 + 1]
    patch[:] = rng.permutation([220.0, 120.0, 30.0])
    photo += rng.normal(0.0, 6.0, (height, width, 1))
    return photo.clip(0, 255).round().astype(np.uint8)


def mid_tone_photo(height, width, seed=0):
    """A textured photo of 50 to 177: no channel is near 0 or 255."""
    return textured_photo(height, width, seed) // 2 + np.uint8(50)


def write_photo(path, image, **save_options):
    """Writes an array as a photo file, making its folder; returns the path.

    Args:
        path: where; the suffix decides the format.
        image: uint8 (H, W, 3) RGB or (H, W) gray.
        **save_options: handed to `PIL.Image.Image.save`.
    """
    from PIL import Image

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() in (".jpg", ".jpeg"):
        save_options.setdefault("quality", 95)
        save_options.setdefault("subsampling", 0)
    Image.fromarray(image).save(path, **save_options)
    return path


def write_photo_folder(folder, sizes, labels=("forest", "sea"), suffix=".jpg"):
    """Writes one photo per size, in turn into one sub-folder per label.

    Args:
        folder: the folder to fill.
        sizes: sequence of (height, width).
        labels: names of the sub-folders.
        suffix: of the files.

    Returns:
        list of paths, in the order of `sizes`.
    """
    return [
        write_photo(
            Path(folder) / labels[i % len(labels)] / f"photo{i:03d}{suffix}",
            textured_photo(height, width, seed=i),
        )
        for i, (height, width) in enumerate(sizes)
    ]


def write_sky_photos(folder, count):
    """Writes photos of one kind, a blue sky above green ground.

    Args:
        folder: the folder to make.
        count: how many.

    Returns:
        `folder`.
    """
    from PIL import Image

    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in range(count):
        photo = np.empty((70, 90, 3))
        photo[:35] = (90, 140, 220)
        photo[35:] = (70, 150, 60)
        photo += rng.normal(0, 12, photo.shape) + rng.normal(0, 10)
        photo = photo.clip(0, 255).astype("uint8")
        Image.fromarray(photo).save(folder / f"{i}.jpg")
    return folder
