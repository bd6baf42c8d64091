"""email.smtp against a real mail server that can be told to fail at every stage."""

import asyncio
import email
import email.policy

import httpx2
import pytest
from pydantic import SecretStr, ValidationError

from orchestrator.channels.channel import Batch, Outcome, Recipient
from orchestrator.channels.conformance import ChannelContract
from orchestrator.errors import ChannelAway, UserError
from sojourn.sandbox import Drop, Reply, SmtpFaults
from workers.channels.email_smtp import EmailSmtp

STEP = EmailSmtp.Step(subject="{{ subject }}", html="<p>Bread</p>", reply_to="care@grocer.example")


def connection(sandbox, **changes):
    settings = {
        "host": "127.0.0.1",
        "port": sandbox.smtp_port,
        "security": "none",
        "sender": "hello@grocer.example",
        "sender_name": "Grøcer",
    }
    return EmailSmtp.Connection(**(settings | changes))


def values(number=1, **changes):
    return {
        "email": f"customer.{number}@example.com",
        "subject": f"Bread for {number}",
        "preheader": "",
        "html": "<html><body><p>Fresh bread</p></body></html>",
        "text": "Fresh bread",
    } | changes


@pytest.fixture
async def channel(sandbox):
    channel = EmailSmtp(connection(sandbox))
    await channel.open()
    yield channel
    await channel.close()


async def send(channel, number=1, **changes):
    recipient = Recipient(f"k{number}", values(number, **changes))
    return dict([pair async for pair in channel.deliver(Batch(recipient.key, [recipient]), STEP)])


class TestContract(ChannelContract):
    channel = EmailSmtp
    tells_when = False
    secrets = ("sandbox-smtp-word", "not-the-word")

    @pytest.fixture(autouse=True)
    def reach(self, sandbox, closed_port):
        self.sandbox, self.closed_port = sandbox, closed_port

    def connection(self):
        return connection(self.sandbox, username="grocer", password=self.sandbox.smtp_password)

    def refused_connections(self):
        return [connection(self.sandbox, username="grocer", password="not-the-word")]

    def unreachable_connection(self):
        return connection(self.sandbox, port=self.closed_port, password="not-the-word")

    def step(self):
        return STEP

    def values(self, number):
        return values(number)

    def poison(self):
        return [
            values(email=""),
            values(email=None),
            values(email="🍞@example.com"),
            values(email="nul\x00@example.com"),
            values(email="evil@example.com>\r\nRCPT TO:<x@example.com"),
            values(email="a" * 10_000 + "@example.com"),
            values(subject="a\r\nBcc: victim@example.com"),
            values(subject="🍞" * 2_500, html="🍞" * 2_500, text="\x00"),
            values(subject="", html="", text=""),
            values(html=".\r\n..\r\nQUIT\r\n", text="."),
        ]

    async def break_provider(self):
        await self.sandbox.err(smtp=SmtpFaults(connect="busy"))

    async def busy_provider(self, retry_after):
        await self.sandbox.err(smtp=SmtpFaults(connect="busy"))

    async def lose_answer(self, *, taken):
        await self.sandbox.err(smtp=SmtpFaults(drop=Drop(stored=taken, times=1)))

    async def slow_provider(self, seconds):
        await self.sandbox.err(smtp=SmtpFaults(latency_ms=1_000 * seconds))

    async def heal_provider(self):
        await self.sandbox.err()

    async def provider_state(self):
        return await self.sandbox.message_counts()


async def test_the_message_arrives_as_it_was_made(channel, sandbox):
    results = await send(channel, 7, subject=" Zoë, brød 🍞 ", preheader="Only <today>", text="Hi\n.dot")
    assert results["k7"].outcome is Outcome.ACCEPTED
    assert results["k7"].reference == "<k7@grocer.example>"
    async with httpx2.AsyncClient(base_url=sandbox.http_url) as http:
        first = (await http.get("/")).text.partition('href="/messages/')[2].partition('"')[0]
        raw = (await http.get(f"/messages/{first}/raw")).content
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message["Subject"] == "Zoë, brød 🍞"
    assert message["From"] == "Grøcer <hello@grocer.example>"
    assert message["To"] == "customer.7@example.com"
    assert message["Reply-To"] == "care@grocer.example"
    assert message.get_body(("plain",)).get_content().splitlines() == ["Hi", ".dot"]
    html = message.get_body(("html",)).get_content()
    assert html.index("<body><div style=") < html.index("Only &lt;today&gt;") < html.index("<p>Fresh bread</p>")


