"""Colorizing photos where neither Keras nor TensorFlow is installed.

Import the module that holds the concept: `api` (one call), `session` (a
model in onnxruntime), `hints` (colors that a person gives), `folder` (whole
trees), `video` (films, with their parts in `film`), `images` and `encoding`
(photo files), `photo_math` (the colour maths of the serving graph in NumPy),
`weights` (the models in the box). `graph` alone needs TensorFlow.
"""
