"""The runtimes that are tried, and where each is installed.

One row a runtime: its packages with their versions, the program that runs a
file in it, and what had to be done to a file. Nothing is shared: each set of
packages has a virtual environment or npm folder of its own.
"""

import dataclasses
import hashlib
import pathlib
import subprocess
import sys
from collections.abc import Mapping
from collections.abc import Sequence

_WORKERS = pathlib.Path(__file__).parent / "workers"
_NODE = ".mjs"


@dataclasses.dataclass(frozen=True)
class Runtime:
    """A column: a runtime at one version, in one setting.

    Attributes:
        name: Unique; what the page calls it.
        packages: Of PyPI (`name==version`) or npm (`name@version`).
        worker: Program in `workers` that runs a file.
        file: What it runs, of those of `files.write_files`.
        options: Of the worker.
        done: What had to be done, for the page.
        converter: Words of a command in `bin` of the environment that makes
            `file` first; `{folder}` is that of the model. None for none.
        packages_of_converter: Those of its environment, if it is another.
        num_photos: How many photos it colorizes; None for all.
        is_timed: Whether its speed says something.
    """

    name: str
    packages: tuple[str, ...]
    worker: str
    file: str
    options: Mapping[str, str] = dataclasses.field(default_factory=dict)
    done: str = ""
    converter: tuple[str, ...] | None = None
    packages_of_converter: tuple[str, ...] = ()
    num_photos: int | None = None
    is_timed: bool = True


_NUMPY = "numpy==2.4.6"
_OPENVINO = ("openvino==2026.4.1", _NUMPY)
_ONNXRUNTIME = ("onnxruntime==1.32.0", _NUMPY)
_TFJS = (
    "@tensorflow/tfjs@4.22.0",
    "@tensorflow/tfjs-backend-wasm@4.22.0",
)
_FIXED = "a file of one size, without optional inputs"
_IMAGE_ALONE = "a file without optional inputs"

BASELINE = "onnxruntime 1.32.0"
RUNTIMES = (
    Runtime(BASELINE, _ONNXRUNTIME, "run_onnxruntime.py", "fp32.onnx"),
    Runtime(
        "onnxruntime 1.20.0, the oldest",
        ("onnxruntime==1.20.0", _NUMPY),
        "run_onnxruntime.py",
        "fp32.onnx",
    ),
    Runtime(
        "onnxruntime 1.32.0, the file in the box",
        _ONNXRUNTIME,
        "run_onnxruntime.py",
        "shipped.onnx",
    ),
    Runtime(
        "onnxruntime 1.20.0, the file in the box",
        ("onnxruntime==1.20.0", _NUMPY),
        "run_onnxruntime.py",
        "shipped.onnx",
    ),
    Runtime(
        "onnxruntime-web 1.30.0, WASM",
        ("onnxruntime-web@1.30.0",),
        "run_onnxruntime_web.mjs",
        "fp32.onnx",
        done="the photo is the only input that it takes",
    ),
    Runtime(
        "onnxruntime-web 1.30.0, WASM, the file in the box",
        ("onnxruntime-web@1.30.0",),
        "run_onnxruntime_web.mjs",
        "shipped.onnx",
        done="the photo is the only input that it takes",
    ),
    Runtime(
        "onnxruntime-web 1.30.0, WebGPU",
        ("onnxruntime-web@1.30.0", "playwright-core@1.65.1"),
        "run_onnxruntime_webgpu.mjs",
        "fp32.onnx",
        done="Chromium; the photo is the only input that it takes; 2 photos, "
        "as the adapter is one in software",
        num_photos=2,
        is_timed=False,
    ),
    Runtime(
        "OpenVINO 2026.4.1, defaults",
        _OPENVINO,
        "run_openvino.py",
        "fp32.onnx",
        done="the photo is the only input that it sees",
    ),
    Runtime(
        "OpenVINO 2026.4.1, f32",
        _OPENVINO,
        "run_openvino.py",
        "fp32.onnx",
        {"precision": "f32"},
        done="`INFERENCE_PRECISION_HINT` f32; the photo is the only input",
    ),
    Runtime(
        "OpenVINO 2026.4.1, bf16",
        _OPENVINO,
        "run_openvino.py",
        "fp32.onnx",
        {"precision": "bf16"},
        done="`INFERENCE_PRECISION_HINT` bf16; the photo is the only input",
    ),
    Runtime(
        "OpenVINO 2026.4.1, f32, the file in the box",
        _OPENVINO,
        "run_openvino.py",
        "shipped.onnx",
        {"precision": "f32"},
        done="as above",
    ),
    Runtime(
        "OpenVINO 2026.4.1, bf16, the file in the box",
        _OPENVINO,
        "run_openvino.py",
        "shipped.onnx",
        {"precision": "bf16"},
        done="as above",
    ),
    Runtime(
        "TensorFlow 2.21.0, SavedModel",
        ("tensorflow==2.21.0",),
        "run_saved_model.py",
        "saved_model",
    ),
    Runtime(
        "TensorFlow 2.20.0, SavedModel",
        ("tensorflow==2.20.0",),
        "run_saved_model.py",
        "saved_model",
    ),
    Runtime(
        "TensorFlow 2.19.1, SavedModel",
        ("tensorflow==2.19.1",),
        "run_saved_model.py",
        "saved_model",
    ),
    Runtime(
        "LiteRT 2.3.0",
        ("ai-edge-litert==2.3.0", _NUMPY),
        "run_litert.py",
        "model.tflite",
        done=_IMAGE_ALONE,
    ),
    Runtime(
        "LiteRT 2.3.0, one size",
        ("ai-edge-litert==2.3.0", _NUMPY),
        "run_litert.py",
        "fixed.tflite",
        done=_FIXED,
    ),
    Runtime(
        "TF.js 4.22.0, WASM",
        _TFJS,
        "run_tfjs.mjs",
        "tfjs/model.json",
        {"backend": "wasm"},
        done=_IMAGE_ALONE,
        converter=(
            "tensorflowjs_converter",
            "--input_format=tf_saved_model",
            "--output_format=tfjs_graph_model",
            "{folder}/saved_model_image",
            "{folder}/tfjs",
        ),
        # Later ydf needs a newer protobuf than the TensorFlow beside it takes.
        packages_of_converter=("tensorflowjs==4.22.0", "ydf==0.13.0"),
    ),
    Runtime(
        "Core ML by coremltools 9.0",
        ("coremltools==9.0", "tensorflow==2.20.0"),
        "run_coreml.py",
        "saved_model",
        done="one size, floats in and out, no casts to uint8; converted "
        "only: it runs on macOS alone",
    ),
    Runtime(
        "MNN 3.6.1",
        ("MNN==3.6.1", _NUMPY),
        "run_mnn.py",
        "model.mnn",
        done=_IMAGE_ALONE,
        converter=(
            "mnnconvert",
            "-f",
            "ONNX",
            "--modelFile",
            "{folder}/image.onnx",
            "--MNNModel",
            "{folder}/model.mnn",
            "--bizCode",
            "MNN",
        ),
    ),
    Runtime(
        "ncnn 1.0.20261020",
        ("ncnn==1.0.20261020", "pnnx==20261020", _NUMPY),
        "run_ncnn.py",
        "image.ncnn.param",
        done=_FIXED,
        converter=(
            "pnnx",
            "{folder}/image.onnx",
            "inputshape=[1,160,213,3]u8",
        ),
    ),
)