async def test_a_marketing_message_offers_one_click_and_returns_to_an_address_of_its_own(sandbox):
    channel = EmailSmtp(connection(sandbox, envelope_sender="returns@bounces.example", own_return=True))
    url, token = "https://shop.example/m/u/abc", "a" * 61
    await send(channel, 7, list_unsubscribe=url, return_token=token)
    await channel.close()
    async with httpx2.AsyncClient(base_url=sandbox.http_url) as http:
        first = (await http.get("/")).text.partition('href="/messages/')[2].partition('"')[0]
        page, raw = (await http.get(f"/messages/{first}")).text, (await http.get(f"/messages/{first}/raw")).content
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message["List-Unsubscribe"] == f"<{url}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"b+{token}@bounces.example" in page
    assert channel.returns
    assert not EmailSmtp(connection(sandbox)).returns


@pytest.mark.parametrize(("code", "outcome"), [(450, Outcome.DEFERRED), (550, Outcome.REJECTED)])
@pytest.mark.parametrize("at", ["rcpt", "data"])
async def test_refusals_of_one_address_concern_only_that_one(channel, sandbox, code, outcome, at):
    await sandbox.err(smtp=SmtpFaults(replies=[Reply(pattern="customer.1@*", code=code, at=at)]))
    results = [(await send(channel, number))[f"k{number}"] for number in (0, 1, 2)]
    assert [result.outcome for result in results] == [Outcome.ACCEPTED, outcome, Outcome.ACCEPTED]
    assert results[1].reason == f"smtp_{code}"
    assert (await sandbox.facts())["messages"] == 2


async def test_one_key_in_a_batch_is_one_message(channel, sandbox):
    twice = [Recipient("k1", values(1)), Recipient("k1", values(1))]
    results = [pair async for pair in channel.deliver(Batch("b", twice), STEP)]
    assert len(results) == 1
    assert await sandbox.message_counts() == {"<k1@grocer.example>": 1}


async def test_a_refused_sender_is_the_connections_fault(channel, sandbox):
    await sandbox.err(smtp=SmtpFaults(replies=[Reply(code=553, at="mail")]))
    with pytest.raises(UserError, match="smtp_553") as caught:
        await send(channel)
    assert caught.value.place == "connection"


async def test_a_busy_server_in_the_middle_is_away_and_nothing_is_lost(channel, sandbox):
    for at in ("mail", "rcpt", "data"):
        await sandbox.err(smtp=SmtpFaults(replies=[Reply(code=421, at=at)]))
        with pytest.raises(ChannelAway):
            await send(channel)
    assert (await sandbox.facts())["messages"] == 0


@pytest.mark.parametrize("stored", [True, False])
async def test_a_reply_that_never_came_is_in_doubt_and_never_repeated(channel, sandbox, stored):
    assert len(await send(channel, 1)) == 1  # so that the next goes over a connection that was used before
    await sandbox.err(smtp=SmtpFaults(drop=Drop(pattern="customer.2@*", stored=stored, times=1)))
    assert await send(channel, 2) == {}
    assert len(await send(channel, 3)) == 1
    counts = await sandbox.message_counts()
    assert counts.get("<k2@grocer.example>", 0) == int(stored)
    assert await sandbox.message_counts(more_than=1) == {}


async def test_after_doubt_the_rest_of_a_batch_is_deferred_not_raised(channel, sandbox):
    people = [Recipient(f"k{number}", values(number)) for number in (1, 2)]
    await sandbox.err(
        smtp=SmtpFaults(drop=Drop(pattern="customer.1@*"), replies=[Reply(pattern="*2@*", code=421, at="rcpt")])
    )
    results = dict([pair async for pair in channel.deliver(Batch("b", people), STEP)])
    assert "k1" not in results
    assert results["k2"].outcome is Outcome.DEFERRED


async def test_an_idle_connection_the_server_closed_is_replaced(channel, sandbox):
    await sandbox.err(smtp=SmtpFaults(messages_per_connection=1))
    for number in range(5):
        assert (await send(channel, number))[f"k{number}"].outcome is Outcome.ACCEPTED
        await asyncio.sleep(0.01)
    assert (await sandbox.facts())["messages"] == 5


