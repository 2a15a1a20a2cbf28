"""Photos in a notebook while a model trains."""

import sys

import keras
import numpy as np
from PIL import Image

from keras_colorize.color.cielab_numpy import gray_of_photo

_GAP = 4  # pixels


class ShowPhotos(keras.callbacks.Callback):
    """Shows photos after an epoch: gray, colorized, true, a row each.

    In notebooks; elsewhere it does nothing, so that scripts can keep it.

    Example:
        model.fit(batches, callbacks=[ShowPhotos(photos)])

    Args:
        photos: sequence of uint8 (H, W, 3) in color, of any size; a handful.
        every: int, epochs between two pictures.
        height: int, pixels of each photo in the picture.
        **options: arguments of `Colorizer.colorize`, such as `look`.

    Raises:
        ValueError: If there are no photos, or one is not in color.
    """

    def __init__(self, photos, every=1, height=160, **options):
        super().__init__()
        self.photos = [np.asarray(photo) for photo in photos]
        if not self.photos or any(
            photo.dtype != np.uint8 or photo.ndim != 3 or photo.shape[2] != 3
            for photo in self.photos
        ):
            shapes = [(str(x.dtype), x.shape) for x in self.photos]
            raise ValueError(
                "`photos` must be some arrays uint8 (height, width, 3). "
                f"Received: {shapes}."
            )
        self.every = every
        self.height = height
        self.options = options

    def on_epoch_end(self, epoch, logs=None):
        """Shows the picture, if somebody looks."""
        if (epoch + 1) % self.every == 0 and _in_notebook():
            from IPython.display import display

            display(self.picture())

    def picture(self):
        """Makes the picture, a Pillow image of one row a photo."""
        model = getattr(self.model, "generator", self.model)
        rows = []
        for photo in self.photos:
            gray = np.repeat(gray_of_photo(photo)[..., None], 3, axis=-1)
            colorized = model.colorize(photo, **self.options)
            rows.append([self._small(x) for x in (gray, colorized, photo)])
        width = max(row[0].width for row in rows)
        step = (width + _GAP, self.height + _GAP)
        size = (3 * step[0] - _GAP, len(rows) * step[1] - _GAP)
        picture = Image.new("RGB", size, "white")
        for i, row in enumerate(rows):
            for j, image in enumerate(row):
                picture.paste(image, (j * step[0], i * step[1]))
        return picture

    def _small(self, photo):
        width = max(1, round(photo.shape[1] * self.height / photo.shape[0]))
        size = (width, self.height)
        return Image.fromarray(photo).resize(size, Image.Resampling.LANCZOS)


def _in_notebook():
    """Whether there is a front end that shows pictures."""
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    return shell is not None and hasattr(shell, "kernel")
