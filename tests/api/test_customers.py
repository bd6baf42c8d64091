"""What customers reach from a message: links that are signed, a page that asks, and a no that holds."""

import hmac
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.fernet import Fernet

from api.customer_words import WORDS
from api.deps import Parts
from api.main import create_app
from orchestrator.channels.links import Links, Purpose, StepLinks, Variable
from orchestrator.execution.ledger import ensure_ledger
from orchestrator.lakehouse.engine import Statement
from tests.api.conftest import BASE, publish
from workers.channels.email_resend import EmailResend

PUBLIC = "mail.grocer.example"
TARGET = "https://grocer.example/bread?a=1&b=2"
LETTER = {
    "channel": "email.smtp",
    "connection": "mail",
    "step": {
        "subject": "Bread",
        "html": '<a href="https://grocer.example/bread?a=1&amp;b=2">Go</a> <a href="{{ unsubscribe_url }}">Out</a>',
        "track_opens": True,
        "utm_source": "shop",
    },
}
JOURNEY: dict[str, Any] = {
    "name": "Letter",
    "nodes": [
        {"id": "in", "type": "entry", "data": {"rule": {"kind": "all"}}},
        {"id": "letter", "type": "message", "data": LETTER},
        {"id": "out", "type": "exit", "data": {}},
    ],
    "edges": [
        {"id": "e1", "source": "in", "source_port": "next", "target": "letter"},
        {"id": "e2", "source": "letter", "source_port": "done", "target": "out"},
    ],
}
KEY = "00112233445566778899aabbccddeeff"


@dataclass
class Customer:
    """Somebody who got a message, with nothing but their browser."""

    http: httpx2.AsyncClient
    parts: Parts
    step: StepLinks
    member: int
    keys: list[bytes]

    def url(self, variable: Variable) -> str:
        return self.step.values(KEY, track=True)[variable].removeprefix(f"https://{PUBLIC}")

    async def rows(self, text: str) -> list[tuple[object, ...]]:
        return await self.parts.engine.rows(Statement(sql=text.format(schema=self.parts.ledger_schema)))

    async def events(self) -> list[tuple[object, ...]]:
        await self.parts.arrivals.move()
        return await self.rows("SELECT kind, detail, member_id FROM {schema}.message_events ORDER BY happened_at, kind")

    async def words(self) -> list[tuple[object, ...]]:
        return await self.rows(
            "SELECT purpose, suppressed, reason FROM {schema}.suppressions ORDER BY decided_at, purpose"
        )


@pytest.fixture
async def customer(parts: Parts, http: httpx2.AsyncClient, unique: str) -> AsyncIterator[Customer]:
    """Of a member who agreed to e-mail, and to nothing else."""
    keys = [Fernet.generate_key()]
    parts.links = Links(lambda: keys, f"https://{PUBLIC}")
    await publish(http, unique, JOURNEY)
    await ensure_ledger(parts.engine, await parts.catalog.lakehouse(), parts.ledger_schema)
    [(member,)] = await parts.engine.rows(
        Statement(
            sql="SELECT MIN(customer_id) FROM (SELECT customer_id FROM grocery.consents GROUP BY customer_id HAVING "
            "bool_or(granted AND purpose = 'email') AND NOT bool_or(granted AND purpose <> 'email') "
            "AND NOT bool_or(NOT granted AND purpose = 'email'))"
        )
    )
    schema = parts.ledger_schema
    await parts.engine.write(
        [
            Statement(
                sql=f"INSERT INTO {schema}.intents BY NAME SELECT '{unique}' AS journey_id, 'letter' AS node_id, "
                f"1 AS wave, {member} AS member_id, 1 AS visit_no, '{KEY}' AS delivery_key, 0 AS chunk, "
                "TIMESTAMP '2026-11-20' AS planned_at, 'email.smtp' AS channel, 1 AS version"
            )
        ]
    )
    transport = httpx2.ASGITransport(create_app(parts))
    async with httpx2.AsyncClient(transport=transport, base_url=f"https://{PUBLIC}") as browser:
        yield Customer(browser, parts, parts.links.of_step(unique, 1, 1), member, keys)


