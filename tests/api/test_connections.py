"""Connections over the API: made, changed, tried and deleted, with secrets that go in and never come out."""

import socket
from collections.abc import AsyncIterator

import httpx2
import pytest

from api.routes import connections as routes
from sojourn.sandbox.sandbox import SandboxProcess
from tests.api.conftest import publish

AT = "/api/v1/connections"
SECRET = "zz-canary-hunter2"


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxProcess]:
    async with SandboxProcess() as running:
        yield running


def ads(sandbox: SandboxProcess, **more: object) -> dict[str, object]:
    return {"base_url": sandbox.http_url, "access_token": sandbox.meta_token, "ad_account_id": "act_1234567890", **more}


def mail(**more: object) -> dict[str, object]:
    return {"host": "127.0.0.1", "port": 1, "sender": "a@b.test", **more}


async def made(http: httpx2.AsyncClient, name: str, settings: object, channel: str = "email.smtp") -> httpx2.Response:
    return await http.post(AT, json={"name": name, "channel": channel, "settings": settings})


async def test_connections_of_the_file_and_of_the_page_stand_side_by_side(http: httpx2.AsyncClient) -> None:
    answer = await made(http, "letters", mail(password=SECRET))
    assert answer.status_code == 201, answer.text
    assert answer.headers["etag"] == '"1"'
    listed = {each["name"]: each for each in (await http.get(AT)).json()["items"]}
    assert {name: each["source"] for name, each in listed.items()} == {"ads": "file", "letters": "page", "mail": "file"}
    assert listed["letters"]["title"] == "E-mail (SMTP)"
    file = (await http.get(f"{AT}/ads")).json()
    assert file["secrets"] == {"access_token": {"is_set": True, "reference": "env:TEST_ADS_TOKEN"}}
    assert file["settings"] == {"ad_account_id": "1"}
    page = (await http.get(f"{AT}/letters")).json()
    assert page == answer.json()
    assert page["secrets"] == {"password": {"is_set": True, "reference": None}}
    names = [each["name"] for each in (await http.get("/api/v1/catalogue")).json()["connections"]]
    assert names == ["ads", "letters", "mail"]
    assert (await http.get(f"{AT}/nobody")).status_code == 404


async def test_a_connection_is_changed_by_its_revision_and_its_secrets_are_never_shown(
    http: httpx2.AsyncClient,
) -> None:
    await made(http, "letters", mail(password=SECRET))
    answers = [
        await http.put(f"{AT}/letters", json={"settings": mail(port=2)}),
        await http.put(f"{AT}/letters", json={"settings": mail(port=2)}, headers={"If-Match": '"1"'}),
        await http.put(f"{AT}/letters", json={"settings": mail(password=f"{SECRET}2")}, headers={"If-Match": '"1"'}),
        await http.put(f"{AT}/letters", json={"settings": mail(port=SECRET)}, headers={"If-Match": '"2"'}),
        await http.put(f"{AT}/letters", json={"settings": mail(password=None)}, headers={"If-Match": '"2"'}),
        await http.put(f"{AT}/mail", json={"settings": mail()}, headers={"If-Match": '"1"'}),
        await http.delete(f"{AT}/mail"),
        await made(http, "mail", mail()),
        await made(http, "has a space", mail()),
        await made(http, "other", {"sender": SECRET, "password": SECRET, "zz": SECRET}),
        await http.get(AT),
    ]
    assert [each.status_code for each in answers] == [428, 200, 412, 422, 200, 409, 409, 409, 422, 422, 200]
    saved, stale, wrong, cleared = answers[1:5]
    assert (saved.headers["etag"], saved.json()["secrets"]["password"]["is_set"]) == ('"2"', True)
    assert stale.json()["error"]["current"] == saved.json()
    assert [each["path"] for each in wrong.json()["error"]["problems"]] == [["settings", "port"]]
    assert cleared.json()["secrets"]["password"]["is_set"] is False
    paths = [each["path"] for each in answers[-2].json()["error"]["problems"]]
    assert paths == [["settings", "host"], ["settings", "sender"], ["settings", "zz"]]
    assert [each.text for each in answers if SECRET in each.text] == []


