"""email.resend against a Resend with its limits, its keys and both of its conflicts."""

import asyncio
import email
import email.policy

import httpx2
import pytest

from orchestrator.channels.batches import batch_of
from orchestrator.channels.channel import Outcome, Recipient
from orchestrator.channels.conformance import ChannelContract
from orchestrator.channels.links import ONE_CLICK
from orchestrator.errors import ChannelAway, NoAnswer, UserError
from sojourn.sandbox import HttpFaults
from tests.channels.test_email_smtp import STEP, values
from workers.channels.email_resend import EmailResend


def connection(sandbox, **changes):
    settings = {
        "base_url": f"{sandbox.http_url}/resend",
        "api_key": sandbox.meta_token,
        "sender": "hello@grocer.example",
        "sender_name": "Grøcer",
    }
    return EmailResend.Connection(**(settings | changes))


class TestContract(ChannelContract):
    channel = EmailResend
    secrets = ("sandbox-meta-token", "re_not_the_key")

    @pytest.fixture(autouse=True)
    def reach(self, sandbox, closed_port):
        self.sandbox, self.closed_port = sandbox, closed_port

    def connection(self):
        return connection(self.sandbox)

    def refused_connections(self):
        return [connection(self.sandbox, api_key="re_not_the_key")]

    def unreachable_connection(self):
        return connection(self.sandbox, base_url=f"http://127.0.0.1:{self.closed_port}/resend")

    def step(self):
        return STEP

    def values(self, number):
        return values(number)

    def poison(self):
        return [
            values(email=""),
            values(email=None),
            values(email="🍞@example.com"),
            values(email="evil@example.com>\r\nRCPT TO:<x@example.com"),
            values(subject="a\r\nBcc: victim@example.com"),
            values(subject="🍞" * 2_500, html="🍞" * 2_500, text="\x00"),
            values(subject="", html="", text=""),  # which Resend refuses, and the whole batch with it
        ]

    async def break_provider(self):
        await self.sandbox.err(resend=HttpFaults(status=500))

    async def busy_provider(self, retry_after):
        await self.sandbox.err(resend=HttpFaults(status=429, retry_after=retry_after))

    async def lose_answer(self, *, taken):
        await self.sandbox.err(resend=HttpFaults(**{"drop_replies" if taken else "drop_requests": 1}))

    async def slow_provider(self, seconds):
        await self.sandbox.err(resend=HttpFaults(latency_ms=1_000 * seconds))

    async def heal_provider(self):
        await self.sandbox.err()

    async def provider_state(self):
        return await self.sandbox.message_counts()


@pytest.fixture
async def channel(sandbox):
    channel = EmailResend(connection(sandbox))
    await channel.open()
    yield channel
    await channel.close()


def batch(number=1, **changes):
    return batch_of([Recipient(f"resend-{number}", values(number, **changes))])


async def send(channel, what):
    return {key: result async for key, result in channel.deliver(what, STEP)}


async def test_the_message_is_in_the_inbox_with_its_headers(channel, sandbox):
    found = await send(channel, batch(7, preheader="Only today", **{ONE_CLICK: "https://mail.example/m/u/token"}))
    assert found["resend-7"].outcome is Outcome.ACCEPTED
    async with httpx2.AsyncClient(base_url=sandbox.http_url) as http:
        first = (await http.get("/")).text.partition('href="/messages/')[2].partition('"')[0]
        raw = (await http.get(f"/messages/{first}/raw")).content
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert (message["From"], message["To"]) == ("Grøcer <hello@grocer.example>", "customer.7@example.com")
    assert (message["Subject"], message["Reply-To"]) == ("Bread for 7", "care@grocer.example")
    assert message["List-Unsubscribe"] == "<https://mail.example/m/u/token>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Only today" in message.get_body(("html",)).get_content()


async def test_a_batch_that_was_taken_with_other_words_is_not_sent_again(channel, sandbox):
    first = await send(channel, batch(8))
    again = await send(channel, batch(8, subject="Other bread"))
    assert [each.outcome for each in (*first.values(), *again.values())] == [Outcome.ACCEPTED] * 2
    assert len(await sandbox.message_counts()) == 1


async def test_a_batch_that_is_still_under_way_is_left_in_doubt_and_comes_once(channel, sandbox):
    await sandbox.err(resend=HttpFaults(latency_ms=200))
    results = await asyncio.gather(*(send(channel, batch(9)) for _ in range(2)), return_exceptions=True)
    assert {type(each) for each in results} == {dict, NoAnswer}
    await sandbox.err()
    assert (await send(channel, batch(9)))["resend-9"].outcome is Outcome.ACCEPTED
    assert len(await sandbox.message_counts()) == 1


@pytest.mark.parametrize(
    ("status", "name", "kind"),
    [
        (409, "concurrent_idempotent_requests", NoAnswer),
        (429, "daily_quota_exceeded", ChannelAway),
        (429, "rate_limit_exceeded", ChannelAway),
        (403, "validation_error", UserError),
        (401, "missing_api_key", UserError),
        (500, "application_error", NoAnswer),
    ],
)
def test_every_error_of_resend_has_its_kind(sandbox_process, status, name, kind):
    answer = httpx2.Response(status, json={"statusCode": status, "name": name, "message": "me@example.com"})
    trouble = EmailResend(connection(sandbox_process)).trouble(answer)
    assert isinstance(trouble, kind)
    assert isinstance(trouble, NoAnswer) is (kind is NoAnswer)
    assert "me@example.com" not in str(trouble)


async def test_a_domain_that_is_not_verified_is_told(sandbox):
    with pytest.raises(UserError, match=r"has not verified the domain other\.example"):
        await EmailResend(connection(sandbox, sender="me@other.example")).check()
