"""Sample photos in TensorBoard: gray | ours | truth, the same ones always."""

import keras
import numpy as np

from keras_colorize.color.cielab import lab_to_rgb
from training.run.averaging import WeightAverage
from training.run.networks import generator_of

_GAP = 4  # pixels between photos


class ShowSamples(keras.callbacks.Callback):
    """Writes one picture of colorized photos after each epoch.

    Args:
        L: float (B, H, W, 1), CIE L*. The sample photos.
        ab: float (B, H, W, 2), CIE a* and b*. Their truth at full size.
        log_dir: folder of TensorBoard's event files.
        temperature: annealed-mean temperature of classification nets.
        average: puts the weights into the model that are shown.
    """

    def __init__(self, L, ab, log_dir, temperature, average: WeightAverage):
        super().__init__()
        self.average = average
        self.L = keras.ops.convert_to_numpy(L)
        self.ab = keras.ops.convert_to_numpy(ab)
        self.temperature = temperature
        # Here, not above: other backends run without TensorFlow.
        import tensorflow as tf

        self.writer = tf.summary.create_file_writer(str(log_dir))

    def on_epoch_end(self, epoch, logs=None):
        """Colorizes the samples with the (averaged) weights."""
        options = {}
        generator = generator_of(self.model)
        if generator.output_kind == "q_logits":
            options["temperature"] = self.temperature
        with self.average.applied(self.model):
            ab = generator.predict_ab(self.L, **options)
        picture = sample_grid(self.L, np.asarray(ab, np.float32), self.ab)
        import tensorflow as tf

        with self.writer.as_default():
            tf.summary.image("gray, ours, truth", picture[None], step=epoch)
        self.writer.flush()


def sample_grid(L: np.ndarray, ab: np.ndarray, true_ab: np.ndarray):
    """Lays photos out in rows of gray, predicted and true color.

    Args:
        L: float (B, H, W, 1), CIE L*.
        ab: float (B, H, W, 2), CIE a* and b*. Predicted.
        true_ab: float (B, H, W, 2), CIE a* and b*. Truth.

    Returns:
        float32 (B * (H + gap), 3 * (W + gap), 3), [0, 1] sRGB.
    """
    columns = []
    for chroma in (np.zeros_like(true_ab), ab, true_ab):
        rgb = lab_to_rgb(np.concatenate([L, chroma], axis=-1))
        rgb = np.asarray(keras.ops.convert_to_numpy(rgb), np.float32)
        columns.append(
            np.pad(
                rgb,
                [(0, 0), (0, _GAP), (0, _GAP), (0, 0)],
                constant_values=1.0,
            )
        )
    rows = np.concatenate(columns, axis=2)  # (B, H + gap, 3 * (W + gap), 3)
    return rows.reshape(-1, *rows.shape[2:])
