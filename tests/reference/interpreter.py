"""What a journey means, member by member, in plain Python: no SQL, no sets, no waves of anybody else's.

It reads the drawing with the product's own models – the fields, not what they compile to – and keeps a journal of
visits, moves, deliveries, refusals and conversions as plain tuples. Where the meaning of a journey is left open, it
does as the engine does; each such place says "open".
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestrator.audience.rules import Rule
from orchestrator.channels.channel import Outcome, Result
from orchestrator.journey.document import Journey
from orchestrator.journey.node import Node
from orchestrator.journey.nodes.api_entry import ApiEntry
from orchestrator.journey.nodes.entry import Entry, Every, Monthly, Once, Weekly
from orchestrator.journey.nodes.event_entry import EventEntry
from orchestrator.journey.nodes.exit import Exit
from orchestrator.journey.nodes.first_match import FirstMatch
from orchestrator.journey.nodes.message import Message
from orchestrator.journey.nodes.random_split import RandomSplit
from orchestrator.journey.nodes.split import Split
from orchestrator.journey.nodes.wait import Wait
from orchestrator.journey.nodes.wait_for import WaitFor
from orchestrator.journey.nodes.wait_until import MemberDate, OnDate, WaitUntil, Window
from orchestrator.journey.settings import After, JourneySettings, Never
from orchestrator.lakehouse.model import Sources
from tests.reference.members import Members, Row, bucket, comes_round, opens
from tests.reference.policy import Policy
from tests.reference.visit import Visit

ACCEPTED = Result(Outcome.ACCEPTED)


@dataclass
class Reference:
    """A journey that runs over `tables`, whose rows the test changes as it likes between two ticks."""

    journey_id: str
    journey: Journey
    nodes: Mapping[str, Node]
    sources: Sources
    tables: dict[str, list[Row]]
    answers: Mapping[str, Result | None] = field(default_factory=dict)
    paused: bool = False
    stopped: bool = False

    def __post_init__(self) -> None:
        self.settings = JourneySettings.model_validate(self.journey.settings)
        self.wired = {(edge.source, edge.source_port): edge.target for edge in self.journey.edges}
        drawn = [(each.id, self.nodes[each.id]) for each in self.journey.nodes]
        self.entries = {each: node for each, node in drawn if isinstance(node, Entry | EventEntry | ApiEntry)}
        ends_at = self.settings.ends_at
        self.ends_at = ends_at and ends_at.astimezone(UTC).replace(tzinfo=None)
        self.members = Members(self.sources, self.tables)
        self.now: datetime
        self.visits: list[Visit] = []
        self.moves: list[tuple[Any, ...]] = []
        self.policy = Policy(self.journey_id, self.sources, self.members)
        self.deliveries = self.policy.deliveries
        self.refusals: list[tuple[Any, ...]] = []
        self.told: set[tuple[str, int]] = set()
        self.since: dict[str, datetime] = {}
        self.considered: dict[tuple[str, int, str | None], datetime] = {}
        self.requests: dict[str, Any] = {}
        self.inbox: dict[str, set[tuple[int, str | None]]] = defaultdict(set)
        self.conversions: dict[tuple[int, int], datetime] = {}
        self.sent: list[str] = []
        self.started = False
        # Open: an alarm rings for whom it was set, gone or not; then everybody at the node is asked.
        self.alarms: dict[str, set[datetime]] = defaultdict(set)
        self.to_send: set[str] = set()

    # When things happen

    def due(self) -> list[datetime]:
        """Every instant at which something is to happen, as far as it is known now."""
        return sorted({at for alarms in self.alarms.values() for at in alarms})

    def tick(self, now: datetime) -> None:
        """Everything that is due at this instant, one step of everybody after the other."""
        self.now = now
        if not self.started:
            # Open: an entry on days that come round is not asked at the start, even if that is such a moment.
            self.alarms |= {each: {self._comes_round(each) or self._once_at(each) or now} for each in self.entries}
            self.since = dict.fromkeys(self.entries, now)
            self.started = True
        while not (self.paused or self.stopped) and (due := self.due()) and due[0] <= now:
            self._pass()

    def post(self, entry: str, request: str, members: Any, now: datetime) -> None:
        """Another system posts members; the same request counts once."""
        if request not in self.requests:
            self.requests[request] = members
            self.inbox[entry] |= set(members)
        self.alarms[entry].add(now)

    def stop(self, now: datetime) -> None:
        """Ends every open visit."""
        self.now, self.stopped = now, True
        for visit in self._inside():
            self._end(visit, "stopped", port=None)

    def _pass(self) -> None:
        """In this order: who comes in, who leaves early, who goes how far, who gets what."""
        for entry in self.entries:
            if self._rings(entry):
                self._open(entry)
        if self.settings.looks:
            self._look()
        while ringing := [node for node in self.nodes if self._rings(node)]:
            for node in ringing:
                self._ask(node)
        for node in sorted(self.to_send):
            self._send(node)
        self.to_send = set()

    def _rings(self, node: str) -> bool:
        return any(at <= self.now for at in self.alarms[node])

    # Coming in

    def _open(self, entry: str) -> None:
        node = self.entries[entry]
        if isinstance(node, ApiEntry):
            self._take(entry, node)
            return
        when = node if isinstance(node, EventEntry) else node.schedule
        every = self._after(entry, when.minutes) if isinstance(when, EventEntry | Every) else None
        again = every or self._comes_round(entry)
        self.alarms[entry] = {again} if again and (self.ends_at is None or again < self.ends_at) else set()
        since = self.since[entry]
        if isinstance(node, EventEntry):
            self.since[entry] = max(since, self.now - node.late)
        if self.ends_at is not None and self.now >= self.ends_at:
            return
        members = self.members.who(node.rule, self.now)
        if isinstance(node, EventEntry):
            self._happened(entry, node, self.members.happened(node.event, since, self.now), members)
            return
        for member in members:
            earlier = [visit for visit in self.visits if visit.member == member]
            if self._may_enter(earlier):
                self._enter(member, entry)
            elif any(visit.entry != entry for visit in earlier) and (entry, member) not in self.told:
                # Open: told once for each entry, and only to those who came in by another.
                self.told.add((entry, member))
                self.refusals.append((entry, member, "reentry", self.now, None, None))

    def _happened(
        self, entry: str, node: EventEntry, events: dict[tuple[int, str | None], datetime], members: list[int]
    ) -> None:
        """Of a member and key the newest event counts, and once, whatever comes of it."""
        for (member, key), at in sorted(events.items(), key=lambda event: (event[1], event[0][1] or "")):
            last = self.considered.get((entry, member, key))
            if member not in members or (last is not None and last >= at):
                continue
            self.considered[entry, member, key] = at
            # Open: a visit with a key knows those of the same key alone, one without knows all of its member's.
            keyed = node.event.key != ""
            self._let_in(entry, member, key, at, ["no_key"] * (keyed and key is None), keyed=keyed)

    def _after(self, entry: str, minutes: int) -> datetime:
        """When an entry is asked again: counted from when it was to be asked, not from when it was."""
        was_due, length = min(self.alarms[entry]), timedelta(minutes=minutes)
        return was_due + ((self.now - was_due) // length + 1) * length

    def _take(self, entry: str, node: ApiEntry) -> None:
        """Whoever was posted since comes in, or is told why not."""
        # Open: a post is found by looking as well, every 15 minutes.
        again = self._after(entry, 15)
        self.alarms[entry] = {again} if self.ends_at is None or again < self.ends_at else set()
        posted, self.inbox[entry] = self.inbox[entry], set()
        customers = self.members.who(node.entering().rule, self.now)
        for member, key in sorted(posted, key=lambda each: (each[0], each[1] or "")):
            wrong = ["journey_ended"] * (self.ends_at is not None and self.now >= self.ends_at)
            wrong += ["no_key"] * (key is None and node.keyed) + ["no_customer"] * (member not in customers)
            self._let_in(entry, member, key, self.now, wrong, keyed=node.keyed)

    def _let_in(self, entry: str, member: int, key: str | None, at: datetime, wrong: list[str], *, keyed: bool) -> None:
        """Comes in, or is refused for the first thing that is wrong."""
        theirs = [visit for visit in self.visits if visit.member == member]
        if not wrong and self._may_enter([visit for visit in theirs if visit.key == key or not keyed]):
            self._enter(member, entry, at, key)
        else:
            self.refusals.append((entry, member, [*wrong, "reentry"][0], self.now, key, at))

    def _comes_round(self, entry: str) -> datetime | None:
        when = getattr(self.entries[entry], "schedule", None)
        return comes_round(when, self.now, self.sources.time_zone) if isinstance(when, Weekly | Monthly) else None

    def _once_at(self, entry: str) -> datetime | None:
        when = getattr(self.entries[entry], "schedule", None)
        return when.at.astimezone(UTC).replace(tzinfo=None) if isinstance(when, Once) and when.at else None

    def _may_enter(self, earlier: list[Visit]) -> bool:
        again = self.settings.reentry
        gap = again.gap if isinstance(again, After) else timedelta()

        def rested(visit: Visit) -> bool:
            over = visit.ended_at is not None and visit.ended_at + gap <= self.now
            return over and visit.came_at < self.now and visit.reason != "holdout"  # once held out, always held out

        return not earlier or (not isinstance(again, Never) and all(map(rested, earlier)))

    def _enter(self, member: int, entry: str, at: datetime | None = None, key: str | None = None) -> None:
        number = sum(visit.member == member for visit in self.visits) + 1
        visit = Visit(member, number, entry, at or self.now, entry, self.now, self.now, key)
        self.visits.append(visit)
        shares = {f"{self.journey_id}/holdout": self.settings.holdout, "holdout": self.sources.holdout}
        if any(bucket(salt, member) < round(share * 100) for salt, share in shares.items()):
            self._end(visit, "holdout", port="next")
        else:
            self._go(visit, "next")

    # Leaving early, and success

    def _look(self) -> None:
        goal = self.settings.goal
        for visit in self.visits:
            name = (visit.member, visit.number)
            # Open: reached is what is seen at a look; the last one is at the end of the window.
            in_time = goal and name not in self.conversions and self.now <= visit.entered_at + goal.within
            if goal and in_time and self._holds(goal.rule, visit):
                self.conversions[name] = self.now
            if visit.ended_at is None and (why := self._why_leave(visit)):
                self._end(visit, why, port=None)
        may_convert = goal and any(
            self.now < visit.entered_at + goal.within and (visit.member, visit.number) not in self.conversions
            for visit in self.visits
        )
        watched = may_convert or self._inside()
        self.alarms["look"] = {self.now + timedelta(minutes=self.settings.look_minutes)} if watched else set()
        if goal:  # at the last moment of each window, too
            open_goals = [v for v in self.visits if (v.member, v.number) not in self.conversions]
            self.alarms["look"] |= {end for v in open_goals if (end := v.entered_at + goal.within) > self.now}

    def _why_leave(self, visit: Visit) -> str | None:
        goal = self.settings.goal
        if goal and goal.leave and (visit.member, visit.number) in self.conversions:
            return "goal"
        for each in self.settings.exit_rules:
            if self._holds(each.rule, visit):
                return f"exit_rule:{each.name}"
        ended = self.ends_at is not None and self.now >= self.ends_at and self.settings.at_end == "leave"
        return "journey_ended" if ended else None

    # Steps

    def _ask(self, node_id: str) -> None:
        node, alarms = self.nodes[node_id], self.alarms[node_id]
        self.alarms[node_id] = {at for at in alarms if at > self.now} if isinstance(node, Wait) else set()
        for visit in [visit for visit in self.visits if visit.node == node_id]:
            way = self._way(node, visit)
            if isinstance(way, datetime):
                self.alarms[node_id].add(way)
            elif way is not None:
                self._go(visit, *way)

    def _way(self, node: Node, visit: Visit) -> tuple[str, str | None] | datetime | None:
        """(port, something to tell), or – of those who stay – when they are to be asked again."""
        match node:
            case Wait():
                return ("next", None) if visit.arrived_at + node.duration <= self.now else None
            case WaitUntil(until=Window() as window):
                return opens(window, self.now, self.members.zone(visit.member)) or ("next", None)
            case WaitUntil(until=until):
                return self._by_date(until, visit)
            case WaitFor():
                over = visit.arrived_at + node.timeout
                if self.now <= over and self._holds(node.rule, visit):
                    return "met", None
                again = self.now + timedelta(minutes=node.every)
                return ("timed_out", None) if self.now >= over else min(again, over)
            case Split():
                return "yes" if self._holds(node.rule, visit) else "no", None
            case FirstMatch():
                return next((each.id for each in node.branches if self._holds(each.rule, visit)), "else"), None
            case RandomSplit():
                drawn, below = bucket(f"{self.journey_id}/{visit.node}", visit.member), 0
                for arm in node.arms:
                    below += round(arm.weight * 100)
                    if drawn < below:
                        return arm.id, None
            case Message() if visit.node in visit.outcomes:
                sent = visit.outcomes[visit.node] is Outcome.ACCEPTED
                return "done" if sent or (visit.node, "not_done") not in self.wired else "not_done", None
            case Message():
                at = self._waits(node, str(visit.node), visit)
                if at is not None and at <= self.now:
                    self.to_send.add(str(visit.node))
                    return None
                return at
        return None

    def _by_date(self, until: OnDate | MemberDate, visit: Visit) -> tuple[str, str | None] | datetime:
        moment = self.members.date(until, visit.member)
        if moment is None:
            return "next", "missing_date"
        if moment > self.now:
            return moment
        return "next", "past_date" if moment <= visit.arrived_at else None

    def _send(self, node_id: str) -> None:
        """Whoever cannot be sent to is settled at once; whoever sleeps, or is over the throttle, stays."""
        node = self.nodes[node_id]
        assert isinstance(node, Message)
        todo = [visit for visit in self.visits if visit.node == node_id and node_id not in visit.outcomes]
        fit: list[tuple[Visit, str]] = []
        for visit in sorted(todo, key=lambda visit: (visit.member, visit.number)):
            found = self.members.unfit(visit.member, self.now)
            if isinstance(found, str):
                fit.append((visit, found))
            else:
                self._settle(node_id, visit, found)
        taken = set[str]()
        ready: dict[str, tuple[Visit, str]] = {}
        for visit, address in fit:
            # Open: once per address among those who are at the step at the same time.
            again = node.one_per_address and address.strip().lower() in taken
            taken.add(address.strip().lower())
            if why := "duplicate_address" if again else self._why_not(node, node_id, visit):
                self._settle(node_id, visit, Result(Outcome.SUPPRESSED, reason=why))
            elif self.policy.keeps_awake(node) or not self._sleeps(node_id, visit):
                ready[f"{visit.member}/{visit.number}"] = (visit, address)
        room = self.policy.room(node_id, node.throttle, self.now) if node.throttle else len(ready)
        longest = sorted(ready.values(), key=lambda one: (one[0].arrived_at, one[0].member, one[0].number))
        chosen = {id(visit): address for visit, address in longest[: max(room, 0)]}
        before: Counter[int] = Counter()
        left = {visit.member: self.policy.most_left(visit.member, self.settings, self.now) for visit, _ in longest}
        for visit in self.policy.in_order(node_id, [visit for visit, _ in longest if id(visit) in chosen]):
            self.policy.planned.append((node_id, self.now))
            before[visit.member] += 1
            if not node.transactional and before[visit.member] > left[visit.member]:
                self._settle(node_id, visit, Result(Outcome.SUPPRESSED, reason="frequency_cap"))
                continue
            given = self.answers.get(chosen[id(visit)], ACCEPTED)
            if given is None or given.outcome is Outcome.ACCEPTED:
                self.sent.append(chosen[id(visit)])
            self._settle(node_id, visit, given or Result(Outcome.UNKNOWN, reason="no_answer"))
        self.alarms[node_id].add(self.now)

    def _why_not(self, node: Message, node_id: str, visit: Visit) -> str | None:
        if node.transactional:
            return None
        if self.policy.most_left(visit.member, self.settings, self.now) <= 0:
            return "frequency_cap"
        quiet = self.sources.contact_policy.quiet_hours
        return "quiet_hours" if quiet and quiet.then == "drop" and self._sleeps(node_id, visit) else None

    def _sleeps(self, node_id: str, visit: Visit) -> datetime | None:
        return self.policy.sleeps(visit.member, node_id, visit.arrived_at, self.now)

    def _settle(self, node_id: str, visit: Visit, result: Result) -> None:
        visit.outcomes[node_id] = result.outcome
        entry = (visit.member, visit.number, node_id, str(result.outcome), result.reason, self.now)
        self.deliveries.append(entry)

    def _waits(self, node: Message, node_id: str, visit: Visit) -> datetime | None:
        """Of somebody who is not sent to yet: when they are to be; None: nobody waits at this step."""
        if not self.policy.keeps_awake(node) and self.sources.contact_policy.quiet_hours.then != "drop":  # type: ignore[union-attr]
            if at := self._sleeps(node_id, visit):
                return at
        elif node.throttle is None:
            return None
        return self.policy.room_at(node_id, node.throttle, self.now) if node.throttle else self.now

    def _go(self, visit: Visit, port: str, why: str | None = None) -> None:
        target = self.wired.get((str(visit.node), port))
        node = self.nodes[target] if target else None
        if target is None or isinstance(node, Exit):
            self._end(visit, f"exit:{node.outcome}" if isinstance(node, Exit) else "end_of_path", port, target)
            return
        self.moves.append((visit.member, visit.number, visit.node, port, target, False, why, self.now))
        visit.node, visit.arrived_at = target, self.now
        if isinstance(node, Message):
            self.to_send.add(target)
        else:
            self.alarms[target].add(self.now + node.duration if isinstance(node, Wait) else self.now)

    def _end(self, visit: Visit, reason: str, port: str | None, target: str | None = None) -> None:
        self.moves.append((visit.member, visit.number, visit.node, port, target, True, reason, self.now))
        visit.node, visit.ended_at, visit.reason = None, self.now, reason

    def _inside(self) -> list[Visit]:
        return [visit for visit in self.visits if visit.ended_at is None]

    def _holds(self, rule: Rule, visit: Visit) -> bool:
        return self.members.holds(rule, visit.member, visit.entered_at, self.now)
