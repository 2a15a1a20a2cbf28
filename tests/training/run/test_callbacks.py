import json

import keras
import numpy as np
import pytest

from training.run.averaging import WeightAverage
from training.run.callbacks import EpochLog
from training.run.callbacks import ReduceOnPlateau
from training.run.callbacks import ReduceOnStall
from training.run.callbacks import SaveBest
from training.run.callbacks import SaveCheckpoint
from training.run.callbacks import StepCounter
from training.run.callbacks import StopAtStep
from training.run.callbacks import StopWhenDiverged
from training.run.callbacks import TrainingDiverged
from training.run.checkpoints import list_checkpoints


def test_log_of_a_resumed_run_has_no_row_twice(tmp_path):
    path = tmp_path / "log.csv"
    counter = StepCounter()
    log = with_model(EpochLog(path, counter))
    for epoch in range(3):
        counter.step += 5
        log.on_epoch_end(epoch, {"loss": 1.0 / (epoch + 1), "val_loss": 2.0})
    counter = StepCounter(10)
    resumed = with_model(EpochLog(path, counter, initial_epoch=2))
    assert len(path.read_text().splitlines()) == 1 + 2
    counter.step += 5
    resumed.on_epoch_end(2, {"loss": 0.25, "val_loss": 2.0})
    assert path.read_text().splitlines() == [
        "epoch,step,learning_rate,loss,val_loss",
        "0,5,0.125,1.0,2.0",
        "1,10,0.125,0.5,2.0",
        "2,15,0.125,0.25,2.0",
    ]


def test_log_begun_by_a_version_that_measured_less_goes_on(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("epoch,step,learning_rate,loss\n0,5,0.125,1.0\n")
    log = with_model(EpochLog(path, StepCounter(10), initial_epoch=1))
    log.on_epoch_end(1, {"loss": 0.5, "accuracy": 0.75})
    assert path.read_text().splitlines() == [
        "epoch,step,learning_rate,loss,accuracy",
        "0,5,0.125,1.0,",
        "1,10,0.125,0.5,0.75",
    ]


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), 60_000.0])
@pytest.mark.parametrize("name", ["loss", "g_loss", "d_loss"])
def test_loss_that_diverges_stops_at_its_step_and_names_its_photos(
    tmp_path, name, loss
):
    (tmp_path / "checkpoints" / "step-00000040").mkdir(parents=True)
    callback = stop_when_diverged(tmp_path, start_step=40)
    means = running_means([3.0, 5.0, 2.0, loss])
    for batch in range(3):
        end_batch(callback, batch, {name: means[batch]})
    with pytest.raises(TrainingDiverged) as caught:
        end_batch(callback, 3, {name: means[3]})
    message = str(caught.value)
    assert message.startswith(f"{name} is {loss:g} at step 43, of the photos ")
    assert "43-0.png, 43-1.png" in message and "43-7.png and 4 more" in message
    assert "step-00000040 is the last good checkpoint" in message
    report = json.loads((tmp_path / "diverged.json").read_text())
    assert report["step"] == 43
    assert report["photos"] == photos_of_step(43)
    assert report["photos_of_step_before"] == photos_of_step(42)


def test_loss_that_jumps_up_and_down_goes_on(tmp_path):
    callback = stop_when_diverged(tmp_path)
    # The first may be of a batch of gray photos.
    losses = [0.0, 4.0, 9_000.0, 2.0, 1e-9, 80_000.0] + 20 * [5e6] + [3.0]
    for batch, mean in enumerate(running_means(losses)):
        end_batch(callback, batch, {"loss": mean})
    callback.on_epoch_end(0, {"loss": 3.0, "val_loss": 1e9})
    # Means begin anew with each epoch.
    for batch, mean in enumerate(running_means([7.0, 9.0])):
        end_batch(callback, batch, {"loss": mean})
    assert list(tmp_path.iterdir()) == []


def test_large_loss_of_the_first_step_is_no_explosion(tmp_path):
    callback = stop_when_diverged(tmp_path)
    for batch, mean in enumerate(running_means([1e6, 1e9, 1e3])):
        end_batch(callback, batch, {"loss": mean})
    with pytest.raises(TrainingDiverged, match="at step 3, .* no checkpoint"):
        end_batch(callback, 3, {"loss": 1e14})


def test_validation_loss_that_is_not_finite_stops(tmp_path):
    callback = stop_when_diverged(tmp_path)
    callback.on_epoch_end(0, {"loss": 3.0})
    with pytest.raises(TrainingDiverged, match="val_loss is inf at the end of"):
        callback.on_epoch_end(0, {"loss": 3.0, "val_loss": float("inf")})


def test_weights_that_diverge_in_the_last_step_are_not_saved(tmp_path):
    model = make_model()
    model.optimizer.build(model.trainable_variables)
    callback = SaveCheckpoint(tmp_path / "checkpoints", 0, StepCounter())
    callback.set_model(model)
    callback.on_epoch_end(0)
    model.weights[0].assign(np.full((3, 2), np.nan))
    with pytest.raises(TrainingDiverged, match="NaN.*step-00000000 is the las"):
        callback.on_epoch_end(0)


def test_stall_divides_the_rate_when_the_loss_moves_less_than_the_delta():
    stall = with_model(ReduceOnStall(factor=0.1, min_delta=1e-4))
    rates = []
    # Moves of 0.5 down, 0.00005 down, 0.5 up (a plateau, but no stall).
    for epoch, loss in enumerate([2.0, 1.5, 1.49995, 2.0]):
        stall.on_epoch_end(epoch, {"loss": loss})
        rates.append(float(stall.model.optimizer.learning_rate))
    np.testing.assert_allclose(rates, [0.125, 0.125, 0.0125, 0.0125])


