"""Only this machine, only our own pages; every answer carries the rules for browsers."""

import logging

import httpx2
import pytest

from api.guard import CSP
from api.main import create_app, server
from orchestrator.errors import UserError
from tests.api.conftest import BASE

V1 = "/api/v1"
DOCUMENT = {"document": {"name": "x"}}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.test", "", "127.0.0.1.example.test"])
def test_no_server_is_made_where_others_can_reach_it(host, parts):
    with pytest.raises(UserError, match="no sign-in yet"):
        server(parts, host, 8321)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_this_machine_is_fine(host, parts):
    assert server(parts, host, 8321) is not None


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8321", 200),
        ("localhost:5173", 200),
        ("[::1]:8321", 200),
        ("LOCALHOST", 200),
        ("rebound.example.test:8321", 403),
        ("127.0.0.1.example.test", 403),
        ("192.168.1.5:8321", 403),
        ("localhost@example.test", 403),
        ("[::1", 403),
        ("127.0.0.1:x", 403),
        ("", 403),
    ],
)
async def test_a_host_name_that_was_made_to_point_here_is_refused(http, host, status):
    answer = await http.get(f"{V1}/journeys", headers={"Host": host})
    assert answer.status_code == status
    assert status == 200 or answer.json()["error"]["code"] == "forbidden"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),
        ({"Sec-Fetch-Site": "same-origin", "Origin": BASE}, 201),
        ({"Sec-Fetch-Site": "none"}, 201),
        ({"Origin": BASE}, 201),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://example.test"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[::1"}, 403),
    ],
)
async def test_a_page_from_elsewhere_cannot_change_anything(http, headers, status):
    answer = await http.post(f"{V1}/journeys", json=DOCUMENT, headers=headers)
    assert answer.status_code == status


async def test_a_form_cannot_post_json(http):
    answer = await http.post(
        f"{V1}/journeys", content='{"document": {"name": "x"}}', headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 422


async def test_headers_of_every_answer(http):
    for path, cache in ((f"{V1}/journeys", "no-store"), (f"{V1}/nowhere", "no-store"), ("/", "no-cache")):
        answer = await http.get(path)
        assert answer.headers["content-security-policy"] == CSP
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == cache


async def test_a_defect_is_a_reference_and_nothing_else(http, parts, monkeypatch, caplog):
    async def broken():
        value = "-".join(["zz", "canary"])
        raise ZeroDivisionError(value)

    monkeypatch.setattr(parts.store, "journeys", broken)
    with caplog.at_level(logging.ERROR):
        answer = await http.get(f"{V1}/journeys")
    assert answer.status_code == 500
    error = answer.json()["error"]
    assert error["kind"] == "unexpected"
    reference = error["place"].removeprefix("reference ")
    assert reference in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert "list_journeys" in caplog.text
    assert "zz-canary" not in caplog.text + answer.text
    assert answer.headers["content-security-policy"] == CSP


async def test_methods_that_are_not_there(http):
    answer = await http.patch(f"{V1}/journeys")
    assert answer.status_code in (404, 405)
    assert answer.json()["error"]["kind"] == "user"


@pytest.fixture
async def pages(parts, tmp_path):
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<!doctype html><title>built</title>")
    (dist / "assets" / "app-1a2b3c.js").write_text("export {}")
    (tmp_path / "secret.txt").write_text("zz-canary")
    parts.ui_dist = dist
    transport = httpx2.ASGITransport(create_app(parts))
    async with httpx2.AsyncClient(transport=transport, base_url=BASE, headers={"Accept": "text/html"}) as client:
        yield client


async def test_built_pages_are_served_with_their_own_cache_rules(pages):
    for path in ("/", "/journeys/bread", "/index.html"):
        answer = await pages.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache"), path
        assert "built" in answer.text
    asset = await pages.get("/assets/app-1a2b3c.js")
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "javascript" in asset.headers["content-type"]


async def test_a_missing_asset_is_not_kept_for_a_year(pages):
    answer = await pages.get("/assets/gone.js", headers={"Accept": "*/*"})
    assert answer.status_code == 404
    assert "immutable" not in answer.headers["cache-control"]


async def test_an_unknown_api_path_is_never_a_page(pages):
    for path in ("/api/v1/nowhere", "/api", "/api/", "/api/v2/journeys"):
        answer = await pages.get(path)
        assert answer.status_code == 404, path
        assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/../../secret.txt", "/..%2fsecret.txt"]
)
async def test_nothing_outside_the_pages_is_served(pages, path):
    assert "zz-canary" not in (await pages.get(path)).text


async def test_without_pages_one_says_how_to_build_them(http):
    answer = await http.get("/")
    assert answer.status_code == 200
    assert "npm run build" in answer.text


async def test_what_is_large_travels_compressed(http):
    answer = await http.get(f"{V1}/catalogue", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < len(answer.content) / 4
    assert (
        "content-encoding" not in (await http.get(f"{V1}/catalogue", headers={"Accept-Encoding": "identity"})).headers
    )
