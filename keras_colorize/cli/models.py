"""`keras-colorize models`: what there is and what is in the box."""

from keras_colorize.cli.errors import errors_in_one_sentence

EXAMPLES = """\b
Examples:
  keras-colorize models
  keras-colorize image photo.jpg --model eccv16_small
"""


def models() -> None:
    """List the models and the weights in the box."""
    with errors_in_one_sentence():
        from keras_colorize.cli.model_table import print_models

        print_models()
