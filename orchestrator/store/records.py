"""What the store hands out: one frozen record per row, its JSON as plain dictionaries."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class JourneyRecord:
    """A draft: the document as last saved, and how often it was."""

    id: str
    name: str
    document: dict[str, Any]
    revision: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """A published version; it never changes. Its plan is read by hash."""

    journey_id: str
    version: int
    document: dict[str, Any]
    plan_hash: str
    note: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class RunRecord:
    """The latest run of a journey: which plan, where it stands, when it wakes next.

    `versions` are those with people on them, the newest – which lets people in – the last; empty: that one alone.
    `due`: step → ISO instant at which somebody there is due next.
    """

    journey_id: str
    version: int
    plan_hash: str
    status: str
    wave: int
    as_of: datetime | None
    next_due_at: datetime | None
    trouble: str
    started_at: datetime
    ended_at: datetime | None
    versions: list[int] = field(default_factory=list)
    due: dict[str, str] = field(default_factory=dict)

    def version_of(self, moved: int) -> int:
        """The version that moves on a visit whose last move was made by version `moved`."""
        return min((each for each in self.versions if each >= moved), default=self.version)


@dataclass(frozen=True, slots=True)
class AudienceRecord:
    """A saved audience: its rule as last saved, and how often it was."""

    id: str
    name: str
    rule: dict[str, Any]
    revision: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ConnectionRecord:
    """A connection made on a page. `secrets`: field → a reference (`env:NAME`, `file:PATH`) or a sealed text."""

    name: str
    channel: str
    settings: dict[str, Any]
    secrets: dict[str, str]
    revision: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class SizeRecord:
    """How many people an audience had at an instant, of how many there were."""

    audience_id: str
    at: datetime
    people: int
    base: int


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """What an audit of a journey's ledger found: invariant → how many rows break it; none: all hold."""

    journey_id: str
    at: datetime
    violations: dict[str, int]


@dataclass(frozen=True, slots=True)
class ListedJourney:
    """A journey in the list: no document, but its newest version and its run's status, if any."""

    id: str
    name: str
    owner: str
    revision: int
    updated_at: datetime
    version: int | None
    published_at: datetime | None
    run_status: str | None
