"""How many messages a step may send in which time, evenly."""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from orchestrator.audience.rules import Condition

_LENGTHS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_PARTS = {"minute": 1, "hour": 60, "day": 96}
"""An hour is sent in minutes, a day in quarters of an hour, so that nobody's server meets a burst."""


class Throttle(Condition):
    """At most so many in any minute, hour or day; of an hour or a day only an even share at once."""

    most: int = Field(title="At most", ge=1, le=10_000_000)
    per: Literal["minute", "hour", "day"] = Field("hour", title="In each")

    @property
    def length(self) -> timedelta:
        """The time in which there are never more than `most`."""
        return _LENGTHS[self.per]

    @property
    def pace(self) -> tuple[int, timedelta]:
        """So many at once, in any so long a part of the time."""
        parts = min(_PARTS[self.per], self.most)
        return -(-self.most // parts), self.length / parts
