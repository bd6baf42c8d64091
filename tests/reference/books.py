"""What the reference writes down: visits, moves, deliveries, refusals, conversions – one set for all versions."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orchestrator.channels.channel import Outcome, Result
from orchestrator.lakehouse.model import Sources
from tests.reference.members import Members, Row
from tests.reference.policy import Policy


@dataclass
class Visit:
    """One passage of a member, let in by a version at `came_at`; `node` is None once it is over."""

    member: int
    number: int
    version: int
    entry: str
    entered_at: datetime
    node: str | None
    arrived_at: datetime
    came_at: datetime
    key: str | None = None
    ended_at: datetime | None = None
    reason: str | None = None
    outcomes: dict[str, Outcome] = field(default_factory=dict)


@dataclass
class Books:
    """Of one journey over `tables`, whose rows the test changes as it likes between two ticks."""

    journey_id: str
    sources: Sources
    tables: dict[str, list[Row]]
    answers: Mapping[str, Result | None]
    now: datetime

    def __post_init__(self) -> None:
        self.members = Members(self.sources, self.tables)
        self.visits: list[Visit] = []
        self.moves: list[tuple[Any, ...]] = []
        """(member, visit, from, port, to, ended, reason, at, version)"""
        self.policy = Policy(self.journey_id, self.sources, self.members)
        self.deliveries = self.policy.deliveries
        self.refusals: list[tuple[Any, ...]] = []
        self.told: set[tuple[str, int]] = set()
        self.considered: dict[tuple[str, int, str | None], datetime] = {}
        self.requests: dict[str, Any] = {}
        self.inbox: dict[str, set[tuple[int, str | None]]] = defaultdict(set)
        self.conversions: dict[tuple[int, int], datetime] = {}
        self.sent: list[str] = []
