"""The contract of a channel as tests: subclass `ChannelContract`, say how to reach the provider, run pytest."""

import asyncio
import json
import logging
import traceback
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from sqlglot import exp

from orchestrator.channels.batches import batch_of, deliver
from orchestrator.channels.channel import Channel, ChannelModel, Outcome, Recipient, Result, Semantics
from orchestrator.errors import ChannelAway, NoAnswer, SojournError, UserError


class ChannelContract(ABC):
    """What the runner relies on. Needs pytest-asyncio in auto mode, and a provider that can be told to fail.

    A provider is a sandbox, never a real account: the contract sends.
    """

    channel: ClassVar[type[Channel]]
    secrets: ClassVar[Sequence[str]] = ()
    """Secrets in the connections below; none may show up in an error or a log."""
    tells_when: ClassVar[bool] = True
    """Whether a busy provider can say when to come again."""

    @abstractmethod
    def connection(self) -> ChannelModel:
        """A connection that works."""

    @abstractmethod
    def refused_connections(self) -> Sequence[ChannelModel]:
        """Connections with credentials the provider refuses."""

    @abstractmethod
    def unreachable_connection(self) -> ChannelModel:
        """A connection to where nothing listens."""

    @abstractmethod
    def step(self) -> ChannelModel:
        """What the marketer fills in."""

    @abstractmethod
    def values(self, number: int) -> Mapping[str, Any]:
        """The values of an ordinary recipient, different for each number."""

    @abstractmethod
    def poison(self) -> Sequence[Mapping[str, Any]]:
        """Values no message can be made of, or that look as if: empty, emoji, 10 KB, NUL, line breaks."""

    @abstractmethod
    async def break_provider(self) -> None:
        """From now on the provider takes nothing and says so, as on an outage."""

    @abstractmethod
    async def busy_provider(self, retry_after: float | None) -> None:
        """From now on the provider takes nothing and asks to come again, in as many seconds if it says when."""

    @abstractmethod
    async def lose_answer(self, *, taken: bool) -> None:
        """The next request breaks off without an answer, after it was taken or before."""

    @abstractmethod
    async def slow_provider(self, seconds: float) -> None:
        """From now on every answer takes that long."""

    @abstractmethod
    async def heal_provider(self) -> None:
        """The provider works again."""

    @abstractmethod
    async def provider_state(self) -> Any:
        """What the provider has taken, in a form that can be compared: messages, or members of the audience."""

    def test_forms_render_to_json_schema(self) -> None:
        """Both forms are JSON Schema with a title on every field, and secrets are marked as such."""
        for model in (self.channel.Connection, self.channel.Step):
            schema = model.model_json_schema()
            json.dumps(schema)
            assert schema["type"] == "object"
            assert all(field.get("title") for field in schema["properties"].values())
            assert schema.get("additionalProperties") is False, "unknown keys must be refused"
        shown = self.connection().model_dump_json() + repr(self.connection())
        assert not any(secret in shown for secret in self.secrets), "keep secrets in SecretStr"

    def test_capabilities_add_up(self) -> None:
        """The runner can plan with them, and identifiers are expressions both engines have."""
        capabilities = self.channel.capabilities
        assert capabilities.batch >= 1
        assert capabilities.lanes >= 1
        assert capabilities.consent or not (capabilities.contacts or capabilities.identifiers), "whom may it contact?"
        assert not (capabilities.contacts and capabilities.identifiers)
        assert capabilities.key_ttl is None or capabilities.semantics is Semantics.KEYED
        for identifier in capabilities.identifiers:
            made = identifier.make(exp.column("contact", quoted=True))
            assert made.sql("duckdb")
            assert made.sql("databricks")

    async def test_check_says_what_it_found(self) -> None:
        """The check of a good connection is a sentence without secrets."""
        found = await self.channel(self.connection()).check()
        assert found
        assert not any(secret in found for secret in self.secrets)

    async def test_check_refuses_bad_credentials(self) -> None:
        """Bad credentials are the person's to fix, not to be retried."""
        for connection in self.refused_connections():
            error = await _error(self.channel(connection).check())
            assert isinstance(error, UserError), f"expected UserError, not {error!r}"
            assert error.fix, "say what to do about it"
            self._assert_discreet(error)

    async def test_check_tells_when_nothing_answers(self) -> None:
        """An unreachable provider may heal."""
        error = await _error(self.channel(self.unreachable_connection()).check())
        assert isinstance(error, ChannelAway), f"expected ChannelAway, not {error!r}"
        self._assert_discreet(error)

    async def test_everybody_is_accepted_once(self) -> None:
        """Ordinary recipients, duplicates among them: one result each, all accepted, with a reference."""
        people = [self._recipient(number) for number in range(25)]
        async with self.opened() as channel:
            results = await self.deliver(channel, [*people, people[3], people[24]])
        assert set(results) == {person.key for person in people}
        for result in results.values():
            assert result.outcome is Outcome.ACCEPTED
            assert result.reference

    async def test_a_full_batch_is_taken_at_once(self) -> None:
        """The provider takes as many at a time as the capabilities say."""
        size = self.channel.capabilities.batch
        people = [self._recipient(number) for number in range(1_000, 1_000 + size)]
        async with self.opened() as channel:
            results = await self.deliver(channel, people)
        assert [each.outcome for each in results.values()] == [Outcome.ACCEPTED] * size

    async def test_the_same_batch_again_changes_nothing(self) -> None:
        """A set or a keyed provider takes the same batch twice without complaint, and has it once."""
        if not self._repeats:
            return
        people = [self._recipient(number) for number in range(5)]
        async with self.opened() as channel:
            first, state = await self.deliver(channel, people), await self.provider_state()
            again = await self.deliver(channel, people)
        assert {key: each.outcome for key, each in again.items()} == {key: each.outcome for key, each in first.items()}
        assert await self.provider_state() == state

    async def test_a_lost_answer_leaves_the_batch_in_doubt(self) -> None:
        """Nobody gets a result for what nobody answered; where a repeat is harmless it ends with one of each."""
        for start, taken in ((500, False), (600, True)):
            people = [
                self._recipient(number) for number in range(start, start + min(3, self.channel.capabilities.batch))
            ]
            async with self.opened() as channel:
                before = await self.provider_state()
                await self.lose_answer(taken=taken)
                try:
                    assert await self.deliver(channel, people) == {}
                except NoAnswer as doubt:
                    self._assert_discreet(doubt)
                finally:
                    await self.heal_provider()
                after = await self.provider_state()
                assert (after != before) is taken
                if self._repeats:
                    results = await self.deliver(channel, people)
                    assert {each.outcome for each in results.values()} == {Outcome.ACCEPTED}
                    assert not taken or await self.provider_state() == after

    async def test_a_busy_provider_is_left_alone_for_as_long_as_it_says(self) -> None:
        """Nothing is taken, nobody gets a result, and the time it names comes along."""
        people = [self._recipient(number) for number in range(700, 702)]
        for seconds in (None, 7.0) if self.tells_when else (None,):
            async with self.opened() as channel:
                before = await self.provider_state()
                await self.busy_provider(seconds)
                try:
                    error = await _error(self.deliver(channel, people))
                finally:
                    await self.heal_provider()
                assert isinstance(error, ChannelAway), f"expected ChannelAway, not {error!r}"
                assert not isinstance(error, NoAnswer), "a provider that is busy has taken nothing"
                assert error.retry_after == seconds
                self._assert_discreet(error)
                assert await self.provider_state() == before

    async def test_a_delivery_that_is_cancelled_harms_no_later_one(self) -> None:
        """Whoever stops in the middle of a request can go on with the same channel."""
        people, slow = [self._recipient(number) for number in range(800, 803)], 0.5
        async with self.opened() as channel:
            await self.slow_provider(slow)
            delivery = asyncio.create_task(self.deliver(channel, people[:1]))
            await asyncio.sleep(0.05)
            delivery.cancel()
            await asyncio.gather(delivery, return_exceptions=True)
            assert delivery.cancelled()
            await asyncio.sleep(slow)  # the provider may take it all the same, and then has
            await self.heal_provider()
            results = await self.deliver(channel, people[1:])
        assert {each.outcome for each in results.values()} == {Outcome.ACCEPTED}

    async def test_poison_harms_nobody_else(self) -> None:
        """Whatever is in a recipient's values, it costs no other recipient the message, and raises nothing."""
        good = [self._recipient(number) for number in range(100, 104)]
        bad = [Recipient(f"poison-{number}", values) for number, values in enumerate(self.poison())]
        async with self.opened() as channel:
            results = await self.deliver(channel, [*good[:2], *bad, *good[2:]])
        assert all(results[person.key].outcome is Outcome.ACCEPTED for person in good)
        for person in bad:
            result = results[person.key]
            assert result.outcome in (Outcome.ACCEPTED, Outcome.REJECTED)
            if result.outcome is Outcome.REJECTED:
                assert result.reason
                assert result.reason.isascii()
                assert len(result.reason) < 50, "a code, not a text"

    async def test_an_outage_is_not_a_result(self) -> None:
        """When the provider is away, nobody gets a result, and the work goes on once it is back."""
        people = [self._recipient(number) for number in range(200, 203)]
        async with self.opened(self.unreachable_connection()) as channel:
            error = await _error(self.deliver(channel, people))
            assert isinstance(error, ChannelAway), f"expected ChannelAway, not {error!r}"
            self._assert_discreet(error)
        async with self.opened() as channel:
            before = await self.provider_state()
            await self.break_provider()
            try:
                error = await _error(self.deliver(channel, people))
                assert isinstance(error, ChannelAway), f"expected ChannelAway, not {error!r}"
                self._assert_discreet(error)
                assert await self.provider_state() == before
            finally:
                await self.heal_provider()
            results = await self.deliver(channel, people)
        assert [results[person.key].outcome for person in people] == [Outcome.ACCEPTED] * 3

    async def test_refused_credentials_stop_the_delivery(self) -> None:
        """Credentials refused in the middle of a journey are the person's to fix as well."""
        for connection in self.refused_connections():
            async with self.opened(connection) as channel:
                error = await _error(self.deliver(channel, [self._recipient(300)]))
            assert isinstance(error, UserError), f"expected UserError, not {error!r}"
            self._assert_discreet(error)

    async def test_nothing_is_logged_about_people_or_secrets(self, caplog: Any) -> None:
        """Even at DEBUG the logs hold no secret and no recipient."""
        people = [self._recipient(number) for number in range(400, 403)]
        bad = [Recipient(f"quiet-{number}", values) for number, values in enumerate(self.poison())]
        with caplog.at_level(logging.DEBUG):
            await self.channel(self.connection()).check()
            async with self.opened() as channel:
                await self.deliver(channel, [*people, *bad])
        self._assert_no_trace(caplog.text)

    async def deliver(self, channel: Channel, people: Sequence[Recipient]) -> dict[str, Result]:
        """Delivers in batches as large as the channel takes; fails when a key gets a second result."""
        size, step = channel.capabilities.batch, self.step()
        results: dict[str, Result] = {}
        for start in range(0, len(people), size):
            part = people[start : start + size]
            counts: Counter[str] = Counter()
            async for key, result in deliver(channel, batch_of(part), step):
                counts[key] += 1
                results[key] = result
            assert set(counts) <= {person.key for person in part}, "a result for somebody else"
            assert all(count == 1 for count in counts.values()), "two results for one recipient"
        return results

    @asynccontextmanager
    async def opened(self, connection: ChannelModel | None = None) -> AsyncIterator[Channel]:
        """The channel, opened as the runner does."""
        channel = self.channel(connection or self.connection())
        await channel.open()
        try:
            yield channel
        finally:
            await channel.close()

    @property
    def _repeats(self) -> bool:
        return self.channel.capabilities.semantics in (Semantics.SET, Semantics.KEYED)

    def _recipient(self, number: int) -> Recipient:
        return Recipient(f"{type(self).__name__}-{number}", self.values(number))

    def _assert_discreet(self, error: SojournError) -> None:
        # What a provider or a library says may repeat what was sent, so it must not come along with our error.
        assert error.__cause__ is None, "raise with `from None`"
        assert error.__context__ is None or error.__suppress_context__, "raise with `from None`"
        self._assert_no_trace("".join(traceback.format_exception(error)))

    def _assert_no_trace(self, text: str) -> None:
        contacts = (*self.channel.capabilities.contacts, *(i.name for i in self.channel.capabilities.identifiers))
        people = (self.values(number).get(contact) for number in (*range(200, 203), 300, *range(400, 403))
                  for contact in contacts)  # fmt: skip
        for word in _words((*self.secrets, *people)):
            assert word not in text, "a secret or a person shows up in an error or a log"


def _words(values: Iterable[Any]) -> list[str]:
    return [value for value in values if isinstance(value, str) and value]


async def _error(awaitable: Any) -> BaseException | None:
    """What the awaitable raises, so that the kit needs no pytest to be imported."""
    try:
        await awaitable
    except Exception as error:
        return error
    return None
