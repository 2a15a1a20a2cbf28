"""What the package of the Lambda function holds.

`handler.py`, the modules of this package that it needs, the models, and NumPy,
onnxruntime and Pillow as Lambda's machines need them, whatever machine this is.
"""

import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Sequence

from keras_colorize.files import METADATA_FILE
from keras_colorize.files import ONNX_FILE
from keras_colorize.presets import find_onnx

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_LIBRARIES = ("numpy", "onnxruntime", "pillow")
# Amazon Linux 2023 has glibc 2.34.
_PLATFORMS = (
    "manylinux_2_34_x86_64",
    "manylinux_2_28_x86_64",
    "manylinux_2_27_x86_64",
    "manylinux_2_17_x86_64",
    "manylinux2014_x86_64",
)
_OWN_MODULES = (
    "__init__.py",
    "errors.py",
    "files.py",
    "photo_formats.py",
    "presets.py",
    "color/__init__.py",
    "color/*_numpy.py",
    "color/lab_formulas.py",
    "color/luminance.py",
    "models/__init__.py",
    "models/registry.py",
    "models/*/__init__.py",
    "models/*/specs.py",
    "serving/*.py",
    "serving/images/*.py",
    "serving/web_api/*.py",
    "serving/aws_lambda/*.py",
)
_SHIPPED_FILES = (ONNX_FILE, METADATA_FILE, "README.md")
_UNUSED = (  # of the libraries: no colorizing reads them
    "**/*.pyi",
    "**/tests",
    "bin",
    "numpy/_core/include",
    "numpy/_core/lib",
    "numpy/f2py",
    "numpy/random/_examples",
    "numpy/random/lib",
    "onnxruntime/datasets",
    "onnxruntime/quantization",
    "onnxruntime/tools",
    "onnxruntime/transformers",
)


def copy_own_files(
    folder: pathlib.Path, models: Sequence[str | os.PathLike]
) -> None:
    """Copies the handler, the modules that it needs, and models.

    Args:
        folder: where to; made.
        models: see `build_package`.

    Raises:
        ModelError: If a shipped file is not the one that was shipped.
        ValueError: If there is no model, or none of a name, or two of one.
    """
    if not models:
        raise ValueError("A package needs at least one model. Received: none.")
    package = _ROOT / "keras_colorize"
    files = {_ROOT / "export/aws_lambda/handler.py": "handler.py"}
    for pattern in _OWN_MODULES:
        for file in package.glob(pattern):
            files[file] = file.relative_to(_ROOT).as_posix()
    for model in models:
        for file, target in _files_of_model(model):
            if target in files.values():
                raise ValueError(
                    "Each model needs a name of its own (a file is called by "
                    f"its stem). Received twice: {target}."
                )
            files[file] = target
    for file, target in files.items():
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, folder / target)


def install_libraries(folder: pathlib.Path, python_version: str) -> None:
    """Installs what the function imports, for Lambda's machines.

    Args:
        folder: where to.
        python_version: that of the function, such as "3.12".

    Raises:
        ValueError: If pip fails.
    """
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet"),
        *("--disable-pip-version-check", "--root-user-action", "ignore"),
        # What onnxruntime lists besides, only its tools import.
        *("--no-deps", "--no-compile", "--only-binary", ":all:"),
        *("--implementation", "cp", "--python-version", python_version),
        *("--constraint", str(_ROOT / "constraints.txt")),
        *("--target", str(folder)),
    ]
    for name in _PLATFORMS:
        command += ["--platform", name]
    result = subprocess.run(
        [*command, *_LIBRARIES], capture_output=True, text=True
    )
    if result.returncode != 0:
        raise ValueError(
            f"pip could not install {', '.join(_LIBRARIES)} for Python "
            f"{python_version}: {last_line(result)}"
        )
    for pattern in _UNUSED:
        for path in list(folder.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def last_line(result: subprocess.CompletedProcess[str]) -> str:
    """What a process that failed said last."""
    lines = (result.stderr or result.stdout).strip().splitlines()
    return lines[-1] if lines else f"exit code {result.returncode}"


def _files_of_model(model):
    path = pathlib.Path(model)
    if path.suffix.lower() == ".onnx":
        if not path.is_file():
            raise ValueError(f"There is no model file {path}.")
        return [(path, f"models/{path.stem}.onnx")]
    folder = find_onnx(str(model)).parent
    return [
        (folder / name, f"keras_colorize/weights/{folder.name}/{name}")
        for name in _SHIPPED_FILES
    ]
