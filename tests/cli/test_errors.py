import pytest
import typer
from typer.testing import CliRunner

from keras_colorize.cli.errors import errors_in_one_sentence
from keras_colorize.cli.errors import mistakes_in_one_sentence
from keras_colorize.cli.errors import printable
from keras_colorize.errors import PhotoError
from keras_colorize.errors import SettingError


def outcome(guard, error):
    """Exit code and stderr of a command that ends in an error."""
    app = typer.Typer()

    @app.command()
    @guard
    def command(count: int = 1):
        raise error

    result = CliRunner().invoke(app, ["--count", "2"])
    if not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.stdout == ""
    return result.exit_code, result.stderr


def test_what_would_steer_a_terminal_is_escaped():
    name = "a\x1b[2J\x07\x9b31m\u202egpj.exe"
    assert printable(name) == r"a\x1b[2J\x07\x9b31m\u202egpj.exe"
    assert printable("Großmutter 祖母.jpg\n") == "Großmutter 祖母.jpg\n"
    _, stderr = outcome(errors_in_one_sentence(), PhotoError(name))
    assert stderr == f"Error: {printable(name)}\n"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (PhotoError("a.jpg is empty."), (1, "Error: a.jpg is empty.\n")),
        (SettingError("No [b]."), (2, "Error: No [b].\n")),
        (MemoryError("9 GiB"), (1, "Error: Out of memory: 9 GiB. Shrink the ")),
        (KeyboardInterrupt(), (130, "Interrupted.\n")),
    ],
)
def test_error_of_a_photo_is_one_sentence_with_its_code(error, expected):
    code, stderr = outcome(errors_in_one_sentence(), error)
    assert code == expected[0] and stderr.startswith(expected[1])


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (SettingError("No."), (2, "Error: No.\n")),
        (OSError("disk full"), (2, "Error: disk full\n")),
        (ImportError("no onnx"), (2, "Error: no onnx\n")),
        (ArithmeticError("loss is nan"), (1, "Error: loss is nan\n")),
        (KeyboardInterrupt("Go on."), (130, "Interrupted. Go on.\n")),
    ],
)
def test_mistake_with_a_script_is_one_sentence_with_its_code(error, expected):
    guard = mistakes_in_one_sentence(failures=(ArithmeticError,))
    assert outcome(guard, error) == expected


@pytest.mark.parametrize(
    ("guard", "error"),
    [
        (errors_in_one_sentence(), ValueError("a bug")),
        (mistakes_in_one_sentence(), ArithmeticError("a bug")),
    ],
)
def test_bug_keeps_its_traceback(guard, error):
    with pytest.raises(type(error), match="a bug"):
        outcome(guard, error)
