"""The HTTP server under load: 32 clients for a minute, on this machine alone.

A server of its own process, with the default model and the default limits;
clients upload a JPEG of 512 x 512 again and again. Measured: answers by
status, latency, how fast /health answers meanwhile, memory of the server and
its workers over time; and photos a second against the library, which
colorizes the same photo in a loop on the same number of threads before the
load comes and again after it.
"""

import argparse
import asyncio
import collections
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

import httpx
import numpy as np
import psutil
from rich.console import Console

from benchmarks.bench_lite import write_photo
from benchmarks.measure import RESULTS
from benchmarks.measure import machine
from keras_colorize import ColorizeSession
from keras_colorize import colorize

ROOT = pathlib.Path(__file__).parents[1]
PHOTO_SIDE = 512
HEALTH_TARGET_S = 0.1
# Longer than a client of people would wait, to see that nothing gets stuck.
CLIENT_TIMEOUT_S = 120
SAMPLE_S = 0.25
LOOP_S = 5.0


@dataclasses.dataclass
class Load:
    """What was seen while the clients were at work.

    Attributes:
        seconds: How long that was.
        statuses: Number of answers by HTTP status; "error" for none.
        latencies_s: Of the answers with a photo.
        health_s: Of /health, asked all the time.
        memory_mib: Resident memory of server and workers, over time.
    """

    seconds: float = 0.0
    statuses: collections.Counter = dataclasses.field(
        default_factory=collections.Counter
    )
    latencies_s: list[float] = dataclasses.field(default_factory=list)
    health_s: list[float] = dataclasses.field(default_factory=list)
    memory_mib: list[float] = dataclasses.field(default_factory=list)

    def summary(self, loop_rate: float) -> dict:
        """Sums up the numbers; `loop_rate` is photos a second of the peer."""
        # The first third is left out: workers load their model then.
        _, middle, last = np.array_split(self.memory_mib, 3)
        growth = quantiles(last)["median"] / quantiles(middle)["median"]
        rate = self.statuses["200"] / self.seconds
        refused = self.statuses["200"] + self.statuses["429"]
        return {
            "seconds": self.seconds,
            "statuses": dict(self.statuses),
            "other_than_200_and_429": sum(self.statuses.values()) - refused,
            "photos_a_second": rate,
            "photos_a_second_of_the_library": loop_rate,
            "ratio": rate / loop_rate,
            "latency_s": quantiles(self.latencies_s),
            "health_s": quantiles(self.health_s),
            "health_target_s": HEALTH_TARGET_S,
            "memory_mib": quantiles(self.memory_mib),
            "memory_growth": growth,
            "machine": machine(),
        }


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """Computes median, 95 %, 99 % and the largest."""
    names = ("median", "p95", "p99", "max")
    found = np.quantile([*values] or [np.nan], [0.5, 0.95, 0.99, 1.0])
    return dict(zip(names, map(float, found), strict=True))


def measure(clients: int = 32, seconds: float = 60.0, loop_s=LOOP_S) -> dict:
    """Runs the server, the loop of the library and the clients."""
    with tempfile.TemporaryDirectory() as folder:
        photo = write_photo(pathlib.Path(folder), PHOTO_SIDE).read_bytes()
    before = loop_rate(photo, loop_s)
    process, url = start_server()
    try:
        load = asyncio.run(
            put_under_load(process, url, photo, clients, seconds)
        )
    finally:
        process.terminate()
        process.communicate()
    after = loop_rate(photo, loop_s)
    return {"clients": clients, **load.summary((before + after) / 2)}


def loop_rate(photo: bytes, seconds: float) -> float:
    """Photos a second that the library colorizes, one after the other."""
    session = ColorizeSession("lite")
    colorize(photo, session=session)
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        colorize(photo, session=session)
        count += 1
    return count / (time.perf_counter() - start)


def start_server() -> tuple[subprocess.Popen, str]:
    """Starts a server on a free port; gives the process and its URL."""
    command = [sys.executable, "-m", "keras_colorize.cli", "serve"]
    process = subprocess.Popen(
        [*command, "--model", "lite", "--port", "0"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    line = process.stdout.readline() if process.stdout else ""
    match = re.search(r"http://\S+", line)
    if match is None:
        raise RuntimeError(f"The server did not start. Received: {line!r}.")
    return process, match.group()


async def put_under_load(process, url, photo, clients, seconds) -> Load:
    """Runs all clients, /health and the memory at the same time."""
    load = Load()
    start = time.perf_counter()
    end = start + seconds
    limits = httpx.Limits(max_connections=None)
    async with (
        httpx.AsyncClient(
            base_url=url, timeout=CLIENT_TIMEOUT_S, limits=limits
        ) as client,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(clients):
            group.create_task(keep_uploading(client, photo, end, load))
        group.create_task(keep_asking_health(client, end, load))
        group.create_task(keep_weighing(process.pid, end, load))
    load.seconds = time.perf_counter() - start
    return load


async def keep_uploading(client, photo, end, load) -> None:
    """Uploads as one client, and waits as long as a 429 tells it to."""
    while (start := time.perf_counter()) < end:
        files = {"photo": ("photo.jpg", photo)}
        try:
            answer = await client.post("/v1/colorize", files=files)
        except httpx.HTTPError:
            load.statuses["error"] += 1
            continue
        load.statuses[str(answer.status_code)] += 1
        if answer.status_code == 200:
            load.latencies_s.append(time.perf_counter() - start)
        elif answer.status_code == 429:
            await asyncio.sleep(int(answer.headers["Retry-After"]))


async def keep_asking_health(client, end, load) -> None:
    """Asks for /health ten times a second."""
    while (start := time.perf_counter()) < end:
        answer = await client.get("/health")
        answer.raise_for_status()
        load.health_s.append(time.perf_counter() - start)
        await asyncio.sleep(0.1)


async def keep_weighing(pid, end, load) -> None:
    """Samples the memory of the server and its workers."""
    server = psutil.Process(pid)
    while time.perf_counter() < end:
        family = [server, *server.children(recursive=True)]
        memory = 0
        for member in family:
            try:
                memory += member.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        load.memory_mib.append(memory / 2**20)
        await asyncio.sleep(SAMPLE_S)


def main() -> None:
    """Prints the numbers and keeps them as `results/server_load.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    numbers = measure(options.clients, options.seconds)
    Console().print_json(json.dumps(numbers))
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(numbers, indent=2)
    (RESULTS / "server_load.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
