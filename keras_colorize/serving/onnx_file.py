"""Opening of model files in onnxruntime."""

import os
from collections.abc import Sequence
from pathlib import Path

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from keras_colorize.errors import ModelError
from keras_colorize.errors import SettingError
from keras_colorize.presets import find_onnx

_LOAD_ERRORS = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NotImplemented,
)


def checked_providers(providers: Sequence[str] | None) -> list[str]:
    """The execution providers to use; the CPU for None.

    Raises:
        SettingError: If this onnxruntime lacks one of them.
    """
    # TRICKY: onnxruntime only warns about an unknown provider and goes on
    # with the CPU.
    available = onnxruntime.get_available_providers()
    providers = ["CPUExecutionProvider"] if providers is None else providers
    unknown = [name for name in providers if name not in available]
    if unknown or not providers or isinstance(providers, str):
        raise SettingError(
            "`providers` must be a list of execution providers of this "
            f"onnxruntime: {', '.join(available)}. Received: "
            f"providers={providers!r}. For a GPU install onnxruntime-gpu."
        )
    return list(providers)


def model_source(
    model: str | os.PathLike | bytes,
) -> tuple[str | bytes, str]:
    """What onnxruntime opens, and what to call it in errors.

    Args:
        model: Name of shipped weights, path or bytes of an .onnx file.

    Raises:
        TypeError: If `model` is none of these.
        SettingError: If there is no such file or no such weights.
    """
    if isinstance(model, bytes):
        return model, "The given model"
    if not isinstance(model, (str, os.PathLike)):
        raise TypeError(
            "`model` must be a name, a path or the bytes of an ONNX file. "
            f"Received: {type(model).__name__}."
        )
    path = Path(model)
    is_path = isinstance(model, os.PathLike) or path.name != model
    if not is_path and path.suffix.lower() != ".onnx":
        path = find_onnx(path.name)
    elif not path.is_file():
        raise SettingError(
            f"There is no model file {path}. Check the path, or give the name "
            "of a shipped model (see `keras-colorize models`)."
        )
    return str(path), str(path)


def open_session(
    source: str | bytes,
    label: str,
    providers: list[str],
    num_threads: int | None,
) -> onnxruntime.InferenceSession:
    """Loads a model for photos of changing sizes.

    Args:
        source: As `model_source` gives it.
        label: What to call the file in errors.
        providers: As `checked_providers` gives them.
        num_threads: Threads of one inference; None for all cores.

    Raises:
        ModelError: If the file is damaged.
        SettingError: If the first provider does not start.
    """
    options = onnxruntime.SessionOptions()
    if num_threads is not None:
        options.intra_op_num_threads = num_threads
    # Photos differ in size: an arena would keep the memory of the largest
    # one for good, and plans of where tensors lie would never fit again.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    # A thread that waits for work leaves its core to others: workers, the
    # decoding of photos and films (benchmarks/bench_session_options.py).
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4  # what goes wrong is raised
    try:
        session = onnxruntime.InferenceSession(
            source, options, providers=providers
        )
    except _LOAD_ERRORS as error:
        raise ModelError(
            f"{label} cannot be loaded. Expected an ONNX model written by "
            f"export/export_onnx.py. Received: {error}. Export or download "
            "it again."
        ) from error
    if session.get_providers()[0] != providers[0]:
        raise SettingError(
            f"onnxruntime could not start {providers[0]} and would have used "
            f"{session.get_providers()[0]}. Check its drivers, or choose "
            "another of `providers`."
        )
    return session
