"""Kinds of files by their first bytes: those that are read, and others.

A file that is known and not read is told from one that is damaged.
"""

from keras_colorize.serving.images import png

# Pillow's name of a format -> what its files begin with.
_FORMAT_STARTS = {
    "TIFF": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    "PPM": (b"P2", b"P3", b"P5", b"P6"),
    "PNG": (png.SIGNATURE,),
    "JPEG2000": (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),
}
# The same of files made of boxes, from the ninth byte on.
_BOX_BRANDS = {
    "HEIF": (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1"),
    "AVIF": (b"avif", b"avis"),
}

# What a file begins with -> what it is.
_RAW_STARTS = {
    b"FUJIFILMCCD-RAW": "RAF of Fujifilm",
    b"IIRO": "ORF of Olympus",
    b"IIRS": "ORF of Olympus",
    b"MMOR": "ORF of Olympus",
    b"IIU\0": "RW2 of Panasonic",
    b"FOVb": "X3F of Sigma",
    b"\0MRM": "MRW of Minolta",
}
_OTHER_STARTS = {
    b"\xff\x0a": "a JPEG XL",
    b"\0\0\0\x0cJXL ": "a JPEG XL",
    b"8BPS": "a Photoshop document",
    b"%PDF": "a PDF",
    b"gimp xcf": "an image of GIMP",
    b"\x76\x2f\x31\x01": "an OpenEXR image",
    b"#?RADIANCE": "a Radiance image",
    b"SIMPLE  =": "a FITS image",
    b"II\xbc": "a JPEG XR",
    b"AT&TFORM": "a DjVu",
    b"PF\n": "a PFM",
    b"Pf\n": "a PFM",
}


class UnreadableError(ValueError):
    """A file of a kind that is not read; the text says which."""


class CameraRawError(UnreadableError):
    """A camera's raw file; the text says which."""


def format_of_start(start: bytes) -> str:
    """Tells the formats that have a decoder of their own here.

    Args:
        start: The first 16 bytes.

    Returns:
        Pillow's name of the format; empty for others, which Pillow tells.
    """
    if start[4:8] == b"ftyp":
        for name, brands in _BOX_BRANDS.items():
            if start[8:12] in brands:
                return name
    for name, starts in _FORMAT_STARTS.items():
        if start.startswith(starts):
            return name
    return ""


def refuse_known(start: bytes) -> None:
    """Refuses files of known kinds by what they begin with.

    Args:
        start: The first 16 bytes.

    Raises:
        CameraRawError: If it is a camera's raw file.
        UnreadableError: If it is another known kind that is not read.
    """
    if start[:4] == b"II*\0" and start[8:10] == b"CR":
        raise CameraRawError("CR2 of Canon")
    if start[4:12] == b"ftypcrx ":
        raise CameraRawError("CR3 of Canon")
    for mark, name in _RAW_STARTS.items():
        if start.startswith(mark):
            raise CameraRawError(name)
    for mark, name in _OTHER_STARTS.items():
        if start.startswith(mark):
            raise UnreadableError(name)
