"""How many people are in which journey, and how many messages were sent: what lists show beside names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from api.deps import Parts
from api.models import Counts
from orchestrator.channels.channel import Channel
from orchestrator.errors import SojournError
from orchestrator.execution.report import Totals, totals


@dataclass(frozen=True)
class Tally:
    """The ledger counted for all journeys at once."""

    _totals: Mapping[str, Totals]
    _channels: Mapping[str, type[Channel]]

    @classmethod
    async def read(cls, here: Parts) -> Self | None:
        """None when the lakehouse cannot say; a list is worth showing without."""
        try:
            found = await totals(here.engine, here.ledger_schema)
        except SojournError:
            return None
        here.scrape.counted({journey_id: each.inside for journey_id, each in found.items()})
        return cls(found, here.catalog.channels)

    def of(self, journey_id: str) -> Counts:
        """The journey's visits."""
        found = self._totals.get(journey_id, Totals())
        return Counts(entered=found.entered, inside=found.inside, ended=found.ended, converted=found.converted)

    def sent(self, journey_id: str) -> int:
        """The journey's messages that were accepted; members added to an audience are none."""
        found = self._totals.get(journey_id, Totals())
        return sum(count for name, count in found.accepted.items() if not self._is_audience(name))

    def _is_audience(self, name: str) -> bool:
        channel = self._channels.get(name)
        return channel is not None and channel.capabilities.kind == "audience"
