"""One chunk of a delivery: claim in the journal, send, record, write back – so that a crash leaves nothing unsaid.

    intent (ledger) → claim (journal) → provider → result (journal) → outcome (ledger)

The result of one batch and the claim of the next are committed together, so after a crash at most one batch per lane
is in doubt. What is in doubt is settled by the channel's semantics: a set is sent again, a batch under a key again as
it was (`doubt`), anything else is held as `unknown`, unless the step says that it is to be sent again.
"""

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Protocol

from orchestrator.channels.batches import batch_of
from orchestrator.channels.batches import deliver as deliver_batch
from orchestrator.channels.channel import Batch, Channel, Outcome, Recipient, Result, Semantics
from orchestrator.channels.links import StepLinks
from orchestrator.channels.templates import Rendering
from orchestrator.errors import NoAnswer, SojournError, UserError
from orchestrator.execution.doubt import Claimed
from orchestrator.execution.faults import fault
from orchestrator.execution.plan import DeliveryPlan
from orchestrator.execution.protocol import DeliverChunk
from orchestrator.lakehouse.engine import Engine

CLAIMED = "sending"
"""The journal's state of a delivery between its claim and its result; every other state is an Outcome."""
IN_DOUBT = Result(Outcome.UNKNOWN, reason="in_doubt")


Entry = tuple[str, str | None, str | None]
"""(state, reference, reason) of a delivery in the journal.

Of a claim under a key the reference is the batch's key and the reason the instant of the first claim under it; so it is
of what was claimed and is free to be claimed once more.
"""


class Journal(Protocol):
    """The delivery journal in the app database: keys, states and references, never a person."""

    async def entries(self, place: DeliverChunk) -> dict[str, Entry]:
        """What earlier attempts left of a chunk, by delivery key."""

    async def write(self, place: DeliverChunk, attempt: str, entries: Mapping[str, Entry]) -> Container[str]:
        """Returns when the entries are committed, together with those of other lanes; the keys of those that stand.

        Only what has no entry, or was deferred, can be claimed. An entry that is claimed or deferred takes the word of
        the attempt that wrote it and of later ones, never of earlier ones; any other entry stands for ever.
        """


@dataclass
class Gate:
    """Closed when the journey is paused: what is claimed finishes, nothing new is claimed."""

    closed: bool = False


_Member = tuple[str, dict[str, Any], dict[str, Any]]
"""The delivery key, contacts and identifiers by name, and what the templates use by attribute path."""
AHEAD = 64
"""Recipients rendered in one go: one at a time between two answers of a server costs half as much again."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A batch ready to be sent, and those of it whose templates failed: one member harms no other.

    `since` is when it was first claimed, if it was before: it may have been taken under its key, and goes as it is.
    """

    batch: Batch
    failed: dict[str, Result]
    since: str | None = None


def _new_attempt() -> str:
    """Sorts after those of before: what Temporal takes for dead may only be slow, and must not send what we send."""
    return f"{time.time_ns():020d}-{secrets.token_hex(4)}"


