"""The contact policy, member by member: who has had enough, whose night it is, and how many a step may send now."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from orchestrator.journey.nodes.message import Message
from orchestrator.journey.settings import JourneySettings
from orchestrator.journey.throttle import Throttle
from orchestrator.lakehouse.model import QuietHours, Sources
from tests.audience.reference import local
from tests.reference.members import DAY, Members, bucket, utc

MINUTE = timedelta(minutes=1)


class Policy:
    """Asked at an instant; `deliveries` are (member, visit, node, outcome, reason, at), `planned` (node, at)."""

    def __init__(self, journey_id: str, sources: Sources, members: Members) -> None:
        self.journey_id, self.sources, self.members = journey_id, sources, members
        self.deliveries: list[tuple[Any, ...]] = []
        self.planned: list[tuple[str, datetime]] = []

    def most_left(self, member: int, settings: JourneySettings, now: datetime) -> int:
        """How many messages the caps leave the member."""
        caps = [cap for cap in self.sources.contact_policy.caps if cap.purpose in (None, "email")]
        left = [10**9]
        for cap in (*caps, *settings.caps):
            since = now - cap.within_days * DAY
            got = sum(d[0] == member and d[3] in ("accepted", "unknown") and d[5] > since for d in self.deliveries)
            left.append(cap.most - got)
        return min(left)

    def sleeps(self, member: int, node_id: str, arrived_at: datetime, now: datetime) -> datetime | None:
        """When it may be sent to the member; None: now."""
        quiet = self.sources.contact_policy.quiet_hours
        assert quiet is not None, "only asked where there are quiet hours"
        zone = self.members.zone(member)
        here = local(now, zone)
        spread = 0 if quiet.then == "drop" else quiet.spread_minutes
        late = timedelta(seconds=bucket(f"{self.journey_id}/{node_id}", member) * spread * 60 // 10_000)
        opened = datetime.combine(here, quiet.end)
        if here < opened:
            opened -= DAY
        if _night(quiet, here):
            return self._at(opened + DAY + late, zone, now)
        waited = bool(spread) and local(arrived_at, zone) < opened
        return self._at(opened + late, zone, now) if waited and here < opened + late else None

    def keeps_awake(self, node: Message) -> bool:
        """Whether nobody's night matters to the step."""
        return node.transactional or self.sources.contact_policy.quiet_hours is None

    def room(self, node_id: str, throttle: Throttle, now: datetime) -> int:
        """How many more the step may send now."""
        share, part = throttle.pace
        return min(
            throttle.most - len(self._since(node_id, now - throttle.length)),
            share - len(self._since(node_id, now - part)),
        )

    def room_at(self, node_id: str, throttle: Throttle, now: datetime) -> datetime:
        """When the step may send at least one more."""
        found = [now]
        for most, length in ((throttle.most, throttle.length), throttle.pace):
            since = self._since(node_id, now - length)
            if len(since) >= most:
                found.append(min(since) + length)
        return max(found)

    def in_order(self, node_id: str, visits: Iterable[Any]) -> list[Any]:
        """Of several visits of a member the one whose delivery has the smallest key is served first."""

        def key(visit: Any) -> str:
            return hashlib.md5(f"{self.journey_id}/{node_id}/{visit.member}/{visit.number}".encode()).hexdigest()

        return sorted(visits, key=key)

    def _since(self, node_id: str, moment: datetime) -> list[datetime]:
        return [at for node, at in self.planned if node == node_id and at > moment]

    def _at(self, moment: datetime, zone: str, now: datetime) -> datetime:
        found = utc(moment, zone)
        return found if found > now else now + MINUTE


def _night(quiet: QuietHours, here: datetime) -> bool:
    clock = here.time()
    if quiet.start < quiet.end:
        return quiet.start <= clock < quiet.end
    return clock >= quiet.start or clock < quiet.end
