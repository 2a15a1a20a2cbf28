import time

import pytest

from keras_colorize.serving.video.prefetch import run_ahead


def test_items_come_in_order():
    assert list(run_ahead(iter(range(50)), depth=3)) == list(range(50))


def test_no_more_than_depth_items_are_made_ahead():
    made = []
    items = run_ahead((made.append(i) or i for i in range(100)), depth=2)
    assert next(items) == 0
    time.sleep(0.3)  # time enough to make all of them
    # One was given, two wait, one is in the maker's hand.
    assert len(made) <= 4
    items.close()


def test_errors_are_raised_where_the_items_are_read():
    def items():
        yield 1
        raise KeyError("lost")

    received = run_ahead(items(), depth=2)
    assert next(received) == 1
    with pytest.raises(KeyError, match="lost"):
        next(received)


def test_closing_stops_the_maker_and_closes_the_items():
    closed = []

    def items():
        try:
            yield from range(1000)
        finally:
            closed.append(True)

    inner = run_ahead(items(), depth=1)
    outer = run_ahead(inner, depth=1)
    assert next(outer) == 0
    outer.close()
    assert closed == [True]
