"""Exports models to files that run without this package.

Where to look:

- `app`, `formats`, `many`: what the scripts of `export/` do: one model in a
  format, or all with a table.
- `onnx`, `saved_model`: the two formats, each file made, compared, then named.
- `signature`: what goes in and comes out, from photo to photo; its NumPy twin
  is `serving.merge`. `serving_graph` makes a TensorFlow graph of it.
- `conversion`, `torch_graph`: TensorFlow or PyTorch to ONNX; `onnx_graph`: what
  is done to it then.
- `precision`, `quantize`: float16 and bfloat16; int8.
- `validate`, `provenance`: comparison with Keras; what a file says of itself.
- `loading`, `shipping`: weights into an export; the weights in the box.
- `look_search`: looks of a model, from photos that it was not trained on.
- `memory`: what a step leaves behind, given back to the system.
"""
