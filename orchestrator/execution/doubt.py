"""What was claimed under a key, with no result known: the same batch goes again under the same key, or is held."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from orchestrator.channels.batches import batch_key

M = TypeVar("M")


@dataclass
class Claimed(Generic[M]):
    """A batch as it was claimed: `members` by delivery key, None for whom nothing may be sent to any more."""

    key: str
    since: str
    members: dict[str, M | None] = field(default_factory=dict)

    def goes_again(self, now: datetime, ttl: timedelta | None) -> bool:
        """Whether the provider still knows the key, and everybody is there whom it stands for."""
        whole = None not in self.members.values() and batch_key(self.members) == self.key
        return whole and (ttl is None or now < datetime.fromisoformat(self.since) + ttl)


class Claims(Generic[M]):
    """All that is in doubt of a chunk, by the key of the batch."""

    def __init__(self) -> None:
        self._batches: dict[str, Claimed[M]] = {}

    def add(self, key: str, since: str, delivery_key: str, member: M | None) -> None:
        """One of a batch that was first claimed at the instant `since`."""
        self._batches.setdefault(key, Claimed(key, since)).members[delivery_key] = member

    def __iter__(self) -> Iterator[Claimed[M]]:
        return iter(self._batches.values())
