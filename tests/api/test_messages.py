"""Previews of messages, and the journeys to start from."""

import httpx2
import pytest

from api.deps import Parts
from orchestrator.execution.compile import compile_plan
from orchestrator.journey.check import check
from orchestrator.journey.templates import load_templates
from orchestrator.lakehouse.engine import Statement

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
