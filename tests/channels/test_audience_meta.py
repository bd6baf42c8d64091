"""audience.meta against an ad platform with Meta's limits and error codes."""

from hashlib import sha256

import duckdb
import httpx2
import pytest
from pydantic import ValidationError
from sqlglot import exp, parse_one

from orchestrator.channels.batches import deliver
from orchestrator.channels.channel import Batch, Outcome, Recipient
from orchestrator.channels.conformance import ChannelContract
from orchestrator.errors import ChannelAway, NoAnswer, UserError
from sojourn.sandbox import MetaFaults
from workers.channels.audience_meta import AudienceMeta, email_hash, phone_hash

ADD = AudienceMeta.Step(audience_id="2385001", action="add")
REMOVE = AudienceMeta.Step(audience_id="2385001", action="remove")


def connection(sandbox, **changes):
    settings = {"base_url": sandbox.http_url, "access_token": sandbox.meta_token, "ad_account_id": "act_42"}
    return AudienceMeta.Connection(**(settings | changes))


def digest(text):
    return sha256(text.encode()).hexdigest()


def values(number=1):
    return {"EMAIL": digest(f"e{number}"), "PHONE": digest(f"p{number}") if number % 2 else None}


def people(count, start=0):
    return [Recipient(f"k{number}", values(number)) for number in range(start, start + count)]


async def sync(channel, members, step=ADD, key="b1"):
    return dict([pair async for pair in deliver(channel, Batch(key, members), step)])


@pytest.fixture
async def channel(sandbox):
    channel = AudienceMeta(connection(sandbox))
    await channel.open()
    yield channel
    await channel.close()


class TestContract(ChannelContract):
    channel = AudienceMeta
    secrets = ("sandbox-meta-token", "EAAB-not-the-token")

    @pytest.fixture(autouse=True)
    def reach(self, sandbox, closed_port):
        self.sandbox, self.closed_port = sandbox, closed_port

    def connection(self):
        return connection(self.sandbox)

    def refused_connections(self):
        return [connection(self.sandbox, access_token="EAAB-not-the-token")]

    def unreachable_connection(self):
        return connection(self.sandbox, base_url=f"http://127.0.0.1:{self.closed_port}")

    def step(self):
        return ADD

    def values(self, number):
        return values(number)

    def poison(self):
        return [
            {"EMAIL": None, "PHONE": None},
            {"EMAIL": "", "PHONE": ""},
            {"EMAIL": "somebody@example.com", "PHONE": None},
            {"EMAIL": "🍞" * 10_000},
            {"EMAIL": "\x00" * 64},
            {"EMAIL": digest("x").upper()},
            {"EMAIL": 7},
            {},
        ]

    async def break_provider(self):
        await self.sandbox.err(meta=MetaFaults(fail_next=1_000, status=500, code=2))

    async def busy_provider(self, retry_after):
        await self.sandbox.err(meta=MetaFaults(fail_next=1_000, status=400, code=613, retry_after=retry_after))

    async def lose_answer(self, *, taken):
        await self.sandbox.err(meta=MetaFaults(**{"drop_replies" if taken else "drop_requests": 1}))

    async def slow_provider(self, seconds):
        await self.sandbox.err(meta=MetaFaults(latency_ms=1_000 * seconds))

    async def heal_provider(self):
        await self.sandbox.err()

    async def provider_state(self):
        return {name: each["size"] for name, each in (await self.sandbox.facts())["audiences"].items()}


def on_duckdb(make, contact):
    expression = make(exp.Placeholder(this="contact"))
    with duckdb.connect() as db:
        return db.execute(f"SELECT {expression.sql('duckdb')}", {"contact": contact}).fetchall()[0][0]


MAIL = "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"
PHONE = "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"


