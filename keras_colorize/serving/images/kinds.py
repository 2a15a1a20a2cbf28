"""Kinds of files that are known and not read: what they are, what to do."""

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
