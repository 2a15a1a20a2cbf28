"""The tf.data pipeline against PIL and scikit-image, on one core.

Both sides decode the same JPEG files, crop 128 x 128 pixels, flip half of
them, convert to Lab and deliver batches of (L, ab at stride 4). The peer is
the usual PyTorch data set: one photo at a time through PIL and
`skimage.color.rgb2lab`, batched by a DataLoader in the same process.
"""

import pathlib
import tempfile
from typing import Annotated

import numpy as np
import typer
from PIL import Image
from skimage import color
from skimage import data

from benchmarks.measure import Comparison
from benchmarks.measure import compare
from benchmarks.measure import report
from benchmarks.measure import use_one_core

CROP = 128
BATCH = 32
STRIDE = 4


def measure(
    paths: list[str], num_batches: int = 8, turns: int = 7
) -> Comparison:
    """Loads the same number of photos both ways."""
    import tensorflow as tf

    from keras_colorize.data.pipeline import PipelineConfig
    from keras_colorize.data.pipeline import training_dataset

    config = PipelineConfig(
        crop_size=CROP, batch_size=BATCH, num_parallel_calls=1, prefetch=1
    )
    options = tf.data.Options()
    options.threading.private_threadpool_size = 1
    batches = iter(training_dataset(paths, config).with_options(options))
    loader = endless(peer_loader(paths))

    def ours():
        for _ in range(num_batches):
            L, ab = next(batches)
        return L.numpy(), ab.numpy()

    def peer():
        for _ in range(num_batches):
            L, ab = next(loader)
        return np.asarray(L), np.asarray(ab)

    for L, ab in (ours(), peer()):
        if L.shape != (BATCH, CROP, CROP, 1) or ab.shape[1] != CROP // STRIDE:
            raise RuntimeError(f"Unequal work: {L.shape}, {ab.shape}.")
    return compare(
        f"{num_batches * BATCH} JPEG files to batches of (L, ab), one core",
        ("keras_colorize, tf.data", ours),
        ("PIL + skimage.rgb2lab, DataLoader", peer),
        turns=turns,
        target=3.0,
    )


def peer_loader(paths):
    """Builds the DataLoader of the peer."""
    import torch

    class Photos(torch.utils.data.Dataset):
        def __len__(self):
            return len(paths)

        def __getitem__(self, index):
            return load_with_pil(paths[index])

    torch.set_num_threads(1)
    return torch.utils.data.DataLoader(
        Photos(), batch_size=BATCH, shuffle=True, drop_last=True
    )


def load_with_pil(path):
    """Loads one training sample as the usual data set class does."""
    image = np.asarray(Image.open(path).convert("RGB"))
    top = np.random.randint(image.shape[0] - CROP + 1)
    left = np.random.randint(image.shape[1] - CROP + 1)
    image = image[top : top + CROP, left : left + CROP]
    if np.random.random() < 0.5:
        image = image[:, ::-1]
    lab = color.rgb2lab(image).astype("float32")
    return lab[..., :1], lab[::STRIDE, ::STRIDE, 1:]


def endless(loader):
    """Repeats a loader for ever."""
    while True:
        yield from loader


def write_photos(folder, count=256, short_side=160):
    """Cuts JPEG files of training size out of the bundled photos."""
    photos = (data.astronaut(), data.chelsea(), data.coffee(), data.rocket())
    rng = np.random.default_rng(0)
    paths = []
    for i in range(count):
        photo = photos[i % len(photos)]
        top = rng.integers(photo.shape[0] - short_side + 1)
        left = rng.integers(photo.shape[1] - 213 + 1)
        cut = photo[top : top + short_side, left : left + 213]
        paths.append(str(folder / f"{i:04d}.jpg"))
        Image.fromarray(cut).save(paths[-1], quality=92)
    return paths


def main(
    photos: Annotated[
        pathlib.Path | None,
        typer.Option(
            "--data",
            help="JPEG files of at least 128 px; default: cuts of "
            "scikit-image's photos.",
        ),
    ] = None,
) -> None:
    """Measures and prints."""
    use_one_core()
    if photos is not None:
        paths = sorted(str(path) for path in photos.rglob("*.jpg"))[:2000]
        report(measure(paths), "pipeline")
        return
    with tempfile.TemporaryDirectory() as folder:
        paths = write_photos(pathlib.Path(folder))
        report(measure(paths), "pipeline")


if __name__ == "__main__":
    typer.run(main)
