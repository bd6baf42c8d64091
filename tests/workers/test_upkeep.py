"""Upkeep on a real Temporal server: scheduled once however often it is asked for, it measures and it audits."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio
import yaml
from temporalio.client import Client, ScheduleHandle

from orchestrator.catalog import Catalog
from orchestrator.execution import protocol as p
from orchestrator.execution.scratch import scratch_name
from orchestrator.lakehouse.engine import Statement
from orchestrator.store.measurements import Measurements
from tests.workers.house import House, house
from tests.workers.test_journey_workflow import journey, people, until
from tests.world import SCHEMA, SOURCES
from workers.main import keeping_up
from workers.upkeep import Upkeep, schedule_upkeep
from workers.upkeep_workflow import Audited, Kept, Measured


@pytest_asyncio.fixture(loop_scope="session")
async def home(client: Client, tmp_path: Path) -> AsyncIterator[House]:
    async with house(client, tmp_path) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def schedule(home: House, tmp_path: Path) -> AsyncIterator[ScheduleHandle]:
    """The schedule with a worker behind it; the server is shared, so it goes when the test ends."""
    (tmp_path / "sources.yaml").write_text(yaml.safe_dump(SOURCES.model_dump(mode="json", exclude_none=True)))
    catalog = Catalog(
        home.world.engine,
        tmp_path / "sources.yaml",
        node_packages=["orchestrator.journey.nodes"],
        connections=home.connections,
    )
    async with keeping_up(home.client, Upkeep(catalog, home.store, SCHEMA), home.queue):
        handle = home.client.get_schedule_handle(f"upkeep/{home.queue}")
        yield handle
        await handle.delete()


async def night(home: House, schedule: ScheduleHandle) -> Kept:
    """Lets it run now, as the schedule would."""
    done = len((await schedule.describe()).info.recent_actions)
    await schedule.trigger()
    async with asyncio.timeout(20):
        while len(recent := (await schedule.describe()).info.recent_actions) == done:
            await asyncio.sleep(0.05)
    action: Any = recent[-1].action
    handle = home.client.get_workflow_handle(action.workflow_id, run_id=action.first_execution_run_id, result_type=Kept)
    found = await handle.result()
    assert isinstance(found, Kept)
    return found


async def test_every_audience_is_measured_and_one_that_is_broken_harms_no_other(
    home: House, schedule: ScheduleHandle
) -> None:
    await people(home, 3)
    await home.store.add_audience("all", "Everybody", {"kind": "all", "of": []})
    await home.store.add_audience("nobody", "Nobody", {"kind": "any", "of": []})
    await home.store.add_audience("lost", "Lost", {"kind": "is_set", "column": "no_such"})
    await home.store.add_audience("old", "Old", {"kind": "astrology"})
    before = datetime.now(UTC)
    old, young = (scratch_name(SCHEMA, "simulation", before - timedelta(hours=hours)) for hours in (7, 1))
    made = [f"CREATE SCHEMA {each}; CREATE TABLE {each}.visits (n INT)" for each in (old, young)]
    await home.world.engine.write([Statement(sql=each) for text in made for each in text.split(";")])
    found = await night(home, schedule)
    assert {f"{old}.visits", f"{young}.visits"} & set(await home.world.engine.tables()) == {f"{young}.visits"}
    assert found.measured == Measured(audiences=2, failed=["lost", "old"])
    measurements = Measurements(home.store.engine)
    [size] = await measurements.sizes("all")
    assert (size.people, size.base) == (3, 3)
    assert before - timedelta(minutes=1) < size.at < datetime.now(UTC) + timedelta(minutes=1)
    assert [each.people for each in await measurements.sizes("nobody")] == [0]


async def test_running_journeys_are_audited_and_a_broken_ledger_is_told(home: House, schedule: ScheduleHandle) -> None:
    await people(home, 2)
    assert (await night(home, schedule)).audited == Audited(journeys=0)
    plan, handle = await home.start(journey(wait="P9D"))

    async def waiting() -> bool:
        return "rest" in await home.view(plan).here()

    await until(waiting)
    assert (await night(home, schedule)).audited == Audited(journeys=1)
    twice = f"INSERT INTO {SCHEMA}.moves SELECT * FROM {SCHEMA}.moves WHERE member_id = 1"
    await home.world.engine.write([Statement(sql=twice)])
    assert (await night(home, schedule)).audited == Audited(journeys=1, broken=[plan.journey_id])
    last, first = await Measurements(home.store.engine).audits(plan.journey_id)
    assert first.violations == {}
    assert last.violations["a visit leaves a step at most once"] == 1
    assert {each.text: each.violations for each in await home.broken(plan)} == last.violations
    await home.update(handle, p.STOP)


async def test_it_is_scheduled_once_and_stays_paused_when_somebody_paused_it(client: Client) -> None:
    queue = f"q{uuid.uuid4().hex[:12]}"
    await asyncio.gather(*(schedule_upkeep(client, queue) for _ in range(4)))
    handle = client.get_schedule_handle(f"upkeep/{queue}")
    await handle.pause(note="not now")
    await schedule_upkeep(client, queue)
    async with asyncio.timeout(15):  # a schedule tells of a pause a moment after it took it
        while not (found := await handle.describe()).schedule.state.paused:
            await asyncio.sleep(0.1)
    assert (found.schedule.state.paused, found.schedule.state.note) == (True, "not now")
    assert [each.hour for each in found.info.next_action_times[:2]] == [3, 3]
    assert found.info.num_actions == 0
    await handle.delete()


async def test_one_half_that_fails_does_not_keep_the_other_from_running(
    home: House, schedule: ScheduleHandle, tmp_path: Path
) -> None:
    await home.store.add_audience("all", "Everybody", {"kind": "all", "of": []})
    (tmp_path / "sources.yaml").write_text("customers: {")
    assert await night(home, schedule) == Kept(measured=None, audited=Audited(journeys=0))
