"""Frames of a film against photos of their size, in color per second.

Our side decodes a film, colorizes it, smooths it and encodes it; the peer is
`ColorizeSession.colorize_array` on the same frames, already decoded, with
nothing read or written. Promised: at most 15 % slower, so a ratio of 0.85.
"""

import pathlib
import tempfile

import numpy as np
from PIL import Image

from benchmarks.measure import Comparison
from benchmarks.measure import compare
from benchmarks.measure import report

SIZES = ((360, 640), (720, 1280), (1080, 1920))  # height, width
NUM_FRAMES = 24


def measure(
    size: tuple[int, int] = SIZES[0],
    num_frames: int = NUM_FRAMES,
    turns: int = 5,
    model: str = "lite",
) -> Comparison:
    """Times both after writing a film with sound and a moving camera."""
    from keras_colorize.serving.session import ColorizeSession
    from keras_colorize.serving.video.job import colorize_video

    session = ColorizeSession(model)
    frames = _frames(size, num_frames)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "film.mp4"
        output = pathlib.Path(folder) / "color.mp4"
        _write_video(path, frames)

        def ours():
            result = colorize_video(path, output, session, overwrite=True)
            if result.num_frames != num_frames:
                raise RuntimeError(f"{result.num_frames} frames were written")

        def peer():
            for frame in frames:
                session.colorize_array(frame)

        return compare(
            f"{model}, {num_frames} frames of {size[1]} x {size[0]}",
            ("film, decode to encode", ours),
            ("session, photos in memory", peer),
            turns=turns,
            warmups=1,
            target=0.85,
        )


def _frames(size: tuple[int, int], count: int) -> list[np.ndarray]:
    """Makes gray frames (H, W, 3) of a camera that pans, with grain."""
    from skimage import data

    height, width = size
    photo = Image.fromarray(data.coffee()).convert("L")
    wide = np.asarray(photo.resize((width + 2 * count, height)), np.float32)
    rng = np.random.default_rng(0)
    frames = []
    for i in range(count):
        gray = wide[:, 2 * i : 2 * i + width] + rng.normal(0, 3, size)
        gray = np.clip(gray, 0, 255).astype(np.uint8)
        frames.append(np.repeat(gray[..., None], 3, axis=2))
    return frames


def _write_video(path: pathlib.Path, frames: list[np.ndarray]) -> None:
    import av

    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=24, options={"crf": "18"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for image in frames:
            frame = av.VideoFrame.from_ndarray(image, "rgb24")
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))


if __name__ == "__main__":
    for size in SIZES:
        report(measure(size), f"film_{size[0]}")
