"""The page of web/, built and served from this machine."""

import functools
import http.server
import json
import shutil
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web"
HEADERS = json.loads((WEB / "headers.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def node():
    """Path of Node."""
    path = shutil.which("node")
    if path is None:
        pytest.skip("Node is not installed")
    return path


@pytest.fixture(scope="session")
def built_page(node, tmp_path_factory):
    """Folder with the page as it is now; installs and fetches nothing."""
    vite = WEB / "node_modules/vite/bin/vite.js"
    if not vite.is_file():
        pytest.skip("web/node_modules is absent: `make web` installs it")
    folder = tmp_path_factory.mktemp("web") / "dist"
    for arguments in (
        [WEB / "prepare/public.js"],
        [vite, "build", "--outDir", folder, "--logLevel", "warn"],
    ):
        subprocess.run([node, *arguments], cwd=WEB, check=True)
    return folder


@contextmanager
def serving(folder, headers, tamper=None):
    """Serves a folder; gives its address and the requests that came.

    Args:
        folder: what to serve.
        headers: sent with every file.
        tamper: suffix of files of which one byte comes wrong.
    """

    class Handler(http.server.SimpleHTTPRequestHandler):
        def end_headers(self):
            for name, value in headers.items():
                self.send_header(name, value)
            super().end_headers()

        def copyfile(self, source, outputfile):
            content = bytearray(source.read())
            if tamper and self.path.endswith(tamper):
                content[len(content) // 2] ^= 1
            try:
                outputfile.write(content)
            except ConnectionError:
                pass  # the page was closed

        def log_request(self, *_):
            requests.append((self.command, self.path))

        def log_message(self, *_):
            pass

    requests = []
    handler = functools.partial(Handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", requests
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="session")
def site(built_page):
    """Address of the page, served as it should be, and its requests."""
    with serving(built_page, HEADERS) as served:
        yield served
