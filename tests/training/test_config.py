import pytest

from training.config import AdversaryConfig
from training.config import DataConfig
from training.config import LossConfig
from training.config import ModelConfig
from training.config import OptimizerConfig
from training.config import ScheduleConfig
from training.config import TrainConfig
from training.config import changed


def test_changes_reach_into_parts_and_leave_the_rest():
    config = changed(
        TrainConfig(), seed=5, data={"paper": 0.5, "labels": ["sea", "lake"]}
    )
    assert (config.data.paper, config.data.crop_size) == (0.5, (128, 128))
    assert config.data.labels == ("sea", "lake")
    assert config.seed == config.data.seed == 5
    with pytest.raises(ValueError, match="DataConfig has no field 'papre'"):
        changed(config, data={"papre": 1})


@pytest.mark.parametrize(
    ("part", "values", "message"),
    [
        (DataConfig, {"crop_size": 200}, "at most resize_short"),
        (
            DataConfig,
            {"validation_limit": -1},
            "`DataConfig.validation_limit` must be",
        ),
        (
            ModelConfig,
            {"freeze": ("a",), "train": ("b",)},
            "empty where `freeze` names layers",
        ),
        (LossConfig, {"prior": None}, '"estimate" with loss "rebalanced_'),
        (
            AdversaryConfig,
            {"color_enhancement": 0.0},
            "AdversaryConfig.color_enhancement`",
        ),
        (OptimizerConfig, {"name": "sgd"}, "one of adam, adamw"),
        (ScheduleConfig, {"name": "steps"}, "`decay_steps` must be at least 1"),
    ],
)
def test_each_part_refuses_what_cannot_work(part, values, message):
    part()
    with pytest.raises(ValueError, match=message):
        part(**values)
