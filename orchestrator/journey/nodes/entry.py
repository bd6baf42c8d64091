"""Entry: an audience comes in, once or again and again."""

from datetime import UTC, time, timedelta
from typing import Annotated, ClassVar, Literal
from zoneinfo import available_timezones

from pydantic import AwareDatetime, Field, field_validator
from pydantic_core import PydanticCustomError

from orchestrator.audience.rules import Condition, Rule
from orchestrator.journey.calendar import WEEK, WORKSPACE, Calendar, Weekday
from orchestrator.journey.node import Entering, Group, Node
from orchestrator.journey.words import duration


class Once(Condition):
    """Everybody for whom the rule holds when the journey starts, or at an instant after that."""

    kind: Literal["once"] = "once"
    at: AwareDatetime | None = Field(None, title="At", description="Empty, or past: when the journey starts")


class Every(Condition):
    """Always on: everybody for whom the rule holds, looked up every so many minutes."""

    kind: Literal["every"] = "every"
    minutes: int = Field(ge=1, le=44_640)


class _OnDays(Condition):
    """A day and a time that come round, by a clock on the wall."""

    at: time = Field(time(9), title="At")
    zone: str = Field("", title="Time zone", description="Empty: the workspace's")

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name and name not in available_timezones():
            raise PydanticCustomError("time_zone", "there is no time zone '{name}'", {"name": name})
        return name


class Weekly(_OnDays):
    """On some days of the week: everybody for whom the rule holds then."""

    kind: Literal["weekly"] = "weekly"
    days: tuple[Weekday, ...] = Field(("monday",), title="On", min_length=1)


class Monthly(_OnDays):
    """On a day of the month – in a month that lacks it on its last – everybody for whom the rule holds then."""

    kind: Literal["monthly"] = "monthly"
    day: int = Field(1, ge=1, le=31, title="Day of the month")


class Entry(Node):
    """An audience comes in: once, again and again, or on days that come round."""

    name: ClassVar[str] = "entry"
    title: ClassVar[str] = "Audience"
    icon: ClassVar[str] = "users"
    group: ClassVar[Group] = "start"
    hint: ClassVar[str] = "Who comes in"

    rule: Rule = Field(title="Who", json_schema_extra={"x-widget": "rule"})
    schedule: Annotated[Once | Every | Weekly | Monthly, Field(discriminator="kind")] = Field(Once(), title="When")

    def summary(self) -> str:
        if isinstance(self.schedule, Once):
            at = self.schedule.at
            return f"Comes in once, at {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else "Comes in once, at the start"
        if isinstance(self.schedule, Every):
            return f"Comes in every {duration(timedelta(minutes=self.schedule.minutes))}"
        if isinstance(self.schedule, Monthly):
            return f"Comes in on day {self.schedule.day} of the month, {self.schedule.at:%H:%M}"
        days = ", ".join(day[:3].title() for day in WEEK if day in self.schedule.days)
        return f"Comes in on {days}, {self.schedule.at:%H:%M}"

    def rules(self) -> dict[tuple[str | int, ...], Rule]:
        return {("rule",): self.rule}

    def entering(self) -> Entering:
        when = self.schedule
        if isinstance(when, Every):
            return Entering(self.rule, every=timedelta(minutes=when.minutes))
        if isinstance(when, Weekly):
            return Entering(self.rule, calendar=Calendar(weekdays=when.days, at=when.at, zone=when.zone or WORKSPACE))
        if isinstance(when, Monthly):
            return Entering(
                self.rule, calendar=Calendar(month_days=(when.day,), at=when.at, zone=when.zone or WORKSPACE)
            )
        return Entering(self.rule, at=when.at)