def command_of(runtime: Runtime, environments: pathlib.Path) -> list[str]:
    """Installs a runtime, unless it is, and returns what starts its worker.

    Args:
        runtime: Which.
        environments: Folder of environments; named by their packages.

    Raises:
        CalledProcessError: If an installer fails; `output` has its words.
    """
    folder = install(runtime.packages, environments)
    if not runtime.worker.endswith(_NODE):
        return [str(folder / "bin/python"), str(_WORKERS / runtime.worker)]
    # Node looks for packages beside the program.
    for source in _WORKERS.glob(f"*{_NODE}"):
        (folder / source.name).write_bytes(source.read_bytes())
    return ["node", str(folder / runtime.worker)]


def install(
    packages: Sequence[str], environments: pathlib.Path
) -> pathlib.Path:
    """Makes an environment of some packages, unless it is there.

    Args:
        packages: All of PyPI, or all of npm.
        environments: Folder of environments.

    Returns:
        Its folder.

    Raises:
        CalledProcessError: If an installer fails; `output` has its words.
    """
    digest = hashlib.sha256(" ".join(packages).encode()).hexdigest()[:12]
    folder = environments / digest
    done = folder / "installed.txt"
    if done.is_file():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    if "==" in packages[0]:
        _run(sys.executable, "-m", "venv", folder)
        pip = [folder / "bin/python", "-m", "pip", "install", "--quiet"]
        _run(*pip, "--disable-pip-version-check", *packages)
    else:
        quiet = ["--no-audit", "--no-fund", "--no-package-lock"]
        _run("npm", "install", "--prefix", folder, *quiet, *packages)
    done.write_text("\n".join(packages) + "\n")
    return folder


def convert(
    runtime: Runtime, folder: pathlib.Path, environments: pathlib.Path
) -> None:
    """Makes the file that a runtime runs, if a converter does so.

    Args:
        runtime: Which.
        folder: That of the model.
        environments: Folder of environments.

    Raises:
        CalledProcessError: If it fails; `output` has its words.
    """
    if runtime.converter is None:
        return
    packages = runtime.packages_of_converter or runtime.packages
    program, *words = runtime.converter
    environment = install(packages, environments)
    words = [word.format(folder=folder) for word in words]
    _run(environment / "bin" / program, *words, cwd=folder)


def _run(*command, **options):
    subprocess.run(
        [str(word) for word in command],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1800,
        **options,
    )
