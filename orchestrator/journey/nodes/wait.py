"""Wait: nothing happens for a while."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError
from sqlglot import exp

from orchestrator.journey.node import Departure, Group, Node, Visit
from orchestrator.journey.words import duration


class Wait(Node):
    """Everybody stays for the duration, counted from their arrival."""

    name: ClassVar[str] = "wait"
    title: ClassVar[str] = "Wait"
    icon: ClassVar[str] = "clock"
    group: ClassVar[Group] = "path"
    hint: ClassVar[str] = "For some time"

    duration: timedelta = Field(
        title="How long",
        description="ISO 8601, e.g. P2D for two days",
        json_schema_extra={"x-widget": "duration"},
    )

    @field_validator("duration")
    @classmethod
    def _sensible(cls, length: timedelta) -> timedelta:
        if not timedelta() < length <= timedelta(days=3650):
            raise PydanticCustomError("duration", "a wait is longer than nothing and at most ten years")
        return length

    def summary(self) -> str:
        return f"Wait {duration(self.duration)}"

    def wait(self) -> timedelta:
        return self.duration

    def leave(self, visit: Visit) -> Departure:
        return Departure(exp.convert("next"), due=visit.after(visit.arrived_at, self.duration))
