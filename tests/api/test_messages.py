"""Previews of messages, test sends, and the journeys to start from."""

import httpx2
import pytest
from sqlalchemy import select

from api.deps import Parts
from orchestrator.execution.compile import compile_plan
from orchestrator.journey.check import check
from orchestrator.journey.templates import load_templates
from orchestrator.lakehouse.engine import Statement
from orchestrator.store.database import transaction
from orchestrator.store.tables import delivery_journal
from sojourn.sandbox import SandboxProcess
from tests.api.conftest import publish

STEP = {"subject": "Hello {{ first_name }}", "html": "<p>{{ city }} <script>alert(1)</script></p>"}


async def test_a_preview_is_rendered_for_one_customer_and_shown_in_a_sandbox(http: httpx2.AsyncClient) -> None:
    answer = await http.post("/api/v1/messages/preview", json={"channel": "email.smtp", "step": STEP})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["fields"]["subject"].startswith("Hello ")
    page = await http.get(found["html_url"])
    assert "sandbox; default-src 'none'" in page.headers["content-security-policy"]
    assert "<script>" in page.text, "the mail is shown as it is; the policy keeps it from running"
    again = {"channel": "email.smtp", "step": STEP, "member_id": found["member_id"]}
    same = (await http.post("/api/v1/messages/preview", json=again)).json()
    assert same["fields"] == found["fields"]


async def test_a_preview_names_what_the_customer_lacks(http: httpx2.AsyncClient, parts: Parts) -> None:
    [(customer,)] = await parts.engine.rows(
        Statement(sql="SELECT customer_id FROM grocery.customers WHERE email IS NULL LIMIT 1")
    )
    body = {"channel": "email.smtp", "step": {**STEP, "subject": "{{ email }}"}, "member_id": str(customer)}
    answer = await http.post("/api/v1/messages/preview", json=body)
    assert answer.json()["empty"] == ["email"]


@pytest.mark.parametrize(
    ("step", "path"),
    [
        ({"html": "<p>x</p>"}, ["step", "subject"]),
        ({**STEP, "subject": "{{ first_name"}, ["step", "subject"]),
        ({**STEP, "nonsense": 1}, ["step", "nonsense"]),
    ],
)
async def test_a_mistake_in_a_message_is_at_its_field(
    http: httpx2.AsyncClient, step: dict[str, object], path: list[str]
) -> None:
    answer = await http.post("/api/v1/messages/preview", json={"channel": "email.smtp", "step": step})
    assert answer.status_code == 422
    assert [problem["path"] for problem in answer.json()["error"]["problems"]] == [path]


async def test_a_preview_of_nobody_and_of_no_channel_is_not_found(http: httpx2.AsyncClient) -> None:
    nobody = {"channel": "email.smtp", "step": STEP, "member_id": "no such"}
    assert (await http.post("/api/v1/messages/preview", json=nobody)).status_code == 404
    assert (await http.post("/api/v1/messages/preview", json={"channel": "pigeon", "step": STEP})).status_code == 404
    assert (await http.get("/api/v1/messages/preview/gone")).status_code == 404


async def test_a_test_send_reaches_one_inbox_and_leaves_no_trace(
    http: httpx2.AsyncClient, parts: Parts, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    me = "zz-canary@shop.example"
    async with SandboxProcess() as sandbox:
        settings = {"host": "127.0.0.1", "port": sandbox.smtp_port, "security": "none", "sender": "shop@shop.example"}
        made = {"name": "letters", "channel": "email.smtp", "settings": settings}
        assert (await http.post("/api/v1/connections", json=made)).status_code == 201
        body = {"channel": "email.smtp", "connection": "letters", "step": STEP, "to": me}
        answer = await http.post("/api/v1/messages/test", json=body)
        found = answer.json()
        assert (answer.status_code, found["accepted"], found["text"]) == (200, True, "Accepted for delivery."), found
        async with httpx2.AsyncClient(base_url=sandbox.http_url) as inbox:
            arrived = (await inbox.get("/")).text
        assert me in arrived
        assert "[Test] Hello" in arrived
    closed = (await http.post("/api/v1/messages/test", json=body)).json()
    assert (closed["accepted"], closed["reason"]) == (False, "channel_away")
    async with transaction(parts.store.engine) as database:
        assert (await database.execute(select(delivery_journal))).all() == []
    assert "zz-canary" not in caplog.text
    for wrong, path in (
        ({"to": "zz-canary"}, ["to"]),
        ({"connection": "ads"}, ["connection"]),
        ({"channel": "audience.meta", "step": {"audience_id": "1"}}, None),
        ({"step": {**STEP, "html": "<mjml>"}}, ["step", "html"]),
    ):
        refused = await http.post("/api/v1/messages/test", json=body | wrong)
        assert refused.status_code == 422, wrong
        assert [problem["path"] for problem in refused.json()["error"]["problems"]] == ([path] if path else [])
        assert "zz-canary" not in refused.text
    assert (await http.post("/api/v1/messages/test", json=body | {"connection": "gone"})).status_code == 404


async def test_a_draft_keeps_its_mjml_and_what_is_published_is_html(
    http: httpx2.AsyncClient, parts: Parts, unique: str
) -> None:
    text = "<mj-text>Dear {{ first_name }}</mj-text>"
    mjml = f"<mjml><mj-body><mj-section><mj-column>{text}</mj-column></mj-section></mj-body></mjml>"
    message = {"channel": "email.smtp", "connection": "mail", "step": {"subject": "Bread", "html": mjml}}
    nodes = [
        {"id": "in", "type": "entry", "data": {"rule": {"kind": "all"}}},
        {"id": "mail", "type": "message", "data": message},
    ]
    document = {"name": "MJML", "nodes": nodes, "edges": [{"id": "e", "source": "in", "target": "mail"}]}
    version = await publish(http, unique, document)
    draft = (await http.get(f"/api/v1/journeys/{unique}")).json()
    assert draft["document"]["nodes"][1]["data"]["step"]["html"] == mjml
    delivery = (await parts.plan(str(version["plan_hash"]))).step("mail").delivery
    assert delivery is not None
    assert delivery.step["html"].startswith("<!doctype html>")
    assert delivery.step["text"] == "Dear {{ first_name }}"
    shown = (await http.post("/api/v1/messages/preview", json={k: message[k] for k in ("channel", "step")})).json()
    assert shown["fields"]["html"].startswith("<!doctype html>")
    message["step"] = {"subject": "Bread", "html": mjml.replace("</mj-text>", "\n")}
    checked = (await http.post("/api/v1/journeys/check", json={"document": document})).json()
    [problem] = [each for each in checked["problems"] if each["severity"] == "error"]
    assert (problem["code"], problem["node_id"], problem["path"]) == ("mjml", "mail", ["step", "html"])
    assert problem["text"].startswith("Message: line 1: <mj-text> is never closed")


async def test_every_journey_to_start_from_can_be_published_as_it_is(http: httpx2.AsyncClient, parts: Parts) -> None:
    known = await parts.known()
    templates = load_templates()
    assert len(templates) == 5
    for name, document in templates.items():
        assert [problem.text for problem in check(document, known).problems] == [], name
        assert compile_plan(name, 1, document, known, "duckdb", "ledger").steps
    items = (await http.get("/api/v1/templates")).json()["items"]
    assert {item["id"] for item in items} == templates.keys()
    assert all(item["faces"].keys() == {node["id"] for node in item["document"]["nodes"]} for item in items)
