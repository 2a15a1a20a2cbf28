"""Several processes that train one model: who they are and who writes.

Under JAX each process feeds its part of every batch, and the devices of all
add up their gradients: the run is that of one process with the same batch
size, but for rounding. Launchers say which process is which by options or by
variables of the environment.
"""

import contextlib
import dataclasses
import os
from collections.abc import Iterator
from collections.abc import Mapping

_TORCHRUN = ("MASTER_ADDR", "MASTER_PORT", "WORLD_SIZE", "RANK")


@dataclasses.dataclass(frozen=True)
class Launch:
    """Which process of how many this is, before they have met.

    Attributes:
        coordinator: host:port of the first process; None lets JAX ask the
            scheduler, which it knows.
        count: number of processes; None as above.
        index: number of this process, from 0; None as above.
        local_index: its number on its machine, whose GPU of that number it
            takes; None for all GPUs that it sees.
    """

    coordinator: str | None = None
    count: int | None = None
    index: int | None = None
    local_index: int | None = None


def find_launch(
    coordinator: str | None,
    count: int | None,
    index: int | None,
    environ: Mapping[str, str] = os.environ,
) -> Launch | None:
    """Reads how a process was launched; None for a process by itself.

    Looked at in this order: the options; MASTER_ADDR, MASTER_PORT, WORLD_SIZE
    and RANK, as torchrun and many operators set them, with torchrun's
    LOCAL_RANK; a step of Slurm with several tasks (`srun`), whose nodes JAX
    asks for itself.

    Args:
        coordinator: host:port, the same in all processes, or None.
        count: number of processes, or None.
        index: number of this one, from 0, or None.
        environ: the environment.

    Raises:
        ValueError: If only some are given, or they do not fit each other.
    """
    given = (coordinator, count, index)
    if any(value is not None for value in given):
        return _checked(coordinator, count, index, str(given))
    if all(name in environ for name in _TORCHRUN):
        host, port, *numbers = (environ[name] for name in _TORCHRUN)
        received = ", ".join(f"{n}={environ[n]}" for n in _TORCHRUN)
        if all(number.isdecimal() for number in numbers):
            count, index = map(int, numbers)
        launch = _checked(f"{host}:{port}", count, index, received)
        local = environ.get("LOCAL_RANK", "")
        if launch and local.isdecimal():
            launch = dataclasses.replace(launch, local_index=int(local))
        return launch
    if int(environ.get("SLURM_STEP_NUM_TASKS", "1")) > 1:
        return Launch()
    return None


def _checked(
    coordinator: str | None,
    count: int | None,
    index: int | None,
    received: str,
) -> Launch | None:
    if (
        coordinator is None
        or ":" not in coordinator
        or count is None
        or index is None
        or not 0 <= index < count
    ):
        raise ValueError(
            "Several processes need --coordinator HOST:PORT, --num-processes "
            "and --process-id from 0 to one less, all three. Received: "
            f"{received}."
        )
    return Launch(coordinator, count, index) if count > 1 else None


@dataclasses.dataclass(frozen=True)
class Processes:
    """The processes of a run, as one of them sees them.

    Attributes:
        index: number of this process, from 0.
        count: how many there are.
    """

    index: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this one writes what a run writes."""
        return self.index == 0

    @property
    def shard(self) -> tuple[int, int]:
        """(index, count), as pipelines take it."""
        return self.index, self.count

    def wait(self, name: str) -> None:
        """Waits until all have come here; `name` says where that is."""
        if self.count > 1:
            import jax.experimental.multihost_utils as hosts  # pyright: ignore[reportMissingImports]

            hosts.sync_global_devices(name)


def join(launch: Launch) -> Processes:
    """Meets the other processes; before anything else uses JAX.

    Args:
        launch: of `find_launch`.

    Raises:
        ValueError: If the backend is not JAX.
    """
    import keras  # does not touch a device yet

    backend = keras.backend.backend()
    if backend != "jax":
        raise ValueError(
            "Several processes train one model under JAX alone. Received: "
            f"backend {backend!r}. Set KERAS_BACKEND=jax in all of them, or "
            "start one process."
        )
    import jax  # pyright: ignore[reportMissingImports]

    # Of CPUs; GPUs have NCCL.
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    if launch.coordinator is None:
        jax.distributed.initialize()
    else:
        jax.distributed.initialize(
            launch.coordinator,
            launch.count,
            launch.index,
            launch.local_index,
            # A scheduler that is there as well says nothing of these.
            cluster_detection_method="deactivate",
        )
    return Processes(jax.process_index(), jax.process_count())


def num_devices() -> int:
    """Counts the devices that a batch is spread over, in all processes."""
    import keras

    distribution = keras.distribution.distribution()
    return distribution.device_mesh.devices.size if distribution else 1


@contextlib.contextmanager
def distributed(batch_size: int) -> Iterator[None]:
    """Lets Keras keep a copy of the model on each device of all processes.

    Does nothing where there is one device, or another backend than JAX.

    Args:
        batch_size: photos of a batch, over all devices.

    Raises:
        ValueError: If a batch has no equal parts.
    """
    import keras

    if keras.backend.backend() != "jax":
        yield
        return
    import jax  # pyright: ignore[reportMissingImports]

    count = jax.device_count()
    if count == 1:
        yield
        return
    if batch_size % count:
        raise ValueError(
            f"`data.batch_size` must be a multiple of {count}, the number of "
            f"devices. Received: batch_size={batch_size}. Change it with "
            "--set data.batch_size=N, or use fewer devices."
        )
    # Each process brings its part itself.
    distribution = keras.distribution.DataParallel(auto_shard_dataset=False)
    with distribution.scope():
        yield
