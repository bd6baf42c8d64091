"""A node type nobody has seen before, with every kind of field a form knows."""

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, Field
from sqlglot import exp

from orchestrator.audience.rules import Rule
from orchestrator.journey.node import Departure, Group, Node, Port, Visit


class Guest(BaseModel):
    """Somebody who comes along."""

    name: str = Field(title="Who", min_length=1)


class Cake(BaseModel):
    """There is cake."""

    kind: Literal["cake"] = "cake"
    layers: int = Field(2, ge=1, le=9, title="Layers")


class Nothing(BaseModel):
    """There is nothing."""

    kind: Literal["nothing"] = "nothing"


class Invitation(Node):
    """Invites everybody who arrives, and tells those who are expected from the others."""

    name: ClassVar[str] = "invitation"
    title: ClassVar[str] = "Invitation"
    icon: ClassVar[str] = "balloon"
    group: ClassVar[Group] = "path"
    hint: ClassVar[str] = "Come one, come all"

    rule: Rule = Field(title="Who is expected", json_schema_extra={"x-widget": "rule"})
    motto: str = Field("", title="Motto", max_length=60)
    seats: int = Field(4, ge=1, le=40, title="Seats")
    outdoors: bool = Field(False, title="Outdoors")
    day: dt.date | None = Field(None, title="Day")
    doors: dt.time = Field(dt.time(19), title="Doors open")
    closing: AwareDatetime | None = Field(None, title="Answers until")
    on: tuple[Literal["friday", "saturday", "sunday"], ...] = Field(("saturday",), title="Held on", min_length=1)
    birthday: str = Field("", title="Birthday", json_schema_extra={"x-widget": "column:date"})
    food: Annotated[Nothing | Cake, Field(discriminator="kind")] = Field(Nothing(), title="Food")
    guests: tuple[Guest, ...] = Field((), title="Guests", max_length=3)

    def ports(self) -> tuple[Port, ...]:
        return Port(id="expected", label="Expected"), Port(id="others", label="Others")

    def summary(self) -> str:
        return f"{self.motto or 'No motto'}, {self.seats} seats"

    def rules(self) -> dict[tuple[str | int, ...], Rule]:
        return {("rule",): self.rule}

    def leave(self, visit: Visit) -> Departure:
        return Departure(exp.case().when(visit.holds(self.rule), exp.convert("expected")).else_(exp.convert("others")))
