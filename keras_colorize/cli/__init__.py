"""The `keras-colorize` command: `app`, and a file for each command in it.

`options` are what several commands take, `progress` their bars, `errors` how
they (and the scripts of training and export) end when something goes wrong.
"""

import sys


def main() -> None:
    """Answers `--version` at once, and loads the rest for all else."""
    if sys.argv[1:] == ["--version"]:
        from keras_colorize import __version__

        print(__version__)
        return
    from keras_colorize.cli.app import app

    app(prog_name="keras-colorize")
