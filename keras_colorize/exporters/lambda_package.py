"""The package of the Lambda function: a folder, and the zip of it.

What is in it: `lambda_contents`.
"""

import dataclasses
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence

from keras_colorize.exporters.lambda_contents import copy_own_files
from keras_colorize.exporters.lambda_contents import install_libraries
from keras_colorize.exporters.lambda_contents import last_line

# AWS Lambda quotas: "Deployment package size".
MAX_UNZIPPED_BYTES = 262_144_000
MAX_DIRECT_ZIP_BYTES = 50 * 2**20
PYTHON_VERSIONS = ("3.11", "3.12", "3.13")
# Lambda runs these on Amazon Linux 2, whose glibc 2.26 is too old for the
# wheels of today (2.27 and 2.28).
ONLY_IN_CONTAINERS = ("3.11",)

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
        folder: the unzipped package.
        num_bytes: size of its files.
        zip_path: the zip of it, or None.
        is_tried: whether it has colorized a photo here.
    """

    folder: pathlib.Path
    num_bytes: int
    zip_path: pathlib.Path | None
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
        output: folder, made if it does not exist; both are replaced in it.
        models: names of shipped weights and paths of .onnx files.
        python_version: that of the function, one of `PYTHON_VERSIONS`.
        make_zip: whether it is for a zip, which has a size limit, or for a
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
    output = pathlib.Path(output)
    output.mkdir(parents=True, exist_ok=True)
    partial = output / ".package.partial"
    shutil.rmtree(partial, ignore_errors=True)
    try:
        copy_own_files(partial, models)
        install_libraries(partial, python_version)
        python = _find_python(python_version)
        if python:
            _compile(partial, python)
            try_package(partial, python)
        num_bytes = size_of(partial)
        if make_zip:
            check_size(num_bytes)
            _write_zip(partial, output / "function.zip")
        folder = output / "package"
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return PackageReport(
        folder=folder,
        num_bytes=num_bytes,
        zip_path=output / "function.zip" if make_zip else None,
        is_tried=python is not None,
    )


def try_package(
    folder: pathlib.Path, python: str | os.PathLike = sys.executable
) -> None:
    """Colorizes a photo with each model of a package, which is all there is.

    Args:
        folder: the package.
        python: interpreter of its version.

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
            f"The package in {folder} does not run: {last_line(result)}"
        )


def size_of(folder: pathlib.Path) -> int:
    """Bytes of all files of a folder."""
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


def _check_version(python_version, make_zip):
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


def _find_python(version):
    """An interpreter of a version on a machine like Lambda's, or None."""
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


def _compile(folder, python):
    """Compiles ahead: Lambda mounts the package read-only, at /var/task."""
    command = [
        *(python, "-m", "compileall", "-qq"),
        *("-s", str(folder), "-p", "/var/task"),
        # By time, as is usual, would depend on who unzips, and where.
        *("--invalidation-mode", "unchecked-hash"),
    ]
    # A library may hold modules for other versions, which do not compile.
    subprocess.run([*command, str(folder)], check=False)


def _write_zip(folder, path):
    beside = path.with_name(f".{path.name}.partial")
    try:
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(folder.rglob("*")):
                if file.is_file():
                    name = file.relative_to(folder).as_posix()
                    entry = zipfile.ZipInfo(name)  # the same zip every time
                    entry.external_attr = 0o644 << 16  # Lambda's user reads
                    entry.compress_type = zipfile.ZIP_DEFLATED
                    archive.writestr(entry, file.read_bytes())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
