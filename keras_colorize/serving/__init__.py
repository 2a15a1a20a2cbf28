"""Colorizing photos and films, without Keras and TensorFlow.

In the order in which a photo meets them: `colorize` takes whatever holds one,
`images` reads it from its file, `options` says how, `contract` what a model
takes, and `session` runs the model that `onnx_file` has loaded, with the colors
that a person gave (`hints`). A file of the head "photo" gives colors on the
photo's lightness; ab of the head "ab" is put on it here (`merge`, `resize`).
`color.luminance` keeps the luminance exact, `images` writes the result.
`inspection` only looks at files.

Around them: `batch` for whole trees of photos, `video` for films, `http` and
`aws_lambda` as two doors for others, with what these share in `web_api` and
the page in `web`.
"""