@pytest.mark.parametrize(
    ("make", "contact", "expected"),
    [
        (email_hash, "john_smith@gmail.com", MAIL),
        (email_hash, "  John_Smith@Gmail.com ", MAIL),
        (email_hash, "john.smith+x@gmail.com", digest("john.smith+x@gmail.com")),
        (email_hash, "zoë@bäcker.example", digest("zoë@bäcker.example")),
        (email_hash, "n/a", None),
        (email_hash, "@", None),
        (email_hash, " ", None),
        (email_hash, None, None),
        (phone_hash, "16505551212", PHONE),
        (phone_hash, "+1 (650) 555-1212", PHONE),
        (phone_hash, "0016505551212", PHONE),
        (phone_hash, "+0000000000", None),
        (phone_hash, "unknown", None),
        (phone_hash, "", None),
        (phone_hash, None, None),
    ],
)
def test_identifiers_match_metas_published_vectors(make, contact, expected):
    assert on_duckdb(make, contact) == expected


@pytest.mark.parametrize("make", [email_hash, phone_hash])
def test_identifiers_are_sql_on_databricks(make):
    sql = make(exp.column("contact", quoted=True)).sql("databricks")
    assert "SHA2(" in sql
    assert parse_one(sql, read="databricks")


async def test_ten_thousand_in_one_request_and_the_set_converges(channel, sandbox):
    members = people(10_000)
    results = await sync(channel, members)
    assert {result.outcome for result in results.values()} == {Outcome.ACCEPTED}
    assert len({result.reference for result in results.values()}) == 1
    assert (await sandbox.facts())["audiences"]["2385001"] == {"size": 10_000, "requests": 1, "received": 10_000}
    await sync(channel, members)
    assert (await sandbox.facts())["audiences"]["2385001"]["size"] == 10_000
    await sync(channel, members[:4_000], REMOVE, "b2")
    assert (await sandbox.facts())["audiences"]["2385001"]["size"] == 6_000


async def test_the_culprit_of_a_refused_batch_is_found(channel, sandbox):
    poison = [values(7)["EMAIL"], values(700)["EMAIL"]]
    await sandbox.err(meta=MetaFaults(poison=poison))
    results = await sync(channel, people(1_000))
    refused = {key for key, result in results.items() if result.outcome is Outcome.REJECTED}
    assert refused == {"k7", "k700"}
    assert results["k7"].reason == "meta_100"
    assert len(results) == 1_000
    facts = (await sandbox.facts())["audiences"]["2385001"]
    assert facts["size"] == 998
    assert facts["requests"] < 40


async def test_many_culprits_put_the_rest_off_instead_of_asking_forever(channel, sandbox):
    await sandbox.err(meta=MetaFaults(poison=[values(number)["EMAIL"] for number in range(0, 2_000, 40)]))
    results = await sync(channel, people(2_000))
    outcomes = [result.outcome for result in results.values()]
    assert len(results) == 2_000
    assert outcomes.count(Outcome.REJECTED) <= 200
    assert outcomes.count(Outcome.DEFERRED) > 0
    assert outcomes.count(Outcome.ACCEPTED) == (await sandbox.facts())["audiences"]["2385001"]["size"]


async def test_a_batch_refused_in_every_part_is_the_persons_to_fix(channel, sandbox):
    await sandbox.err(meta=MetaFaults(fail_next=10_000, status=400, code=100))
    with pytest.raises(UserError, match="meta_100"):
        await sync(channel, people(1_000))


@pytest.mark.parametrize(
    ("faults", "seconds"),
    [
        (MetaFaults(fail_next=1, status=400, code=80003, regain_minutes=3), 180),
        (MetaFaults(fail_next=1, status=429, code=613, retry_after=7), 7),
        (MetaFaults(fail_next=1, status=400, code=4), None),
        (MetaFaults(fail_next=1, status=503, code=None, retry_after=1.5), 1.5),
        (MetaFaults(fail_next=1, status=400, code=368), None),
    ],
)
async def test_rate_limits_are_waited_for(channel, sandbox, faults, seconds):
    await sandbox.err(meta=faults)
    with pytest.raises(ChannelAway) as caught:
        await sync(channel, people(3))
    assert caught.value.retry_after == seconds
    assert len(await sync(channel, people(3))) == 3


