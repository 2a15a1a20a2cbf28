"""Photo files to arrays and back: `read` and `write` are the two doors.

`read` asks `pixels` for sRGB of 8 bits and of 16 (`sixteen_bit`, with the
profiles of `icc`), and `exif` for the rest that a file carries; `heif` adds a
format. `tint` tells photos in color, `naming` names the results. The formats
themselves are listed in `keras_colorize.photo_formats`.
"""
