"""One training run: work directory, `model.fit`, resume, final weights."""

import contextlib
import dataclasses
import functools
import math
from pathlib import Path

import keras
from rich.console import Console

from keras_colorize.color.gamut import AbGamut
from keras_colorize.data.memory import as_photo_source
from keras_colorize.data.priors import load_prior
from keras_colorize.data.priors import mean_ab
from keras_colorize.files import write_text
from keras_colorize.files import written_beside
from training.config import TrainConfig
from training.overrides import check_same_run
from training.overrides import config_to_json
from training.run import callbacks
from training.run import checkpoints
from training.run import inputs
from training.run.adversarial import generator_of
from training.run.assembly import build_model
from training.run.assembly import plain_copy
from training.run.averaging import WeightAverage
from training.run.processes import Processes
from training.run.processes import distributed
from training.run.processes import num_devices
from training.run.workdir import locked_workdir


def run_training(
    config: TrainConfig,
    workdir: Path,
    data: Path | None = None,
    max_steps: int | None = None,
    console: Console | None = None,
    processes: Processes | None = None,
) -> keras.Model:
    """Trains a model, or continues the run that the work directory holds.

    Written to `workdir`: run.lock (whose run it is), config.json,
    scan_train.json and scan_val.json (photos left out), train_photos.txt (so
    that an evaluation knows them), prior.json, log.csv, logs/ (TensorBoard),
    checkpoints/, best.weights.h5, final.weights.h5, and preset/ for
    `Colorizer.from_preset`; diverged.json where that happened.

    Args:
        config: the run's configuration.
        workdir: made when missing.
        data: folder of the data set; None takes the default place.
        max_steps: stop after this many steps in all.
        console: where messages go; None for standard output.
        processes: those that train together, all with the same arguments and
            on a work directory that all can read; the first one writes.
            Default: this one alone. Under JAX all devices are used.

    Returns:
        A float32 model with the final weights, averaged if
        `config.optimizer.ema` is set; not compiled.

    Raises:
        ValueError: If data, model or work directory do not fit the
            configuration, or another run uses the work directory.
        training.run.callbacks.TrainingDiverged: If the loss is not finite.
    """
    processes = processes or Processes()
    console = console or Console(quiet=not processes.is_first)
    with contextlib.ExitStack() as stack:
        if processes.is_first:
            stack.enter_context(locked_workdir(workdir, console))
            _claim_workdir(config, workdir)
        processes.wait("work directory")
        keras.utils.set_random_seed(config.seed)
        if config.deterministic_ops:
            _make_ops_deterministic()
        previous_policy = keras.mixed_precision.dtype_policy()
        keras.mixed_precision.set_dtype_policy(config.precision)
        stack.callback(keras.mixed_precision.set_dtype_policy, previous_policy)
        stack.enter_context(distributed(config.data.batch_size))
        model = _run(config, workdir, data, max_steps, console, processes)
        processes.wait("end")  # the first one may still write
        return model


def _run(config, workdir, data, max_steps, console, processes):
    photos = inputs.prepare_inputs(
        config.data, data, workdir if processes.is_first else None, console
    )
    steps_per_epoch = config.steps_per_epoch or max(
        1, len(photos.train) // config.data.batch_size
    )
    total_steps = config.epochs * steps_per_epoch
    last_step = min(total_steps, max_steps or total_steps)
    if config.loss.is_rebalanced and processes.is_first:
        inputs.load_or_estimate_prior(
            config.loss, config.data, photos.train, workdir, console
        )
    processes.wait("prior")  # the others read its file
    if processes.is_first:
        inputs.remember_photos(photos.train, workdir)
    model = build_model(config, photos.train, workdir, total_steps, console)
    generator = generator_of(model)
    pipeline = inputs.config_for_network(config.data, generator)
    source = as_photo_source(photos.train, pipeline)
    average = WeightAverage([])
    if config.optimizer.ema is not None:
        stream = inputs.training_batches(source, pipeline)
        average = WeightAverage.from_stream(stream)
    counter = callbacks.StepCounter()
    resumable = (
        callbacks.SaveBest(
            _best_saver(config, workdir, processes),
            average,
            steps_per_epoch,
            counter,
            monitor=_monitored_loss(config),
        ),
        *callbacks.rate_callbacks(config.schedule),
    )
    identity = {
        "photos": photos.digest,
        "photo_sizes": photos.size_digest,
        "steps_per_epoch": steps_per_epoch,
    }
    epoch = _restore(
        model, workdir / "checkpoints", identity, resumable, console
    )
    start_step = counter.step = epoch * steps_per_epoch
    if start_step:
        console.print(f"Resuming after epoch {epoch}, step {start_step}.")
    if start_step < last_step:
        console.print(
            f"Training {config.model.name}: {generator.count_params():,} "
            f"parameters, steps {start_step} to {last_step}, "
            f"{steps_per_epoch} an epoch."
        )
        if config.data.paper and config.loss.ignores_gray:
            console.print(
                "Pages of text (data.paper) have no color and weigh nothing "
                "in the cross-entropy; they do with loss.mask_gray=false."
            )
        validation = photos.validation
        if validation:
            validation = inputs.evenly(validation, num_devices())
            validation = inputs.evaluation_batches(
                validation, pipeline, processes.shard
            )
        shown = photos.validation or photos.train
        log, checkpoint = [], []
        if processes.is_first:
            log = [callbacks.EpochLog(workdir / "log.csv", counter, epoch)]
            checkpoint = [
                callbacks.SaveCheckpoint(
                    workdir / "checkpoints",
                    steps_per_epoch,
                    counter,
                    resumable,
                    identity,
                )
            ]
        model.fit(
            inputs.training_batches(
                source, pipeline, start_step, processes.shard
            ),
            validation_data=validation,
            steps_per_epoch=steps_per_epoch,
            shuffle=False,  # the stream is shuffled already
            initial_epoch=epoch,
            epochs=math.ceil(last_step / steps_per_epoch),
            callbacks=[
                counter,
                callbacks.StopWhenDiverged(
                    workdir,
                    functools.partial(inputs.photos_of_step, source, pipeline),
                    counter,
                ),
                callbacks.StopAtStep(last_step, counter),
                callbacks.ValidateAverage(average),
                *log,
                *_tensorboard(
                    config.samples, shown, pipeline, workdir, average, console
                ),
                *resumable,
                *checkpoint,  # last: see there
            ],
            verbose=_verbosity(console),
        )
    with average.applied(model):
        final = plain_copy(config.model, generator)
    if processes.is_first:
        _save_final(config, final, counter.step, workdir)
    console.print(f"Weights of step {counter.step}: {workdir / 'preset'}")
    return final


