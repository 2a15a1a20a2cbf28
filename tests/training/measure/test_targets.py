import pytest

from training.measure.targets import TARGETS
from training.measure.targets import Target
from training.measure.targets import spread_rows
from training.measure.targets import target_rows


def entry(value):
    return {"value": value, "interval_95": [value - 0.1, value + 0.1]}


def summaries(psnr_gain, delta_e_gain, ratio):
    one = {
        "methods": {"vivid": {"colorfulness_ratio": entry(ratio)}},
        "minus_gray": {
            setting: {
                "psnr": entry(psnr_gain),
                "delta_e_mean": entry(delta_e_gain),
            }
            for setting in ("balanced", "vivid")
        },
    }
    return {"bench": one, "val": one}


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
    row = Target("bench", "balanced", "PSNR", relation, 0.8).row(entry(value))
    assert row["reached"] is reached
    assert row["value"] == value
    assert row["interval_95"] == [value - 0.1, value + 0.1]


def test_good_model_reaches_every_target_and_gray_none_of_the_balanced():
    good = target_rows(summaries(2.5, -2.5, 0.9))
    assert len(good) == len(TARGETS) == 8
    assert all(row["reached"] for row in good)
    gray = target_rows(summaries(0.0, 0.0, 0.0))
    reached = {(r["photos"], r["setting"], r["measure"]) for r in gray}
    assert len(reached) == 8
    # Gray loses nothing against gray; that is all it reaches.
    assert [(r["photos"], r["target"]) for r in gray if r["reached"]] == [
        ("bench", -0.3),
        ("val", 0.0),
    ]


def test_val_allows_no_loss_where_bench_allows_a_little():
    rows = target_rows(summaries(-0.2, 0.0, 0.9))
    vivid_psnr = {
        row["photos"]: row["reached"]
        for row in rows
        if row["setting"] == "vivid" and row["measure"].startswith("PSNR")
    }
    assert vivid_psnr == {"bench": True, "val": False}


def test_target_reads_the_score_it_names():
    target = Target("val", "vivid", "colorfulness ratio", "at least", 0.5)
    (row,) = target_rows(summaries(0.0, 0.0, 0.7), [target])
    assert (row["measure"], row["value"]) == ("colorfulness ratio", 0.7)


def test_each_spread_has_a_row_of_its_own():
    rows = spread_rows({"spread": {"sizes": entry(0.2), "age": entry(0.3)}})
    assert [row["reached"] for row in rows] == [True, False]
    assert spread_rows({"spread": {}}) == []
