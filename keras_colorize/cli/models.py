"""`keras-colorize models`: what there is and what is in the box."""

from keras_colorize.cli.errors import errors_in_one_sentence

EXAMPLES = """\b
Examples:
  keras-colorize models
  keras-colorize image photo.jpg --model eccv16_small
"""
_PIPE_COLUMNS = 200


def models() -> None:
    """List the models and the weights in the box."""
    with errors_in_one_sentence():
        from rich.console import Console
        from rich.table import Table

        from keras_colorize.presets import list_zoo

        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
        table.add_column("Model", no_wrap=True)
        table.add_column("Weights in the box", no_wrap=True)
        table.add_column("Parameters", justify="right", no_wrap=True)
        table.add_column("Predicts", no_wrap=True)
        table.add_column("License", no_wrap=True)
        for row in list_zoo():
            table.add_row(
                row.model,
                "\n".join(row.weights) or "none",
                f"{row.params:,}",
                row.output_kind,
                row.license,
            )
        console = Console()
        if not console.is_terminal:
            console = Console(width=_PIPE_COLUMNS)  # whole lines for grep
        console.print(table)
