"""Lite, the end of its training: every layer, on the mixed photos alone.

Source: this project; see `lite_semantic`, from whose averaged weights this one
    starts. The semantic encoder learns as well.
Command: python -m training.train --config lite_semantic_finish \
    --workdir runs/lite_semantic_finish --data PACKED \
    --set init_weights=runs/lite_semantic/final.weights.h5
Data: the 11,010 mixed photos of that of `lite_semantic`.
Hardware: 2 cores of an x86-64 server with bfloat16 instructions.
Hours: HOURS2
Score: SCORE2
"""

import dataclasses

from training.config import TrainConfig
from training.configs import lite_semantic


def get_config() -> TrainConfig:
    """Returns the recipe's configuration."""
    return dataclasses.replace(
        lite_semantic.get_config(),
        freeze=("ab_decoder",),
        epochs=5,
        learning_rate=2.5e-4,
        warmup_steps=40,
    )
