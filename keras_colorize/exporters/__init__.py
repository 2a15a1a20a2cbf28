"""Export of models to files that run without this package.

`exporters.onnx` and `exporters.saved_model` write the files; each is compared
with Keras (`exporters.validate`) before it appears under its name.
"""