async def test_a_connection_that_a_journey_uses_is_not_deleted(
    http: httpx2.AsyncClient, worker: None, example: dict[str, object], unique: str
) -> None:
    await made(http, "letters", mail(password=SECRET))
    [offer] = [node for node in example["nodes"] if node["id"] == "offer"]  # type: ignore[attr-defined]
    offer["data"]["connection"] = "letters"
    await publish(http, unique, example)
    refused = await http.delete(f"{AT}/letters")
    assert refused.status_code == 409
    assert "Bread and soda bundle (published)" in refused.json()["error"]["text"]
    [row] = [each for each in (await http.get(AT)).json()["items"] if each["name"] == "letters"]
    assert row["used_in"] == [{"id": unique, "name": "Bread and soda bundle", "status": "published"}]
    assert (await http.post(f"/api/v1/journeys/{unique}/start")).status_code == 202
    offer["data"]["connection"] = "mail"
    tag = (await http.get(f"/api/v1/journeys/{unique}")).headers["etag"]
    await http.put(f"/api/v1/journeys/{unique}", json={"document": example}, headers={"If-Match": tag})
    refused = await http.delete(f"{AT}/letters")
    assert "Bread and soda bundle (live)" in refused.json()["error"]["text"], "the version under way uses it"
    # It is stopped although nothing can be sent through the connection.
    assert (await http.post(f"/api/v1/journeys/{unique}/stop")).json()["status"] == "stopped"
    assert (await http.delete(f"{AT}/letters")).status_code == 204
    assert (await http.get(f"{AT}/letters")).status_code == 404


async def test_settings_are_tried_before_they_are_saved(http: httpx2.AsyncClient, sandbox: SandboxProcess) -> None:
    async def tried(name: str | None, **settings: object) -> httpx2.Response:
        body = {"name": name, "channel": "audience.meta", "settings": settings}
        return await http.post(f"{AT}/check", json=body)

    new = await tried(None, **ads(sandbox))
    assert "Connected to ad account" in new.json()["text"]
    await made(http, "ads2", ads(sandbox), "audience.meta")
    kept = ads(sandbox)
    del kept["access_token"]
    assert (await tried("ads2", **kept)).status_code == 200, "a secret left out is the stored one"
    assert (await tried(None, **kept)).json()["error"]["problems"][0]["path"] == ["settings", "access_token"]
    refused = await tried("ads2", **ads(sandbox, access_token=SECRET))
    assert (refused.status_code, SECRET in refused.text) == (400, False)
    assert (await http.get(f"{AT}/ads2")).json()["last_check"] is None, "what was tried is not what is saved"


async def test_what_came_of_a_check_is_remembered_until_the_connection_changes(
    http: httpx2.AsyncClient, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    await made(http, "ads2", ads(sandbox), "audience.meta")
    said = (await http.post(f"{AT}/ads2/check")).json()["text"]
    check = (await http.get(f"{AT}/ads2")).json()["last_check"]
    assert (check["ok"], check["text"]) == (True, said)
    answer = await http.post(f"{AT}/mail/check")
    assert answer.status_code == 503
    assert answer.json()["error"]["fix"]
    await made(http, "letters", mail(port=sandbox.smtp_port, security="none"))
    told = (await http.post(f"{AT}/letters/check")).json()["remarks"]
    assert [each["ok"] for each in told] == [True], told
    rows = {each["name"]: each["last_check"] for each in (await http.get(AT)).json()["items"]}
    assert rows["mail"]["ok"] is False
    await http.put(f"{AT}/ads2", json={"settings": {"ad_account_id": "1"}}, headers={"If-Match": '"1"'})
    assert (await http.get(f"{AT}/ads2")).json()["last_check"] is None
    assert (await http.post(f"{AT}/male/check")).json()["error"]["fix"] == "did you mean 'mail'?"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(routes, "_PATIENCE", 0.2)
        settings = mail(port=silent.getsockname()[1], security="none")
        answer = await http.post(f"{AT}/check", json={"channel": "email.smtp", "settings": settings})
        assert (answer.status_code, "within 0.2 s" in answer.json()["error"]["text"]) == (503, True)


async def test_what_an_account_has_to_choose_from_is_listed_by_name(
    http: httpx2.AsyncClient, sandbox: SandboxProcess
) -> None:
    assert (await made(http, "meta-choices", ads(sandbox), "audience.meta")).status_code == 201
    answer = await http.get(f"{AT}/meta-choices/choices/audience_id")
    assert {"value": "23851234567890", "label": "Bundle look-alikes"} in answer.json()["items"]
    assert (await http.get(f"{AT}/meta-choices/choices/action")).json() == {"items": []}
    assert (await http.get(f"{AT}/nobody/choices/audience_id")).status_code == 404
