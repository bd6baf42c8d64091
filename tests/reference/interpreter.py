"""What a journey means, member by member, in plain Python: no SQL, no sets, no waves of anybody else's.

It reads the drawing with the product's own models – the fields, not what they compile to – and keeps a journal of
visits, moves, deliveries, refusals and conversions as plain tuples. Where the meaning of a journey is left open, it
does as the engine does; each such place says "open".
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from orchestrator.audience.rules import Rule
from orchestrator.channels.channel import Outcome, Result
from orchestrator.journey.document import Journey
from orchestrator.journey.node import Node
from orchestrator.journey.nodes.api_entry import ApiEntry
from orchestrator.journey.nodes.entry import Entry
from orchestrator.journey.nodes.event_entry import EventEntry
from orchestrator.journey.nodes.exit import Exit
from orchestrator.journey.nodes.first_match import FirstMatch
from orchestrator.journey.nodes.message import Message
from orchestrator.journey.nodes.random_split import RandomSplit
from orchestrator.journey.nodes.split import Split
from orchestrator.journey.nodes.wait import Wait
from orchestrator.journey.nodes.wait_for import WaitFor
from orchestrator.journey.nodes.wait_until import MemberDate, OnDate, WaitUntil, Window
from orchestrator.journey.settings import JourneySettings
from tests.reference.books import Books, Visit
from tests.reference.coming_in import ComingIn
from tests.reference.members import bucket, opens

ACCEPTED = Result(Outcome.ACCEPTED)


class Version(ComingIn):
    """One version; it moves on the visits of `since_version` up to its own number."""

    def __init__(
        self, books: Books, number: int, since_version: int, journey: Journey, nodes: Mapping[str, Node]
    ) -> None:
        self.books, self.number, self.since_version, self.nodes = books, number, since_version, nodes
        self.settings = JourneySettings.model_validate(journey.settings)
        self.wired = {(edge.source, edge.source_port): edge.target for edge in journey.edges}
        drawn = [(each.id, nodes[each.id]) for each in journey.nodes]
        self.entries = {each: node for each, node in drawn if isinstance(node, Entry | EventEntry | ApiEntry)}
        ends_at = self.settings.ends_at
        self.ends_at = ends_at and ends_at.astimezone(UTC).replace(tzinfo=None)
        # Open: an alarm rings for whom it was set, gone or not; then everybody at the node is asked.
        self.alarms = defaultdict(set)
        self.to_send: set[str] = set()

    @property
    def due(self) -> list[datetime]:
        """Every instant at which something is to happen, as far as it is known now."""
        return sorted({at for alarms in self.alarms.values() for at in alarms})

    @property
    def visits(self) -> list[Visit]:
        """Those it moves on, and those it did."""
        return [visit for visit in self.books.visits if self._is_mine(visit.version)]

    def go_round(self) -> None:
        """In this order: who comes in, who leaves early, who goes how far, who gets what."""
        for entry in self.entries:
            if self._rings(entry):
                self.open(entry)
        if self.settings.looks:
            self._look()
        while ringing := [node for node in self.nodes if self._rings(node)]:
            for node in ringing:
                self._ask(node)
        for node in sorted(self.to_send):
            self._send(node)
        self.to_send = set()

    def take_over(self) -> None:
        """Everybody is looked at anew, wherever they are."""
        for node_id in {visit.node for visit in self._inside() if visit.node is not None}:
            self.alarms[node_id].add(self.now)
            if isinstance(self.nodes[node_id], Message):
                self.to_send.add(node_id)
        if self.settings.looks:
            self.alarms["look"] = {self.now}

    def _rings(self, node: str) -> bool:
        return any(at <= self.now for at in self.alarms[node])

    def _is_mine(self, version: int) -> bool:
        return self.since_version <= version <= self.number

    # Leaving early, and success

    def _look(self) -> None:
        goal = self.settings.goal
        for visit in self.visits:
            name = (visit.member, visit.number)
            # Open: reached is what is seen at a look; the last one is at the end of the window.
            in_time = goal and name not in self.books.conversions and self.now <= visit.entered_at + goal.within
            if goal and in_time and self._holds(goal.rule, visit):
                self.books.conversions[name] = self.now
            if visit.ended_at is None and (why := self._why_leave(visit)):
                self._end(visit, why, port=None)
        may_convert = goal and any(
            self.now < visit.entered_at + goal.within and (visit.member, visit.number) not in self.books.conversions
            for visit in self.visits
        )
        watched = may_convert or self._inside()
        self.alarms["look"] = {self.now + timedelta(minutes=self.settings.look_minutes)} if watched else set()
        if goal:  # at the last moment of each window, too
            open_goals = [v for v in self.visits if (v.member, v.number) not in self.books.conversions]
            self.alarms["look"] |= {end for v in open_goals if (end := v.entered_at + goal.within) > self.now}

    def _why_leave(self, visit: Visit) -> str | None:
        goal = self.settings.goal
        if goal and goal.leave and (visit.member, visit.number) in self.books.conversions:
            return "goal"
        for each in self.settings.exit_rules:
            if self._holds(each.rule, visit):
                return f"exit_rule:{each.name}"
        ended = self.ends_at is not None and self.now >= self.ends_at and self.settings.at_end == "leave"
        return "journey_ended" if ended else None

    # Steps

    def _ask(self, node_id: str) -> None:
        node = self.nodes[node_id]
        self.alarms[node_id] = self._ends_of_waits(node_id, node) if isinstance(node, Wait) else set()
        for visit in [visit for visit in self.visits if visit.node == node_id]:
            way = self._way(node, visit)
            if isinstance(way, datetime):
                self.alarms[node_id].add(way)
            elif way is not None:
                self._go(visit, *way)

    def _ends_of_waits(self, node_id: str, node: Wait) -> set[datetime]:
        arrivals = [move[7] for move in self.books.moves if move[4:6] == (node_id, False) and self._is_mine(move[8])]
        return {end for at in arrivals if (end := at + node.duration) > self.now}

    def _way(self, node: Node, visit: Visit) -> tuple[str, str | None] | datetime | None:
        """(port, something to tell), or – of those who stay – when they are to be asked again."""
        match node:
            case Wait():
                return ("next", None) if visit.arrived_at + node.duration <= self.now else None
            case WaitUntil(until=Window() as window):
                return opens(window, self.now, self.books.members.zone(visit.member)) or ("next", None)
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
                drawn, below = bucket(f"{self.books.journey_id}/{visit.node}", visit.member), 0
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
        moment = self.books.members.date(until, visit.member)
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
            found = self.books.members.unfit(visit.member, self.now)
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
            elif self.books.policy.keeps_awake(node) or not self._sleeps(node_id, visit):
                ready[f"{visit.member}/{visit.number}"] = (visit, address)
        room = self.books.policy.room(node_id, node.throttle, self.now) if node.throttle else len(ready)
        longest = sorted(ready.values(), key=lambda one: (one[0].arrived_at, one[0].member, one[0].number))
        chosen = {id(visit): address for visit, address in longest[: max(room, 0)]}
        before: Counter[int] = Counter()
        left = {
            visit.member: self.books.policy.most_left(visit.member, self.settings, self.now) for visit, _ in longest
        }
        for visit in self.books.policy.in_order(node_id, [visit for visit, _ in longest if id(visit) in chosen]):
            self.books.policy.planned.append((node_id, self.now))
            before[visit.member] += 1
            if not node.transactional and before[visit.member] > left[visit.member]:
                self._settle(node_id, visit, Result(Outcome.SUPPRESSED, reason="frequency_cap"))
                continue
            given = self.books.answers.get(chosen[id(visit)], ACCEPTED)
            if given is None or given.outcome is Outcome.ACCEPTED:
                self.books.sent.append(chosen[id(visit)])
            self._settle(node_id, visit, given or Result(Outcome.UNKNOWN, reason="no_answer"))
        self.alarms[node_id].add(self.now)

    def _why_not(self, node: Message, node_id: str, visit: Visit) -> str | None:
        if node.transactional:
            return None
        if self.books.policy.most_left(visit.member, self.settings, self.now) <= 0:
            return "frequency_cap"
        quiet = self.books.sources.contact_policy.quiet_hours
        return "quiet_hours" if quiet and quiet.then == "drop" and self._sleeps(node_id, visit) else None

    def _sleeps(self, node_id: str, visit: Visit) -> datetime | None:
        return self.books.policy.sleeps(visit.member, node_id, visit.arrived_at, self.now)

    def _settle(self, node_id: str, visit: Visit, result: Result) -> None:
        visit.outcomes[node_id] = result.outcome
        entry = (visit.member, visit.number, node_id, str(result.outcome), result.reason, self.now)
        self.books.deliveries.append(entry)

    def _waits(self, node: Message, node_id: str, visit: Visit) -> datetime | None:
        """Of somebody who is not sent to yet: when they are to be; None: nobody waits at this step."""
        if not self.books.policy.keeps_awake(node) and self.books.sources.contact_policy.quiet_hours.then != "drop":  # type: ignore[union-attr]
            if at := self._sleeps(node_id, visit):
                return at
        elif node.throttle is None:
            return None
        return self.books.policy.room_at(node_id, node.throttle, self.now) if node.throttle else self.now

    def _go(self, visit: Visit, port: str, why: str | None = None) -> None:
        target = self.wired.get((str(visit.node), port))
        node = self.nodes[target] if target else None
        if target is None or isinstance(node, Exit):
            self._end(visit, f"exit:{node.outcome}" if isinstance(node, Exit) else "end_of_path", port, target)
            return
        self.books.moves.append(
            (visit.member, visit.number, visit.node, port, target, False, why, self.now, self.number)
        )
        visit.node, visit.arrived_at = target, self.now
        if isinstance(node, Message):
            self.to_send.add(target)
        else:
            self.alarms[target].add(self.now + node.duration if isinstance(node, Wait) else self.now)

    def _end(self, visit: Visit, reason: str, port: str | None, target: str | None = None) -> None:
        self.books.moves.append(
            (visit.member, visit.number, visit.node, port, target, True, reason, self.now, self.number)
        )
        visit.node, visit.ended_at, visit.reason = None, self.now, reason

    def end_all(self, reason: str) -> None:
        """Ends every open visit."""
        for visit in self._inside():
            self._end(visit, reason, port=None)

    def _inside(self) -> list[Visit]:
        return [visit for visit in self.visits if visit.ended_at is None]

    def _holds(self, rule: Rule, visit: Visit) -> bool:
        return self.books.members.holds(rule, visit.member, visit.entered_at, self.now)
