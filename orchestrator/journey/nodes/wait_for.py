"""Wait for: until a condition holds, or the time for it is over."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError
from sqlglot import exp

from orchestrator.audience.rules import Rule
from orchestrator.journey.node import Departure, Group, Node, Port, Visit
from orchestrator.journey.words import duration


class WaitFor(Node):
    """Whoever the rule holds for goes on by `met`; whoever it did not hold for in time, by `timed_out`."""

    name: ClassVar[str] = "wait_for"
    title: ClassVar[str] = "Wait for"
    icon: ClassVar[str] = "hourglass"
    group: ClassVar[Group] = "path"
    hint: ClassVar[str] = "Something to happen, or a time-out"

    rule: Rule = Field(title="What", json_schema_extra={"x-widget": "rule"})
    timeout: timedelta = Field(timedelta(days=7), title="At most", json_schema_extra={"x-widget": "duration"})
    every: int = Field(15, ge=1, le=1440, title="Look every", description="Minutes between two looks")

    @field_validator("timeout")
    @classmethod
    def _sensible(cls, length: timedelta) -> timedelta:
        if not timedelta() < length <= timedelta(days=3650):
            raise PydanticCustomError("duration", "a time-out is longer than nothing and at most ten years")
        return length

    def ports(self) -> tuple[Port, ...]:
        return (Port(id="met", label="Happened"), Port(id="timed_out", label="Timed out"))

    def summary(self) -> str:
        return f"Wait for it at most {duration(self.timeout)}"

    def rules(self) -> dict[tuple[str | int, ...], Rule]:
        return {("rule",): self.rule}

    def leave(self, visit: Visit) -> Departure:
        over = visit.after(visit.arrived_at, self.timeout)
        in_time = exp.LTE(this=visit.as_of, expression=over)
        port = exp.case().when(exp.and_(in_time, visit.holds(self.rule)), exp.convert("met"))
        port = port.when(exp.GTE(this=visit.as_of, expression=over.copy()), exp.convert("timed_out"))
        return Departure(port.else_(exp.null()), every=timedelta(minutes=self.every), ends=over.copy())
