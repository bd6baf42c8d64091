"""Wait until: a date, a date of the member's own, or a day and time of the week, by the member's clock."""

import datetime as dt
from datetime import time, timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from sqlglot import exp

from orchestrator.audience.rules import Condition, Date, Relative, Rule
from orchestrator.journey.calendar import WEEK, Weekday
from orchestrator.journey.node import Departure, Group, Node, Visit

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


class Window(Condition):
    """Days of the week and a time of day by the member's clock; it may span midnight. Whoever comes inside goes on."""

    kind: Literal["window"] = "window"
    days: tuple[Weekday, ...] = Field(WEEK, title="On", min_length=1)
    start: time = Field(_NINE, title="From")
    end: time = Field(time(20), title="To")

    @model_validator(mode="after")
    def _open(self) -> "Window":
        if self.start == self.end:
            raise PydanticCustomError("window", "the window is closed all day: it ends when it begins")
        return self

    def summary(self) -> str:
        days = (
            "any day" if set(self.days) == set(WEEK) else ", ".join(day[:3].title() for day in WEEK if day in self.days)
        )
        return f"{days}, {self.start:%H:%M}–{self.end:%H:%M}"

    def leave(self, visit: Visit) -> Departure:
        now = visit.once("local_now", visit.local(visit.as_of))
        inside = exp.case().when(self._inside(now), exp.convert("next")).else_(exp.null())
        return Departure(inside, again=visit.utc(self._opening(now)))

    def _inside(self, now: exp.Expr) -> exp.Expr:
        clock, weekday = _minutes(now), _weekday(now)
        after = exp.GTE(this=clock, expression=_clock(self.start))
        before = exp.LT(this=clock.copy(), expression=_clock(self.end))
        if self.start < self.end:
            return exp.and_(self._on(weekday), after, before)
        yesterday = _weekday(exp.Sub(this=now.copy(), expression=_days(1)))
        return exp.or_(exp.and_(self._on(weekday), after), exp.and_(self._on(yesterday), before))

    def _on(self, weekday: exp.Expr) -> exp.Expr:
        return exp.In(this=weekday, expressions=[exp.convert(WEEK.index(day)) for day in WEEK if day in self.days])

    def _opening(self, now: exp.Expr) -> exp.Expr:
        """The next start of the window; only asked of those outside it."""
        late = exp.GTE(this=_minutes(now), expression=_clock(self.start))
        ahead = exp.case(_weekday(now))
        for index in range(7):
            later, sooner = (self._days_ahead(index, first) for first in (1, 0))
            days = exp.case().when(late.copy(), exp.convert(later)).else_(exp.convert(sooner))
            ahead = ahead.when(exp.convert(index), days if later != sooner else exp.convert(sooner))
        day = exp.TsOrDsAdd(this=exp.cast(now.copy(), "date"), expression=exp.paren(ahead), unit=exp.Var(this="DAY"))
        return _moment(day, self.start)

    def _days_ahead(self, weekday: int, first: int) -> int:
        return next(days for days in range(first, first + 7) if WEEK[(weekday + days) % 7] in self.days)


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
    moment = visit.once("moment", visit.utc(_moment(day, at)))
    why = exp.case().when(moment.is_(exp.null()), exp.convert("missing_date"))
    why = why.when(exp.LTE(this=moment.copy(), expression=visit.arrived_at), exp.convert("past_date")).else_(exp.null())
    due = exp.func("coalesce", moment.copy(), visit.arrived_at)
    return Departure(exp.convert("next"), due=due, again=due.copy(), reason=why)


def _weekday(moment: exp.Expr) -> exp.Expr:
    """0 for Monday … 6 for Sunday, counted from a Monday: engines number weekdays differently."""
    days = exp.DateDiff(
        this=exp.cast(moment.copy(), "date"),
        expression=exp.cast(exp.convert("1900-01-01"), "date"),
        unit=exp.Var(this="DAY"),
    )
    return exp.Mod(this=exp.paren(days), expression=exp.convert(7))


def _minutes(moment: exp.Expr) -> exp.Expr:
    """Minutes since midnight: not every engine has a type for a time of day."""
    hours, minutes = (exp.Extract(this=exp.Var(this=part), expression=moment.copy()) for part in ("HOUR", "MINUTE"))
    return exp.paren(exp.Add(this=exp.Mul(this=hours, expression=exp.convert(60)), expression=minutes))


def _clock(at: time) -> exp.Expr:
    return exp.convert(at.hour * 60 + at.minute)


def _moment(day: exp.Expr, at: time) -> exp.Expr:
    """A day at a time of day."""
    minutes = exp.Interval(this=exp.Literal.string(str(at.hour * 60 + at.minute)), unit=exp.Var(this="MINUTE"))
    return exp.Add(this=exp.cast(day, "timestamp"), expression=minutes)


def _days(count: int) -> exp.Expr:
    return exp.Interval(this=exp.Literal.string(str(count)), unit=exp.Var(this="DAY"))
