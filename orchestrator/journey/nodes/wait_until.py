"""Wait until: a date, a date of the member's own, or a day and time of the week, by the member's clock."""

import datetime as dt
from datetime import time, timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from sqlglot import exp

from orchestrator.audience.rules import Condition, Date, Relative, Rule
from orchestrator.journey.node import Departure, Group, Node, Visit
from orchestrator.journey.window import Window, moment_of

_NINE = time(9)


class OnDate(Condition):
    """A day and a time by the member's clock; whoever comes later goes on at once."""

    kind: Literal["date"] = "date"
    day: dt.date = Field(title="Day")
    at: time = Field(_NINE, title="At")

    def summary(self) -> str:
        return f"{self.day:%Y-%m-%d}, {self.at:%H:%M}"

    def leave(self, visit: Visit) -> Departure:
        return _at(visit, exp.cast(exp.convert(self.day.isoformat()), "date"), self.at)


class MemberDate(Condition):
    """A date of the member's own, some days before or after it; whoever has none, or a past one, goes on at once."""

    kind: Literal["member_date"] = "member_date"
    column: str = Field(title="Date of", json_schema_extra={"x-widget": "column:date"})
    days: int = Field(0, ge=-365, le=365, title="Days after", description="Negative: days before")
    at: time = Field(_NINE, title="At")

    def summary(self) -> str:
        days = f"{abs(self.days)} day{'' if abs(self.days) == 1 else 's'} {'before' if self.days < 0 else 'after'} "
        return f"{days if self.days else ''}{self.column}, {self.at:%H:%M}"

    def leave(self, visit: Visit) -> Departure:
        day = visit.day(self.column)
        return _at(visit, visit.after(day, timedelta(days=self.days)) if self.days else day, self.at)


class WaitUntil(Node):
    """Everybody stays until the moment comes; clocks are the member's."""

    name: ClassVar[str] = "wait_until"
    title: ClassVar[str] = "Wait until"
    icon: ClassVar[str] = "calendar-time"
    group: ClassVar[Group] = "path"
    hint: ClassVar[str] = "A date or a time of the week"

    until: Annotated[OnDate | MemberDate | Window, Field(discriminator="kind")] = Field(Window(), title="Until")

    def summary(self) -> str:
        return f"Wait until {self.until.summary()}"

    def rules(self) -> dict[tuple[str | int, ...], Rule]:
        if not isinstance(self.until, MemberDate):
            return {}
        # As a rule it is held against the catalogue: the column is there, and holds dates.
        return {("until",): Date(column=self.until.column, op="on", value=Relative(days_ago=0))}

    def leave(self, visit: Visit) -> Departure:
        return self.until.leave(visit)


def _at(visit: Visit, day: exp.Expr, at: time) -> Departure:
    """Due on a day at a time by the member's clock; the reason tells who did not have to wait."""
    moment = visit.once("moment", visit.utc(moment_of(day, at)))
    why = exp.case().when(moment.is_(exp.null()), exp.convert("missing_date"))
    why = why.when(exp.LTE(this=moment.copy(), expression=visit.arrived_at), exp.convert("past_date")).else_(exp.null())
    due = exp.func("coalesce", moment.copy(), visit.arrived_at)
    return Departure(exp.convert("next"), due=due, again=due.copy(), reason=why)