@pytest.mark.parametrize(
    ("code", "subcode"), [(190, None), (200, None), (294, None), (100, 33), (100, 1713230), (2655, None)]
)
async def test_what_only_a_person_can_fix_is_not_retried(channel, sandbox, code, subcode):
    await sandbox.err(meta=MetaFaults(fail_next=1, status=400, code=code, subcode=subcode))
    with pytest.raises(UserError, match=f"meta_{code}") as caught:
        await sync(channel, people(3))
    assert caught.value.fix


async def test_a_lost_answer_leaves_the_batch_in_doubt_and_sending_again_is_harmless(channel, sandbox):
    await sandbox.err(meta=MetaFaults(drop_replies=1))
    with pytest.raises(NoAnswer):
        await sync(channel, people(50))
    assert (await sandbox.facts())["audiences"]["2385001"]["size"] == 50
    assert len(await sync(channel, people(50))) == 50
    assert (await sandbox.facts())["audiences"]["2385001"] == {"size": 50, "requests": 2, "received": 100}


async def test_an_outage_after_a_part_was_taken_leaves_the_rest_untouched(channel, sandbox):
    # The whole is refused for its last row, the first half is taken, then the platform goes down.
    await sandbox.err(meta=MetaFaults(poison=[values(9)["EMAIL"]]))
    results = {}

    async def until_it_breaks():
        async for key, result in deliver(channel, Batch("b1", people(10)), ADD):
            if not results:
                await sandbox.err(meta=MetaFaults(fail_next=1_000, status=500, code=2))
            results[key] = result.outcome

    with pytest.raises(ChannelAway, match="meta_2"):
        await until_it_breaks()
    assert results == {f"k{number}": Outcome.ACCEPTED for number in range(5)}


async def test_the_token_is_never_in_the_address_and_raw_contacts_never_leave(sandbox):
    seen = []

    async def record(request):
        await request.aread()
        seen.append((str(request.url), request.content))

    channel = AudienceMeta(connection(sandbox))
    await channel.open()
    channel._http.event_hooks = {"request": [record]}
    raw = Recipient("raw", {"EMAIL": "zoe@example.com", "PHONE": None})
    results = await sync(channel, [*people(2), raw])
    await sync(channel, people(2), REMOVE)
    await channel.close()
    assert results["raw"].reason == "not_hashed"
    assert len(seen) == 2
    for url, body in seen:
        assert sandbox.meta_token not in url.removeprefix(sandbox.http_url)
        assert b"zoe@example.com" not in body
        assert len(url) < 100


async def test_retries_of_a_batch_are_the_same_session(channel, sandbox):
    first = await sync(channel, people(2), key="same")
    again = await sync(channel, people(2), key="same")
    other = await sync(channel, people(2), key="other")
    assert first == again != other


@pytest.mark.parametrize(
    "changes", [{"base_url": "ftp://x"}, {"base_url": "http://a@b"}, {"ad_account_id": "x"}, {"api_version": "26"}]
)
def test_bad_settings_are_refused(sandbox_process, changes):
    with pytest.raises(ValidationError):
        connection(sandbox_process, **changes)


async def test_the_sandbox_keeps_metas_limit(sandbox):
    body = {"payload": {"schema": ["EMAIL"], "data": [["0" * 64]] * 10_001}, "session": {"session_id": 1}}
    async with httpx2.AsyncClient(base_url=sandbox.http_url) as http:
        answer = await http.post("/v26.0/1/users", json=body, headers={"Authorization": f"Bearer {sandbox.meta_token}"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == 100


async def test_the_accounts_audiences_are_there_to_choose_from(channel, sandbox):
    found = await channel.choices("audience_id")
    assert found["23851234567890"] == "Bundle look-alikes"
    assert await channel.choices("action") == {}
    with pytest.raises(UserError):
        await AudienceMeta(connection(sandbox, access_token="EAAB-not-the-token")).choices("audience_id")
