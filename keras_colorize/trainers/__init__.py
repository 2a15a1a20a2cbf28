"""What `keras.Model.fit` does not have of the trainings of papers.

`adversarial` trains a colorizer and a discriminator against each other by
`fit`, on TensorFlow; `steps` holds what its steps do with data, losses and
gradients. `linear_decay` is a learning rate, on any backend.
"""
