"""Entry: an audience comes in, once or again and again."""

from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from orchestrator.audience.rules import Condition, Rule
from orchestrator.journey.node import Entering, Group, Node
from orchestrator.journey.words import duration


class Once(Condition):
    """Everybody for whom the rule holds when the journey starts."""

    kind: Literal["once"] = "once"


class Every(Condition):
    """Always on: everybody for whom the rule holds, looked up every so many minutes."""

    kind: Literal["every"] = "every"
    minutes: int = Field(ge=1, le=44_640)


class Entry(Node):
    """An audience comes in. A member enters a journey once; later entries leave them where they are."""

    name: ClassVar[str] = "entry"
    title: ClassVar[str] = "Audience"
    icon: ClassVar[str] = "users"
    group: ClassVar[Group] = "start"
    hint: ClassVar[str] = "Who comes in"

    rule: Rule = Field(title="Who", json_schema_extra={"x-widget": "rule"})
    schedule: Annotated[Once | Every, Field(discriminator="kind")] = Field(Once(), title="When")

    def summary(self) -> str:
        if isinstance(self.schedule, Once):
            return "Comes in once, at the start"
        return f"Comes in every {duration(timedelta(minutes=self.schedule.minutes))}"

    def rules(self) -> dict[tuple[str | int, ...], Rule]:
        return {("rule",): self.rule}

    def entering(self) -> Entering:
        every = None if isinstance(self.schedule, Once) else timedelta(minutes=self.schedule.minutes)
        return Entering(self.rule, every)
