"""audience.google against a Data Manager API with Google's limits, consent, errors and delayed statuses."""

import json
import logging
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import ValidationError
from sqlglot import exp, parse_one

from orchestrator.channels.batches import batch_of, deliver
from orchestrator.channels.channel import Outcome, Recipient
from orchestrator.channels.conformance import ChannelContract
from orchestrator.errors import UserError
from sojourn.sandbox import GoogleFaults
from sojourn.sandbox.google import ACCOUNT
from tests.channels.test_audience_meta import on_duckdb
from workers.channels import audience_google
from workers.channels.audience_google import AudienceGoogle, email_hash, phone_hash

ADD = AudienceGoogle.Step(audience_id="7001", action="add")
REMOVE = AudienceGoogle.Step(audience_id="7001", action="remove")
PEM = rsa.generate_private_key(65537, 2048).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)


def key(url, email=ACCOUNT):
    return json.dumps({"client_email": email, "private_key": PEM.decode(), "token_uri": f"{url}/google/token"})


def connection(sandbox, email=ACCOUNT, **changes):
    settings = {
        "base_url": sandbox.http_url,
        "service_account": key(sandbox.http_url, email),
        "account_id": "1234567890",
        "terms_accepted": True,
    }
    return AudienceGoogle.Connection(**(settings | changes))


def digest(text):
    return sha256(text.encode()).hexdigest()


def values(number=1):
    return {"EMAIL": digest(f"e{number}"), "PHONE": digest(f"p{number}") if number % 2 else None}


def people(count, start=0):
    return [Recipient(f"k{number}", values(number)) for number in range(start, start + count)]


class TestContract(ChannelContract):
    channel = AudienceGoogle
    secrets = ("sandbox-meta-token", PEM.decode().splitlines()[1])

    @pytest.fixture(autouse=True)
    def reach(self, sandbox, closed_port):
        self.sandbox, self.closed_port = sandbox, closed_port

    def connection(self):
        return connection(self.sandbox)

    def refused_connections(self):
        return [connection(self.sandbox, email="nobody@sandbox.example")]

    def unreachable_connection(self):
        closed = f"http://127.0.0.1:{self.closed_port}"
        return connection(self.sandbox, base_url=closed, service_account=key(closed))

    def step(self):
        return ADD

    def values(self, number):
        return values(number)

    def poison(self):
        return [
            {},
            {"EMAIL": "", "PHONE": None},
            {"EMAIL": "somebody@example.com"},
            {"EMAIL": "🍞" * 10_000},
            {"EMAIL": 7},
        ]

    async def break_provider(self):
        await self.sandbox.err(google=GoogleFaults(status=500))

    async def busy_provider(self, retry_after):
        await self.sandbox.err(google=GoogleFaults(status=429, retry_after=retry_after))

    async def lose_answer(self, *, taken):
        await self.sandbox.err(google=GoogleFaults(**{"drop_replies" if taken else "drop_requests": 1}))

    async def slow_provider(self, seconds):
        await self.sandbox.err(google=GoogleFaults(latency_ms=1_000 * seconds))

    async def heal_provider(self):
        await self.sandbox.err()

    async def provider_state(self):
        return {name: each["size"] for name, each in (await self.sandbox.facts())["audiences"].items()}


@pytest.mark.parametrize(
    ("make", "contact", "normalised"),
    [
        # the examples of Google's own page
        (email_hash, "cloudy.sanfrancisco+shopping@gmail.com", "cloudysanfrancisco@gmail.com"),
        (email_hash, "user.name+NYC@Example.com", "user.name+nyc@example.com"),
        (phone_hash, "+1 (800) 555-0100", "+18005550100"),
        (email_hash, " Cloudy.San Francisco@GoogleMail.com\t", "cloudysanfrancisco@googlemail.com"),
        (email_hash, "a.b@gmail.com.example", "a.b@gmail.com.example"),
        (email_hash, "zoë@bäcker.example", "zoë@bäcker.example"),
        (email_hash, "+tag@gmail.com", None),
        (email_hash, "n/a", None),
        (email_hash, " ", None),
        (email_hash, None, None),
        (phone_hash, "0018005550100", "+18005550100"),
        (phone_hash, "+0000000000", None),
        (phone_hash, "unknown", None),
        (phone_hash, None, None),
    ],
)
def test_identifiers_are_normalised_as_google_has_it(make, contact, normalised):
    assert on_duckdb(make, contact) == (normalised and digest(normalised))


@pytest.mark.parametrize("make", [email_hash, phone_hash])
def test_identifiers_are_sql_on_databricks(make):
    sql = make(exp.column("contact", quoted=True)).sql("databricks")
    assert "SHA2(" in sql
    assert parse_one(sql, read="databricks").sql("duckdb") == make(exp.column("contact", quoted=True)).sql("duckdb")


@pytest.fixture
async def channel(sandbox):
    channel = AudienceGoogle(connection(sandbox))
    await channel.open()
    yield channel
    await channel.close()


async def sync(channel, members, step=ADD):
    return dict([pair async for pair in deliver(channel, batch_of(members), step)])


async def test_members_come_and_go_ten_thousand_at_a_time(channel, sandbox):
    added = await sync(channel, people(10_000))
    assert {each.outcome for each in added.values()} == {Outcome.ACCEPTED}
    assert len({each.reference for each in added.values()}) == 1
    await sync(channel, people(4_000), REMOVE)
    assert (await sandbox.facts())["audiences"]["7001"] == {"size": 6_000, "requests": 2, "received": 14_000}
    assert AudienceGoogle.reverse(ADD) == REMOVE
    assert AudienceGoogle.reverse(REMOVE) is None


async def test_terms_that_are_not_accepted_are_the_persons_to_fix(sandbox):
    with pytest.raises(UserError, match="terms_and_conditions_not_signed"):
        await sync(AudienceGoogle(connection(sandbox, terms_accepted=False)), people(3))


async def test_what_google_says_later_is_asked_before_the_next_members(channel, sandbox, monkeypatch, caplog):
    monkeypatch.setattr(audience_google, "_LOOK_AFTER", 0.0)
    await sandbox.err(google=GoogleFaults(processing_seconds=60))
    await sync(channel, people(2))
    await sync(channel, people(2, 2))
    await sandbox.err(google=GoogleFaults(ends="PARTIAL_SUCCESS"))
    with caplog.at_level(logging.WARNING):
        await sync(channel, people(2, 4))
    assert caplog.text.count("took a part of request") == 2
    await sandbox.err(google=GoogleFaults(ends="FAILED"))
    with pytest.raises(UserError, match="could not process request"):
        await sync(channel, people(2, 6))
    await sandbox.err()
    assert len(await sync(channel, people(2, 6))) == 2, "it is told once, and the rest goes on"


@pytest.mark.parametrize("account", ["", "{}", '{"client_email": "a", "private_key": "b", "token_uri": "c"}', "[1]"])
def test_what_is_no_service_account_is_refused_without_repeating_it(sandbox_process, account):
    with pytest.raises(ValidationError, match="is no key of a service account") as refused:
        connection(sandbox_process, service_account=account)
    assert PEM.decode() not in str(refused.value)
