"""A SavedModel in TensorFlow."""

import tensorflow as tf
from protocol import serve


def open_model(path, options):
    """Opens a folder that the exporter wrote."""
    model = tf.saved_model.load(path)
    return lambda photo: model.serve(tf.constant(photo[None]))[0].numpy()


serve(open_model)
