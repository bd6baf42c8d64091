"""When which step runs: the bookkeeping of waves, pure, so that workflow, tests and simulation share it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from orchestrator.execution.plan import Step
from orchestrator.execution.protocol import Advanced, DeliveryDone, State, StepOutline

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BESIDE = 50
"""Deliveries of one step under way at once; with more, those who arrive wait until one is done."""


def outline(step: Step, now: datetime) -> StepOutline:
    """What the workflow of a journey that starts now knows of a step; `now` is aware."""
    return StepOutline(
        node_id=step.node_id,
        title=step.title,
        kind=step.kind,
        every=step.every,
        until=step.until,
        first_at=step.calendar.next(now) if step.calendar else step.at,
        late=step.late,
        wait=step.wait,
    )


def wakes_at(due: datetime, every: timedelta) -> datetime:
    """The first multiple of `every`, counted from 1970, that is not before `due`, which is aware; zero: `due`."""
    return due + (_EPOCH - due) % every if every else due


class Waves:
    """Keeps a journey's State. Every instant comes in as `now`; the same calls give the same state.

    A wave: `open`, then for each step of `due_steps` its statements and `advanced`, then `to_deliver`.
    """

    def __init__(self, steps: Sequence[StepOutline], state: State) -> None:
        self.state = state
        self._steps = list(steps)
        self._by_id = {step.node_id: step for step in steps}
        self._was_due: dict[str, datetime] = {}

    def begin(self, now: datetime) -> None:
        """At the start every entry is due, or on its first day; once begun it changes nothing."""
        if not self.state.started:
            self.state.started = True
            self.state.due = {step.node_id: step.first_at or now for step in self._steps if step.kind == "enter"}
            self.state.since = {step.node_id: now for step in self._steps if step.late is not None}

    @property
    def steps(self) -> list[StepOutline]:
        """What it was made of."""
        return self._steps

    @property
    def under_way(self) -> list[DeliveryDone]:
        """The deliveries that will tell when they are done."""
        own = [DeliveryDone(node_id=node_id, wave=wave) for node_id, wave in self.state.delivering.items()]
        return [*own, *self.state.inherited]

    @property
    def next_due_at(self) -> datetime | None:
        """When the next step is due; None: nothing is."""
        return min(self.state.due.values(), default=None)

    def is_due(self, now: datetime) -> bool:
        """Whether a wave would do something; never while paused."""
        due = self.next_due_at
        waiting = any(node_id not in self.state.delivering for node_id in self.state.arrived)
        return not self.state.paused and (waiting or (due is not None and due <= now))

    @property
    def is_over(self) -> bool:
        """Nothing is due, nothing is being delivered: nobody is inside, and nobody can come."""
        return not (self.state.due or self.state.delivering or self.state.arrived or self.state.inherited)

    def open(self, number: int | None = None) -> int:
        """Begins the next wave – or the one of that number, where versions count together – and returns its number."""
        self.state.wave = number or self.state.wave + 1
        return self.state.wave

    def due_steps(self, now: datetime) -> Iterator[StepOutline]:
        """The steps due, in topological order – those that become due on the way included; each is taken off.

        The look at everybody is part of every wave.
        """
        for step in self._steps:
            due = self.state.due.get(step.node_id)
            if step.kind == "look" or (due is not None and due <= now):
                self.state.due.pop(step.node_id, None)
                self._was_due[step.node_id] = due or now
                yield step

    def advanced(self, step: StepOutline, done: Advanced, now: datetime) -> None:
        """A step's statements have run: whoever it moved is due where they arrived."""
        self._tell_apart(step, done)
        if step.every is not None:
            self._ask_again(step, step.every, now)
        if step.late is not None:
            self.state.since[step.node_id] = max(self.state.since[step.node_id], now - step.late)
        if done.next_due_at is not None and step.kind == "deliver" and done.next_due_at <= now:
            self._arrive(step, now)  # quiet hours are over for somebody who was held back
        elif done.next_due_at is not None:
            self.due(step.node_id, done.next_due_at)
        for node_id, count in done.moved.items():
            if count:
                self._arrive(self._by_id[node_id], now)

    def _tell_apart(self, step: StepOutline, done: Advanced) -> None:
        """The steps that have been asked since anybody came there; the look also minds who is gone."""
        came_or_left = done.ended or (step.kind == "enter" and done.moved)
        stir = {node_id for node_id, count in done.moved.items() if count}
        stir |= {each.node_id for each in self._steps if each.kind == "look" and came_or_left}
        quiet = {each for each in self.state.quiet if each not in stir}
        self.state.quiet = sorted(quiet | {step.node_id} if step.kind in ("move", "look") else quiet)

    def _ask_again(self, step: StepOutline, every: timedelta, now: datetime) -> None:
        """Counted from when it was due, not from when it ran: a year of late timers must not add up."""
        was_due = min(self._was_due.pop(step.node_id, now), now)
        following = was_due + ((now - was_due) // every + 1) * every
        if step.until is None or following < step.until:
            self.due(step.node_id, following)

    def due(self, node_id: str, at: datetime) -> None:
        """The step is due then, or earlier if it already was."""
        self.state.due[node_id] = min(at, self.state.due.get(node_id, at))

    def to_deliver(self) -> Iterator[StepOutline]:
        """Steps that act, with arrivals and no delivery under way; each is taken as being delivered."""
        for node_id in list(self.state.arrived):
            if node_id not in self.state.delivering:
                self.state.arrived.remove(node_id)
                self.state.delivering[node_id] = self.state.wave
                yield self._by_id[node_id]

    def delivered(self, done: DeliveryDone, now: datetime) -> None:
        """A delivery has settled everybody, or all but those left: whoever is settled is due to move on.

        Those left keep nobody who arrives later waiting.
        """
        named = DeliveryDone(node_id=done.node_id, wave=done.wave)
        if self.state.delivering.get(done.node_id) == done.wave:
            beside = sum(each.node_id == done.node_id for each in self.state.inherited)
            if not done.left:
                del self.state.delivering[done.node_id]
            elif beside < BESIDE - 1:
                del self.state.delivering[done.node_id]
                self.state.inherited.append(named)
        elif named not in self.state.inherited:
            return
        elif not done.left:
            self.state.inherited.remove(named)
        if done.node_id in self._by_id:
            self.due(done.node_id, now)

    def arrive(self, node_id: str, now: datetime) -> None:
        """Somebody is at the step without having been moved there by a wave of this version."""
        step = self._by_id[node_id]
        self.state.quiet = [each for each in self.state.quiet if each != node_id]
        if step.kind == "deliver":
            self._arrive(step, now)  # for those not sent to yet
        self.due(node_id, now)

    def _arrive(self, step: StepOutline, now: datetime) -> None:
        if step.kind != "deliver":
            self.due(step.node_id, now + step.wait if step.wait else now)
        elif step.node_id not in self.state.arrived:
            self.state.arrived.append(step.node_id)
