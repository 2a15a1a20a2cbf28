import keras
import pytest

from keras_colorize.losses.regression import AbL1
from keras_colorize.losses.weighted import WeightedLoss


def test_config_round_trip_keeps_the_loss():
    term = WeightedLoss(AbL1(name="mine"), 0.5, on="rgb")
    config = keras.saving.serialize_keras_object(term)
    again = keras.saving.deserialize_keras_object(config)
    assert isinstance(again.loss, AbL1) and again.loss.name == "mine"
    assert (again.weight, again.on) == (0.5, "rgb")


@pytest.mark.parametrize("arguments", [{"on": "lab"}, {"weight": -1.0}])
def test_impossible_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match="Received: "):
        WeightedLoss(AbL1(), **arguments)
