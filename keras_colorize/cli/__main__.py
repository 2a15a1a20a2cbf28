"""`python -m keras_colorize.cli`: the command where it is not on the PATH."""

from keras_colorize.cli import main

if __name__ == "__main__":  # worker processes import this file too
    main()
