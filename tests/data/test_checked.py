import dataclasses
from typing import Annotated
from typing import Literal

import pytest

from keras_colorize.data.checked import RangeWithin
from keras_colorize.data.checked import Within
from keras_colorize.data.checked import check_fields


@dataclasses.dataclass(frozen=True)
class Blur:
    kind: Literal["box", "gaussian"] = "box"
    share: Annotated[float, Within("[0, 1]")] = 0.5
    sigma: Annotated[float | None, Within("(0, inf)")] = None
    gamma: Annotated[tuple[float, float], RangeWithin("(0, 4]")] = (0.5, 2.0)
    seed: int = 0

    def __post_init__(self):
        check_fields(self)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"kind": "median"},
            "`Blur.kind` must be one of box, gaussian. Received: ",
        ),
        (
            {"share": 1.01},
            r"`Blur.share` must be in \[0, 1\]. Received: .*share=1.01",
        ),
        ({"share": None}, "`Blur.share` must be"),
        ({"share": "half"}, "Received: Blur.share='half'"),
        ({"share": float("nan")}, "Received: Blur.share=nan"),
        ({"sigma": 0.0}, r"`Blur.sigma` must be in \(0, inf\) or none"),
        (
            {"gamma": (0.0, 1.0)},
            r"must be \(smallest, largest\), both in \(0, 4\]. Received: ",
        ),
        ({"gamma": (1.0, 4.5)}, "`Blur.gamma`"),
        ({"gamma": (2.0, 1.0)}, "`Blur.gamma`"),
        ({"gamma": (1.0,)}, "`Blur.gamma`"),
        ({"gamma": 1.0}, "`Blur.gamma`"),
    ],
)
def test_value_outside_its_rule_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Blur(**changes)


def test_ends_of_an_interval_belong_to_it_as_its_brackets_say():
    assert [x in Within("[0, 1)") for x in (0, 0.5, 1)] == [True, True, False]
    assert [x in Within("(0, 1]") for x in (0, 0.5, 1)] == [False, True, True]
    Blur(share=0, sigma=1e9, seed=-1)
    Blur(share=1, sigma=None, gamma=(4.0, 4.0))
