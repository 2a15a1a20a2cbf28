import keras
import pytest

from keras_colorize.losses.regression import AbHuber
from keras_colorize.losses.weighted import WeightedLoss


def test_config_round_trip_keeps_the_loss():
    term = WeightedLoss(AbHuber(delta=3.0), 0.5, on="rgb")
    config = keras.saving.serialize_keras_object(term)
    again = keras.saving.deserialize_keras_object(config)
    assert isinstance(again.loss, AbHuber) and again.loss.delta == 3.0
    assert (again.weight, again.on) == (0.5, "rgb")


@pytest.mark.parametrize("arguments", [{"on": "lab"}, {"weight": -1.0}])
def test_impossible_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match="Received: "):
        WeightedLoss(AbHuber(), **arguments)
