"""Model files and folders of weights that are not what they say."""

import time

import pytest

from keras_colorize import presets
from keras_colorize.errors import ColorizeError
from keras_colorize.serving.session import ColorizeSession
from tests.helpers import mid_tone_photo
from tests.serving import test_contract
from tests.serving import tiny_models

pytestmark = pytest.mark.slow
IMAGE = mid_tone_photo(20, 30)


def refusal_of(function, *arguments):
    """The sentence that a call ends in; None if it ends otherwise."""
    try:
        function(*arguments)
    except ColorizeError as error:
        return str(error)
    return None


def test_facts(trials):
    """Model files with facts that mean nothing."""
    for key, values in test_contract.FACTS.items():
        for value in values:
            model = tiny_models.photo_model({key: value})
            trials.add(refusal_of(ColorizeSession, model), (key, value))


def test_cut_files(trials):
    """Model files that are cut short or are something else."""
    model = tiny_models.photo_model()
    for part in range(30):
        cut = model[: len(model) * part // 30]
        trials.add(refusal_of(ColorizeSession, cut), part)
    for data in (b"no model", bytes(999), b"PK\x03\x04" + bytes(99), b"{}"):
        trials.add(refusal_of(ColorizeSession, data), data)


def test_models_that_fail_at_work(trials):
    """Models that compute no numbers, another size, or without end."""
    for kind in ("nan", "nan photo", "size", "long"):
        model = tiny_models.failing_model(kind)
        session = ColorizeSession(model, time_limit_s=0.3)
        for _ in range(3):
            begin = time.monotonic()
            is_refused = refusal_of(session.colorize_array, IMAGE)
            trials.add(is_refused and time.monotonic() - begin < 5, kind)


def test_metadata(trials, tmp_path, monkeypatch):
    """Folders of weights with metadata of a wrong kind."""
    monkeypatch.setattr(presets, "WEIGHTS_DIR", tmp_path)
    (tmp_path / "a").mkdir()
    good = '{"model": "a", "tag": "b", "sha256": {}, "default": true}'
    for value in ("null", "7", '""', "[]", "{}", "[[1, 2]]", '{"a": 1}'):
        for part in ('"a"', '"b"', "{}", "true", good):
            text = good.replace(part, value, 1)
            (tmp_path / "a" / "metadata.json").write_text(text)
            is_same = value in ('""', "{}") and part in ('"a"', '"b"', "{}")
            trials.add(refusal_of(presets.list_shipped) or is_same, text)