async def test_only_a_post_unsubscribes_and_the_link_tells_nothing_of_whom(customer: Customer) -> None:
    url = customer.url(Variable.UNSUBSCRIBE)
    for ask in (customer.http.get, customer.http.get, customer.http.head):
        page = await ask(url)
        assert page.status_code in (200, 405)
    asked = await customer.http.get(url, headers={"Accept-Language": "pt-BR"})
    assert WORDS["pt-BR"]["sure"] in asked.text
    assert "<script" not in asked.text
    assert await customer.events() == []
    one_click = await customer.http.post(url, data={"List-Unsubscribe": "One-Click"})
    assert one_click.status_code == 200
    assert WORDS["en"]["done"] in one_click.text
    assert await customer.events() == [("unsubscribed", "email", customer.member)]
    assert await customer.words() == [("email", True, "unsubscribed")]


async def test_preferences_show_what_is_in_force_and_keep_what_is_chosen(customer: Customer) -> None:
    url = customer.url(Variable.PREFERENCES)
    page = (await customer.http.get(url)).text
    assert 'value="email" checked' in page
    assert 'value="paid_media" disabled' in page, "they never agreed to it"
    [(address,)] = await customer.rows(f"SELECT email FROM grocery.customers WHERE customer_id = {customer.member}")
    assert str(address) not in page
    saved = await customer.http.post(url, content="do=save&on=paid_media")
    assert saved.status_code == 303
    page = (await customer.http.get(saved.headers["location"])).text
    assert WORDS["en"]["saved"] in page
    assert 'value="email">' in page
    await customer.http.post(url, content="do=save&on=email")
    assert 'value="email" checked' in (await customer.http.get(url)).text
    await customer.http.post(url, content="do=none")
    said = await customer.words()
    assert said[:2] == [("email", True, "unsubscribed"), ("email", False, "subscribed")]
    assert said[2:] == [("*", True, "unsubscribed"), ("email", True, "unsubscribed")]


async def test_a_click_leads_where_the_author_said_and_nowhere_else(customer: Customer) -> None:
    url, picture = customer.url(Variable.CLICK), customer.url(Variable.OPEN)
    for _ in range(2):
        clicked = await customer.http.get(f"{url}0")
        assert clicked.status_code == 302
        assert clicked.headers["location"].startswith(f"{TARGET}&utm_source=shop&utm_medium=email&utm_campaign=")
    assert (await customer.http.head(f"{url}0")).status_code == 302
    shown = await customer.http.get(picture, headers={"User-Agent": "Mozilla/5.0"})
    assert shown.headers["content-type"] == "image/gif"
    await customer.http.get(picture, headers={"User-Agent": "Mozilla/5.0 (X11) Thunderbird"})
    for wrong in ("1", "-1", "0/../https://evil.example", "https://evil.example"):
        answer = await customer.http.get(f"{url}{wrong}")
        assert answer.status_code in (404, 422), wrong
    assert sorted(await customer.events()) == [
        ("clicked", "0", customer.member),
        ("machine_opened", None, customer.member),
        ("opened", None, customer.member),
    ]


async def test_no_link_is_good_for_anything_else_than_it_was_signed_for(customer: Customer) -> None:
    manage = customer.step.token(KEY, Purpose.MANAGE)
    track = customer.step.token(KEY, Purpose.TRACK)
    stranger = Links(lambda: [Fernet.generate_key()], "").of_step("j", 1, 1).token(KEY, Purpose.MANAGE)
    for token in (track, stranger, manage[:-1], f"{manage[:20]}A{manage[21:]}", "", "é", "x" * 500):
        assert (await customer.http.post(f"/m/u/{token}")).status_code == 404
    assert (await customer.http.get(f"/m/c/{manage}/0")).status_code == 404
    customer.keys.insert(0, Fernet.generate_key())
    assert (await customer.http.get(f"/m/u/{manage}")).status_code == 200, "an old message outlives a rotation"
    customer.keys.pop()
    assert (await customer.http.get(f"/m/u/{manage}")).status_code == 404
    assert await customer.events() == []


async def test_the_public_name_leads_to_pages_for_customers_alone(customer: Customer) -> None:
    assert (await customer.http.get("/api/v1/journeys")).status_code == 403
    assert (await customer.http.get("/")).status_code == 403
    url = customer.url(Variable.UNSUBSCRIBE)
    assert (await customer.http.get(url, headers={"Host": "other.example"})).status_code == 403
    assert (await customer.http.get(f"{BASE}{url}")).status_code == 200


