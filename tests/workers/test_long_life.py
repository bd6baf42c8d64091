"""A journey that looks every ten minutes, on a clock that skips: days here, a whole year with SOJOURN_DAYS=365."""

import contextlib
import os
import shutil
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio import workflow
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from orchestrator.execution import protocol as p
from orchestrator.journey.document import Journey
from tests.workers.house import house
from tests.workers.test_journey_workflow import people
from tests.world import SCHEMA

DAYS = int(os.environ.pop("SOJOURN_DAYS", "2"))
EVERY = timedelta(minutes=10)
LATE = timedelta(seconds=5)
"""How late a timer may be, a year from the start as on the first day."""
LONGEST = 2_000
"""Events after which it goes on as new here; the server would suggest it later."""


@pytest_asyncio.fixture(loop_scope="session")
async def skipping() -> AsyncIterator[WorkflowEnvironment]:
    binary = shutil.which("temporal-test-server", path=str(Path(sys.executable).parent))
    async with await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=binary, data_converter=pydantic_data_converter
    ) as environment:
        yield environment


def always_on() -> Journey:
    """entry every ten minutes, again six hours after the last visit → a day's wait → exit."""
    schedule = {"kind": "every", "minutes": 10}
    nodes = [
        {"id": "audience", "type": "entry", "data": {"rule": {"kind": "all"}, "schedule": schedule}},
        {"id": "rest", "type": "wait", "data": {"duration": "P1D"}},
        {"id": "done", "type": "exit"},
    ]
    edges = [{"id": "e1", "source": "audience", "target": "rest"}, {"id": "e2", "source": "rest", "target": "done"}]
    settings = {"reentry": {"kind": "after", "gap": "PT6H"}}
    return Journey.model_validate({"name": "test", "nodes": nodes, "edges": edges, "settings": settings})


@pytest.mark.timeout(7200 if DAYS > 2 else 120)
async def test_it_neither_drifts_nor_grows(
    skipping: WorkflowEnvironment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workers import journey_workflow

    monkeypatch.setattr(journey_workflow, "_full", lambda: workflow.info().get_current_history_length() > LONGEST)
    async with house(skipping.client, tmp_path) as home:
        await people(home, 3)
        plan, handle = await home.start(always_on())
        began = await skipping.get_current_time()
        while (now := await skipping.get_current_time()) < began + timedelta(days=DAYS):
            with contextlib.suppress(RPCError):  # a busy machine is not through when the server should have answered
                await skipping.sleep(timedelta(hours=1))
        fresh = skipping.client.get_workflow_handle(handle.id, result_type=p.RunState)
        state = await fresh.query(p.STATE, result_type=p.RunState)
        described = await fresh.describe()
        visits = await home.world.run(f"SELECT visit_no, entered_at FROM {SCHEMA}.visits ORDER BY visit_no")
        assert await home.broken(plan) == []
    first, next_due_at = visits[0][1], state.next_due_at.replace(tzinfo=None)
    # A wait may end a moment after the entry was asked: then it has a wave of its own.
    waits = len({entered_at for _, entered_at in visits})
    assert -2 <= state.wave - (now - began) / EVERY <= waits + 2
    assert described.history_length < LONGEST + 100
    assert len(visits) >= 3 * (DAYS * 24 // 31), "they come in again every thirty hours"
    for moment in (next_due_at, *(entered_at for _, entered_at in visits)):
        assert (moment - first + LATE) % EVERY < 2 * LATE, "it drifts"
