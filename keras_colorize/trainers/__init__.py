"""Training loops that `keras.Model.fit` does not have; for TensorFlow.

`adversarial` trains a colorizer and a discriminator against each other by
`fit`; `steps` holds what its steps do with data, losses and gradients.
"""
