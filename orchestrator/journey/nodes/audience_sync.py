"""Audience sync: everybody who arrives is added to, or removed from, a paid-media audience."""

from typing import Any, ClassVar

from pydantic import Field

from orchestrator.journey.node import Delivery, Departure, Group, Node, Port, Visit
from orchestrator.journey.nodes.message import PORTS, by_outcome


class AudienceSync(Node):
    """Adds to or removes from an audience at an ad platform."""

    name: ClassVar[str] = "audience_sync"
    title: ClassVar[str] = "Audience sync"
    icon: ClassVar[str] = "speakerphone"
    group: ClassVar[Group] = "action"
    hint: ClassVar[str] = "Paid-media audiences"

    channel: str = Field("audience.meta", title="Platform", json_schema_extra={"x-widget": "channel:audience"})
    connection: str = Field(title="Connection", json_schema_extra={"x-widget": "connection"})
    step: dict[str, Any] = Field(title="Audience", json_schema_extra={"x-widget": "channel-step"})

    def ports(self) -> tuple[Port, ...]:
        return PORTS

    def summary(self) -> str:
        verb = "Removes from" if self.step.get("action") == "remove" else "Adds to"
        return f"{verb} audience {self.step.get('audience_id', '')}".rstrip()

    def delivery(self) -> Delivery:
        # A set holds each identifier once by itself; leaving members out would only hide them.
        return Delivery(self.channel, self.connection, self.step, one_per_address=False)

    def leave(self, visit: Visit) -> Departure:
        return by_outcome(visit)
