"""Times of a film as people read them."""


def clock(seconds: float) -> str:
    """Hours, minutes and seconds: 83.5 is 0:01:23.500."""
    milliseconds = max(round(seconds * 1000), 0)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    return (
        f"{minutes // 60}:{minutes % 60:02d}:{milliseconds // 1000:02d}"
        f".{milliseconds % 1000:03d}"
    )
