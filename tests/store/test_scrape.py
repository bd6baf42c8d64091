"""What a scrape shows of where journeys stand."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from orchestrator.store.documents import Store
from orchestrator.store.measurements import Measurements
from orchestrator.store.records import AuditRecord, RunRecord
from orchestrator.store.scrape import Scrape

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "observability.md"


async def samples(scrape: Scrape) -> dict[str, dict[str, float]]:
    """Name → first label's value, or nothing → value."""
    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families((await scrape.text()).decode()):
        for each in family.samples:
            found.setdefault(each.name, {})[" ".join(value for _, value in sorted(each.labels.items()))] = each.value
    return found


async def test_it_shows_what_is_late_troubled_and_broken_of_running_journeys(store: Store) -> None:
    now = datetime.now(UTC)
    late = RunRecord("late", 1, "hash", "live", 3, None, now - timedelta(hours=1), "no table", now, None)
    for run in (
        late,
        replace(late, journey_id="early", next_due_at=now + timedelta(hours=1), trouble=""),
        replace(late, journey_id="paused", status="paused"),
        replace(late, journey_id="over", status="finished"),
    ):
        await store.put_run(run)
    broken = [AuditRecord(name, now, {"I3": 2, "I7": 1}) for name in ("late", "over")]
    await Measurements(store.engine).add_audits([*broken, AuditRecord("early", now, {})])
    found = await samples(Scrape(store))
    assert found["sojourn_journeys"] == {"live": 2, "paused": 1, "stopped": 0, "finished": 1}
    overdue = found["sojourn_journey_overdue_seconds"]
    assert overdue.keys() == {"late", "early"}
    assert (overdue["early"], overdue["late"] >= 3600) == (0, True)
    assert found["sojourn_journey_trouble"] == {"late": 1, "early": 0, "paused": 1}
    assert found["sojourn_invariant_violations"] == {"I3 late": 2, "I7 late": 1}
    assert found["sojourn_audit_timestamp_seconds"] == {"late": now.timestamp(), "early": now.timestamp()}


async def test_the_documentation_names_every_metric_and_no_other(store: Store) -> None:
    scrape = Scrape(store)
    scrape.counted({})
    there = set(re.findall(r"^# TYPE (sojourn_\w+)", (await scrape.text()).decode(), re.MULTILINE))
    assert set(re.findall(r"\bsojourn_\w+", DOCUMENTATION.read_text(encoding="utf-8"))) == there


async def test_without_the_app_database_the_rest_still_tells(store: Store) -> None:
    scrape = Scrape(store, library="http://127.0.0.1:9/metrics")
    scrape.counted({"spring": 12})
    async with store.engine.begin() as connection:
        await connection.execute(text("DROP TABLE runs"))
    found = await samples(scrape)
    assert found["sojourn_app_database_up"] == {"": 0}
    assert found["sojourn_people_inside"] == {"spring": 12}
    assert "process_resident_memory_bytes" in found
    assert "sojourn_journeys" not in found
