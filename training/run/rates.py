"""Callbacks that lower the learning rate, with state that a resume restores.

The learning rate itself is a variable of the optimizer and is restored with
it.
"""

import keras

from training.run.callbacks import ResumableCallback


class ReduceOnPlateau(keras.callbacks.ReduceLROnPlateau, ResumableCallback):
    """Keras's plateau schedule, with a state that survives a restart."""

    state_name = "plateau"
    _restored = None

    def get_state(self) -> dict:
        """Returns best value, waiting epochs and cooldown."""
        return {
            "best": None if self.best is None else float(self.best),
            "wait": self.wait,
            "cooldown_counter": self.cooldown_counter,
        }

    def set_state(self, state: dict) -> None:
        """Keeps the state until `fit` has reset the callback."""
        self._restored = state

    def on_train_begin(self, logs=None):
        """Resets as Keras does, then puts the restored state back."""
        super().on_train_begin(logs)
        for name, value in (self._restored or {}).items():
            setattr(self, name, value)


class ReduceOnStall(ResumableCallback):
    """Lowers the learning rate when the loss hardly moves between epochs.

    Unlike a plateau schedule it compares with the epoch before, not with the
    best: a loss that jumps up and down keeps its rate.

    Args:
        factor: what the rate is multiplied by, in (0, 1).
        min_delta: the loss stalls when it moves by less than this.
        min_rate: the rate never goes below.
    """

    state_name = "stall"

    def __init__(self, factor: float, min_delta: float, min_rate: float = 0.0):
        super().__init__()
        self.factor = factor
        self.min_delta = min_delta
        self.min_rate = min_rate
        self.previous: float | None = None

    def get_state(self) -> dict:
        """Returns the loss of the last epoch."""
        return {"previous": self.previous}

    def set_state(self, state: dict) -> None:
        """Takes over the loss of the last epoch."""
        self.previous = state["previous"]

    def on_epoch_end(self, epoch, logs=None):
        """Compares two epochs and adjusts the optimizer's rate."""
        loss = float((logs or {})["loss"])
        if self.previous is not None:
            if abs(loss - self.previous) < self.min_delta:
                optimizer = self.model.optimizer
                rate = float(
                    keras.ops.convert_to_numpy(optimizer.learning_rate)
                )
                optimizer.learning_rate = max(rate * self.factor, self.min_rate)
        self.previous = loss
