import sys
import types

import numpy as np
import pytest

from keras_colorize.color.cielab_numpy import gray_of_photo
from keras_colorize.trainers.show_photos import ShowPhotos
from tests.exporters.kinds_model import NETWORK_SIZE
from tests.exporters.kinds_model import make_kinds_model
from tests.helpers import textured_photo

PHOTOS = [textured_photo(40, 60, 1), textured_photo(60, 40, 2)]


@pytest.fixture
def callback():
    callback = ShowPhotos(
        PHOTOS, every=2, height=40, network_size=NETWORK_SIZE, strength=2.0
    )
    callback.set_model(make_kinds_model("ab"))
    return callback


def test_picture_has_gray_colorized_and_true_photos(callback):
    picture = np.asarray(callback.picture())
    assert picture.shape == (2 * 40 + 4, 3 * 60 + 2 * 4, 3)
    gray = gray_of_photo(PHOTOS[0])
    np.testing.assert_array_equal(picture[:40, :60, 1], gray)
    colorized = callback.model.colorize(PHOTOS[0], **callback.options)
    np.testing.assert_array_equal(picture[:40, 64:124], colorized)
    np.testing.assert_array_equal(picture[:40, 128:], PHOTOS[0])
    assert (picture[40:44] == 255).all()  # between the rows


def test_it_is_quiet_where_nobody_can_look(callback, monkeypatch, capsys):
    shells = types.ModuleType("IPython")
    monkeypatch.setitem(sys.modules, "IPython", shells)
    for shell in (None, object()):  # no shell, and one of a terminal
        shells.get_ipython = lambda shell=shell: shell
        callback.on_epoch_end(1)
    monkeypatch.delitem(sys.modules, "IPython")
    callback.on_epoch_end(1)
    assert capsys.readouterr() == ("", "")


def test_a_notebook_gets_a_picture_every_other_epoch(callback, monkeypatch):
    shown = []
    notebook = types.ModuleType("IPython")
    notebook.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    display = types.ModuleType("IPython.display")
    display.display = shown.append
    monkeypatch.setitem(sys.modules, "IPython", notebook)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    for epoch in range(4):
        callback.on_epoch_end(epoch)
    assert [picture.size for picture in shown] == [(188, 84)] * 2


@pytest.mark.parametrize("photos", [[], [PHOTOS[0] / 255], [PHOTOS[0][..., 0]]])
def test_what_are_no_photos_is_refused(photos):
    with pytest.raises(ValueError, match="must be some arrays uint8"):
        ShowPhotos(photos)
