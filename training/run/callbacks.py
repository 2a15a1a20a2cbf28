"""Callbacks of a run: log, samples, learning rate, exact resume.

`keras.callbacks.BackupAndRestore` restores a model and an optimizer but not
the position in the data stream, the state of the other callbacks or rows of
a log, so a resumed run would see other batches than an uninterrupted one.
`SaveCheckpoint` writes all of it at the end of each epoch, after every other
callback; `training.train` restores it before it builds the data stream.
"""

import csv
import io
import itertools
import math
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from keras_colorize.color.cielab import lab_to_rgb
from keras_colorize.files import write_json
from keras_colorize.files import write_text
from training.config import ScheduleConfig
from training.run.adversarial import generator_of
from training.run.adversarial import optimizers_of
from training.run.averaging import WeightAverage
from training.run.checkpoints import list_checkpoints
from training.run.checkpoints import save_checkpoint

_GAP = 4  # pixels between photos
# When a loss explodes, see `StopWhenDiverged`.
_EXPLOSION = 1e4
_FIRST_STEPS = 10
_SHOWN_PHOTOS = 8


class TrainingDiverged(ArithmeticError):
    """The loss or a weight is no longer a finite number."""


class ResumableCallback(keras.callbacks.Callback):
    """A callback with state that a checkpoint keeps.

    Attributes:
        state_name: key of this callback's state in the checkpoint.
    """

    state_name = ""

    def get_state(self) -> dict:
        """Returns the JSON-serializable state."""
        raise NotImplementedError

    def set_state(self, state: dict) -> None:
        """Takes over a state that `get_state` returned; before `fit`."""
        raise NotImplementedError


class StepCounter(keras.callbacks.Callback):
    """Counts the steps of a run; must be the first callback.

    A step is a batch. The optimizer's own number is another one under
    mixed_float16, where it leaves out a step whose gradients are not finite;
    and to read it would wait for the accelerator.

    Attributes:
        step: steps that were taken so far, those before `fit` included.
    """

    def __init__(self, start_step: int = 0):
        super().__init__()
        self.step = start_step

    def on_train_batch_end(self, batch, logs=None):
        """Counts a step."""
        self.step += 1


class EpochLog(keras.callbacks.Callback):
    """One CSV row per epoch; rows beyond a checkpoint are dropped.

    Columns: epoch (from 0), step (steps so far), learning_rate (of a schedule
    that is a function of the step, that of the next step; else that of the
    epoch), then the loss and metrics by name. Times are left out on purpose:
    the file of a resumed run equals that of an uninterrupted one.
    """

    def __init__(
        self, path: Path, counter: StepCounter, initial_epoch: int = 0
    ):
        super().__init__()
        self.path = path
        self.counter = counter
        self.rows = []
        if path.exists():
            with open(path, encoding="utf-8", newline="") as file:
                self.rows = [
                    row
                    for row in csv.DictReader(file)
                    if int(row["epoch"]) < initial_epoch
                ]
            self._write()

    def on_epoch_end(self, epoch, logs=None):
        """Adds the row of an epoch."""
        optimizer, *_ = optimizers_of(self.model).values()
        rate = keras.ops.convert_to_numpy(optimizer.learning_rate)
        values = {k: repr(float(v)) for k, v in sorted((logs or {}).items())}
        values.pop("learning_rate", None)
        self.rows.append(
            {
                "epoch": epoch,
                "step": self.counter.step,
                "learning_rate": repr(float(rate)),
                **values,
            }
        )
        self._write()

    def _write(self):
        text = io.StringIO()
        if self.rows:
            # The first rows can be of a version that measured less.
            columns = list(dict.fromkeys(itertools.chain(*self.rows)))
            writer = csv.DictWriter(text, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)
        write_text(self.path, text.getvalue())


