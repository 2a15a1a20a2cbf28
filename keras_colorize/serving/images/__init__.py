"""Photo files to arrays and back: `read` and `write` are the two doors.

`read` has one decoder a format, in `tiff` (on `tiff_structure`), `png`, `pnm`,
`jpeg`, `jpeg2000` and `heif`; `kinds` tells which, and refuses others. `pixels`
makes sRGB of 8 bits and of 16 (`sixteen_bit`) of what they give, with the
profiles of `icc`; `exif` and `captions` are what a file carries beside.

`tint` tells photos in color, `naming` names results, `sheet` sets photos side
by side. The formats themselves are listed in `keras_colorize.photo_formats`.
"""
