"""Training loops that `keras.Model.fit` does not have; for TensorFlow."""
