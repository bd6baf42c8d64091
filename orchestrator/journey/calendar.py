"""When a calendar rule comes round: days of the week or of the month, at a time of day in a time zone."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEK: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

WORKSPACE = ""
"""The zone of a rule that goes by the workspace's clock; whoever compiles it puts that in."""


class Calendar(BaseModel):
    """Weekdays and days of the month, of which at least one list is filled; a day that a month lacks is its last."""

    model_config = ConfigDict(frozen=True)

    weekdays: tuple[Weekday, ...] = ()
    month_days: tuple[int, ...] = ()
    at: time
    zone: str

    def next(self, after: datetime) -> datetime:
        """The first instant after the given one, UTC.

        A local time that the clocks skip comes right after the gap; one that comes twice counts once.
        """
        zone = ZoneInfo(self.zone)
        day = after.astimezone(zone).date()
        for ahead in range(400):
            local = datetime.combine(day + timedelta(days=ahead), self.at, zone)
            # Through UTC and back a skipped time moves forward by the gap.
            moment = local.astimezone(UTC)
            if self._on(local.date()) and moment > after:
                return moment
        raise AssertionError("some day of a year is always one")

    def _on(self, day: date) -> bool:
        last = calendar.monthrange(day.year, day.month)[1]
        in_month = day.day in self.month_days or (day.day == last and any(each > last for each in self.month_days))
        return WEEK[day.weekday()] in self.weekdays or in_month
