"""Takes the screenshots of the docs from the real pages: `make screenshots`.

Starts `keras-colorize serve`, opens its page in an installed Chromium, gives
it a photo of `docs/photos` in gray, and writes what is seen into
`docs/pictures`. The page that needs no server comes along once `make web` has
built it.
"""

import contextlib
import functools
import http.server
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import typer
from PIL import Image
from playwright import sync_api

DOCS = Path(__file__).parent
WEB = DOCS.parent / "web"
PICTURES = DOCS / "pictures"
PHOTO = DOCS / "photos" / "mountains.jpg"
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "color_scheme": "dark",
}
LONGEST_WAIT_S = 120


def main() -> None:
    """Opens the pages and writes a picture of each."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        typer.echo("Error: Chromium is missing: apt-get install chromium.")
        raise typer.Exit(1)
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_api.sync_playwright() as playwright,
    ):
        gray = Path(folder, "old_photo.png")
        Image.open(PHOTO).convert("L").save(gray)
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"]
        )
        with _server() as address:
            _take(browser, address, gray, "page.jpg", DESKTOP)
            _take(browser, address, gray, "page_phone.jpg", PHONE)
        if (WEB / "dist" / "index.html").is_file():
            with _static_site(WEB / "dist") as address:
                _take(browser, address, gray, "page_browser.jpg", DESKTOP)
        else:
            typer.echo(
                "web/dist is missing, so page_browser.jpg stays as it is"
            )
        browser.close()


def _take(browser, address: str, photo: Path, name: str, how: dict) -> None:
    """Opens a page, colorizes a photo in it, and writes what is seen."""
    context = browser.new_context(**how)
    context.set_default_timeout(1000 * LONGEST_WAIT_S)
    page = context.new_page()
    page.goto(address)
    page.locator("input[type=file]").first.set_input_files(str(photo))
    page.get_by_role("status").get_by_text("1 of 1 in color").wait_for()
    page.wait_for_timeout(500)  # pictures fade in
    page.screenshot(path=PICTURES / name, type="jpeg", quality=85)
    context.close()
    typer.echo(PICTURES / name)


@contextlib.contextmanager
def _server() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = (sys.executable, "-m", "keras_colorize.cli", "serve")
    process = subprocess.Popen([*command, "--port", str(port)])
    try:
        _wait_until_ready(f"{address}/ready")
        yield address
    finally:
        process.terminate()
        process.wait()


def _wait_until_ready(address: str) -> None:
    end = time.monotonic() + LONGEST_WAIT_S
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except urllib.error.URLError:
            time.sleep(0.2)
    raise TimeoutError(f"{address} did not answer for {LONGEST_WAIT_S} s")


@contextlib.contextmanager
def _static_site(folder: Path) -> Iterator[str]:
    headers = json.loads((WEB / "headers.json").read_text("utf-8"))

    class Handler(http.server.SimpleHTTPRequestHandler):
        """Sends what the page needs to run in several threads."""

        def end_headers(self):
            """Adds the headers of web/headers.json."""
            for name, value in headers.items():
                self.send_header(name, value)
            super().end_headers()

        def log_message(self, *_):
            """Says nothing."""

    handler = functools.partial(Handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    typer.run(main)
