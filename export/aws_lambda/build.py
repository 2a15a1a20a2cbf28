"""Packs the Lambda function: a folder, and the zip to upload.

Example: python export/aws_lambda/build.py --output build/lambda --model lite

README.md beside this script says how to deploy it.
"""

import dataclasses
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from keras_colorize.cli.errors import mistakes_in_one_sentence
from keras_colorize.files import METADATA_FILE
from keras_colorize.files import ONNX_FILE
from keras_colorize.files import folder_written_beside
from keras_colorize.files import written_beside
from keras_colorize.presets import DEFAULT_MODEL
from keras_colorize.presets import find_onnx

# AWS Lambda quotas: "Deployment package size".
MAX_UNZIPPED_BYTES = 262_144_000
MAX_DIRECT_ZIP_BYTES = 50 * 2**20
PYTHON_VERSIONS = ("3.11", "3.12", "3.13")
# Lambda runs these on Amazon Linux 2, whose glibc 2.26 is too old for the
# wheels of today (2.27 and 2.28).
ONLY_IN_CONTAINERS = ("3.11",)
_ROOT = Path(__file__).resolve().parents[2]
_LIBRARIES = ("numpy", "onnxruntime", "pillow")
# Amazon Linux 2023 has glibc 2.34.
_PLATFORMS = (
    "manylinux_2_34_x86_64",
    "manylinux_2_28_x86_64",
    "manylinux_2_27_x86_64",
    "manylinux_2_17_x86_64",
    "manylinux2014_x86_64",
)
_OWN_MODULES = (  # of keras_colorize: what the handler imports
    "*.py",
    "color/__init__.py",
    "color/*_numpy.py",
    "color/difference_formulas.py",
    "color/lab_formulas.py",
    "color/luminance.py",
    "color/planes.py",
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

# A gray photo in, and an RGB photo out, for each model.
_TRIAL = """
import base64, io, sys
sys.path.insert(0, sys.argv[1])
from PIL import Image
from handler import handler
photo = io.BytesIO()
Image.linear_gradient("L").resize((96, 64)).save(photo, "PNG")
text = base64.b64encode(photo.getvalue()).decode()
for name in handler.models:
    answer = handler({"image": text, "model": name})
    if "image" not in answer:
        sys.exit(f"{name}: {answer['reason']}")
    data = base64.b64decode(answer["image"])
    image = Image.open(io.BytesIO(data))
    if image.size != (96, 64) or image.mode != "RGB":
        sys.exit(f"{name} gave {image}")
"""


@dataclasses.dataclass(frozen=True)
class PackageReport:
    """What was written.

    Attributes:
        folder: The unzipped package.
        num_bytes: Size of its files.
        zip_path: The zip of it, or None.
        is_tried: Whether it has colorized a photo here.
    """

    folder: Path
    num_bytes: int
    zip_path: Path | None
    is_tried: bool

    def summary(self) -> str:
        """Returns some lines for a terminal."""
        lines = [f"{self.folder}: {self.num_bytes / 1e6:.1f} MB unzipped"]
        if self.zip_path:
            lines[0] += f", of {MAX_UNZIPPED_BYTES / 1e6:.1f} MB allowed"
            size = self.zip_path.stat().st_size
            lines.append(f"{self.zip_path}: {size / 1e6:.1f} MB zipped")
            if size > MAX_DIRECT_ZIP_BYTES:
                lines.append(
                    f"Above {MAX_DIRECT_ZIP_BYTES / 1e6:.1f} MB Lambda takes "
                    "a zip only from a bucket: upload it to S3 first."
                )
        if not self.is_tried:
            lines.append(
                "Not tried: this is no Linux x86_64, or has no such Python."
            )
        return "\n".join(lines)


def build_package(
    output: str | os.PathLike,
    models: Sequence[str | os.PathLike],
    *,
    python_version: str = "3.12",
    make_zip: bool = True,
) -> PackageReport:
    """Writes `output/package` and `output/function.zip`, or nothing.

    Where this machine is like Lambda's and has the same Python, the package
    must colorize a photo with each model in a process that sees nothing else.

    Args:
        output: Folder, made if it does not exist; both are replaced in it.
        models: Names of shipped weights and paths of .onnx files.
        python_version: That of the function, one of `PYTHON_VERSIONS`.
        make_zip: Whether it is for a zip, which has a size limit, or for a
            container.

    Returns:
        `PackageReport`.

    Raises:
        ModelError: If a shipped file is not the one that was shipped.
        RuntimeError: If the package does not run.
        ValueError: If an argument is outside what is said above, pip fails,
            or the package is too large for a zip.
    """
    _check_version(python_version, make_zip)
    output = Path(output)
    zip_path = output / "function.zip" if make_zip else None
    with folder_written_beside(output / "package") as folder:
        copy_own_files(folder, models)
        install_libraries(folder, python_version)
        python = _find_python(python_version)
        if python:
            _compile(folder, python)
            try_package(folder, python)
        num_bytes = size_of(folder)
        if zip_path:
            check_size(num_bytes)
            _write_zip(folder, zip_path)
    return PackageReport(
        folder=output / "package",
        num_bytes=num_bytes,
        zip_path=zip_path,
        is_tried=python is not None,
    )


def copy_own_files(folder: Path, models: Sequence[str | os.PathLike]) -> None:
    """Copies the handler, the modules that it needs, and the models.

    Args:
        folder: Where to; made.
        models: See `build_package`.

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


def _files_of_model(model: str | os.PathLike) -> list[tuple[Path, str]]:
    """Lists the files of a model, and where they go in the package."""
    path = Path(model)
    if path.suffix.lower() == ".onnx":
        if not path.is_file():
            raise ValueError(f"There is no model file {path}.")
        return [(path, f"models/{path.stem}.onnx")]
    folder = find_onnx(str(model)).parent
    return [
        (folder / name, f"keras_colorize/weights/{folder.name}/{name}")
        for name in _SHIPPED_FILES
    ]


def install_libraries(folder: Path, python_version: str) -> None:
    """Installs what the function imports, for Lambda's machines.

    Args:
        folder: Where to.
        python_version: That of the function, such as "3.12".

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
            f"{python_version}: {_last_line(result)}"
        )
    for pattern in _UNUSED:
        for path in list(folder.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def try_package(
    folder: Path, python: str | os.PathLike = sys.executable
) -> None:
    """Colorizes a photo with each model of a package, which is all there is.

    Args:
        folder: The package.
        python: Interpreter of its version.

    Raises:
        RuntimeError: If that fails.
    """
    result = subprocess.run(
        # Neither the environment's variables nor its packages.
        [python, "-I", "-S", "-B", "-c", _TRIAL, str(folder)],
        capture_output=True,
        text=True,
    )
    if result.returncode != 0:
        raise RuntimeError(
            f"The package in {folder} does not run: {_last_line(result)}"
        )


def _last_line(result: subprocess.CompletedProcess[str]) -> str:
    """Returns what a process that failed said last."""
    lines = (result.stderr or result.stdout).strip().splitlines()
    return lines[-1] if lines else f"exit code {result.returncode}"


def size_of(folder: Path) -> int:
    """Adds up the bytes of all files of a folder."""
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())


