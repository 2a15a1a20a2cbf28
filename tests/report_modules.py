"""Modules to look at: `make modules`. A report for a person, not a test.

Long ones may hold two subjects; tiny ones with a single importer may be half
of one. Either may be right: the question is whether a reader looks in two
places for one thing.
"""

from pathlib import Path

from tests.test_imports_point_down import SCRIPTS
from tests.test_imports_point_down import imports_of
from tests.test_imports_point_down import modules_of

ROOT = Path(__file__).parents[1]
LONG_LINES = 300
TINY_LINES = 60


def project_modules(root):
    """Maps full dotted names to files, without package faces."""
    modules = {}
    for package in ("keras_colorize", *SCRIPTS):
        for name, file in modules_of(root / package).items():
            if file.name not in ("__init__.py", "__main__.py"):
                modules[f"{package}.{name}"] = file
    return modules


def importers_of(modules):
    """Maps each module to the modules that import it."""
    importers = {name: set() for name in modules}
    for name, file in modules.items():
        for target in imports_of(file, name.rpartition(".")[0]):
            # `from a.b import c` names the module a.b or the module a.b.c.
            for known in (target, target.rpartition(".")[0]):
                if known in importers and known != name:
                    importers[known].add(name)
                    break
    return importers


def report(root):
    """Returns the lines of the report."""
    modules = project_modules(root)
    lengths = {
        name: len(file.read_text("utf-8").splitlines())
        for name, file in modules.items()
    }
    importers = importers_of(modules)
    lines = [f"Longer than {LONG_LINES} lines:"]
    by_length = sorted(lengths, key=lambda name: (-lengths[name], name))
    lines += [
        f"  {lengths[name]:4d} {name}"
        for name in by_length
        if lengths[name] > LONG_LINES
    ]
    lines.append(f"Shorter than {TINY_LINES} lines, with a single importer:")
    lines += [
        f"  {lengths[name]:4d} {name}, for {importer}"
        for name in sorted(lengths)
        if lengths[name] < TINY_LINES and len(importers[name]) == 1
        for importer in importers[name]
    ]
    return lines


if __name__ == "__main__":
    print("\n".join(report(ROOT)))
