"""Color science on tensors; knows no network.

Import the module that holds the concept: `cielab` (sRGB and CIELAB), `yuv`,
`difference` (color differences), `gamut` (the ab bins), `quantization`
(ab and distributions over bins). Nothing is imported here, so that
`cielab_numpy` stays usable where Keras is not installed.
"""
