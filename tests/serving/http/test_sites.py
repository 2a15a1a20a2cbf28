"""Pages of other sites cannot use this server."""

import pytest

from tests.serving.http.conftest import serving

HERE = "http://127.0.0.1:{port}"


def post(client, photo, **headers):
    headers = {
        name.replace("_", "-"): value.format(port=client.base_url.port)
        for name, value in headers.items()
    }
    return client.post("/v1/colorize", files={"photo": photo}, headers=headers)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.0.0.1:{port}", "localhost:80", "LocalHost"),
        *("[::1]", "[::1]:8000", "[0:0:0:0:0:0:0:1]:8000"),
    ],
)
def test_names_of_this_machine_are_answered(client, host):
    host = host.format(port=client.base_url.port)
    assert client.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *("elsewhere.example", "127.0.0.1.elsewhere.example", "x@localhost"),
        *("localhost.elsewhere.example:8000", "10.0.0.1", "[::2]", "::1", ""),
        *("127.0.0.1 elsewhere.example", "localhost:8000:8000", "0.0.0.0"),
    ],
)
def test_other_names_are_refused_on_every_path(client, png, host):
    answers = [
        client.get(path, headers={"Host": host})
        for path in ("/", "/health", "/v1/models", "/web/main.js")
    ]
    for answer in [*answers, post(client, png, Host=host)]:
        assert answer.status_code == 403
        assert "--allow-host" in answer.json()["reason"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": HERE},
        {"Origin": HERE, "Sec_Fetch_Site": "same-origin"},
        {"Sec_Fetch_Site": "same-origin"},
        {"Sec_Fetch_Site": "none"},
    ],
)
def test_own_page_and_programs_may_send_photos(client, png, headers):
    assert post(client, png, **headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "http://127.0.0.1.elsewhere.example:{port}"},
        {"Origin": "http://localhost:{port}"},  # this one is another site
        {"Origin": "http://127.0.0.1"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://[127.0.0.1:{port}"},
        {"Origin": "file://127.0.0.1:{port}"},
        {"Origin": "https://elsewhere.example", "Sec_Fetch_Site": "none"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_pages_of_other_sites_may_not(client, png, headers):
    answer = post(client, png, **headers)
    assert answer.status_code == 403
    assert "another site" in answer.json()["reason"]
    assert client.post(
        "/colorized", json={}, headers={"Origin": "null"}
    ).is_error


@pytest.fixture(scope="module")
def named(catalog):
    hosts = ("127.0.0.1", "photos.example")
    with serving(catalog, hosts=hosts) as client:
        yield client


def test_proxies_are_answered_under_the_name_that_is_allowed(named, png):
    for headers in (
        {"Host": "photos.example", "Origin": "https://photos.example"},
        {"Origin": "https://photos.example"},  # the proxy changed `Host`
    ):
        assert post(named, png, **headers).status_code == 200
    other = {"Host": "photos.example", "Origin": "https://other.example"}
    assert post(named, png, **other).status_code == 403
    assert post(named, png, Host="localhost").status_code == 403


def test_any_name_is_answered_where_none_is_given(catalog, png):
    with serving(catalog, hosts=()) as client:
        headers = {"Host": "a.example", "Origin": "http://a.example"}
        assert post(client, png, **headers).status_code == 200
        headers = {"Host": "a.example", "Origin": "http://b.example"}
        assert post(client, png, **headers).status_code == 403


@pytest.mark.parametrize("path", ["/health/", "/v1/models/", "/web"])
def test_nobody_is_sent_to_another_address(client, path):
    answer = client.get(path)
    assert answer.status_code == 404 and "location" not in answer.headers
