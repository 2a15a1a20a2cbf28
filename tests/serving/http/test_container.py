"""The Containerfile, as far as it can be checked without building it."""

import json
import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

from keras_colorize.cli.app import app

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "Containerfile").read_text("utf-8").replace("\\\n", " ")
STEPS = [
    line.split(None, 1)
    for line in TEXT.splitlines()
    if line.strip() and not line.startswith("#")
]


def values_of(instruction):
    return [value for name, value in STEPS if name == instruction]


def test_copied_files_exist_and_are_not_ignored():
    kept = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    sources = [
        source
        for value in values_of("COPY")
        if not value.startswith("--from")
        for source in shlex.split(value)[:-1]
    ]
    assert "keras_colorize" in sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in kept


def test_what_the_wheel_is_built_from_is_copied():
    copied = " ".join(values_of("COPY"))
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    included = re.search(r"force-include\]\n\"(\S+)\"", project).group(1)
    assert included in copied
    assert "README.md" in copied and "LICENSE" in copied


def test_entry_point_is_a_command_with_options_that_exist():
    command = json.loads(values_of("ENTRYPOINT")[0])
    assert command[:2] == ["keras-colorize", "serve"]
    help_text = CliRunner().invoke(app, ["serve", "--help"]).output
    options = [word for word in command if word.startswith("--")]
    assert options and all(option in help_text for option in options)
    port = command[command.index("--port") + 1]
    assert values_of("EXPOSE") == [port]
    assert f":{port}/health" in values_of("HEALTHCHECK")[0]


def test_health_check_is_python_that_compiles():
    check = values_of("HEALTHCHECK")[0]
    _, flag, code = json.loads(check[check.index("[") :])
    assert flag == "-c"
    compile(code, "HEALTHCHECK", "exec")


def test_it_runs_as_nobody_special():
    (user,) = values_of("USER")
    assert user not in ("root", "0")
    assert any(f" {user}" in run for run in values_of("RUN"))
    names = [name for name, _ in STEPS]
    assert names.index("USER") < names.index("ENTRYPOINT")