def _verbosity(console):
    if console.quiet:
        return 0
    return 1 if console.is_terminal else 2


def _make_ops_deterministic():
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "`deterministic_ops` is a switch of TensorFlow. Received: backend "
            f"{keras.backend.backend()!r}. Set it to false."
        )
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()


def _claim_workdir(config, workdir):
    path = workdir / "config.json"
    if path.exists():
        check_same_run(config, path.read_text(encoding="utf-8"))
    write_text(path, config_to_json(config))
    (workdir / "diverged.json").unlink(missing_ok=True)  # of an earlier try


def _restore(model, folder, identity, resumable, console) -> int:
    """Restores the newest whole checkpoint; returns the epochs done."""
    tell = functools.partial(console.print, markup=False)
    newest = checkpoints.read_newest(folder, tell)
    if newest is None:
        return 0
    checkpoint, state = newest
    if "photo_sizes" not in state:  # of a former version
        tell(f"{checkpoint} does not say whether photos were replaced since.")
    for name, value in identity.items():
        if state.get(name, value) != value:
            raise checkpoints.CheckpointError(
                f"{checkpoint} was made with other {name}: was "
                f"{state[name]!r}, is now {value!r}. Put the data back as it "
                "was, or use another --workdir."
            )
    checkpoints.restore_variables(checkpoint, model)
    try:
        for callback in resumable:
            callback.set_state(state["callbacks"][callback.state_name])
        return state["epoch"]
    except (LookupError, TypeError) as error:
        raise checkpoints.CheckpointError(
            f"{checkpoint / 'state.json'} is not the file that was written "
            f"({type(error).__name__}: {error}). Put a copy back, or delete "
            f"{checkpoint} to go on from an older one."
        ) from error


def _best_saver(config, workdir, processes):
    def save(model):
        # In each process: they make and fill it together.
        best = plain_copy(config.model, generator_of(model))
        if not processes.is_first:
            return
        with written_beside(workdir / "best.weights.h5") as part:
            best.save_weights(part)

    return save


def _monitored_loss(config):
    return "val_g_loss" if config.loss.name == "adversarial" else "val_loss"


def _tensorboard(samples, photos, pipeline, workdir, average, console):
    """Returns the callbacks that TensorFlow writes the files of."""
    # Another backend would have to share the accelerator with it.
    if keras.backend.backend() != "tensorflow":
        console.print("No TensorBoard files: the backend is not TensorFlow.")
        return []
    curves = keras.callbacks.TensorBoard(workdir / "logs", write_graph=False)
    if samples.count == 0:
        return [curves]
    full_size = dataclasses.replace(
        pipeline,
        batch_size=samples.count,
        output_kind="ab",
        output_stride=1,
        average_truth=False,
        hints=None,
    )
    batches = inputs.evaluation_batches(
        inputs.pick_evenly(photos, samples.count), full_size
    )
    L, ab = next(iter(batches))
    folder = workdir / "logs" / "samples"
    shown = callbacks.ShowSamples(L, ab, folder, samples.temperature, average)
    return [curves, shown]


def _save_final(config, model, step, workdir):
    with written_beside(workdir / "final.weights.h5") as part:
        model.save_weights(part)
    metadata = {
        "model": config.model.name,
        "step": step,
        "dataset": config.data.dataset or "folder of photos",
    }
    if (workdir / "prior.json").exists():
        gamut = AbGamut()
        prior = load_prior(workdir / "prior.json", gamut).prior
        # For the mean-color baseline of an evaluation.
        metadata["mean_ab"] = mean_ab(prior, gamut)
    model.save_to_preset(workdir / "preset", metadata)
