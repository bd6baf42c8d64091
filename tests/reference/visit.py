"""A visit, as the reference keeps it."""

from dataclasses import dataclass, field
from datetime import datetime

from orchestrator.channels.channel import Outcome


@dataclass
class Visit:
    """One passage of a member, let in at `came_at`; `node` is None once it is over."""

    member: int
    number: int
    entry: str
    entered_at: datetime
    node: str | None
    arrived_at: datetime
    came_at: datetime
    key: str | None = None
    ended_at: datetime | None = None
    reason: str | None = None
    outcomes: dict[str, Outcome] = field(default_factory=dict)
