"""`python -m keras_colorize.cli`: the command where it is not on the PATH."""

from keras_colorize.cli import main

main()
