"""Event entry: whoever something happens to comes in, soon after it did."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from orchestrator.audience.rules import All, EventRows, Rule
from orchestrator.journey.node import Entering, Group, Node
from orchestrator.journey.words import duration


class EventEntry(Node):
    """Whoever a new row of a table is about comes in. With a key – of a cart, an order – once for each."""

    name: ClassVar[str] = "event_entry"
    title: ClassVar[str] = "Event"
    icon: ClassVar[str] = "bolt"
    group: ClassVar[Group] = "start"
    hint: ClassVar[str] = "When something happens"

    event: EventRows = Field(title="What happens", json_schema_extra={"x-widget": "event"})
    rule: Rule = Field(All(), title="Who", json_schema_extra={"x-widget": "rule"})
    minutes: int = Field(5, ge=1, le=1440, title="Look every", description="Minutes between two looks")
    late: timedelta = Field(
        timedelta(hours=1),
        title="Wait for late rows",
        description="A row that is written later than this after it happened brings nobody in",
        json_schema_extra={"x-widget": "duration"},
    )

    @field_validator("late")
    @classmethod
    def _sensible(cls, late: timedelta) -> timedelta:
        if not timedelta() <= late <= timedelta(days=31):
            raise PydanticCustomError("duration", "late rows are waited for at most 31 days")
        return late

    def summary(self) -> str:
        return f"Comes in by {self.event.table}, looked at every {duration(timedelta(minutes=self.minutes))}"

    def rules(self) -> dict[tuple[str | int, ...], Rule]:
        return {("rule",): self.rule}

    def entering(self) -> Entering:
        return Entering(self.rule, every=timedelta(minutes=self.minutes), event=self.event, late=self.late)
