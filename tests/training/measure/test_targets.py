import pytest

from training.measure.targets import TARGETS
from training.measure.targets import Target
from training.measure.targets import spread_rows
from training.measure.targets import target_rows


def entry(value):
    return {"value": value, "interval_95": [value - 0.1, value + 0.1]}


def summaries(psnr_gain, delta_e_gain, ratio, looks=("natural", "calm")):
    one = {
        "methods": {
            look: {"colorfulness_ratio": entry(ratio)} for look in looks
        },
        "minus_gray": {
            look: {
                "psnr": entry(psnr_gain),
                "delta_e_mean": entry(delta_e_gain),
            }
            for look in looks
        },
    }
    return {"bench": one, "everyday": one}


@pytest.mark.parametrize(
    ("relation", "value", "reached"),
    [
        ("at least", 0.8, True),
        ("at least", 0.7999, False),
        ("at most", 0.8, True),
        ("at most", 0.8001, False),
        ("below", 0.7999, True),
        ("below", 0.8, False),
    ],
)
def test_bound_decides_whether_a_target_is_reached(relation, value, reached):
    row = Target("bench", "natural", "PSNR", relation, 0.8).row(entry(value))
    assert row["reached"] is reached
    assert row["value"] == value
    assert row["interval_95"] == [value - 0.1, value + 0.1]


def test_good_model_reaches_every_target_and_gray_next_to_none():
    good = target_rows(summaries(2.5, -2.5, 0.9))
    assert len(good) == len(TARGETS) == 9
    assert all(row["reached"] for row in good)
    gray = target_rows(summaries(0.0, 0.0, 0.0))
    names = {(r["photos"], r["setting"], r["measure"]) for r in gray}
    assert len(names) == 9
    # Gray loses nothing against gray; that is all it reaches.
    assert [(r["photos"], r["target"]) for r in gray if r["reached"]] == [
        ("bench", -0.2)
    ]


def test_photos_and_looks_that_are_not_there_have_no_target():
    plain = summaries(2.5, -2.5, 0.9, looks=["natural"])
    assert {row["setting"] for row in target_rows(plain)} == {"natural"}
    rows = target_rows({"bench": plain["bench"]})
    assert {row["photos"] for row in rows} == {"bench"} and len(rows) == 2


def test_target_reads_the_score_it_names():
    target = Target("bench", "calm", "colorfulness ratio", "at least", 0.5)
    (row,) = target_rows(summaries(0.0, 0.0, 0.7), [target])
    assert (row["measure"], row["value"]) == ("colorfulness ratio", 0.7)


def test_each_spread_has_a_row_of_its_own():
    rows = spread_rows({"spread": {"sizes": entry(0.2), "age": entry(0.3)}})
    assert [row["reached"] for row in rows] == [True, False]
    assert spread_rows({"spread": {}}) == []
