"""The `keras-colorize` command."""

import sys


def main() -> None:
    """Entry point: answers `--version` at once, loads the rest if needed."""
    if sys.argv[1:] == ["--version"]:
        from keras_colorize import __version__

        print(__version__)
        return
    from keras_colorize.cli.app import app

    app(prog_name="keras-colorize")
