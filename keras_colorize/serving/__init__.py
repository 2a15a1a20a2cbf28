"""Colorizing photos where neither Keras nor TensorFlow is installed.

Import the module that holds the concept: `api` (one call), `session` (a
model in onnxruntime), `hints` (colors that a person gives), `images` and
`encoding` (reading and writing photo files), `photo_files` (one photo file in,
one out), `plan`, `folder`, `manifest` and `report` (whole trees), `video`
(films, with their parts in `film`), `tint` (whether a photo is in color),
`inspection` (what a file is), `photo_math` and `lightness` (the colour maths in
NumPy), `weights` (the models in the box), `uploads` (what clients send). `http`
is the server, `web` its page, `aws_lambda` the function. `graph` alone needs
TensorFlow.
"""
