"""One chunk of a delivery: claim in the journal, send, record, write back – so that a crash leaves nothing unsaid.

    intent (ledger) → claim (journal) → provider → result (journal) → outcome (ledger)

The result of one batch and the claim of the next are committed together, so after a crash at most one batch per lane
is in doubt. What is in doubt is settled by the channel's semantics: a set or a key is sent again, anything else is
held as `unknown`.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from orchestrator.channels.channel import Batch, Channel, Outcome, Recipient, Result, Semantics
from orchestrator.channels.templates import Rendering
from orchestrator.errors import ChannelAway, SojournError, UserError
from orchestrator.execution.faults import fault
from orchestrator.execution.plan import DeliveryPlan
from orchestrator.execution.protocol import DeliverChunk
from orchestrator.lakehouse.engine import Engine

CLAIMED = "sending"
"""The journal's state of a delivery between its claim and its result; every other state is an Outcome."""


Entry = tuple[str, str | None, str | None]
"""(state, reference, reason) of a delivery in the journal."""


class Journal(Protocol):
    """The delivery journal in the app database: keys, states and references, never a person."""

    async def entries(self, place: DeliverChunk) -> dict[str, Entry]:
        """What earlier attempts left of a chunk, by delivery key."""

    async def write(self, place: DeliverChunk, entries: Mapping[str, Entry]) -> None:
        """Returns when the entries are committed, together with those of other lanes."""


@dataclass
class Gate:
    """Closed when the journey is paused: what is claimed finishes, nothing new is claimed."""

    closed: bool = False


