"""Model files, found by name or path and loaded in onnxruntime."""

import os
import platform
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from keras_colorize.color.planes import count_cores
from keras_colorize.errors import ModelError
from keras_colorize.errors import SettingError
from keras_colorize.presets import find_onnx
from keras_colorize.serving.contract import Contract
from keras_colorize.serving.contract import Tensor
from keras_colorize.serving.contract import read_contract

CPU = "CPUExecutionProvider"
_X86_64 = ("x86_64", "AMD64")  # as systems name it
# Its name, or that and its options, as onnxruntime takes both.
Provider = str | tuple[str, Mapping[str, str]]
_LOAD_ERRORS = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NotImplemented,
)


@dataclass(frozen=True, eq=False)
class OpenModel:
    """A model file that was loaded.

    Attributes:
        runtime: What computes.
        contract: What the file says about itself.
        provider: Name of the execution provider that comes first.
    """

    runtime: onnxruntime.InferenceSession
    contract: Contract
    provider: str


def open_model(
    model: str | os.PathLike | bytes,
    providers: Sequence[Provider] | None = None,
    num_threads: int | None = None,
) -> OpenModel:
    """Loads a model for photos of changing sizes.

    Args:
        model: Name of shipped weights, path or bytes of an .onnx file.
        providers: onnxruntime execution providers in order of preference,
            names or (name, options); default the CPU.
        num_threads: Threads of one inference; None for all cores.

    Raises:
        TypeError: If `model` is none of these.
        SettingError: If there is no such file or no such weights, this
            onnxruntime lacks a provider, or the first one does not start.
        ModelError: If the file is damaged or not an exported colorizer.
    """
    providers = _checked_providers(providers)
    source = model_source(model)
    label = source if isinstance(source, str) else "The given model"
    how = _session_options(num_threads)
    runtime = _open_runtime(source, label, how, providers)
    first = _name_of(providers[0])
    if runtime.get_providers()[0] != first:
        raise SettingError(
            f"onnxruntime could not start {first} and would have used "
            f"{runtime.get_providers()[0]}. Check its drivers, or choose "
            "another of `providers`."
        )
    try:
        contract = read_contract(
            label,
            metadata=runtime.get_modelmeta().custom_metadata_map,
            inputs=_tensors(runtime.get_inputs()),
            outputs=_tensors(runtime.get_outputs()),
            optional_inputs=_tensors(runtime.get_overridable_initializers()),
        )
    except UnicodeDecodeError as error:
        raise ModelError(
            f"{label} must say what it is in UTF-8. Received: {error}. Export "
            "or download it again."
        ) from error
    if not contract.predicts_small_ab:
        # Whole photos are in the graph: no memory is kept between runs.
        how.enable_cpu_mem_arena = False
        del runtime  # before the other: weights of both might not fit
        runtime = _open_runtime(source, label, how, providers)
    return OpenModel(runtime, contract, first)


def model_source(model: str | os.PathLike | bytes) -> str | bytes:
    """Finds what onnxruntime opens: the path of a file, or its bytes.

    Args:
        model: Name of shipped weights, path or bytes of an .onnx file.

    Raises:
        TypeError: If `model` is none of these.
        SettingError: If there is no such file or no such weights.
    """
    if isinstance(model, bytes):
        return model
    if not isinstance(model, (str, os.PathLike)):
        raise TypeError(
            "`model` must be a name, a path or the bytes of an ONNX file. "
            f"Received: {type(model).__name__}."
        )
    path = Path(model)
    if _is_name(model):
        path = find_onnx(path.name)
    elif not path.is_file():
        raise SettingError(
            f"There is no model file {path}. Check the path, or give the name "
            "of a shipped model (see `keras-colorize models`)."
        )
    return str(path)


def threads_of_job(model: str | os.PathLike, jobs: int) -> int | None:
    """Shares the cores among jobs, where no result hangs on it.

    onnxruntime cuts the work of a node into as many parts as there are
    threads. In some kernels (products of matrices that are no weights, `Log`)
    the cuts decide about the last bits, and so about some bytes of photos.
    In the network of shipped weights there are none of them on x86-64; tests
    compare all bits. Of other files each job takes all cores, as one alone
    does, so that the number of jobs changes nothing.

    Args:
        model: Name of shipped weights, or the path of an .onnx file.
        jobs: Number of processes.

    Returns:
        The `num_threads` of the session of each of them.
    """
    is_known = _is_name(model) and platform.machine() in _X86_64
    if jobs < 2 or not is_known:
        return None
    return max(1, count_cores() // jobs)


def _is_name(model: str | os.PathLike) -> bool:
    """Tells names of shipped weights from paths of files."""
    path = Path(model)
    is_path = isinstance(model, os.PathLike) or path.name != model
    return not is_path and path.suffix.lower() != ".onnx"


def giving_back() -> onnxruntime.RunOptions:
    """Makes options of a run whose memory is not kept for the next one.

    For models that predict small ab: only they have memory to keep.
    """
    options = onnxruntime.RunOptions()
    options.add_run_config_entry(
        "memory.enable_memory_arena_shrinkage", "cpu:0"
    )
    return options


def _open_runtime(source, label, how, providers):
    try:
        return onnxruntime.InferenceSession(source, how, providers=providers)
    except _LOAD_ERRORS as error:
        raise ModelError(
            f"{label} cannot be loaded. Expected an ONNX model written by "
            f"export/export_onnx.py. Received: {error}. Export or download "
            "it again."
        ) from error


def _tensors(nodes) -> dict[str, Tensor]:
    return {node.name: Tensor(node.type, node.shape) for node in nodes}


def _checked_providers(
    providers: Sequence[Provider] | None,
) -> list[Provider]:
    # TRICKY: onnxruntime only warns about an unknown provider, or one whose
    # options it cannot read, and goes on with the CPU.
    available = onnxruntime.get_available_providers()
    providers = [CPU] if providers is None else providers
    if (
        isinstance(providers, str)
        or not isinstance(providers, Sequence)
        or not providers
        or any(_name_of(provider) not in available for provider in providers)
    ):
        raise SettingError(
            "`providers` must be a list of execution providers of this "
            f"onnxruntime: {', '.join(available)}; of names or of tuples "
            "(name, options), with a dict of options. Received: "
            f"providers={providers!r}. For a GPU install onnxruntime-gpu."
        )
    return list(providers)


def _name_of(provider: Provider) -> str:
    """Gives the name; "" for what onnxruntime does not take."""
    match provider:
        case str():
            return provider
        case str(name), dict() if isinstance(provider, tuple):
            return name
    return ""


def _session_options(num_threads: int | None) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    if num_threads is not None:
        options.intra_op_num_threads = num_threads
    # Photos differ in size: plans of where tensors lie would never fit again.
    # Memory is kept for the next run unless a run says otherwise, see
    # `giving_back`: malloc gives it back, and each page anew costs a fault.
    options.enable_cpu_mem_arena = True
    options.enable_mem_pattern = False
    # A thread that waits for work leaves its core to others: workers, the
    # decoding of photos and films (benchmarks/bench_session_options.py).
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4  # what goes wrong is raised
    return options
