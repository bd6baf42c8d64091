"""The versions of a journey as its workflow runs them, without Temporal."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from orchestrator.execution import protocol as p
from orchestrator.execution.idle import Looks
from orchestrator.execution.plan import Plan
from orchestrator.execution.transfer import take_over, targets_of
from orchestrator.execution.verify import Promised, verify
from orchestrator.execution.versions import Running, Versions
from orchestrator.journey.document import Journey
from tests.world import SCHEMA, Driver, Letter, Notebook, World, outlines


@dataclass
class Journeys:
    """The versions of one journey as its workflow runs them, with a clock of our own."""

    world: World
    plans: dict[int, Plan]
    versions: Versions
    channel: Letter = field(default_factory=Letter)
    journal: Notebook = field(default_factory=Notebook)
    looks: Looks = field(default_factory=Looks)
    verified: bool = True
    """The invariants are asked for after every step."""

    @classmethod
    def start(cls, world: World, journey: Journey, now: datetime, name: str = "j", *, verified: bool = True) -> Self:
        plan = world.plan(journey, name)
        start = p.StartJourney(
            journey_id=name, version=1, plan_hash=plan.hash, queue="", steps=outlines(plan, now), state=p.State()
        )
        return cls(world, {1: plan}, Versions(start), verified=verified)

    @property
    def newest(self) -> Plan:
        return self.plans[self.versions.newest.version]

    def driver(self, running: Running) -> Driver:
        plan = self.plans[running.version]
        return Driver(self.world, plan, self.channel, self.journal, running.waves, running.since_version, self.looks)

    async def tick(self, now: datetime, *, sending: bool = True) -> None:
        self.versions.newest.waves.begin(now)
        while self.versions.is_due(now):
            running = self.versions.open(now)
            driver, wave = self.driver(running), running.waves.state.wave
            for each in running.waves.due_steps(now):
                running.waves.advanced(each, await driver.advance(each.node_id, wave, now), now)
            for each in sorted(running.waves.to_deliver(), key=lambda step: step.node_id):
                if sending:
                    await self.send(driver, each.node_id, wave, now)
            self.versions.drop_left()
        await self.holds()

    async def send(self, driver: Driver, node_id: str, wave: int, now: datetime) -> None:
        await driver.deliver(node_id, wave, now)
        self.versions.delivered(p.DeliveryDone(node_id=node_id, wave=wave), now)

    async def adopt(self, journey: Journey, people: p.People, now: datetime, **targets: str | None) -> list[p.Target]:
        number = max(self.plans) + 1
        plan = self.world.plan(journey, self.newest.journey_id, number)
        kept = self.versions.kept(outlines(plan, now))
        made = targets_of(plan, list(self.plans.values()), targets, kept)
        adopt = p.Adopt(version=number, plan_hash=plan.hash, steps=outlines(plan, now), people=people, targets=made)
        if people == "pin":
            self.versions.pin(adopt, now)
        else:
            transfer = p.Transfer(
                plan_hash=plan.hash,
                journey_id=plan.journey_id,
                version=number,
                wave=self.versions.count(),
                as_of=now,
                kept=sorted(kept),
                targets=made,
            )
            for _ in range(2):  # an activity may run again
                done = await take_over(self.world.engine, plan, transfer, now)
            self.versions.move(adopt, done.standing, now)
        self.plans[number] = plan
        await self.holds()
        return made

    async def holds(self) -> None:
        if not self.verified:
            return
        checked = await verify(self.world.engine, SCHEMA, Promised(list(self.plans.values())))
        assert [each for each in checked if each.violations] == []

    @property
    def numbers(self) -> list[int]:
        return [each.version for each in self.versions]

    async def here(self) -> dict[str, list[int]]:
        return await self.driver(self.versions.newest).here()

    async def ended(self) -> dict[str, list[int]]:
        return await self.driver(self.versions.newest).ended()
