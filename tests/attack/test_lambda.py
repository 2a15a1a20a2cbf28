"""Events of Lambda that no service sends."""

import pytest

from tests.serving.aws_lambda import bad_events

pytestmark = pytest.mark.slow


def test_events(trials, function):
    """Events of a wrong kind."""
    for event in (
        *bad_events.NOTIFICATIONS,
        *bad_events.REQUESTS,
        *bad_events.OTHERS,
    ):
        try:
            trials.add(function(event)["statusCode"] == 400)
        except Exception as error:  # what is looked for
            trials.add(False, repr(error)[:200])
