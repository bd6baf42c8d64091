"""The versions of a journey side by side: the newest lets people in, the others are finished on."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from orchestrator.execution.protocol import Target
from orchestrator.journey.document import Journey
from orchestrator.journey.node import Node
from tests.reference.books import Books
from tests.reference.interpreter import Version

Drawing = tuple[Journey, Mapping[str, Node]]


class Reference:
    """A journey that runs, in the versions that people are on."""

    def __init__(self, books: Books, drawing: Drawing) -> None:
        self.books = books
        self.running = [Version(self.books, 1, 1, *drawing)]
        self.started = self.paused = self.stopped = False

    def due(self) -> list[datetime]:
        """Every instant at which something is to happen, as far as it is known now."""
        return sorted({at for version in self.running for at in version.due})

    def tick(self, now: datetime) -> None:
        """Everything that is due at this instant, one step of everybody after the other, the oldest version first."""
        self.books.now = now
        if not self.started:
            self.running[-1].begin()
            self.started = True
        while not (self.paused or self.stopped) and any(at <= now for at in self.due()):
            next(version for version in self.running if any(at <= now for at in version.due)).go_round()

    def post(self, entry: str, request: str, members: Any, now: datetime) -> None:
        """Another system posts members; the same request counts once."""
        if request not in self.books.requests:
            self.books.requests[request] = members
            self.books.inbox[entry] |= set(members)
        self.running[-1].alarms[entry].add(now)

    def stop(self, now: datetime) -> None:
        """Ends every open visit."""
        self.books.now, self.stopped = now, True
        for version in self.running:
            version.end_all("stopped")

    def standing(self) -> dict[str, int]:
        """How many are at each step, as it is shown before a version is chosen."""
        return dict(Counter(str(visit.node) for visit in self.books.visits if visit.ended_at is None))

    def pin(self, number: int, drawing: Drawing, now: datetime) -> None:
        """Whoever is inside finishes on their version; from now on people come in by the new one."""
        new = self._made(Version(self.books, number, number, *drawing), now)
        for version in self.running:
            for entry in version.entries:
                version.alarms[entry] = set()
            version.entries = {}
        self.running.append(new)

    def move(self, number: int, drawing: Drawing, targets: Sequence[Target], now: datetime) -> None:
        """Everybody goes on in the new version, and from a step that is gone to another, or out."""
        new = self._made(Version(self.books, number, 1, *drawing), now)
        to = {target.from_node: target for target in targets}
        for visit in [each for each in self.books.visits if each.ended_at is None and each.node in to]:
            target = to[str(visit.node)]
            row = (visit.member, visit.number, visit.node, None, target.to_node, target.ended, "version", now, number)
            self.books.moves.append(row)
            visit.node, visit.arrived_at = (None if target.ended else target.to_node), now
            if target.ended:
                visit.ended_at, visit.reason = now, "version"
        new.take_over()
        self.running = [new]

    def _made(self, new: Version, now: datetime) -> Version:
        self.books.now = now
        new.begin(self.running[-1])
        return new