def check_size(num_bytes: int) -> None:
    """Refuses what Lambda would not unzip.

    Raises:
        ValueError: If it is too large.
    """
    if num_bytes > MAX_UNZIPPED_BYTES:
        raise ValueError(
            f"Lambda takes zips of at most {MAX_UNZIPPED_BYTES:,} bytes "
            f"unzipped. Received: {num_bytes:,}. Take fewer or smaller models "
            "(float16 halves a file), or the container."
        )


def _check_version(python_version: str, make_zip: bool) -> None:
    if python_version not in PYTHON_VERSIONS:
        raise ValueError(
            f"The Python version must be one of {', '.join(PYTHON_VERSIONS)}. "
            f"Received: {python_version}."
        )
    if make_zip and python_version in ONLY_IN_CONTAINERS:
        raise ValueError(
            f"Lambda's own Python {python_version} runs on Amazon Linux 2, "
            "whose glibc 2.26 cannot load today's wheels of NumPy and "
            "onnxruntime. Take 3.12 or newer, or the container."
        )


def _find_python(version: str) -> str | None:
    """Finds an interpreter of a version, on a machine like Lambda's."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        return None
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    for python in (sys.executable, shutil.which(f"python{version}")):
        # What version managers put on the PATH may not run.
        if (
            python
            and version
            == subprocess.run(
                [python, "-I", "-c", code], capture_output=True, text=True
            ).stdout.strip()
        ):
            return python
    return None


def _compile(folder: Path, python: str) -> None:
    """Compiles ahead: Lambda mounts the package read-only, at /var/task."""
    command = [
        *(python, "-m", "compileall", "-qq"),
        *("-s", str(folder), "-p", "/var/task"),
        # By time, as is usual, would depend on who unzips, and where.
        *("--invalidation-mode", "unchecked-hash"),
    ]
    # A library may hold modules for other versions, which do not compile.
    subprocess.run([*command, str(folder)], check=False)


def _write_zip(folder: Path, path: Path) -> None:
    with (
        written_beside(path) as part,
        zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                name = file.relative_to(folder).as_posix()
                entry = zipfile.ZipInfo(name)  # the same zip every time
                entry.external_attr = 0o644 << 16  # Lambda's user reads
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, file.read_bytes())


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@mistakes_in_one_sentence()
def build(
    output: Annotated[
        Path, typer.Option(help="Folder for package/ and function.zip.")
    ],
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Model in the box or .onnx file; may be repeated. By default "
            "lite."
        ),
    ] = None,
    python_version: Annotated[
        str, typer.Option(help="That of the function: 3.12 or 3.13.")
    ] = "3.12",
    zip: Annotated[
        bool,
        typer.Option(help="Without, the folder is for a container: any size."),
    ] = True,
) -> None:
    """Packs one function."""
    report = build_package(
        output,
        model or [DEFAULT_MODEL],
        python_version=python_version,
        make_zip=zip,
    )
    typer.echo(report.summary())


if __name__ == "__main__":
    app()