def test_stall_remembers_the_last_loss_over_a_restart():
    stall = with_model(ReduceOnStall(factor=0.1, min_delta=1e-4))
    stall.on_epoch_end(0, {"loss": 1.0})
    resumed = with_model(ReduceOnStall(factor=0.1, min_delta=1e-4))
    resumed.set_state(stall.get_state())
    resumed.on_epoch_end(1, {"loss": 1.00005})
    rate = float(resumed.model.optimizer.learning_rate)
    assert rate == pytest.approx(0.0125)


def test_plateau_divides_the_rate_when_the_loss_no_longer_falls():
    plateau = make_plateau()
    plateau.on_train_begin()
    rates = []
    # Moves of 0.5, then 0.00005 and 0.5.
    for epoch, loss in enumerate([2.0, 1.5, 1.49995, 1.0]):
        plateau.on_epoch_end(epoch, {"loss": loss})
        rates.append(float(plateau.model.optimizer.learning_rate))
    np.testing.assert_allclose(rates, [0.125, 0.125, 0.0125, 0.0125])


def test_plateau_remembers_its_best_loss_over_a_restart():
    plateau = make_plateau(patience=2)
    plateau.on_train_begin()
    plateau.on_epoch_end(0, {"loss": 1.0})
    plateau.on_epoch_end(1, {"loss": 1.0})
    resumed = make_plateau(patience=2)
    resumed.set_state(plateau.get_state())
    resumed.on_train_begin()
    assert resumed.get_state() == {
        "best": 1.0,
        "wait": 1,
        "cooldown_counter": 0,
    }
    resumed.on_epoch_end(2, {"loss": 1.0})
    rate = float(resumed.model.optimizer.learning_rate)
    assert rate == pytest.approx(0.0125)


def test_best_weights_are_saved_at_the_lowest_validation_loss_only():
    saved = []
    best = make_best(saved.append)
    for epoch, loss in enumerate([2.0, 3.0, 1.0]):
        best.counter.step += 4
        best.on_epoch_end(epoch, {"val_loss": loss})
    assert len(saved) == 2
    assert best.get_state() == {"val_loss": 1.0, "epoch": 2}
    resumed = make_best(saved.append, start_step=16)
    resumed.set_state(best.get_state())
    resumed.on_epoch_end(3, {"val_loss": 1.5})
    assert len(saved) == 2


def test_best_weights_are_never_those_of_a_cut_epoch():
    saved = []
    best = make_best(saved.append, start_step=4)
    best.on_epoch_end(0, {"val_loss": 2.0})
    best.counter.step = 7  # `StopAtStep`
    best.on_epoch_end(1, {"val_loss": 1.0})
    assert len(saved) == 1
    assert best.get_state() == {"val_loss": 2.0, "epoch": 0}


def test_state_without_a_validation_can_be_restored():
    best, resumed = make_best(print), make_best(print)
    resumed.set_state(best.get_state())
    assert resumed.best == float("inf")


def test_run_ends_at_the_step_and_a_cut_epoch_makes_no_checkpoint(tmp_path):
    model = make_model()
    counter = StepCounter()
    checkpoint = SaveCheckpoint(tmp_path, 4, counter)
    model.fit(
        np.ones((4, 3)),
        np.ones((4, 2)),
        batch_size=1,
        epochs=2,
        verbose=0,
        callbacks=[counter, StopAtStep(6, counter), checkpoint],
    )
    assert int(model.optimizer.iterations) == counter.step == 6
    names = [path.name for path in list_checkpoints(tmp_path)]
    assert names == ["step-00000004"]


def test_a_step_that_the_optimizer_leaves_out_is_a_step(tmp_path):
    model = make_model()
    inner = keras.optimizers.Adam(0.125)
    model.compile(keras.optimizers.LossScaleOptimizer(inner), loss="mse")
    photos = np.ones((4, 3))
    photos[1] = np.inf  # gradients of the second step are no numbers
    counter = StepCounter()
    model.fit(
        photos,
        np.ones((4, 2)),
        batch_size=1,
        shuffle=False,
        epochs=3,
        verbose=0,
        callbacks=[
            counter,
            StopAtStep(10, counter),
            SaveCheckpoint(tmp_path, 4, counter),
        ],
    )
    assert counter.step == 10
    assert int(inner.iterations) < 10
    names = [path.name for path in list_checkpoints(tmp_path)]
    assert names == ["step-00000004", "step-00000008"]


def photos_of_step(step):
    return [f"{step}-{i}.png" for i in range(12)]


def stop_when_diverged(workdir, start_step=0):
    return StopWhenDiverged(workdir, photos_of_step, StepCounter(start_step))


def end_batch(callback, batch, logs):
    callback.counter.on_train_batch_end(batch)
    callback.on_train_batch_end(batch, logs)


def running_means(losses):
    return np.cumsum(losses) / np.arange(1, 1 + len(losses))


def make_best(save, start_step=0):
    counter = StepCounter(start_step)
    return with_model(SaveBest(save, WeightAverage([]), 4, counter))


def make_plateau(patience=1):
    return with_model(
        ReduceOnPlateau(
            monitor="loss",
            mode="min",
            factor=0.1,
            patience=patience,
            min_delta=1e-4,
        )
    )


def with_model(callback):
    callback.set_model(make_model())
    return callback


def make_model():
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    model.compile(keras.optimizers.Adam(0.125), loss="mse")
    return model
