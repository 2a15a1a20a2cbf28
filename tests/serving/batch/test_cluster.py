"""Many photos on real machinery: a Ray cluster of two nodes, and S3.

Marked slow; needs the extras `ray` and `remote`, and for S3 moto's server.
"""

import functools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_colorize.serving.batch.places import LocalPlace
from keras_colorize.serving.batch.ray_engine import colorize_with_ray
from keras_colorize.serving.batch.stream import StreamWork
from keras_colorize.serving.colorize import colorize_bytes
from keras_colorize.serving.options import PhotoOptions
from keras_colorize.serving.session import ColorizeSession
from tests.helpers import textured_photo
from tests.helpers import write_photo
from tests.serving import tiny_models

pytestmark = [
    pytest.mark.slow,
    # Ray and botocore leave sockets and files to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings(
        "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]
ROOT = Path(__file__).parents[3]
NUM_PHOTOS = 2000


def names_in(place):
    return place.names(recursive=True)


@pytest.fixture
def cluster(monkeypatch):
    """A head and a worker node of one core each; both run this source."""
    ray = pytest.importorskip("ray", reason="the extra `ray` installs it")
    pytest.importorskip("ray.data", reason="the extra `ray` installs it")
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    memory = {"num_cpus": 1, "object_store_memory": 80 * 2**20}
    cluster = Cluster(
        initialize_head=True,
        head_node_args={**memory, "include_dashboard": False},
    )
    cluster.worker = cluster.add_node(**memory)
    ray.init(address=cluster.address, log_to_driver=False)
    yield cluster
    ray.shutdown()
    cluster.shutdown()


def test_a_killed_node_loses_and_doubles_nothing(cluster, tmp_path):
    photos, out = LocalPlace(tmp_path / "in"), LocalPlace(tmp_path / "out")
    for i in range(NUM_PHOTOS):
        gray = textured_photo(24, 40, seed=i % 50)[..., 0] // 2 + i % 100
        write_photo(tmp_path / "in" / f"{i % 7}" / f"{i:05d}.png", gray)
    (tmp_path / "in" / "bad.jpg").write_text("text")
    session = ColorizeSession(tiny_models.photo_model(), num_threads=1)
    work = StreamWork(photos, out, session, PhotoOptions())
    rows = []
    for row in colorize_with_ray(functools.partial(names_in, photos), work):
        rows.append(row)
        if len(rows) == NUM_PHOTOS // 3:
            cluster.remove_node(cluster.worker, allow_graceful=False)
    # Nothing is lost and nothing is told twice …
    names = sorted(names_in(photos))
    assert sorted(row.input for row in rows) == [
        photos.address_of(name) for name in names
    ]
    failed = [row for row in rows if row.status == "failed"]
    assert [row.input[-7:] for row in failed] == ["bad.jpg"]
    # … and there are exactly these results, with the bytes of a single call.
    assert sorted(names_in(out)) == names[:-1]
    for name in names[: NUM_PHOTOS : max(1, NUM_PHOTOS // 20)]:
        expected = colorize_bytes(photos.read(name), session, work.options)
        assert out.read(name) == expected.data


@pytest.fixture
def s3(monkeypatch):
    """An S3 server on loopback with two buckets; a client."""
    pytest.importorskip("s3fs", reason="the extra `remote` installs it")
    server = pytest.importorskip("moto.server", reason="a server to test with")
    server = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    _, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    import boto3

    client = boto3.client("s3")
    for bucket in ("photos-in", "photos-out"):
        client.create_bucket(Bucket=bucket)
    yield client
    server.stop()


def _start(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "keras_colorize.cli", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _keys(client, bucket, prefix):
    pages = client.get_paginator("list_objects_v2")
    return {
        row["Key"]: row["LastModified"]
        for page in pages.paginate(Bucket=bucket, Prefix=prefix)
        for row in page.get("Contents", ())
    }


def test_a_killed_run_over_s3_goes_on(s3, tmp_path):
    count = 60
    for i in range(count):
        path = write_photo(
            tmp_path / "a.jpg", textured_photo(60, 40, i)[..., 0]
        )
        key = f"photos/{i % 3}/ü {i:03d}#.jpg"
        s3.put_object(Bucket="photos-in", Key=key, Body=path.read_bytes())
    for i in range(1000):  # more than S3 lists at a time
        s3.put_object(
            Bucket="photos-in", Key=f"photos/notes/{i}.txt", Body=b"x"
        )
    s3.put_object(Bucket="photos-in", Key="photos/bad.jpg", Body=b"text")
    s3.put_object(Bucket="photos-in", Key="photos2/other.jpg", Body=b"x")
    command = (
        "folder",
        "s3://photos-in/photos",
        "s3://photos-out/colored",
        "-r",
    )
    command += ("--report", "s3://photos-out/report.parquet")
    process = _start(*command)
    deadline = time.monotonic() + 300
    while not _keys(s3, "photos-out", "colored/"):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    first = _keys(s3, "photos-out", "colored/")
    assert 0 < len(first) < count
    process = _start(*command)
    stdout, stderr = process.communicate(timeout=300)
    assert process.returncode == 1, stderr.decode()
    expected = f"{count - len(first)} colorized, {len(first)} skipped, 1 failed"
    assert expected in stdout.decode()
    found = _keys(s3, "photos-out", "colored/")
    assert {key.replace("colored/", "photos/", 1) for key in found} == {
        key for key in _keys(s3, "photos-in", "photos/") if "ü" in key
    }
    assert {key: found[key] for key in first} == first  # not made again
    _check_rows(count)
    body = s3.get_object(Bucket="photos-out", Key="colored/0/ü 000#.jpg")[
        "Body"
    ]
    colored = np.asarray(Image.open(body))
    assert colored.shape == (60, 40, 3) and np.ptp(colored, axis=2).max() > 5


def _check_rows(count):
    import pyarrow.parquet
    import s3fs

    table = pyarrow.parquet.read_table(
        "photos-out/report.parquet", filesystem=s3fs.S3FileSystem()
    )
    rows = table.to_pylist()
    errors = [row for row in rows if row["status"] == "failed"]
    assert len(rows) == count + 1
    assert [row["input"] for row in errors] == ["s3://photos-in/photos/bad.jpg"]
    assert "is not a photo" in errors[0]["error"]
