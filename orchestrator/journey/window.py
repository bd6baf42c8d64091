"""Days of the week and a time of day, as data and as SQL over a clock on the wall."""

from datetime import time
from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from sqlglot import exp

from orchestrator.audience.rules import Condition
from orchestrator.journey.calendar import WEEK, Weekday
from orchestrator.journey.node import Departure, Visit
from orchestrator.lakehouse import sql


class Window(Condition):
    """Days of the week and a time of day by the member's clock; it may span midnight. Whoever comes inside goes on."""

    kind: Literal["window"] = "window"
    days: tuple[Weekday, ...] = Field(WEEK, title="On", min_length=1)
    start: time = Field(time(9), title="From")
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
        inside = exp.case().when(self.inside(now), exp.convert("next")).else_(exp.null())
        return Departure(inside, again=not_passed(visit.utc(self.opening(now)), visit.as_of))

    def inside(self, now: exp.Expr) -> exp.Expr:
        """Whether the window is open when the clock shows `now`."""
        clock, weekday = minutes_of(now), _weekday(now)
        after = exp.GTE(this=clock, expression=_clock(self.start))
        before = exp.LT(this=clock.copy(), expression=_clock(self.end))
        if set(self.days) == set(WEEK):
            return exp.paren((exp.and_ if self.start < self.end else exp.or_)(after, before))
        if self.start < self.end:
            return exp.and_(self._on(weekday), after, before)
        yesterday = _weekday(exp.Sub(this=now.copy(), expression=_days(1)))
        return exp.or_(exp.and_(self._on(weekday), after), exp.and_(self._on(yesterday), before))

    def _on(self, weekday: exp.Expr) -> exp.Expr:
        return exp.In(this=weekday, expressions=[exp.convert(WEEK.index(day)) for day in WEEK if day in self.days])

    def opening(self, now: exp.Expr) -> exp.Expr:
        """The next start of the window by the same clock; only asked of those outside it."""
        return moment_of(_day(now, self._ahead(now)), self.start)

    def opened(self, now: exp.Expr) -> exp.Expr:
        """The last start of a window that is open every day, by the same clock."""
        late = exp.GTE(this=minutes_of(now), expression=_clock(self.start))
        return moment_of(_day(now, exp.case().when(late, exp.convert(0)).else_(exp.convert(-1))), self.start)

    def _ahead(self, now: exp.Expr) -> exp.Expr:
        """In how many days the window starts next."""
        late = exp.GTE(this=minutes_of(now), expression=_clock(self.start))
        if set(self.days) == set(WEEK):
            return exp.case().when(late, exp.convert(1)).else_(exp.convert(0))
        ahead = exp.case(_weekday(now))
        for index in range(7):
            later, sooner = (self._days_ahead(index, first) for first in (1, 0))
            days = exp.case().when(late.copy(), exp.convert(later)).else_(exp.convert(sooner))
            ahead = ahead.when(exp.convert(index), days if later != sooner else exp.convert(sooner))
        return ahead

    def _days_ahead(self, weekday: int, first: int) -> int:
        return next(days for days in range(first, first + 7) if WEEK[(weekday + days) % 7] in self.days)


def not_passed(moment: exp.Expr, now: exp.Expr) -> exp.Expr:
    """The moment, or – of a clock's hour that comes twice the first time may be meant, and be over – in a minute."""
    soon = exp.Add(this=now.copy(), expression=exp.Interval(this=exp.Literal.string("1"), unit=exp.Var(this="MINUTE")))
    return exp.case().when(exp.GT(this=moment, expression=now.copy()), moment.copy()).else_(soon)


def _day(now: exp.Expr, ahead: exp.Expr) -> exp.Expr:
    return exp.TsOrDsAdd(this=exp.cast(now.copy(), "date"), expression=exp.paren(ahead), unit=exp.Var(this="DAY"))


def _weekday(moment: exp.Expr) -> exp.Expr:
    """0 for Monday … 6 for Sunday, counted from a Monday: engines number weekdays differently."""
    days = exp.DateDiff(
        this=exp.cast(moment.copy(), "date"),
        expression=exp.cast(exp.convert("1900-01-01"), "date"),
        unit=exp.Var(this="DAY"),
    )
    return exp.Mod(this=exp.paren(days), expression=exp.convert(7))


def minutes_of(moment: exp.Expr) -> exp.Expr:
    """Minutes since midnight: not every engine has a type for a time of day."""
    hours, minutes = (exp.Extract(this=exp.Var(this=part), expression=moment.copy()) for part in ("HOUR", "MINUTE"))
    return exp.paren(exp.Add(this=exp.Mul(this=hours, expression=exp.convert(60)), expression=minutes))


def _clock(at: time) -> exp.Expr:
    return exp.convert(at.hour * 60 + at.minute)


def moment_of(day: exp.Expr, at: time) -> exp.Expr:
    """A day at a time of day."""
    minutes = exp.Interval(this=exp.Literal.string(str(at.hour * 60 + at.minute)), unit=exp.Var(this="MINUTE"))
    return exp.Add(this=sql.instant(day), expression=minutes)


def _days(count: int) -> exp.Expr:
    return exp.Interval(this=exp.Literal.string(str(count)), unit=exp.Var(this="DAY"))
