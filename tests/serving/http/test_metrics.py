"""What the server counts and logs: numbers, and nobody's name."""

import datetime
import json
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from keras_colorize.serving.http import server as http_server
from tests.serving.http.conftest import serving

SECRETS = ("open sesame", "grandmother", "127.0.0.1", "hidden")


KEY = {"Authorization": "Bearer open sesame"}


@pytest.fixture(scope="module")
def served(catalog):
    """A client, and the lines that its server writes."""
    lines = []
    with serving(catalog, lines.append, api_key="open sesame") as client:
        client.headers.update(KEY)
        yield client, lines


@pytest.fixture
def client(served):
    return served[0]


@pytest.fixture
def rows_of(served):
    """Function that waits for a number of lines and gives them."""
    lines = served[1]
    time.sleep(0.05)  # a line follows its answer
    lines.clear()

    def rows_of(count):
        for _ in range(100):
            if len(lines) >= count:
                break
            time.sleep(0.02)
        assert not any(secret in line for line in lines for secret in SECRETS)
        return [json.loads(line) for line in lines]

    return rows_of


def post(client, photo, **headers):
    files = {"photo": ("grandmother.png", photo)}
    return client.post("/v1/colorize", files=files, headers=headers)


def numbers_of(client):
    """All samples, by name and labels; and the text."""
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    samples = {}
    for family in text_string_to_metric_families(response.text):
        for sample in family.samples:
            labels = tuple(sample.labels.values())
            samples[(sample.name, *labels)] = sample.value
    return samples, response.text


def test_photos_requests_and_workers_are_counted(client, png):
    before, _ = numbers_of(client)
    assert before["keras_colorize_workers",] == 1
    assert before["keras_colorize_capacity",] == 17
    assert post(client, png).status_code == 200
    assert post(client, b"no photo").status_code == 422
    assert client.get("/hidden").status_code == 404
    after, text = numbers_of(client)
    change = {name: after[name] - before.get(name, 0) for name in after}
    assert change["keras_colorize_pixels_total",] == 40 * 56
    for stage in ("wait", "decode", "network", "encode"):
        assert change["keras_colorize_stage_seconds_count", stage] == 1
        assert 0 <= change["keras_colorize_stage_seconds_sum", stage] < 60
    for status, count in {"200": 2, "422": 1, "404": 1}.items():
        assert change["keras_colorize_requests_total", status] == count
    for name in ("accepted", "queue", "uploads", "worker_restarts_total"):
        assert after[f"keras_colorize_{name}",] == 0
    assert not any(secret in text for secret in SECRETS)


def test_numbers_are_for_those_who_have_the_key(client):
    headers = {"Authorization": "Bearer nix"}
    assert client.get("/metrics", headers=headers).status_code == 401


def test_requests_are_lines_of_json_without_names(client, png, rows_of):
    ids = [post(client, png).headers["x-request-id"]]
    answer = post(client, png, **{"X-Request-Id": "from-proxy_1.2"})
    ids.append(answer.headers["x-request-id"])
    ids.append(client.get("/hidden?key=hidden").headers["x-request-id"])
    rows = rows_of(3)
    assert [row["request_id"] for row in rows] == ids
    assert ids[1] == "from-proxy_1.2" and len(ids[0]) == 16
    assert [row["status"] for row in rows] == [200, 200, 404]
    assert [row["path"] for row in rows] == [*["/v1/colorize"] * 2, None]
    assert rows[0]["method"] == "POST" and 0 < rows[0]["seconds"] < 60
    when = datetime.datetime.fromisoformat(rows[0]["time"])
    age = datetime.datetime.now(datetime.UTC) - when
    assert 0 <= age.total_seconds() < 60


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, '"}', "größe"])
def test_ids_that_could_be_anything_are_replaced(client, given):
    headers = {"X-Request-Id": given.encode()}
    answer = client.get("/health", headers=headers)
    assert len(answer.headers["x-request-id"]) == 16


def test_failures_have_an_id_and_a_line_too(client, png, rows_of, monkeypatch):
    async def run(*_, **__):
        raise RuntimeError("a bug")

    monkeypatch.setattr(client.server.config.app.state.pool, "run", run)
    answer = post(client, png)
    assert answer.status_code == 500 and answer.headers["x-request-id"]
    assert rows_of(1)[0]["status"] == 500


def test_no_line_is_written_where_nobody_asked(catalog, capfd):
    assert http_server.make_server.__defaults__[-1] is None
    with serving(catalog) as client:
        client.get("/health")
    assert "request_id" not in "".join(capfd.readouterr())
