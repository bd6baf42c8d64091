"""Sizes and audits: kept once, thinned out with age, and gone with their audience."""

from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.store.documents import Store
from orchestrator.store.measurements import Measurements
from orchestrator.store.records import AuditRecord, SizeRecord

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def measurements(store: Store) -> Measurements:
    return Measurements(store.engine)


def size(at: datetime, people: int = 5, audience_id: str = "fans") -> SizeRecord:
    return SizeRecord(audience_id, at, people, 10_000_000_000)


async def test_a_size_is_kept_unless_it_was_the_same_a_moment_ago(measurements: Measurements) -> None:
    await measurements.add_sizes([])
    kept = [size(NOW), size(NOW + HOUR / 2, people=6), size(NOW + 2 * HOUR, people=6)]
    for each in (kept[0], kept[0], size(NOW + HOUR / 4), kept[1], kept[2], size(NOW + 2 * HOUR, people=7)):
        await measurements.add_sizes([each, size(each.at, each.people, "others")])
    assert await measurements.sizes("fans") == kept
    assert len(await measurements.sizes("others")) == 3
    assert await measurements.sizes("nobody") == []


async def test_of_old_sizes_the_last_of_each_day_stays(measurements: Measurements) -> None:
    old = NOW - 61 * DAY
    times = [old - DAY, old - DAY + HOUR, old, old + HOUR, old + 2 * HOUR, NOW - 59 * DAY, NOW - 59 * DAY + HOUR]
    for people, at in enumerate(times):
        await measurements.add_sizes([size(at, people), size(at, people, "others")])
    for _ in range(2):
        await measurements.thin(NOW)
        for audience_id in ("fans", "others"):
            assert [each.people for each in await measurements.sizes(audience_id)] == [1, 4, 5, 6]


async def test_the_last_audit_of_every_journey_is_found(measurements: Measurements) -> None:
    await measurements.add_audits([])
    first = AuditRecord("bread", NOW - 400 * DAY, {})
    broken = AuditRecord("bread", NOW - DAY, {"a visit is there once": 2})
    clean = AuditRecord("bread", NOW, {})
    other = AuditRecord("soda", NOW - DAY, {})
    await measurements.add_audits([first])
    await measurements.add_audits([AuditRecord("bread", NOW - DAY, {}), other])
    await measurements.add_audits([broken])  # the same night once more
    await measurements.add_audits([clean])
    assert await measurements.audits("bread") == [clean, broken, first]
    assert await measurements.last_audits() == [clean, other]
    await measurements.thin(NOW)
    assert await measurements.audits("bread") == [clean, broken]


async def test_sizes_go_with_their_audience(measurements: Measurements, store: Store) -> None:
    await store.add_audience("fans", "Fans", {"kind": "all", "of": []})
    await measurements.add_sizes([size(NOW), size(NOW, audience_id="others")])
    await store.remove_audience("fans")
    assert await measurements.sizes("fans") == []
    assert len(await measurements.sizes("others")) == 1
