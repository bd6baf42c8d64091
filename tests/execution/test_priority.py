"""Journeys that share a frequency cap: whose message is sent, in any order of what they do, and never too many."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from orchestrator.channels.channel import Outcome, Result
from orchestrator.execution import protocol as p
from orchestrator.execution.delivery import Chunk, Gate
from orchestrator.execution.plan import Plan
from orchestrator.execution.verify import Promised, verify
from orchestrator.journey.document import Journey
from orchestrator.lakehouse.engine import Statement
from tests.execution.desk import NOW, address, people
from tests.world import SCHEMA, AtOnce, Driver, World, build

URGENCY = {"receipt": 1, "birthday": 2, "news": 3, "survey": 4}
PRIORITY = {1: "normal", 2: "high", 3: "normal", 4: "low"}
MEMBERS = range(1, 3)
CAP = {"most": 1, "within_days": 1}
BOUNCES = 2
"""The member whose address takes nothing."""


def drawn(name: str) -> Journey:
    letter = {"channel": "letter", "connection": "post", "step": {"line": name}, "transactional": URGENCY[name] == 1}
    nodes = [
        {
            "id": "audience",
            "type": "entry",
            "data": {"schedule": {"kind": "every", "minutes": 1}, "rule": {"kind": "all"}},
        },
        {"id": "letter", "type": "message", "data": letter},
    ]
    edges = [{"id": "e1", "source": "audience", "target": "letter"}]
    set_up = {"reentry": {"kind": "always"}, "priority": PRIORITY[URGENCY[name]]}
    return Journey.model_validate({"name": name, "settings": set_up, "nodes": nodes, "edges": edges})


@dataclass
class Intent:
    """What the machine knows of one; `outcome` None: it is under way."""

    journey: str
    member: int
    planned_at: datetime
    key: str
    outcome: str | None = None
    settled_at: datetime | None = None

    @property
    def urgency(self) -> int:
        return URGENCY[self.journey]

    def comes_before(self, other: "Intent") -> bool:
        mine, theirs = [(each.urgency, each.planned_at, each.key) for each in (self, other)]
        return mine < theirs

    def counts(self, now: datetime) -> bool:
        got = self.outcome == "accepted" and self.settled_at is not None
        return got and self.settled_at > now - timedelta(days=CAP["within_days"])  # type: ignore[operator]


@dataclass
class Sender:
    """A journey, and how many waves it has had."""

    driver: Driver
    wave: int = 0
    intents: list[Intent] = field(default_factory=list)

    @property
    def under_way(self) -> list[Intent]:
        return [each for each in self.intents if each.outcome is None]


class OneCap(RuleBasedStateMachine):
    """Journeys let everybody in, intend, and send whenever they get to it."""

    world: World
    run: asyncio.Runner
    plans: ClassVar[dict[str, Plan]]

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        clear = [f"DELETE FROM {SCHEMA}.{name}" for name in ("visits", "moves", "intents", "deliveries", "waves")]
        self._do(self.world.engine.write([Statement(sql=each) for each in clear]))
        self.senders = {name: Sender(Driver(self.world, self.plans[name])) for name in URGENCY}
        for each in self.senders.values():
            each.driver.channel.answers[address(BOUNCES)] = Result(Outcome.REJECTED, reason="bounced")

    def _do(self, work: Any) -> Any:
        return self.run.run(work)

    def _intents(self, member: int) -> list[Intent]:
        return [each for sender in self.senders.values() for each in sender.intents if each.member == member]

    @rule(length=st.sampled_from([timedelta(seconds=1), timedelta(hours=11), timedelta(days=1)]))
    def time_passes(self, length: timedelta) -> None:
        self.now += length

    @rule(name=st.sampled_from(sorted(URGENCY)))
    def everybody_is_intended(self, name: str) -> None:
        sender = self.senders[name]
        if sender.under_way or (sender.intents and sender.intents[-1].planned_at == self.now):
            return
        sender.wave += 1
        self._do(self._let_in(sender))
        rows = self._do(
            self.world.run(
                f"SELECT member_id, delivery_key, reason FROM {SCHEMA}.intents WHERE journey_id = $j AND wave = $w",
                j=name, w=sender.wave,
            )
        )  # fmt: skip
        for member, key, reason in sorted(rows):
            in_the_way = [
                e
                for e in self._intents(member)
                if e.counts(self.now) or (e.outcome is None and e.urgency <= URGENCY[name])
            ]
            full = len(in_the_way) >= CAP["most"] and URGENCY[name] > 1
            assert reason == ("frequency_cap" if full else None), (name, member, in_the_way)
            outcome = ("suppressed", self.now) if full else (None, None)
            sender.intents.append(Intent(name, member, self.now, key, *outcome))

    async def _let_in(self, sender: Sender) -> None:
        for node_id in ("letter", "audience"):
            await sender.driver.advance(node_id, sender.wave, self.now)
        delivery = sender.driver.plan.step("letter").delivery
        assert delivery is not None
        values = {"as_of": self.now, "wave": sender.wave, "since_version": 1}
        await self.world.engine.write(delivery.intend, values, marker=delivery.marker)

    @precondition(lambda self: any(each.under_way for each in self.senders.values()))
    @rule(name=st.sampled_from(sorted(URGENCY)))
    def what_is_under_way_is_sent(self, name: str) -> None:
        sender = self.senders[name]
        if not sender.under_way:
            return
        expected = {each.key: self._comes_of(each) for each in sender.under_way}
        chunk = self._do(self._send(sender))
        waits = {key for key, outcome in expected.items() if outcome is None}
        assert set(chunk.asleep) == waits
        assert {key: str(result.outcome) for key, (result, _) in chunk.settled.items()} == {
            key: outcome for key, outcome in expected.items() if outcome
        }
        for each in sender.under_way:
            each.outcome, each.settled_at = expected[each.key], self.now

    def _comes_of(self, intent: Intent) -> str | None:
        """None: it waits until those that are less urgent are settled."""
        others = [each for each in self._intents(intent.member) if each is not intent]
        before = [e for e in others if e.counts(self.now) or (e.outcome is None and e.comes_before(intent))]
        below = [e for e in others if e.outcome is None and e.urgency > intent.urgency]
        if intent.urgency > 1 and len(before) >= CAP["most"]:
            return "suppressed"
        if intent.urgency > 1 and len(before) + len(below) >= CAP["most"]:
            return None
        return "rejected" if intent.member == BOUNCES else "accepted"

    async def _send(self, sender: Sender) -> Chunk:
        plan = sender.driver.plan
        request = p.DeliverChunk(
            plan_hash=plan.hash, journey_id=plan.journey_id, node_id="letter", wave=sender.wave, as_of=self.now, chunk=0
        )
        delivery = plan.step("letter").delivery
        assert delivery is not None
        made = Chunk(request, delivery, sender.driver.channel, sender.driver.journal, Gate(), clock=lambda: self.now)
        await made.run(self.world.engine)
        return made

    @invariant()
    def somebody_can_always_go_on(self) -> None:
        for member in MEMBERS:
            under_way = [each for each in self._intents(member) if each.outcome is None]
            assert not under_way or any(self._comes_of(each) for each in under_way), "all wait for each other"

    def teardown(self) -> None:
        plans = [each.driver.plan for each in self.senders.values()]
        assert [each for each in self._do(verify(self.world.engine, SCHEMA, Promised(plans))) if each.violations] == []


@contextmanager
def machines() -> Iterator[type[OneCap]]:
    with asyncio.Runner() as runner:
        world = runner.run(build(AtOnce(memory="1GB"), contact_policy={"caps": [CAP]}))
        runner.run(world.run("SET threads = 1"))
        runner.run(people(world, MEMBERS))
        plans = {name: world.plan(drawn(name), name) for name in URGENCY}
        try:
            yield type("Here", (OneCap,), {"world": world, "run": runner, "plans": plans})
        finally:
            runner.run(world.engine.close())


def test_a_cap_is_kept_by_priority_whoever_is_faster() -> None:
    few = settings(max_examples=5, stateful_step_count=30, deadline=None, derandomize=True, database=None)
    with machines() as machine:
        run_state_machine_as_test(machine, settings=settings(few, suppress_health_check=list(HealthCheck)))


def test_the_less_urgent_gives_way_although_it_was_frozen_first() -> None:
    with machines() as machine:
        here = machine()
        here.everybody_is_intended("survey")
        here.time_passes(timedelta(seconds=1))
        here.everybody_is_intended("birthday")
        here.what_is_under_way_is_sent("birthday")
        assert [each.outcome for each in here.senders["birthday"].intents] == [None, None], "it waits"
        here.what_is_under_way_is_sent("survey")
        assert [each.outcome for each in here.senders["survey"].intents] == ["suppressed", "suppressed"]
        here.what_is_under_way_is_sent("birthday")
        assert [each.outcome for each in here.senders["birthday"].intents] == ["accepted", "rejected"]
        here.teardown()
