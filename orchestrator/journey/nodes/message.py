"""Message: something is sent to everybody who arrives."""

import re
from datetime import timedelta
from typing import Any, ClassVar

from pydantic import Field
from sqlglot import exp

from orchestrator.journey.node import Delivery, Departure, Group, Node, Port, Visit
from orchestrator.journey.throttle import Throttle

# A canvas shows what a template will say, not how: ‹first name› for {{ first_name | default: "you" }}.
_OUTPUT = re.compile(r"\{\{\s*([\w.]+)[^}]*\}\}")
_TAG = re.compile(r"\{%[^%]*%\}")

PORTS = (Port(id="done", label="Done"), Port(id="not_done", label="Not sent", optional=True))


def by_outcome(visit: Visit) -> Departure:
    """Accepted deliveries leave by `done`, all others by `not_done`."""
    return Departure(exp.case().when(visit.accepted(), exp.convert("done")).else_(exp.convert("not_done")))


class Message(Node):
    """Sends through a channel; whoever cannot be reached goes by `not_done`, or by `done` when that is not wired."""

    name: ClassVar[str] = "message"
    title: ClassVar[str] = "Message"
    icon: ClassVar[str] = "mail"
    group: ClassVar[Group] = "action"
    hint: ClassVar[str] = "E-mail and other messages"

    channel: str = Field("email.smtp", title="Channel", json_schema_extra={"x-widget": "channel:message"})
    connection: str = Field(title="Connection", json_schema_extra={"x-widget": "connection"})
    step: dict[str, Any] = Field(title="Message", json_schema_extra={"x-widget": "channel-step"})
    one_per_address: bool = Field(True, title="Once per address", description="Members who share one get one message")
    transactional: bool = Field(
        False, title="Transactional", description="Awaited by whoever gets it: sent whatever caps and quiet hours say"
    )
    throttle: Throttle | None = Field(
        None, title="Throttle", description="Whoever is over it waits at the step, the longest there first"
    )
    retry_for: timedelta = Field(
        timedelta(hours=24),
        title="Tried again for",
        description="Then whoever the provider puts off counts as rejected",
        gt=timedelta(),
        le=timedelta(days=30),
        json_schema_extra={"x-widget": "duration"},
    )

    resend: bool = Field(
        False,
        title="Send again in doubt",
        description="If nobody knows whether it went out. On: never lost, perhaps twice. Off: held, and listed",
    )

    def ports(self) -> tuple[Port, ...]:
        return PORTS

    def summary(self) -> str:
        subject = self.step.get("subject")
        if not isinstance(subject, str) or not subject:
            return f"Sends by {self.channel}"
        named = _OUTPUT.sub(lambda found: f"‹{found[1].replace('_', ' ').replace('.', ' ')}›", subject)
        return f"“{_TAG.sub('', named)}”"

    def delivery(self) -> Delivery:
        return Delivery(
            self.channel,
            self.connection,
            self.step,
            self.one_per_address,
            exempt=self.transactional,
            throttle=self.throttle,
            retry_for=self.retry_for,
            resend=self.resend,
        )

    def leave(self, visit: Visit) -> Departure:
        return by_outcome(visit)