async def test_connections_are_reused_and_lanes_do_not_mix(channel, sandbox):
    await sandbox.err(smtp=SmtpFaults(latency_ms=2))
    batches = await asyncio.gather(*(send(channel, number) for number in range(60)))
    assert [set(batch) for batch in batches] == [{f"k{number}"} for number in range(60)]
    facts = await sandbox.facts()
    assert (facts["messages"], facts["recipients"]) == (60, 60)
    assert await sandbox.message_counts(more_than=1) == {}


async def in_a_row(channel, numbers):
    """As a lane sends: each batch knows who comes next."""
    people = [Recipient(f"k{number}", values(number)) for number in numbers]
    results = {}
    for recipient, upcoming in zip(people, (*people[1:], None), strict=True):
        batch = Batch(recipient.key, [recipient], upcoming)
        results |= dict([pair async for pair in channel.deliver(batch, STEP)])
    return results


@pytest.mark.parametrize("at", ["rcpt", "data"])
async def test_a_refusal_heard_before_its_turn_concerns_only_its_own(channel, sandbox, at):
    await sandbox.err(smtp=SmtpFaults(replies=[Reply(pattern="customer.2@*", code=450, at=at)]))
    results = await in_a_row(channel, (1, 2, 3, 4))
    assert [result.reason for result in results.values()] == [None, "smtp_450", None, None]
    assert (await sandbox.facts())["messages"] == 3


async def test_a_connection_closed_after_each_message_loses_no_result(channel, sandbox):
    await sandbox.err(smtp=SmtpFaults(messages_per_connection=1))
    results = await in_a_row(channel, range(5))
    assert [result.outcome for result in results.values()] == [Outcome.ACCEPTED] * 5
    assert (await sandbox.facts())["messages"] == 5


async def test_doubt_about_one_is_none_about_the_next(channel, sandbox):
    await sandbox.err(smtp=SmtpFaults(drop=Drop(pattern="customer.2@*", stored=True)))
    results = await in_a_row(channel, (1, 2, 3))
    assert list(results) == ["k1", "k3"]
    assert await sandbox.message_counts() == {f"<k{number}@grocer.example>": 1 for number in (1, 2, 3)}


async def test_whoever_was_to_follow_and_does_not_is_sent_nothing(channel, sandbox):
    first, second = (Recipient(f"k{number}", values(number)) for number in (1, 2))
    assert len([pair async for pair in channel.deliver(Batch("k1", [first], second), STEP)]) == 1
    assert (await send(channel, 3))["k3"].outcome is Outcome.ACCEPTED
    await channel.close()
    assert set(await sandbox.message_counts()) == {"<k1@grocer.example>", "<k3@grocer.example>"}


async def test_cancelling_leaves_doubt_and_a_clean_channel(channel, sandbox):
    await sandbox.err(smtp=SmtpFaults(latency_ms=500))
    task = asyncio.create_task(send(channel, 1))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await sandbox.err()
    assert (await send(channel, 2))["k2"].outcome is Outcome.ACCEPTED
    assert await sandbox.message_counts(more_than=1) == {}


async def test_what_the_server_does_not_offer_is_the_persons_to_fix(sandbox):
    for changes in ({"security": "starttls"}, {"security": "tls"}):
        with pytest.raises(UserError) as caught:
            await EmailSmtp(connection(sandbox, **changes)).check()
        assert caught.value.place == "connection"
        assert caught.value.fix


@pytest.mark.parametrize(
    "changes",
    [
        {"sender": "nobody"},
        {"sender_name": "a\r\nb"},
        {"port": 0},
        {"envelope_sender": "x"},
        {"host": ""},
        {"extra": 1},
    ],
)
def test_bad_settings_are_refused_without_an_echo(sandbox_process, changes):
    with pytest.raises(ValidationError) as caught:
        connection(sandbox_process, password=SecretStr("hush"), **changes)
    assert "hush" not in str(caught.value)


def test_the_text_is_made_from_the_message_when_it_is_empty():
    step = EmailSmtp.Step(subject="s", html="<p>Hi {{ first_name }}</p><p>Bread</p>")
    assert step.text == "Hi {{ first_name }}\n\nBread"
    assert EmailSmtp.Step(subject="s", html="<p>x</p>", text="own").text == "own"