@dataclass
class Chunk:
    """A chunk on its way: `settled` grows until every recipient is in it, or the gate closes.

    With `give_up` whoever cannot be sent to now is rejected instead of tried again later.
    """

    request: DeliverChunk
    plan: DeliveryPlan
    channel: Channel
    journal: Journal
    gate: Gate
    give_up: bool = False
    clock: Callable[[], datetime] = lambda: datetime.now(UTC).replace(tzinfo=None)
    settled: dict[str, tuple[Result, datetime]] = field(default_factory=dict)
    trouble: SojournError | None = None

    async def run(self, engine: Engine) -> None:
        """Delivers what is not settled and writes the outcomes back, whatever happened on the way.

        Raises ChannelAway or UserError when the channel stopped the chunk; what was settled before is written.
        """
        try:
            await self._deliver(await self._read(engine))
        finally:
            # Shielded: a cancelled activity still writes back what the provider has accepted.
            await asyncio.shield(self._write_back(engine))
        if self.trouble is not None:
            raise self.trouble

    async def _read(self, engine: Engine) -> list[Recipient]:
        """Who is still to be sent to; everybody else of the chunk is settled on the way."""
        values = {"as_of": self.request.as_of, "wave": self.request.wave, "chunk": self.request.chunk}
        rows: dict[str, tuple[Any, ...]] = {}
        async for part in engine.stream(self.plan.recipients, values):
            for row in part:
                if row[0] not in rows or (rows[row[0]][1] and not row[1]):
                    rows[row[0]] = row  # a customer row that is there twice counts once, the one that can be sent to
        left_behind = await self.journal.entries(self.request)
        todo: list[Recipient] = []
        found: dict[str, Result] = {}
        for key, reason, *given in rows.values():
            state, reference, why = left_behind.get(key, (None, None, None))
            if state not in (None, CLAIMED, Outcome.DEFERRED):
                self._settle({key: Result(Outcome(str(state)), reference, why)})
            elif state == CLAIMED and self._in_doubt():
                found[key] = Result(Outcome.UNKNOWN, reason="in_doubt")
            elif reason is not None:
                found[key] = Result(Outcome.SUPPRESSED, reason=reason)
            else:
                todo.append(Recipient(key, _values(self.plan.columns, given)))
        await self._record(found)
        return todo

    def _in_doubt(self) -> bool:
        return self.channel.capabilities.semantics not in (Semantics.SET, Semantics.KEYED)

    async def _record(self, results: Mapping[str, Result]) -> None:
        await self._journal(results, [])
        self._settle(results)

    async def _journal(self, results: Mapping[str, Result], claims: Iterable[str]) -> None:
        entries: dict[str, Entry] = {
            key: (str(each.outcome), each.reference, each.reason) for key, each in results.items()
        }
        entries |= dict.fromkeys(claims, (CLAIMED, None, None))
        await self.journal.write(self.request, entries)

    async def _deliver(self, todo: list[Recipient]) -> None:
        if not todo:
            return
        capabilities = self.channel.capabilities
        step = self.channel.Step.model_validate(self.plan.step)
        batches = iter(_batches(todo, capabilities.batch, self._batch_key))
        rendering = Rendering(step)
        lanes = min(capabilities.lanes, -(-len(todo) // capabilities.batch))
        async with asyncio.TaskGroup() as group:
            for _ in range(lanes):
                group.create_task(self._lane(batches, step, rendering))

    def _batch_key(self, index: int) -> str:
        request = self.request
        return f"{request.journey_id}/{request.node_id}/{request.wave}/{request.chunk}/{index}"

    async def _lane(self, batches: Iterator[Batch], step: Any, rendering: Rendering) -> None:
        """Takes batch after batch; the last one's result is committed with the next one's claim."""
        results: dict[str, Result] = {}
        while not self.gate.closed and self.trouble is None and (batch := next(batches, None)):
            await self._journal(results, [each.key for each in batch.recipients])
            self._settle(results)
            fault("deliver:claimed")
            results = await self._send(batch, step, rendering)
            fault("deliver:sent")
        if results:
            await self._record(results)

    async def _send(self, batch: Batch, step: Any, rendering: Rendering) -> dict[str, Result]:
        rendered, results = _rendered(batch, rendering)
        try:
            if rendered.recipients:
                async for key, result in self.channel.deliver(rendered, step):
                    results[key] = result
        except SojournError as trouble:
            # Nothing without a result can have been accepted, the channel says; it may be sent again later.
            self.trouble = self.trouble or trouble
            reason = trouble.code
            results |= {
                each.key: Result(Outcome.DEFERRED, reason=reason)
                for each in batch.recipients
                if each.key not in results
            }
        if self._in_doubt():
            doubt = Result(Outcome.UNKNOWN, reason="no_answer")
            return {each.key: results.get(each.key, doubt) for each in batch.recipients}
        missing = len(batch.recipients) - len(results)
        if missing and self.trouble is None:
            self.trouble = ChannelAway(f"no answer for {missing} deliveries", place=self.plan.connection)
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
        fault("deliver:written")


def _batches(todo: list[Recipient], size: int, key: Callable[[int], str]) -> Iterator[Batch]:
    for index, start in enumerate(range(0, len(todo), size)):
        yield Batch(key(index), todo[start : start + size])


def _rendered(batch: Batch, rendering: Rendering) -> tuple[Batch, dict[str, Result]]:
    """The batch with every field rendered, without those for whom that fails: one member harms no other."""
    ready, failed = [], {}
    for recipient in batch.recipients:
        values = recipient.values
        try:
            fields = rendering.render(values["attributes"])
        except UserError:
            failed[recipient.key] = Result(Outcome.REJECTED, reason="render_failed")
        else:
            ready.append(Recipient(recipient.key, {**values["contacts"], **fields}))
    return Batch(batch.key, ready), failed


def _values(columns: Sequence[str], given: Sequence[Any]) -> dict[str, dict[str, Any]]:
    """`contacts`: contacts and identifiers by name; `attributes`: what the templates use, by path."""
    found: dict[str, dict[str, Any]] = {"contacts": {}, "attributes": {}}
    for column, value in zip(columns, given, strict=True):
        kind, _, name = column.partition(":")
        found["attributes" if kind == "attribute" else "contacts"][name] = value
    return found
