"""Coming in: whom an entry lets in, whom it refuses and why, and when it is asked again."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestrator.journey.nodes.api_entry import ApiEntry
from orchestrator.journey.nodes.entry import Every, Monthly, Once, Weekly
from orchestrator.journey.nodes.event_entry import EventEntry
from orchestrator.journey.settings import After, JourneySettings, Never
from tests.reference.books import Books, Visit
from tests.reference.members import bucket, comes_round


class ComingIn:
    """The entries of one version."""

    books: Books
    number: int
    settings: JourneySettings
    entries: Mapping[str, Any]
    ends_at: datetime | None
    alarms: defaultdict[str, set[datetime]]
    since: dict[str, datetime]

    @property
    def now(self) -> datetime:
        """The instant of the pass."""
        return self.books.now

    def begin(self, before: "ComingIn | None" = None) -> None:
        """Every entry is asked now, or on its first day; one that came in once, and did, does not again."""
        # Open: an entry on days that come round is not asked at the start, even if that is such a moment.
        for entry in self.entries:
            first = self._comes_round(entry) or self._once_at(entry)
            again = before is not None and entry in before.entries and not before.alarms[entry]
            if not (again and self._is_once(entry) and (first is None or first <= self.now)):
                self.alarms[entry] = {first or self.now}
        self.since = dict.fromkeys(self.entries, self.now)
        if before is not None:
            both = [each for each in self.entries if isinstance(self.entries[each], EventEntry)]
            same = [each for each in both if isinstance(before.entries.get(each), EventEntry)]
            self.since |= {each: before.since[each] for each in same}

    def _is_once(self, entry: str) -> bool:
        return isinstance(getattr(self.entries[entry], "schedule", None), Once | Weekly | Monthly)

    def open(self, entry: str) -> None:
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
        members = self.books.members.who(node.rule, self.now)
        if isinstance(node, EventEntry):
            self._happened(entry, node, self.books.members.happened(node.event, since, self.now), members)
            return
        for member in members:
            earlier = [visit for visit in self.books.visits if visit.member == member]
            if self._may_enter(earlier):
                self._enter(member, entry)
            elif any(visit.entry != entry for visit in earlier) and (entry, member) not in self.books.told:
                # Open: told once for each entry, and only to those who came in by another.
                self.books.told.add((entry, member))
                self.books.refusals.append((entry, member, "reentry", self.now, None, None))

    def _happened(
        self, entry: str, node: EventEntry, events: dict[tuple[int, str | None], datetime], members: list[int]
    ) -> None:
        """Of a member and key the newest event counts, and once, whatever comes of it."""
        for (member, key), at in sorted(events.items(), key=lambda event: (event[1], event[0][1] or "")):
            last = self.books.considered.get((entry, member, key))
            if member not in members or (last is not None and last >= at):
                continue
            self.books.considered[entry, member, key] = at
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
        posted, self.books.inbox[entry] = self.books.inbox[entry], set()
        customers = self.books.members.who(node.entering().rule, self.now)
        for member, key in sorted(posted, key=lambda each: (each[0], each[1] or "")):
            wrong = ["journey_ended"] * (self.ends_at is not None and self.now >= self.ends_at)
            wrong += ["no_key"] * (key is None and node.keyed) + ["no_customer"] * (member not in customers)
            self._let_in(entry, member, key, self.now, wrong, keyed=node.keyed)

    def _let_in(self, entry: str, member: int, key: str | None, at: datetime, wrong: list[str], *, keyed: bool) -> None:
        """Comes in, or is refused for the first thing that is wrong."""
        theirs = [visit for visit in self.books.visits if visit.member == member]
        if not wrong and self._may_enter([visit for visit in theirs if visit.key == key or not keyed]):
            self._enter(member, entry, at, key)
        else:
            self.books.refusals.append((entry, member, [*wrong, "reentry"][0], self.now, key, at))

    def _comes_round(self, entry: str) -> datetime | None:
        when = getattr(self.entries[entry], "schedule", None)
        return comes_round(when, self.now, self.books.sources.time_zone) if isinstance(when, Weekly | Monthly) else None

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
        number = sum(visit.member == member for visit in self.books.visits) + 1
        visit = Visit(member, number, self.number, entry, at or self.now, entry, self.now, self.now, key)
        self.books.visits.append(visit)
        shares = {f"{self.books.journey_id}/holdout": self.settings.holdout, "holdout": self.books.sources.holdout}
        if any(bucket(salt, member) < round(share * 100) for salt, share in shares.items()):
            self._end(visit, "holdout", port="next")
        else:
            self._go(visit, "next")

    def _go(self, visit: Visit, port: str, why: str | None = None) -> None:
        raise NotImplementedError

    def _end(self, visit: Visit, reason: str, port: str | None, target: str | None = None) -> None:
        raise NotImplementedError
