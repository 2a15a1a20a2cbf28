"""Who a process is, by options and by what launchers set."""

import pytest

from training.run.processes import Launch
from training.run.processes import Processes
from training.run.processes import find_launch

TORCHRUN = {
    "MASTER_ADDR": "node1",
    "MASTER_PORT": "29500",
    "WORLD_SIZE": "4",
    "RANK": "3",
}


def test_a_process_by_itself_was_not_launched():
    assert find_launch(None, None, None, {}) is None
    # A batch script of Slurm, which is no step of `srun`.
    environ = {"SLURM_NTASKS": "4", "SLURM_PROCID": "0"}
    assert find_launch(None, None, None, environ) is None
    assert find_launch("node1:1234", 1, 0, {}) is None


def test_options_come_before_the_environment():
    found = find_launch("node9:1234", 2, 1, TORCHRUN)
    assert found == Launch("node9:1234", 2, 1)


def test_variables_of_torchrun():
    found = find_launch(None, None, None, TORCHRUN)
    assert found == Launch("node1:29500", 4, 3)
    torchrun = {**TORCHRUN, "LOCAL_RANK": "1"}
    assert find_launch(None, None, None, torchrun).local_index == 1
    alone = {**TORCHRUN, "WORLD_SIZE": "1", "RANK": "0"}
    assert find_launch(None, None, None, alone) is None


def test_steps_of_slurm_are_left_to_jax():
    environ = {"SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "2"}
    assert find_launch(None, None, None, environ) == Launch()


@pytest.mark.parametrize(
    "given",
    [
        ("node1:1234", None, None),
        (None, 2, 0),
        ("node1", 2, 0),
        ("node1:1234", 2, 2),
        ("node1:1234", 2, -1),
        ("node1:1234", 0, 0),
    ],
)
def test_halves_are_refused(given):
    with pytest.raises(ValueError, match="--coordinator HOST:PORT"):
        find_launch(*given, {})


def test_odd_variables_are_refused_and_shown():
    with pytest.raises(ValueError, match="RANK=4"):
        find_launch(None, None, None, {**TORCHRUN, "RANK": "4"})
    with pytest.raises(ValueError, match="WORLD_SIZE=many"):
        find_launch(None, None, None, {**TORCHRUN, "WORLD_SIZE": "many"})


def test_the_first_process_writes_and_one_alone_waits_for_nobody():
    assert Processes().is_first and Processes(0, 2).is_first
    assert not Processes(1, 2).is_first
    Processes().wait("nobody")