class StopWhenDiverged(keras.callbacks.Callback):
    """Raises at the first loss that is not finite, or that explodes.

    Unlike `keras.callbacks.TerminateOnNaN` it does not let the epoch end
    normally, so no checkpoint holds broken weights. `diverged.json` in the
    work directory says of which step and photos the loss is.

    A loss explodes when that of one step is above 10,000, and above 10,000
    times the highest of the first ten steps. Smaller peaks can pass.

    Args:
        workdir: the run's work directory.
        photos_of_step: returns the names of the photos of a step, from 0.
        counter: the run's.
    """

    # Of one network, or of a generator and a discriminator.
    losses = ("loss", "g_loss", "d_loss")

    def __init__(
        self,
        workdir: Path,
        photos_of_step: Callable[[int], list[str]],
        counter: StepCounter,
    ):
        super().__init__()
        self.workdir = workdir
        self.photos_of_step = photos_of_step
        self.counter = counter
        self.start_step = counter.step
        self._means: dict[str, float] = {}
        self._highest: dict[str, float] = {}

    def on_train_batch_end(self, batch, logs=None):
        """Checks the losses of a step."""
        for name in self.losses:
            # Keras gives the mean over the steps of the epoch so far.
            mean = (logs or {}).get(name)
            if mean is None:
                continue
            loss = mean
            if batch:
                loss += batch * (mean - self._means[name])
            self._means[name] = mean
            limit = _EXPLOSION * self._highest.get(name, math.inf)
            if not math.isfinite(loss) or loss > limit:
                self._stop(name, loss)
            if self.counter.step <= self.start_step + _FIRST_STEPS:
                highest = self._highest.get(name, 1.0)
                self._highest[name] = max(highest, loss)

    def on_epoch_end(self, epoch, logs=None):
        """Checks the validation losses."""
        for name in self.losses:
            loss = float((logs or {}).get(f"val_{name}", 0.0))
            if not math.isfinite(loss):
                raise TrainingDiverged(
                    f"val_{name} is {loss} at the end of epoch {epoch + 1}. "
                    f"{advice_after_divergence(self.workdir)}"
                )

    def _stop(self, name, loss):
        step = self.counter.step - 1  # counted already
        photos = self.photos_of_step(step)
        report = self.workdir / "diverged.json"
        write_json(
            report,
            {
                "loss": {name: str(loss)},
                "step": step,
                "photos": photos,
                "photos_of_step_before": (
                    self.photos_of_step(step - 1) if step else []
                ),
            },
        )
        shown = ", ".join(photos[:_SHOWN_PHOTOS])
        more = len(photos) - _SHOWN_PHOTOS
        if more > 0:
            shown += f" and {more} more"
        raise TrainingDiverged(
            f"{name} is {loss:g} at step {step}, of the photos {shown} "
            f"(all, and those of the step before: {report}). "
            f"{advice_after_divergence(self.workdir)}"
        )


def advice_after_divergence(workdir: Path) -> str:
    """Says what is left of a run that diverged, and what to do."""
    saved = list_checkpoints(workdir / "checkpoints")
    last = "There is no checkpoint yet."
    if saved:
        last = f"{saved[-1]} is the last good checkpoint."
    return (
        f"{last} Start again with a lower learning_rate, a clipnorm or "
        "precision=float32."
    )


class StopAtStep(keras.callbacks.Callback):
    """Ends the run after a number of steps."""

    def __init__(self, last_step: int, counter: StepCounter):
        super().__init__()
        self.last_step = last_step
        self.counter = counter

    def on_train_batch_end(self, batch, logs=None):
        """Asks `fit` to stop; the epoch still ends with validation."""
        if self.counter.step >= self.last_step:
            self.model.stop_training = True


class ValidateAverage(keras.callbacks.Callback):
    """Validates the averaged weights in place of those of the last step."""

    def __init__(self, average: WeightAverage):
        super().__init__()
        self.average = average

    def on_test_begin(self, logs=None):
        """Puts the average into the model."""
        self._swap = self.average.applied(self.model)
        self._swap.__enter__()

    def on_test_end(self, logs=None):
        """Puts the weights of the last step back."""
        self._swap.__exit__(None, None, None)


class SaveBest(ResumableCallback):
    """Saves the (averaged) weights with the lowest validation loss.

    An epoch that `StopAtStep` cut short is left out: the run has none like
    it when it goes on.

    Args:
        save: called with the model that holds them.
        average: puts them into the model.
        steps_per_epoch: steps in a full epoch.
        counter: the run's.
        monitor: name of the loss in the log.
    """

    state_name = "best"

    def __init__(
        self,
        save: Callable[[keras.Model], None],
        average: WeightAverage,
        steps_per_epoch: int,
        counter: StepCounter,
        monitor: str = "val_loss",
    ):
        super().__init__()
        self.save = save
        self.average = average
        self.steps_per_epoch = steps_per_epoch
        self.counter = counter
        self.monitor = monitor
        self.best = math.inf
        self.best_epoch = None

    def get_state(self) -> dict:
        """Returns the lowest loss so far and its epoch."""
        best = self.best if math.isfinite(self.best) else None
        return {"val_loss": best, "epoch": self.best_epoch}

    def set_state(self, state: dict) -> None:
        """Takes over the lowest loss so far and its epoch."""
        self.best = math.inf if state["val_loss"] is None else state["val_loss"]
        self.best_epoch = state["epoch"]

    def on_epoch_end(self, epoch, logs=None):
        """Saves when the epoch was the best."""
        if self.counter.step != (epoch + 1) * self.steps_per_epoch:
            return
        loss = (logs or {}).get(self.monitor, math.inf)
        if loss < self.best:
            self.best = float(loss)
            self.best_epoch = epoch
            with self.average.applied(self.model):
                self.save(self.model)


