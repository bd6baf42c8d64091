"""Days that come round, through short months and the nights in which clocks change."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.journey.calendar import WEEK, Calendar

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "after", "following"),
    [
        ({"weekdays": ("monday",), "at": time(9)}, "2026-03-02T08:00", "2026-03-09T08:00"),
        ({"weekdays": ("monday",), "at": time(9)}, "2026-03-02T07:59", "2026-03-02T08:00"),
        ({"weekdays": ("sunday",), "at": time(2, 30)}, "2026-03-28T12:00", "2026-03-29T01:30"),  # skipped: 3:30 there
        ({"weekdays": ("sunday",), "at": time(2, 30)}, "2026-10-24T12:00", "2026-10-25T00:30"),  # twice: the first
        ({"weekdays": ("sunday",), "at": time(2, 30)}, "2026-10-25T00:30", "2026-11-01T01:30"),
        ({"month_days": (31,), "at": time(0)}, "2026-02-01T00:00", "2026-02-27T23:00"),
        ({"month_days": (30,), "at": time(0)}, "2026-01-30T00:00", "2026-02-27T23:00"),
        ({"month_days": (1,), "at": time(0)}, "2026-12-01T00:00", "2026-12-31T23:00"),
    ],
)
def test_the_next_time(rule, after, following):
    assert Calendar(**rule, zone=BERLIN).next(at(after)) == at(following)


@given(
    st.sampled_from(["UTC", BERLIN, "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    st.times(),
    st.lists(st.sampled_from(WEEK), min_size=1, max_size=3),
    st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2035, 1, 1)),
)
def test_it_goes_on_and_skips_nothing(zone, clock, days, after):
    calendar = Calendar(weekdays=tuple(days), at=clock, zone=zone)
    first = calendar.next(after.replace(tzinfo=UTC))
    second = calendar.next(first)
    assert after.replace(tzinfo=UTC) < first < second <= first + timedelta(days=7, hours=3)
    assert calendar.next(first - timedelta(seconds=1)) == first
