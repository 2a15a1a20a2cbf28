"""Which package may import which; reads the imports, runs nothing."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = "keras_colorize"
SCRIPTS = ("training", "export", "benchmarks", "examples")

# What each part of the library may import from the rest of it.
EVERYTHING = {
    "errors",
    "files",
    "photo_formats",
    "hints",
    "hub",
    "color",
    "layers",
    "encoders",
    "data",
    "losses",
    "metrics",
    "models",
    "models.registry",
    "presets",
    "saving",
    "trainers",
    "serving",
    "exporters",
    "convert",
}
MAY_IMPORT = {
    "errors": set(),
    "files": {"errors"},
    "photo_formats": {"errors"},
    "color": set(),
    "hints": {"errors", "color"},
    "hub": {"errors", "files"},
    "layers": {"color"},
    "encoders": {"color", "files"},
    "data": {"color", "files", "photo_formats"},
    "losses": {"color", "encoders"},
    "metrics": {"color", "encoders"},
    "models": {
        *("errors", "files", "hints", "presets", "models.registry"),
        *("color", "layers", "encoders", "losses", "metrics"),
    },
    # Rows of data, and no Keras until a model is built.
    "models.registry": {"errors", "files"},
    "trainers": {"color", "models", "losses", "metrics"},
    "presets": {"errors", "files", "hub", "models.registry"},
    # The classes that Keras finds in files, by name.
    "saving": {"errors", "models.registry"},
    "serving": {
        *("errors", "files", "photo_formats", "hints"),
        *("color", "presets"),
    },
    "exporters": EVERYTHING,
    "convert": {"files", "layers", "models", "models.registry"},
    "cli": {
        *("errors", "files", "photo_formats", "hints"),
        *("presets", "serving"),
    },
    # Lazy public names: nobody pays for them before using one.
    "": EVERYTHING,
}
# They run where neither Keras nor TensorFlow is installed.
NEEDS_NO_KERAS = (
    "",
    "errors",
    "files",
    "photo_formats",
    "hints",
    "hub",
    "presets",
    "saving",
    "serving",
    "cli",
    "models.registry",
)
HEAVY = {"keras", "tensorflow", "tf2onnx", "onnx", "skimage", "cv2", "yaml"}
# They run on any backend.
BACKEND_NEUTRAL = ("color", "layers", "encoders", "losses", "metrics", "models")
BACKENDS = {"tensorflow", "jax", "torch"}


def modules_of(folder):
    """Maps dotted names below `folder` to files; a package is its name."""
    names = {}
    for file in sorted(folder.rglob("*.py")):
        parts = file.relative_to(folder).with_suffix("").parts
        if parts[-1] == "__init__":
            parts = parts[:-1]
        names[".".join(parts)] = file
    return names


def imports_of(file, package, at_import_time=False):
    """Full dotted names that `file` imports.

    Args:
        file: Python file.
        package: dotted name of the package the file is in, for relative
            imports.
        at_import_time: leave out what is inside functions or only there for
            type checkers.
    """
    names = set()
    pending = [ast.parse(file.read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: -(node.level - 1) or None]
            start = ".".join(above) if node.level else ""
            source = ".".join(part for part in (start, node.module) if part)
            names.update(f"{source}.{alias.name}" for alias in node.names)
        lazy = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or (
            isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        )
        if not (at_import_time and lazy):
            pending.extend(ast.iter_child_nodes(node))
    return names


def package_of(name, file):
    full = f"{LIBRARY}.{name}" if name else LIBRARY
    return full if file.name == "__init__.py" else full.rpartition(".")[0]


def longest_prefix(name, table):
    """The entry of `table` that is `name` or the nearest package above it."""
    while name not in table and name:
        name = name.rpartition(".")[0]
    return name


def needs_no_keras(name):
    return not name or bool(longest_prefix(name, NEEDS_NO_KERAS))


def upward_arrows(folder):
    """Describes each import inside the library that the table forbids."""
    modules = modules_of(folder)
    arrows = []
    for name, file in modules.items():
        row = longest_prefix(name, MAY_IMPORT)
        if name and not row:
            arrows.append(f"{name}: has no row in MAY_IMPORT")
            continue
        for target in imports_of(file, package_of(name, file)):
            if target.split(".")[0] in SCRIPTS + ("tests",):
                arrows.append(f"{name} -> {target}")
            if target.split(".")[0] != LIBRARY:
                continue
            if target in (LIBRARY, f"{LIBRARY}.__version__"):
                continue
            inner = target.partition(".")[2]
            top = longest_prefix(inner, MAY_IMPORT) or inner.split(".")[0]
            own = {row, name.split(".")[0]}
            if top not in MAY_IMPORT[row] | own:
                arrows.append(f"{name or LIBRARY} -> {target}")
    return arrows


def reachable_at_import(name, modules):
    """Third-party top-level names that importing `name` imports."""
    found, seen, pending = set(), set(), [name]
    while pending:
        name = pending.pop()
        if name in seen or name not in modules:
            continue
        seen.add(name)
        # Importing a.b.c runs a and a.b as well.
        pending.append(name.rpartition(".")[0])
        file = modules[name]
        for target in imports_of(file, package_of(name, file), True):
            if target.split(".")[0] != LIBRARY:
                found.add(target.split(".")[0])
                continue
            inner = target.partition(".")[2]
            pending.extend([inner, inner.rpartition(".")[0]])
    return found


def test_no_import_points_up():
    assert upward_arrows(ROOT / LIBRARY) == []


@pytest.mark.parametrize(
    ("file", "line", "arrow"),
    [
        (
            "color/a.py",
            "from keras_colorize.layers import resize",
            "color.a -> keras_colorize.layers.resize",
        ),
        (
            "layers/b.py",
            "def f():\n    import keras_colorize.data.decode",
            "layers.b -> keras_colorize.data.decode",
        ),
        (
            "models/x/c.py",
            "from ...serving import session",
            "models.x.c -> keras_colorize.serving.session",
        ),
        ("data/d.py", "import training.train", "data.d -> training.train"),
        ("utils.py", "import os", "utils: has no row in MAY_IMPORT"),
    ],
)
def test_an_upward_import_is_found(tmp_path, file, line, arrow):
    target = tmp_path / file
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(line)
    assert upward_arrows(tmp_path) == [arrow]


def test_deployment_path_needs_no_keras():
    modules = modules_of(ROOT / LIBRARY)
    for name in filter(needs_no_keras, modules):
        assert not reachable_at_import(name, modules) & HEAVY, name


def test_a_hidden_keras_import_is_found(tmp_path):
    (tmp_path / "color").mkdir()
    (tmp_path / "color" / "__init__.py").write_text("import keras")
    (tmp_path / "color" / "numbers.py").write_text("import numpy")
    (tmp_path / "cli.py").write_text("from keras_colorize.color import numbers")
    found = reachable_at_import("cli", modules_of(tmp_path))
    assert found == {"keras", "numpy"}


def test_neutral_packages_import_no_backend():
    # A branch for one backend may import it where it runs.
    modules = modules_of(ROOT / LIBRARY)
    for name in modules:
        if name.split(".")[0] in BACKEND_NEUTRAL:
            assert not reachable_at_import(name, modules) & BACKENDS, name


@pytest.mark.parametrize("script", SCRIPTS)
def test_script_folders_do_not_import_each_other(script):
    others = set(SCRIPTS) - {script}
    for name, file in modules_of(ROOT / script).items():
        names = imports_of(file, script)
        assert not {n.split(".")[0] for n in names} & others, name
