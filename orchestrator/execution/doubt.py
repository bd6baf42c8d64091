"""What was claimed under a key, with no result known: the same batch goes again under the same key, or is held."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from orchestrator.channels.batches import batch_key

M = TypeVar("M")


@dataclass
class Claimed(Generic[M]):
    """A batch as it was first claimed at the instant `since`: `members` by delivery key, None for whom nothing may be
    sent to any more.
    """

    key: str
    since: str
    members: dict[str, M | None] = field(default_factory=dict)

    def goes_again(self, now: datetime, ttl: timedelta | None) -> bool:
        """Whether the provider still knows the key, and everybody is there whom it stands for."""
        whole = None not in self.members.values() and batch_key(self.members) == self.key
        return whole and (ttl is None or now < datetime.fromisoformat(self.since) + ttl)
