"""Colorizing photos where neither Keras nor TensorFlow is installed.

Import the module that holds the concept: `api` (one call), `session` (a
model in onnxruntime), `hints` (colors that a person gives), `images` and
`encoding` (reading and writing photo files), `photo_files` (one photo file in,
one out), `plan`, `folder`, `manifest` and `report` (whole trees), `video`
(films, with their parts in `film`), `tint` (whether a photo is in color),
`inspection` (what a file is), `photo_math` and `lightness` (the colour maths in
NumPy), `weights` (the models in the box). `http` is the server, `web` its
page. `graph` alone needs TensorFlow.
"""
