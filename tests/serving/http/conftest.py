"""Real servers on free ports of this machine, with models of a few nodes."""

import contextlib
import threading

import httpx
import pytest

from keras_colorize.serving.http.server import make_server
from keras_colorize.serving.http.server import open_listener
from keras_colorize.serving.http.settings import ServerSettings
from keras_colorize.serving.web_api.models import open_catalog
from tests.helpers import textured_photo
from tests.serving import tiny_models
from tests.serving.photo_bytes import encode


@pytest.fixture(scope="session")
def model_paths(tmp_path_factory):
    """Files of two models; the second takes hints and no temperature."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "tiny.onnx").write_bytes(tiny_models.photo_model())
    # Columns 3 and 4 of a hint are its a and b.
    hinted = tiny_models.ab_model({"model": "hinted"}, hint_columns=(3, 4))
    (folder / "hinted.onnx").write_bytes(hinted)
    return [folder / "tiny.onnx", folder / "hinted.onnx"]


@pytest.fixture(scope="session")
def catalog(model_paths):
    return open_catalog(model_paths)


@contextlib.contextmanager
def serving(catalog, write_log=None, **settings):
    """Runs a server in a thread; gives an `httpx.Client` for it."""
    listener = open_listener("127.0.0.1", 0)
    settings = ServerSettings(**settings)
    server = make_server(settings, catalog, write_log=write_log)
    is_ready = threading.Event()
    server.on_ready = is_ready.set
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        assert is_ready.wait(30)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx.Client(base_url=url, timeout=30) as client:
            client.server = server
            yield client
    finally:
        server.should_exit = True
        thread.join(30)
        listener.close()
    assert not thread.is_alive()


@pytest.fixture(scope="package")
def client(catalog):
    """Of a server with the default limits."""
    with serving(catalog) as client:
        yield client


@pytest.fixture(scope="session")
def png():
    """Bytes of a photo file."""
    return encode(textured_photo(40, 56), "PNG")
