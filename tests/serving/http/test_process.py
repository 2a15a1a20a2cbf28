"""`keras-colorize serve` as a process of its own, with curl and signals."""

import concurrent.futures
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import numpy as np
import pytest

from keras_colorize import colorize
from tests.helpers import textured_photo
from tests.serving.photo_bytes import encode

ROOT = Path(__file__).parents[3]
LONG = 10  # seconds; a server that does not answer is broken


def start(model_paths, *options, **environment):
    """Starts a server; gives the process and its URL."""
    command = [sys.executable, "-m", "keras_colorize.cli", "serve"]
    for path in model_paths:
        command += ["--model", str(path)]
    process = subprocess.Popen(
        [*command, "--port", "0", *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    line = process.stdout.readline()
    match = re.fullmatch(r"Serving on (http://127\.0\.0\.1:\d+)\n", line)
    if match is None:
        process.kill()
        pytest.fail(f"{line}{process.communicate()[1]}")
    return process, match.group(1)


def stop(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.fixture
def server(model_paths):
    process, url = start(model_paths)
    yield process, url
    stop(process)


@pytest.fixture
def long_photo():
    """A photo that keeps a worker busy for some tenths of a second."""
    photo = np.tile(textured_photo(300, 400), (4, 4, 1))
    return encode(photo, "JPEG", quality=95)


def wait_until_accepted(url):
    for _ in range(500):
        if httpx.get(f"{url}/health").json()["accepted"]:
            return
        time.sleep(0.01)
    pytest.fail("the photo never arrived")


def upload(url, photo):
    return httpx.post(
        f"{url}/v1/colorize", files={"photo": ("a.jpg", photo)}, timeout=60
    )


@pytest.fixture(scope="module")
def lasting_server(model_paths):
    process, url = start(model_paths)
    yield process, url
    stop(process)


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl_uploads_and_downloads(lasting_server, png, tmp_path, model_paths):
    _, url = lasting_server
    (tmp_path / "old.png").write_bytes(png)
    command = ["curl", "-sS", "--fail", "-F", "photo=@old.png", "-OJ"]
    subprocess.run(
        [*command, "-F", "strength=0.7", f"{url}/v1/colorize"],
        cwd=tmp_path,
        check=True,
        timeout=LONG,
    )
    (written,) = set(tmp_path.iterdir()) - {tmp_path / "old.png"}
    expected = colorize(png, model=model_paths[0], strength=0.7)
    assert written.read_bytes() == expected


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl_sees_the_reason_of_a_refusal(lasting_server, tmp_path):
    _, url = lasting_server
    (tmp_path / "huge.jpg").write_bytes(bytes(65 * 2**20))
    for header in ("Expect: 100-continue", "Expect:"):
        answer = subprocess.run(
            ["curl", "-sS", "-H", header, "-F", "photo=@huge.jpg"]
            + ["-w", " %{http_code}", f"{url}/v1/colorize"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=LONG,
        )
        assert "at most 67108864 bytes" in answer.stdout
        assert answer.stdout.endswith(" 413")


@pytest.mark.slow  # needs cores that are not busy
def test_health_answers_while_all_workers_are_busy(lasting_server, long_photo):
    _, url = lasting_server
    with concurrent.futures.ThreadPoolExecutor() as threads:
        uploads = [threads.submit(upload, url, long_photo) for _ in range(3)]
        wait_until_accepted(url)
        busy = 0
        while not all(future.done() for future in uploads):
            busy += httpx.get(f"{url}/health").json()["accepted"] > 0
    assert busy > 3
    assert [future.result().status_code for future in uploads] == [200] * 3


@pytest.mark.slow  # needs cores that are not busy
@pytest.mark.parametrize("kind", ["SIGTERM", "Ctrl+C", "SIGTERM to all"])
def test_accepted_work_is_finished_before_it_stops(
    server, long_photo, model_paths, kind
):
    process, url = server
    with concurrent.futures.ThreadPoolExecutor() as threads:
        future = threads.submit(upload, url, long_photo)
        wait_until_accepted(url)
        if kind == "SIGTERM":
            process.terminate()
        else:  # a terminal and a service manager signal all processes
            number = signal.SIGINT if kind == "Ctrl+C" else signal.SIGTERM
            os.killpg(process.pid, number)
        response = future.result()
    assert response.status_code == 200
    assert response.content == colorize(long_photo, model=model_paths[0])
    code = process.wait(LONG)
    assert code in (0, -signal.SIGTERM)
    assert "Traceback" not in process.stderr.read()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/health")


def test_workers_end_when_their_server_is_killed(server, png):
    process, url = server
    assert upload(url, png).status_code == 200
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        pytest.skip("needs /proc to see the processes")
    workers = children.read_text().split()
    assert len(workers) >= 1
    process.kill()
    for _ in range(200):
        if not any(is_running(worker) for worker in workers):
            return
        time.sleep(0.05)
    pytest.fail("a worker outlived its server")


def is_running(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    except OSError:
        return False
    return state.split()[0] != "Z"


def test_key_comes_from_the_environment(model_paths, png):
    process, url = start(model_paths, KERAS_COLORIZE_API_KEY="open sesame")
    try:
        assert upload(url, png).status_code == 401
        headers = {"Authorization": "Bearer open sesame"}
        models = httpx.get(f"{url}/v1/models", headers=headers)
        assert models.status_code == 200
    finally:
        stop(process)
