"""Counts trials and prints a table of them: kind, count, survived."""

import pytest

from tests.serving.aws_lambda.conftest import function
from tests.serving.aws_lambda.conftest import make_function
from tests.serving.aws_lambda.conftest import models_dir
from tests.serving.http.conftest import catalog
from tests.serving.http.conftest import model_paths
from tests.serving.http.conftest import png

__all__ = [  # fixtures of the tests here
    "catalog",
    "function",
    "make_function",
    "model_paths",
    "models_dir",
    "png",
]
_TABLE = []


class Trials:
    """Trials of one kind.

    Attributes:
        kind: What is tried.
        failures: What did not survive.
        count: How many there were.
    """

    def __init__(self, kind):
        self.kind = kind
        self.failures = []
        self.count = 0

    def add(self, is_survived, what=""):
        self.count += 1
        if not is_survived:
            self.failures.append(what)


@pytest.fixture
def trials(request):
    """Trials that are named by the docstring of the test; all survive."""
    trials = Trials(request.function.__doc__.partition("\n")[0].rstrip("."))
    _TABLE.append(trials)
    yield trials
    assert trials.count and not trials.failures, trials.failures[:5]


def pytest_terminal_summary(terminalreporter):
    if not _TABLE:
        return
    terminalreporter.section("attacks")
    rows = [(t.kind, t.count, t.count - len(t.failures)) for t in _TABLE]
    rows.append(("total", sum(r[1] for r in rows), sum(r[2] for r in rows)))
    width = max(len(row[0]) for row in rows)
    header = ("kind", "count", "survived")
    for kind, count, survived in [header, *rows]:
        terminalreporter.write_line(f"{kind:{width}} {count:>6} {survived:>9}")