def rate_callbacks(schedule: ScheduleConfig) -> list[ResumableCallback]:
    """Returns the callbacks of a schedule that watches the loss."""
    if schedule.name == "plateau":
        return [
            ReduceOnPlateau(
                monitor="loss",
                mode="min",
                factor=schedule.decay_factor,
                patience=schedule.patience,
                min_delta=schedule.min_delta,
                min_lr=schedule.min_rate,
            )
        ]
    if schedule.name == "stall":
        return [
            ReduceOnStall(
                factor=schedule.decay_factor,
                min_delta=schedule.min_delta,
                min_rate=schedule.min_rate,
            )
        ]
    return []


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


class SaveCheckpoint(keras.callbacks.Callback):
    """Writes the whole training state at the end of each full epoch.

    Must be the last callback: what it finds is what a resumed run starts
    from. An epoch that `StopAtStep` cut short is not saved, because the data
    stream is resumed by whole epochs.

    Args:
        folder: the run's checkpoint folder.
        steps_per_epoch: steps in a full epoch.
        counter: the run's.
        resumable: callbacks whose state is saved.
        extra: more entries of the state, e.g. a digest of the photo list.
    """

    def __init__(
        self,
        folder: Path,
        steps_per_epoch: int,
        counter: StepCounter,
        resumable: tuple[ResumableCallback, ...] = (),
        extra: dict | None = None,
    ):
        super().__init__()
        self.folder = folder
        self.steps_per_epoch = steps_per_epoch
        self.counter = counter
        self.resumable = resumable
        self.extra = extra or {}

    def on_epoch_end(self, epoch, logs=None):
        """Saves the state after a full epoch."""
        step = self.counter.step
        if step != (epoch + 1) * self.steps_per_epoch:
            return
        state = {
            **self.extra,
            "epoch": epoch + 1,
            "step": step,
            "steps_per_epoch": self.steps_per_epoch,
            "callbacks": {c.state_name: c.get_state() for c in self.resumable},
        }
        try:
            save_checkpoint(self.folder, self.model, state)
        except FloatingPointError as error:
            raise TrainingDiverged(
                f"{error} That is after step {step - 1}. "
                f"{advice_after_divergence(self.folder.parent)}"
            ) from error


class ShowSamples(keras.callbacks.Callback):
    """Writes one picture of colorized photos after each epoch.

    Args:
        L: float (B, H, W, 1), CIE L*. The sample photos.
        ab: float (B, H, W, 2), CIE a* and b*. Their truth at full size.
        log_dir: folder of TensorBoard's event files.
        temperature: annealed-mean temperature of classification nets.
        average: puts the weights into the model that are shown.
    """

    def __init__(self, L, ab, log_dir, temperature, average: WeightAverage):
        super().__init__()
        self.average = average
        self.L = keras.ops.convert_to_numpy(L)
        self.ab = keras.ops.convert_to_numpy(ab)
        self.temperature = temperature
        # Here, not above: other backends run without TensorFlow.
        import tensorflow as tf

        self.writer = tf.summary.create_file_writer(str(log_dir))

    def on_epoch_end(self, epoch, logs=None):
        """Colorizes the samples with the (averaged) weights."""
        options = {}
        generator = generator_of(self.model)
        if generator.output_kind == "q_logits":
            options["temperature"] = self.temperature
        with self.average.applied(self.model):
            ab = generator.predict_ab(self.L, **options)
        picture = sample_grid(self.L, np.asarray(ab, np.float32), self.ab)
        import tensorflow as tf

        with self.writer.as_default():
            tf.summary.image("gray, ours, truth", picture[None], step=epoch)
        self.writer.flush()


def sample_grid(L: np.ndarray, ab: np.ndarray, true_ab: np.ndarray):
    """Lays photos out in rows of gray, predicted and true color.

    Args:
        L: float (B, H, W, 1), CIE L*.
        ab: float (B, H, W, 2), CIE a* and b*. Predicted.
        true_ab: float (B, H, W, 2), CIE a* and b*. Truth.

    Returns:
        float32 (B * (H + gap), 3 * (W + gap), 3), [0, 1] sRGB.
    """
    columns = []
    for chroma in (np.zeros_like(true_ab), ab, true_ab):
        rgb = lab_to_rgb(np.concatenate([L, chroma], axis=-1))
        rgb = np.asarray(keras.ops.convert_to_numpy(rgb), np.float32)
        columns.append(
            np.pad(
                rgb,
                [(0, 0), (0, _GAP), (0, _GAP), (0, 0)],
                constant_values=1.0,
            )
        )
    rows = np.concatenate(columns, axis=2)  # (B, H + gap, 3 * (W + gap), 3)
    return rows.reshape(-1, *rows.shape[2:])
