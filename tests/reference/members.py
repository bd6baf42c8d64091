"""What is true of one member, and what clocks show: the pieces of the reference that know nothing of a journey."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from orchestrator.audience import rules as r
from orchestrator.channels.addresses import fits
from orchestrator.channels.channel import Outcome, Result
from orchestrator.journey.nodes.entry import Monthly, Weekly
from orchestrator.journey.nodes.wait_until import MemberDate, OnDate, Window
from orchestrator.lakehouse.model import Sources
from tests.audience.reference import compare, holds, local

DAY = timedelta(days=1)
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ZONES = {name for name in available_timezones() if "/" in name or name in ("UTC", "GMT")}
"""Named by region; the old abbreviations are no places."""

Row = dict[str, Any]


class Members:
    """The lakehouse's rows, asked about one member at an instant."""

    def __init__(self, sources: Sources, tables: dict[str, list[Row]]) -> None:
        self.sources, self.tables = sources, tables

    def who(self, rule: r.Rule, now: datetime) -> list[int]:
        """The members for whom the rule holds, sorted."""
        rows = [row for row in self.tables["customers"] if row["customer_id"] is not None]
        return sorted({row["customer_id"] for row in rows if self._true(rule, row, now)})

    def happened(self, event: r.EventRows, since: datetime, now: datetime) -> dict[tuple[int, str | None], datetime]:
        """(member, key) → the newest instant of the purchases that are meant, after `since` and not ahead."""
        found: dict[tuple[int, str | None], datetime] = {}
        for row in self.tables["purchases"]:
            at, key = row["purchased_at"], row[event.key] if event.key else None
            if at is None or not since < at <= now or row["customer_id"] is None:
                continue
            if all(compare(each, row[each.column], now, self.sources.time_zone) for each in event.where):
                name = (row["customer_id"], key)
                found[name] = max(at, found.get(name, at))
        return found

    def holds(self, rule: r.Rule, member: int, entered_at: datetime, now: datetime) -> bool:
        """Open: of a member without a row nothing is true, except what is said of their visit."""
        if not r.about_visit(rule):
            return any(self._true(rule, row, now) for row in self._rows(member))
        match rule:
            case r.All():
                return all(self.holds(part, member, entered_at, now) for part in rule.of)
            case r.Any():
                return any(self.holds(part, member, entered_at, now) for part in rule.of)
            case r.Not():
                return not self.holds(rule.rule, member, entered_at, now)
        return self._true(rule, {"customer_id": member}, now, entered_at)

    def zone(self, member: int) -> str:
        """The member's, else the country's, else the workspace's; an invalid one counts as absent."""
        by_country = self.sources.customers.country_zones.get
        choices: list[Callable[[Row], str | None]] = [
            lambda row: row["time_zone"],
            lambda row: by_country(str(row["country"])),
        ]
        for choice in choices:
            valid = [zone for row in self._rows(member) if (zone := choice(row)) in ZONES]
            if valid:
                return min(str(zone) for zone in valid)  # open: of several the first by letters
        return self.sources.time_zone

    def date(self, until: OnDate | MemberDate, member: int) -> datetime | None:
        """The instant meant; None: the member has no such date."""
        day = until.day if isinstance(until, OnDate) else self._day(until, member)
        return day and utc(datetime.combine(day, until.at), self.zone(member))

    def unfit(self, member: int, now: datetime) -> Result | str:
        """Why nothing may be sent, else the address it is sent to."""
        rows = self._rows(member)
        addresses = [row["email"] for row in rows if row["email"] is not None]
        usable = [address for address in addresses if fits("email", address)]
        agreed = self._true(r.HasConsent(purpose="email"), {"customer_id": member}, now)
        words = [row for row in self.tables["suppressions"] if row["customer_id"] == member and row["purpose"] != "sms"]
        reached = not words or not max(words, key=lambda row: row["decided_at"])["suppressed"]
        checks = {"no_customer": rows, "no_consent": agreed, "suppressed": reached}
        checks |= {"no_address": addresses, "invalid_address": usable}
        for reason, passed in checks.items():
            if not passed:
                return Result(Outcome.SUPPRESSED, reason=reason)
        return str(min(usable))  # open: of several the first by letters

    def _day(self, until: MemberDate, member: int) -> datetime | None:
        known = [row[until.column] for row in self._rows(member) if row[until.column] is not None]
        return min(known) + until.days * DAY if known else None  # open: of several the first

    def _rows(self, member: int) -> list[Row]:
        return [row for row in self.tables["customers"] if row["customer_id"] == member]

    def _true(self, rule: r.Rule, customer: Row, now: datetime, entered_at: datetime | None = None) -> bool:
        return holds(rule, customer, self.tables, now, entered_at, self.sources.time_zone)


def bucket(salt: str, member: int) -> int:
    """0 … 9999, the same for a member wherever it is asked."""
    return int(hashlib.md5(f"{salt}/{member}".encode()).hexdigest()[:8], 16) % 10_000


def utc(moment: datetime, zone: str, *, second: bool = True) -> datetime:
    """What a local clock shows as an instant: moved forward over a gap; open: of a repeated hour the second."""
    early, late = (moment.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    is_gap = late < early
    return (early if is_gap or not second else late).replace(tzinfo=None)


def comes_round(when: Weekly | Monthly, after: datetime, workspace: str) -> datetime:
    """The next moment of a calendar rule; a day that a month lacks is its last."""
    zone = when.zone or workspace
    days = [datetime.combine(local(after, zone) + ahead * DAY, when.at) for ahead in range(-1, 63)]
    if isinstance(when, Weekly):
        on = [day for day in days if WEEK[day.weekday()] in when.days]
    else:
        on = [day for day in days if day.day == when.day or (day.day < when.day and (day + DAY).day == 1)]
    # Open: of an hour that comes twice the first, although a wait takes the second.
    return next(at for day in on if (at := utc(day, zone, second=False)) > after)


def opens(window: Window, now: datetime, zone: str) -> datetime | None:
    """When the window opens next by a clock; None: it is open."""
    here = local(now, zone)

    def is_on(day: datetime) -> bool:
        return WEEK[day.weekday()] in window.days

    clock = here.time()
    if window.start < window.end:
        inside = is_on(here) and window.start <= clock < window.end
    else:
        inside = (is_on(here) and clock >= window.start) or (is_on(here - DAY) and clock < window.end)
    starts = [datetime.combine(here + ahead * DAY, window.start) for ahead in range(9)]
    return None if inside else utc(next(start for start in starts if is_on(start) and start > here), zone)
