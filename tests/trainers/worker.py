"""Trainings in processes of their own, for what cannot be tested in one.

    python -m tests.trainers.worker backup FOLDER
    python -m tests.trainers.worker replicas NUMBER

The first trains under `BackupAndRestore` and stops by itself after 4 epochs
(until it is killed it waits at the end of the second one where FOLDER has a
file `wait`); the second trains on 1 or 2 logical CPU devices. Both print
their results as JSON.
"""

import contextlib
import json
import pathlib
import sys
import time

import keras
import numpy as np
import tensorflow as tf

from keras_colorize.losses.weighted import WeightedLoss
from keras_colorize.models.discriminators import build_patchgan
from keras_colorize.models.pix2pix.colorizer import Pix2PixColorizer
from keras_colorize.trainers.adversarial import AdversarialColorizer

NUM_PHOTOS = 8
BATCH = 4


def make_photos():
    rng = np.random.default_rng(0)
    L = rng.uniform(0, 100, (NUM_PHOTOS, 16, 24, 1)).astype("float32")
    ab = np.concatenate([0.6 * L - 30, 20 - 0.4 * L], axis=-1)
    return L, ab.astype("float32")


def make_trainer():
    keras.utils.set_random_seed(1)
    # Instance norm: statistics of photos do not depend on the replica.
    trainer = AdversarialColorizer(
        Pix2PixColorizer((4, 6, 8), norm="instance", dropout_rate=0.0),
        build_patchgan((4, 6), norm="instance"),
    )
    l1 = WeightedLoss(keras.losses.MeanAbsoluteError(), 100 / 110)
    trainer.compile(
        keras.optimizers.SGD(1e-4, momentum=0.5),
        keras.optimizers.SGD(1e-4, momentum=0.5),
        generator_losses={"l1": l1},
    )
    return trainer


class WaitToBeKilled(keras.callbacks.Callback):
    """Stops after the second epoch has been saved, where it is asked to."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1 and (self.folder / "wait").exists():
            (self.folder / "waiting").touch()
            time.sleep(600)


def run_with_backup(folder):
    trainer = make_trainer()
    history = trainer.fit(
        *make_photos(),
        batch_size=BATCH,
        epochs=4,
        shuffle=False,
        verbose=0,
        callbacks=[
            keras.callbacks.BackupAndRestore(
                folder / "backup", delete_checkpoint=False
            ),
            WaitToBeKilled(folder),
        ],
    )
    return {
        "epochs": history.epoch,
        "g_loss": history.history["g_loss"],
        "d_loss": history.history["d_loss"],
        "iterations": [
            int(trainer.generator_optimizer.iterations),
            int(trainer.discriminator_optimizer.iterations),
        ],
    }


def run_on_replicas(number):
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration()] * number
    )
    scope = contextlib.nullcontext()
    if number > 1:
        strategy = tf.distribute.MirroredStrategy(
            [f"CPU:{i}" for i in range(number)]
        )
        scope = strategy.scope()
    with scope:
        trainer = make_trainer()
    history = trainer.fit(
        *make_photos(),
        batch_size=BATCH,
        epochs=2,
        shuffle=False,
        verbose=0,
        validation_data=make_photos(),
    )
    weights = [
        float(np.abs(w).sum())
        for network in (trainer.generator, trainer.discriminator)
        for w in network.get_weights()
    ]
    return {"replicas": number, **history.history, "weights": weights}


if __name__ == "__main__":
    task, argument = sys.argv[1:]
    if task == "backup":
        results = run_with_backup(pathlib.Path(argument))
    else:
        results = run_on_replicas(int(argument))
    print(json.dumps(results))
