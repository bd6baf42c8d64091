"""The versions of a journey that run side by side: the newest lets people in, the others are finished on.

Pure like the waves, with the clock passed in. Each version moves on the visits of a range of versions; the ranges never
overlap. All count their waves together: the ledger knows a wave by its number alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from orchestrator.execution.protocol import Adopt, DeliveryDone, RunningVersion, StartJourney, State, StepOutline
from orchestrator.execution.transfer import kept_steps
from orchestrator.execution.waves import Waves


@dataclass
class Running:
    """One version that runs: it moves on the visits of `since_version` up to its own number."""

    version: int
    plan_hash: str
    since_version: int
    waves: Waves

    def outline(self) -> RunningVersion:
        """What is needed to go on as new."""
        return RunningVersion(
            version=self.version,
            plan_hash=self.plan_hash,
            since_version=self.since_version,
            steps=self.waves.steps,
            state=self.waves.state,
        )


class Versions:
    """Those of one journey, the oldest first."""

    def __init__(self, start: StartJourney) -> None:
        newest = RunningVersion(**{name: getattr(start, name) for name in RunningVersion.model_fields})
        self._all = [
            Running(each.version, each.plan_hash, each.since_version, Waves(each.steps, each.state))
            for each in (*start.older, newest)
        ]

    def __iter__(self) -> Iterator[Running]:
        return iter(self._all)

    @property
    def newest(self) -> Running:
        """The one that lets people in, and counts the waves of all."""
        return self._all[-1]

    @property
    def wave(self) -> int:
        """The number of the last wave."""
        return self.newest.waves.state.wave

    @property
    def paused(self) -> bool:
        """Whether the journey is frozen."""
        return self.newest.waves.state.paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        for each in self:
            each.waves.state.paused = paused

    @property
    def next_due_at(self) -> datetime | None:
        """When the next step of any version is due; None: nothing is."""
        return min((due for each in self if (due := each.waves.next_due_at)), default=None)

    @property
    def due(self) -> dict[str, datetime]:
        """When each step is due next, in whichever version that is first."""
        found: dict[str, datetime] = {}
        for each in self:
            for node_id, at in each.waves.state.due.items():
                found[node_id] = min(at, found.get(node_id, at))
        return found

    @property
    def under_way(self) -> list[DeliveryDone]:
        """The deliveries of all versions."""
        return [done for each in self for done in each.waves.under_way]

    @property
    def is_over(self) -> bool:
        """Nobody is inside any version, and nobody can come."""
        return all(each.waves.is_over for each in self)

    def is_due(self, now: datetime) -> bool:
        """Whether some version's wave would do something; never while paused."""
        return any(each.waves.is_due(now) for each in self)

    def open(self, now: datetime) -> Running:
        """Begins the next wave, for the oldest version for which something is due."""
        running = next(each for each in self if each.waves.is_due(now))
        running.waves.open(self.count())
        return running

    def count(self) -> int:
        """Takes the next wave's number."""
        return self.newest.waves.open()

    def posted(self, node_id: str, now: datetime) -> None:
        """Somebody was posted to an entry; if the newest version has it no more, nobody comes in by it."""
        if any(step.node_id == node_id and step.kind == "enter" for step in self.newest.waves.steps):
            self.newest.waves.due(node_id, now)

    def drop_left(self) -> None:
        """Forgets the older versions on which nobody is any more."""
        self._all = [each for each in self._all[:-1] if not each.waves.is_over] + self._all[-1:]

    def delivered(self, done: DeliveryDone, now: datetime) -> None:
        """A delivery has settled everybody; the version that knows it goes on."""
        for each in self:
            each.waves.delivered(done, now)

    def kept(self, new: Iterable[StepOutline]) -> set[str]:
        """The steps at which people may stay when all move to a version with these steps."""
        return kept_steps(new, [step for each in self for step in each.waves.steps])

    def pin(self, adopt: Adopt, now: datetime) -> None:
        """The new version lets people in from now on; whoever is inside finishes where they are."""
        newest = self._made(adopt, since=adopt.version, now=now)
        for each in self:
            entries = {step.node_id for step in each.waves.steps if step.kind == "enter"}
            for node_id in entries:
                each.waves.state.due.pop(node_id, None)
            each.waves = Waves([step for step in each.waves.steps if step.kind != "enter"], each.waves.state)
        self._all.append(newest)
        self.drop_left()

    def move(self, adopt: Adopt, standing: Iterable[str], now: datetime) -> None:
        """Everybody goes on in the new version; every step where somebody is looks at them again."""
        newest = self._made(adopt, since=1, now=now)
        newest.waves.state.inherited = self.under_way
        for look in (step for step in adopt.steps if step.kind == "look"):
            newest.waves.due(look.node_id, now)
        for node_id in standing:
            newest.waves.arrive(node_id, now)
        self._all = [newest]

    def nothing_is_due(self) -> None:
        """Every visit has ended."""
        for each in self:
            each.waves.state.due = {}

    def carried(self, start: StartJourney) -> StartJourney:
        """What the journey starts anew from."""
        newest = self.newest.outline()
        fields = {name: getattr(newest, name) for name in RunningVersion.model_fields}
        return start.model_copy(
            update={**fields, "older": [each.outline() for each in self._all[:-1]], "deliveries": []}
        )

    def _made(self, adopt: Adopt, since: int, now: datetime) -> Running:
        """The new version, begun: an entry that comes in once, and did, does not again."""
        before = self.newest.waves
        asked = {step.node_id for step in before.steps if step.kind == "enter"}
        waves = Waves(adopt.steps, State(wave=self.wave, paused=self.paused))
        waves.begin(now)
        waves.state.since |= {each: at for each, at in before.state.since.items() if each in waves.state.since}
        for step in adopt.steps:
            once = step.kind == "enter" and step.every is None and (step.first_at is None or step.first_at <= now)
            if once and step.node_id in asked and step.node_id not in before.state.due:
                del waves.state.due[step.node_id]
        return Running(adopt.version, adopt.plan_hash, since, waves)
