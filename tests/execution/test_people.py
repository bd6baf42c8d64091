"""Pages of the people at a step: each visit once, the last arrived first, and no contact unasked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orchestrator.channels.channel import Outcome, Result
from orchestrator.errors import Invalid, NotFound
from orchestrator.execution.people import After, Asked, PeoplePage, people_at
from orchestrator.execution.report import read_report
from orchestrator.lakehouse.engine import Statement
from orchestrator.lakehouse.engines.duckdb import DuckDB
from orchestrator.store.records import RunRecord
from tests.journey.drawings import ALL, GOOD, LINES, drawn
from tests.world import SCHEMA, Driver, World, build

NOW = datetime.fromisoformat("2026-03-02T09:00")
DAY = timedelta(days=1)
HOURLY = {**GOOD, "audience": ("entry", {**ALL, "schedule": {"kind": "every", "minutes": 60}})}


async def people(world: World, members: range, **columns: Any) -> None:
    await world.insert("customers", [{"customer_id": i, "email": f"p{i}@shop.test", **columns} for i in members])
    await world.insert("consents", [{"customer_id": i, "purpose": "email", "granted": i % 5 != 0} for i in members])


class Counted(DuckDB):
    """Remembers how many rows the last query returned."""

    last = 0

    async def rows(self, statement: Statement, values: Any = None) -> list[tuple[Any, ...]]:
        found = await super().rows(statement, values)
        self.last = len(found)
        return found


@pytest.fixture
async def driver() -> Any:
    """Twelve came in, nine more an hour later; every fifth agreed to nothing, and 7 has two rows."""
    world = await build(Counted(memory="1GB"))
    await people(world, range(1, 13), country="DE", points=3)
    await world.insert("propensities", [{"customer_id": i, "bread": i / 100} for i in range(1, 30)])
    driver = Driver(world, world.plan(drawn(HOURLY, LINES)))
    driver.channel.answers["p3@shop.test"] = Result(Outcome.REJECTED, reason="smtp_550")
    await driver.tick(NOW)
    await people(world, range(20, 29), country="SE")
    await world.insert("customers", [{"customer_id": 7, "email": "p7@shop.test", "country": "DE"}])
    await driver.tick(NOW + timedelta(hours=1))
    yield driver
    await world.engine.close()


async def pages(driver: Driver, node_id: str, state: Any, **how: Any) -> list[PeoplePage]:
    """Every page, one after the other."""
    world, found, after = driver.world, [], None
    while not found or after:
        asked = Asked("j", node_id, state, wait_of=lambda _: DAY if node_id == "rest" else None, after=after, **how)
        found.append(await people_at(world.engine, world.lakehouse, SCHEMA, asked))
        after = found[-1].next
    return found


async def test_pages_have_everybody_once_the_last_arrived_first_with_what_was_asked(driver: Driver) -> None:
    for limit in (1, 4, 21, 50):
        found = await pages(driver, "rest", "here", limit=limit, columns=["country", "email", "propensities.bread"])
        rows = [row for page in found for row in page.rows]
        assert [int(row.member_id) for row in rows] == [*range(20, 29), *range(1, 13)], f"in pages of {limit}"
        assert all(len(page.rows) == limit for page in found[:-1])
        assert all((page.columns, page.withheld) == (["country", "propensities.bread"], ["email"]) for page in found)
    first = rows[0]
    assert first.arrived_at == (NOW + timedelta(hours=1)).replace(tzinfo=UTC)
    assert first.due_at == first.arrived_at + DAY
    assert (first.values, first.left_at, first.outcome) == (["SE", 0.2], None, None)
    [shown] = await pages(driver, "rest", "here", limit=200, columns=["email"], show_contacts=True)
    assert shown.rows[0].values == ["p20@shop.test"]


async def test_each_state_holds_those_the_report_counts(driver: Driver) -> None:
    run = RunRecord("j", 1, "", "live", 2, None, None, "", datetime.now(UTC), None)

    async def same() -> None:
        report = await read_report(driver.world.engine, driver.plan, SCHEMA, run)
        for node_id, counts in report.nodes.items():
            [here], [through] = await pages(driver, node_id, "here"), await pages(driver, node_id, "through")
            assert (len(here.rows), len(through.rows)) == (counts.here, counts.left), node_id
            [unsent] = await pages(driver, node_id, "not_sent")
            reasons = [row.reason for row in unsent.rows]
            assert {reason: reasons.count(reason) for reason in reasons} == counts.reasons, node_id

    await same()
    [refused] = await pages(driver, "letter", "not_sent", reason="smtp_550")
    assert [(row.member_id, row.outcome, row.port) for row in refused.rows] == [("3", "rejected", "done")]
    await driver.tick(NOW + DAY)
    await same()
    [done] = await pages(driver, "done", "through")
    assert {(row.ending, row.left_at) for row in done.rows} == {("exit:completed", None)}
    await driver.world.engine.write([driver.plan.stop], {"as_of": NOW + DAY, "wave": 99})
    await same()
    [stopped] = await pages(driver, "rest", "through", limit=200)
    assert {row.ending for row in stopped.rows if int(row.member_id) >= 20} == {"stopped"}


async def test_a_page_reads_one_row_more_than_it_shows(driver: Driver) -> None:
    await driver.tick(NOW + DAY)
    for node_id in driver.plan.nodes:
        for state in ("here", "through", "not_sent"):
            asked = Asked("j", node_id, state, limit=1)
            found = await people_at(driver.world.engine, driver.world.lakehouse, SCHEMA, asked)
            assert driver.world.engine.last == len(found.rows) + (found.next is not None), (node_id, state)


async def test_what_is_not_there_is_named(driver: Driver) -> None:
    with pytest.raises(Invalid, match="did you mean 'country'"):
        await pages(driver, "rest", "here", columns=["contry"])
    for nobody in ("nobody", str(2**63)):
        after = After(arrived_at=NOW.replace(tzinfo=UTC), member_id=nobody, visit_no=1)
        asked = Asked("j", "rest", "here", after=after)
        with pytest.raises(NotFound, match="no such customer"):
            await people_at(driver.world.engine, driver.world.lakehouse, SCHEMA, asked)
