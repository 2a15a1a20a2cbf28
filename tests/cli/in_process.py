"""The command in this process, which is quicker than one of its own."""

from typer.testing import CliRunner

from keras_colorize.cli.app import app


def invoke(*arguments, exit_code=0):
    """Runs the command; stdout and stderr come apart."""
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    if not isinstance(result.exception, SystemExit | None):
        raise result.exception
    assert result.exit_code == exit_code, result.output
    return result


def error_of(*arguments, exit_code):
    """Runs a command that fails; returns what it says on stderr."""
    result = invoke(*arguments, exit_code=exit_code)
    assert "Traceback" not in result.output
    assert result.stdout == ""
    return result.stderr