@dataclass
class Chunk:
    """A chunk on its way: `settled` grows until every recipient is in it, or the gate closes.

    With `give_up` whoever cannot be sent to now is rejected instead of tried again later. `asleep` are those for whom
    it was night when the chunk was read, with the end of it; they stay as they are.
    """

    request: DeliverChunk
    plan: DeliveryPlan
    channel: Channel
    journal: Journal
    gate: Gate
    give_up: bool = False
    clock: Callable[[], datetime] = lambda: datetime.now(UTC).replace(tzinfo=None)
    links: StepLinks | None = None
    attempt: str = field(default_factory=_new_attempt)
    settled: dict[str, tuple[Result, datetime]] = field(default_factory=dict)
    asleep: dict[str, datetime] = field(default_factory=dict)
    _nights: dict[str, datetime] = field(default_factory=dict)
    """When it becomes night for whom."""
    pace: Callable[[int], Awaitable[None]] | None = None
    """Returns when so many recipients may be sent to."""
    trouble: SojournError | None = None
    written: bool = False
    """What is settled is in the ledger."""

    async def run(self, engine: Engine) -> None:
        """Delivers what is not settled and writes the outcomes back, whatever happened on the way.

        Raises ChannelAway or UserError when the channel stopped the chunk; what was settled before is written.
        """
        try:
            await self._deliver(*await self._read(engine))
        finally:
            # Shielded: a cancelled activity still writes back what the provider has accepted.
            await asyncio.shield(self._write_back(engine))
        if self.trouble is not None:
            raise self.trouble

    async def _read(self, engine: Engine) -> tuple[list[Claimed[_Member]], list[_Member]]:
        """Batches to be sent again as they were, and who else is to be sent to; all others are settled on the way."""
        values = {"as_of": self.clock(), "wave": self.request.wave, "chunk": self.request.chunk}
        rows: dict[str, tuple[Any, ...]] = {}
        async for part in engine.stream(self.plan.recipients, values):
            for row in part:
                if row[0] not in rows or (rows[row[0]][1] and not row[1]):
                    rows[row[0]] = row  # a customer row that is there twice counts once, the one that can be sent to
        left_behind = await self.journal.entries(self.request)
        layout = _Layout(self.plan.columns)
        todo: list[_Member] = []
        found: dict[str, Result] = {}
        again: dict[str, Result] = {}
        claims: dict[str, Claimed[_Member]] = {}
        for key, reason, *given in rows.values():
            wakes_at, sleeps_at = (given.pop(0), given.pop(0)) if self.plan.timed else (None, None)
            state, reference, why = left_behind.get(key, (None, None, None))
            if state not in (None, CLAIMED, Outcome.DEFERRED):
                self._settle({key: Result(Outcome(str(state)), reference, why)})
            elif state == CLAIMED and self._is_held():
                found[key] = IN_DOUBT
            elif reference is not None and why is not None and self._keyed:
                fit = reason is None and wakes_at is None
                claimed = claims.setdefault(reference, Claimed(reference, why))
                claimed.members[key] = (key, *layout.values(given)) if fit else None
            elif reason is not None:
                found[key] = IN_DOUBT if state == CLAIMED else Result(Outcome.SUPPRESSED, reason=reason)
            elif wakes_at is not None:
                self.asleep[key] = wakes_at
            else:
                if sleeps_at is not None:
                    self._nights[key] = sleeps_at
                if state == CLAIMED:
                    again[key] = Result(Outcome.DEFERRED, reason="in_doubt")
                todo.append((key, *layout.values(given)))
        repeats: list[Claimed[_Member]] = []
        for claimed in claims.values():
            if claimed.goes_again(self.clock(), self.channel.capabilities.key_ttl):
                repeats.append(claimed)
                again |= dict.fromkeys(claimed.members, Result(Outcome.DEFERRED, claimed.key, claimed.since))
            else:
                left = {key: member for key, member in claimed.members.items() if member and self.plan.resend}
                todo += left.values()
                again |= dict.fromkeys(left, Result(Outcome.DEFERRED, reason="in_doubt"))
                found |= dict.fromkeys(claimed.members.keys() - left.keys(), IN_DOUBT)
        if again:  # what a repeat does not change is free to be claimed once more
            await self._journal(again)
        await self._record(found)
        return repeats, todo

    def _is_held(self) -> bool:
        """Whether what is in doubt is never sent again."""
        repeatable = self.channel.capabilities.semantics in (Semantics.SET, Semantics.KEYED)
        return not repeatable and not self.plan.resend

    @property
    def _keyed(self) -> bool:
        return self.channel.capabilities.semantics is Semantics.KEYED

    async def _record(self, results: Mapping[str, Result]) -> None:
        if not results:
            return
        stands = await self._journal(results)
        self._settle({key: result for key, result in results.items() if key in stands})

    async def _journal(self, results: Mapping[str, Result], claimed: _Prepared | None = None) -> Container[str]:
        """The keys whose result, or claim, stands: another attempt may have been faster."""
        entries: dict[str, Entry] = {
            key: (str(each.outcome), each.reference, each.reason) for key, each in results.items()
        }
        if claimed is not None:
            since = claimed.since or self.clock().isoformat()
            claim: Entry = (CLAIMED, claimed.batch.key, since) if self._keyed else (CLAIMED, None, None)
            entries |= {each.key: claim for each in claimed.batch.recipients}
        return await self.journal.write(self.request, self.attempt, entries)

    async def _deliver(self, repeats: list[Claimed[_Member]], todo: list[_Member]) -> None:
        size = self.channel.capabilities.batch
        lanes = min(self.channel.capabilities.lanes, len(repeats) + -(-len(todo) // size))
        if not lanes:
            return
        step = self.channel.Step.model_validate(self.plan.step)
        rendering = Rendering(step, self.links, self.plan.unsubscribe)
        batches = chain((_again(each, rendering) for each in repeats), _batches(todo, size, rendering))
        async with asyncio.TaskGroup() as group:
            for _ in range(lanes):
                group.create_task(self._lane(batches, step))

    async def _lane(self, batches: Iterator[_Prepared], step: Any) -> None:
        """Takes batch after batch; the last one's result is committed with the next one's claim.

        Whoever could not be rendered is never claimed.
        """
        results: dict[str, Result] = {}
        upcoming = next(batches, None)
        while self._goes_on() and (prepared := upcoming):
            if self.pace is not None:
                await self._record(results)  # it may take a while until it is our turn
                results = {}
                await self.pace(len(prepared.batch.recipients))
                if not self._goes_on():
                    break
            prepared = self._awake(prepared)
            stands = await self._journal(results, prepared)
            self._settle({key: result for key, result in results.items() if key in stands})
            prepared = _only(prepared, stands)
            fault("deliver:claimed")
            upcoming = next(batches, None)  # not before the claim: every lane has its first one then
            awake = self._awake(upcoming).batch.recipients if upcoming else ()
            follows = awake[0] if awake else None
            results = {**prepared.failed, **await self._send(prepared, follows, step)}
            fault("deliver:sent")
        await self._record(results)

    def _goes_on(self) -> bool:
        return not self.gate.closed and self.trouble is None

    def _awake(self, prepared: _Prepared) -> _Prepared:
        """Without those for whom it has become night since the chunk was read; when read again, they sleep."""
        if not self._nights or prepared.since:
            return prepared
        now, nights = self.clock(), self._nights
        awake = {each.key for each in prepared.batch.recipients if each.key not in nights or now < nights[each.key]}
        return _only(prepared, awake)

    async def _send(self, prepared: _Prepared, follows: Recipient | None, step: Any) -> dict[str, Result]:
        """What became of the batch; who is not in it is in doubt, and stays claimed."""
        batch, results = replace(prepared.batch, upcoming=follows), dict[str, Result]()
        mine, put_off = {each.key for each in batch.recipients}, dict[str, Result]()
        try:
            if mine:
                async for key, result in deliver_batch(self.channel, batch, step):
                    deferred = result.outcome is Outcome.DEFERRED
                    (put_off if deferred else results)[key] = replace(result, reference=None) if deferred else result
        except SojournError as trouble:
            self.trouble = self.trouble or trouble
            if not isinstance(trouble, NoAnswer):
                # Nothing without a result can have been accepted, the channel says; it may be sent again later.
                put_off |= dict.fromkeys(
                    mine - results.keys() - put_off.keys(), Result(Outcome.DEFERRED, reason=trouble.code)
                )
        if not prepared.since:  # what may have been taken before is not free because it cannot be asked about now
            results |= put_off
        missing = mine - results.keys()
        if missing and (self._is_held() or self.give_up):
            results |= dict.fromkeys(missing, Result(Outcome.UNKNOWN, reason="no_answer"))
        elif missing and self.trouble is None:
            self.trouble = NoAnswer(f"no answer for {len(missing)} deliveries", place=self.plan.connection)
        return results

    def _settle(self, results: Mapping[str, Result]) -> None:
        now = self.clock()
        for key, result in results.items():
            if result.outcome is not Outcome.DEFERRED:
                self.settled[key] = (result, now)
            elif self.give_up:
                self.settled[key] = (Result(Outcome.REJECTED, reason=result.reason or "gave_up"), now)

    async def _write_back(self, engine: Engine) -> None:
        if not self.settled:
            return
        rows = [
            {
                "delivery_key": key,
                "outcome": str(result.outcome),
                "reason": result.reason,
                "reference": result.reference,
                "settled_at": at.isoformat(sep=" "),
            }
            for key, (result, at) in self.settled.items()
        ]
        fault("deliver:recorded")
        await engine.write([self.plan.settle], {"wave": self.request.wave, "rows": json.dumps(rows)})
        self.written = True
        fault("deliver:written")


def _only(prepared: _Prepared, keys: Container[str]) -> _Prepared:
    """Without the recipients whose keys are not among these."""
    mine = [each for each in prepared.batch.recipients if each.key in keys]
    if len(mine) == len(prepared.batch.recipients):
        return prepared
    # A key stands for its recipients: others make another one, unless it was used for these already.
    batch = replace(prepared.batch, recipients=mine) if prepared.since else batch_of(mine)
    return _Prepared(batch, prepared.failed, prepared.since)


def _batches(todo: list[_Member], size: int, rendering: Rendering) -> Iterator[_Prepared]:
    """The batches in order, rendered a few ahead."""
    ahead = max(AHEAD // size, 1)
    for first in range(0, len(todo), size * ahead):
        block = [todo[start : start + size] for start in range(first, min(first + size * ahead, len(todo)), size)]
        yield from [_prepare(part, rendering) for part in block]


def _again(claimed: Claimed[_Member], rendering: Rendering) -> _Prepared:
    """The batch under the key it had."""
    prepared = _prepare([each for each in claimed.members.values() if each is not None], rendering)
    return replace(prepared, batch=replace(prepared.batch, key=claimed.key), since=claimed.since)


def _prepare(members: list[_Member], rendering: Rendering) -> _Prepared:
    if not rendering.templates:
        return _Prepared(batch_of([Recipient(each, contacts) for each, contacts, _ in members]), {})
    ready: list[Recipient] = []
    failed: dict[str, Result] = {}
    for each, contacts, attributes in members:
        try:
            ready.append(Recipient(each, {**contacts, **rendering.render_for(each, attributes)}))
        except UserError:
            failed[each] = Result(Outcome.REJECTED, reason="render_failed")
    return _Prepared(batch_of(ready), failed)


class _Layout:
    """Which columns of a row are contacts and identifiers, and which are attributes."""

    def __init__(self, columns: Sequence[str]) -> None:
        kinds = [column.partition(":") for column in columns]
        self._contacts = [(index, name) for index, (kind, _, name) in enumerate(kinds) if kind != "attribute"]
        self._attributes = [(index, name) for index, (kind, _, name) in enumerate(kinds) if kind == "attribute"]

    def values(self, row: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """(contacts and identifiers by name, attributes by path)."""
        return {name: row[at] for at, name in self._contacts}, {name: row[at] for at, name in self._attributes}
