import math

import pytest

from keras_colorize.data.pipeline_config import HintSimulation
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
        (
            DataConfig,
            {"hints": HintSimulation(largest_patch=64), "crop_size": (32, 96)},
            "at least hints.largest_patch",
        ),
        (DataConfig, {"limit": 0}, "DataConfig.limit`"),
        (DataConfig, {"max_scale": math.inf}, "DataConfig.max_scale`"),
        (DataConfig, {"prefetch": 0}, "DataConfig.prefetch`"),
        (LossConfig, {"uniform_mix": 0.0}, r"must be in \(0, 1\]"),
        (LossConfig, {"sigma": 0.0}, "LossConfig.sigma`"),
        (LossConfig, {"num_neighbors": 0}, "LossConfig.num_neighbors`"),
        (LossConfig, {"prior_photos": 0}, "LossConfig.prior_photos`"),
        (AdversaryConfig, {"weight": -1.0}, "AdversaryConfig.weight`"),
        (
            AdversaryConfig,
            {"generator_losses": {"l1": "100"}},
            "`generator_losses.l1` must be 0 or more",
        ),
        (OptimizerConfig, {"beta_1": 1.0}, "OptimizerConfig.beta_1`"),
        (OptimizerConfig, {"clipnorm": 0.0}, "OptimizerConfig.clipnorm`"),
        (ScheduleConfig, {"warmup_steps": -1}, "ScheduleConfig.warmup_steps`"),
        (ScheduleConfig, {"decay_factor": 1.0}, "ScheduleConfig.decay_factor`"),
        (TrainConfig, {"seed": -1}, "TrainConfig.seed`"),
        (
            TrainConfig,
            {"optimizer": OptimizerConfig(weight_decay=0.01)},
            '`optimizer.weight_decay` must be 0 with optimizer "adam"',
        ),
        (OptimizerConfig, {"name": "sgd"}, "one of adam, adamw"),
        (ScheduleConfig, {"name": "steps"}, "`decay_steps` must be at least 1"),
    ],
)
def test_each_part_refuses_what_cannot_work(part, values, message):
    part()
    with pytest.raises(ValueError, match=message):
        part(**values)


def test_decay_is_taken_where_either_optimizer_has_it():
    decayed = OptimizerConfig(weight_decay=0.01)
    for optimizer, discriminator in (("adamw", "adam"), ("adam", "adamw")):
        config = changed(
            TrainConfig(),
            loss={"name": "adversarial"},
            adversary={"discriminator_optimizer": discriminator},
            optimizer=changed(decayed, name=optimizer),
        )
        assert config.optimizer.weight_decay == 0.01
