"""The example of a reverse proxy, as far as it runs without containers."""

import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest
import yaml
from typer.testing import CliRunner

from keras_colorize.cli.app import app
from keras_colorize.serving.web_api.limits import MAX_BODY_BYTES
from tests.serving.http.conftest import serving

ROOT = Path(__file__).parents[3]
SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))[
    "services"
]
CONFIG = (ROOT / "examples/proxy/nginx.conf").read_text("utf-8")


def test_options_and_files_of_the_compose_file_exist():
    help_text = CliRunner().invoke(app, ["serve", "--help"]).output
    options = [o for o in SERVICES["colorize"]["command"] if o[:2] == "--"]
    assert options and all(option in help_text for option in options)
    assert (ROOT / SERVICES["colorize"]["build"]["dockerfile"]).is_file()
    (volume,) = SERVICES["proxy"]["volumes"]
    assert (ROOT / volume.split(":")[0]).is_file()


def test_proxy_and_server_mean_the_same_port_and_limits():
    (port,) = SERVICES["colorize"]["expose"]
    assert f"server colorize:{port};" in CONFIG
    (published,) = SERVICES["proxy"]["ports"]
    assert f"listen {published.rpartition(':')[2]};" in CONFIG
    assert "--max-mib" not in SERVICES["colorize"]["command"]
    (most_mib,) = re.findall(r"client_max_body_size (\d+)m;", CONFIG)
    assert int(most_mib) * 2**20 == MAX_BODY_BYTES


@pytest.fixture
def proxied(catalog, tmp_path):
    """A client of nginx, with the example's configuration, and the server."""
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    if not Path(nginx).exists():
        pytest.skip("nginx is not installed (Debian: nginx-light)")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with serving(catalog, hosts=("127.0.0.1", "photos.example")) as client:
        text = CONFIG.replace("colorize:8000", client.base_url.netloc.decode())
        text = text.replace("listen 8080", f"listen 127.0.0.1:{port}")
        text = text.replace("/tmp/nginx.pid", str(tmp_path / "pid"))
        text = re.sub("access_log .*;", "access_log off;", text)
        text = f"error_log {tmp_path}/errors;\n{text}"
        (tmp_path / "nginx.conf").write_text(text)
        command = [nginx, "-p", tmp_path, "-c", tmp_path / "nginx.conf"]
        process = subprocess.Popen([*command, "-g", "daemon off;"])
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as proxy:
                wait_for(proxy, process)
                yield proxy, client
        finally:
            process.terminate()
            process.wait(10)


def wait_for(proxy, process):
    for _ in range(200):
        try:
            return proxy.get("/health")
        except httpx.ConnectError:
            assert process.poll() is None
            time.sleep(0.05)
    pytest.fail("nginx never answered")


@pytest.mark.slow  # needs nginx
def test_photos_go_through_the_proxy(proxied, png):
    proxy, client = proxied
    files = {"photo": ("a.png", png)}
    for headers in (
        {},
        {"Origin": str(proxy.base_url).rstrip("/")},  # its own page
        {"Host": "photos.example", "Origin": "https://photos.example"},
    ):
        answer = proxy.post("/v1/colorize", files=files, headers=headers)
        assert answer.status_code == 200, answer.text
        direct = client.post("/v1/colorize", files=files)
        assert answer.content == direct.content
        assert len(answer.headers["x-request-id"]) == 32  # nginx's own
    for headers in (
        {"Origin": "https://elsewhere.example"},
        {"Host": "elsewhere.example"},
    ):
        answer = proxy.post("/v1/colorize", files=files, headers=headers)
        assert answer.status_code == 403
    assert proxy.get("/metrics").status_code == 403
    assert proxy.head("/ready").status_code == 200
    too_large = proxy.post("/v1/colorize", content=bytes(MAX_BODY_BYTES + 1))
    assert too_large.status_code == 413