@pytest.mark.parametrize(
    ("report", "kind"),
    [
        ("delivery-status\n\nAction: failed\nStatus: 5.1.1", "bounced"),
        ("delivery-status\n\nAction: failed\nStatus: 5.2.2", "soft_bounced"),
        ("delivery-status\n\nAction: delayed\nStatus: 4.4.1", "soft_bounced"),
        ("delivery-status\n\nAction: delivered\nStatus: 2.0.0", None),
        ("feedback-report\n\nFeedback-Type: abuse", "complained"),
    ],
)
async def test_what_comes_back_to_the_return_address_counts(customer: Customer, report: str, kind: str | None) -> None:
    token = customer.step.token(KEY, Purpose.BOUNCE)
    raw = (
        f"To: <b+{token.upper()}@returns.grocer.example>\nSubject: Undelivered\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; boundary="x"\n\n--x\n\nSorry.\n--x\n'
        f"Content-Type: message/{report}\n\n--x--\n"
    )
    answer = await customer.http.post("/m/b", content=raw.replace("\n", "\r\n"))
    assert answer.json() == {"events": 1 if kind else 0}
    assert [row[0] for row in await customer.events()] == ([kind] if kind else [])
    assert len(await customer.words()) == (kind in ("bounced", "complained"))


async def test_what_a_provider_reports_counts_when_it_has_signed_it(
    customer: Customer, http: httpx2.AsyncClient, unique: str
) -> None:
    parts, secret = customer.parts, b64encode(b"a secret of the webhook").decode()
    given = {"api_key": "re_x", "sender": "shop@grocer.example", "webhook_secret": f"whsec_{secret}"}
    assert EmailResend(EmailResend.Connection.model_validate(given)).returns, "or no report would name a message"
    await parts.catalog.connections.add("resend", "email.resend", given)
    letter = {**JOURNEY["nodes"][1]["data"], "channel": "email.resend", "connection": "resend"}
    nodes = [{**each, "data": letter} if each["id"] == "letter" else each for each in JOURNEY["nodes"]]
    await publish(http, unique, {**JOURNEY, "nodes": nodes})
    assert parts.links
    token = parts.links.of_step(unique, 2, 1).token(KEY, Purpose.BOUNCE)

    async def reported(kind: str, token: str, connection: str = "resend", **data: object) -> httpx2.Response:
        body = json.dumps({"type": kind, "data": {"tags": {"return": token}, **data}})
        at = f"{parts.clock().timestamp():.0f}"
        mac = hmac.digest(b"a secret of the webhook", f"msg_1.{at}.{body}".encode(), "sha256")
        headers = {"svix-id": "msg_1", "svix-timestamp": at, "svix-signature": f"v1,{b64encode(mac).decode()}"}
        return await customer.http.post(f"/m/e/{connection}", content=body, headers=headers)

    for _ in range(2):
        permanent = await reported("email.bounced", token, bounce={"type": "Permanent", "subType": "General"})
        assert permanent.json() == {"events": 1}
    assert (await reported("email.bounced", token, bounce={"type": "Transient"})).json() == {"events": 1}
    assert (await reported("email.clicked", token)).json() == {"events": 0}
    sent_by_another = customer.step.token(KEY, Purpose.BOUNCE)
    assert (await reported("email.complained", sent_by_another)).json() == {"events": 0}
    assert sorted(row[:2] for row in await customer.events()) == [("bounced", "General"), ("soft_bounced", None)]
    assert await customer.words() == [("email", True, "hard_bounce")]
    forged = await customer.http.post("/m/e/resend", content=b"{}", headers={"svix-signature": "v1,x"})
    assert (forged.status_code, (await reported("x", token, "mail")).status_code) == (400, 400)


def test_every_page_for_customers_has_its_words_in_every_language() -> None:
    assert WORDS["en"].keys() == WORDS["pt-BR"].keys()
    pages = "".join(each.read_text() for each in (Path(__file__).parents[2] / "api" / "customer_pages").glob("*.html"))
    for word in WORDS["en"]:
        if word not in ("email", "sms", "push", "paid_media"):
            assert f"words.{word} " in pages, word
