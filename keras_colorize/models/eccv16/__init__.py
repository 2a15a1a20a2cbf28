"""ECCV16: colorization as classification over 313 ab bins."""
