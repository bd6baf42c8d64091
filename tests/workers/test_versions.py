"""Versions on a real Temporal server: adopted while people wait, while messages go out, and while it is paused."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from temporalio.client import Client, WorkflowUpdateFailedError

from orchestrator.channels.channel import Outcome, Result
from orchestrator.execution import protocol as p
from orchestrator.journey.document import Journey
from orchestrator.lakehouse.engine import Statement
from tests.workers.house import House, house
from tests.workers.test_journey_workflow import journey, people, until

EVERY = {"kind": "every", "minutes": 1}


@pytest_asyncio.fixture(loop_scope="session")
async def home(client: Client, tmp_path: Path) -> AsyncIterator[House]:
    async with house(client, tmp_path) as made:
        yield made


async def more_people(home: House, ids: range) -> None:
    await home.world.insert("customers", [{"customer_id": i, "email": f"p{i}@shop.test"} for i in ids])


async def test_pinned_people_stay_and_both_versions_are_carried_on_as_new(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workers import journey_workflow

    await people(home, 2)
    first, handle = await home.start(journey(wait="P9D", schedule=EVERY))

    async def resting() -> bool:
        return "rest" in await home.view(first).here()

    async def left() -> bool:
        return bool(await home.view(first).ended())

    await until(resting)
    monkeypatch.setattr(journey_workflow, "_full", lambda: True)
    await more_people(home, range(3, 5))
    second = await home.publish(journey(wait="PT1S", schedule=EVERY), first.journey_id, 2)
    state = await home.adopt(handle, second, "pin")
    assert (state.status, state.versions) == ("live", [1, 2])
    await until(left)
    assert await home.view(first).ended() == {"exit:completed": [3, 4]}
    assert await home.view(first).here() == {"rest": [1, 2]}
    runs = [each async for each in home.client.list_workflows(f"WorkflowId = '{handle.id}'")]
    assert len(runs) > 1, "it never continued as new"
    fresh = home.client.get_workflow_handle(handle.id, result_type=p.RunState)
    assert (await fresh.query(p.STATE, result_type=p.RunState)).versions == [1, 2]
    run = await home.store.run(first.journey_id)
    assert run is not None
    assert (run.version, run.plan_hash, run.versions) == (2, second.hash, [1, 2])
    third = await home.publish(journey(wait="P8D", schedule=EVERY), first.journey_id, 3)
    assert (await home.adopt(fresh, third, "move")).versions == [3]
    assert (await home.adopt(fresh, second, "move")).versions == [3], "it is behind that already"
    assert (await home.update(home.client.get_workflow_handle(handle.id), p.STOP)).status == "stopped"
    assert await home.view(first).ended() == {"exit:completed": [3, 4], "stopped": [1, 2]}
    assert await home.broken(first, second, third) == []


async def test_people_are_taken_off_a_message_that_is_gone_while_it_goes_out(home: House) -> None:
    await people(home, 90)
    gone = asyncio.Event()

    async def slowly(self: Any, batch: Any, step: Any) -> Any:
        for recipient in batch.recipients:
            await asyncio.sleep(0.3)
            gone.set()
            yield recipient.key, Result(Outcome.ACCEPTED)

    home.letter.deliver = slowly.__get__(home.letter)  # type: ignore[method-assign]
    first, handle = await home.start(journey(wait="PT1S", letter=True))
    await gone.wait()
    second = await home.publish(journey(wait="PT2S"), first.journey_id, 2)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await home.adopt(handle, second, "move")
    assert "90 people are at step 'letter'" in str(refused.value.cause)
    run = await home.store.run(first.journey_id)
    assert run is not None
    assert (run.status, run.version, run.trouble) == ("live", 1, "")
    target = p.Target(from_node="letter", to_node="rest", ended=False)
    assert (await home.adopt(handle, second, "move", target)).versions == [2]
    assert (await handle.result()).status == "finished"
    outcomes = await home.view(first).outcomes()
    accepted, ended = outcomes["letter: accepted"], outcomes["letter: suppressed/visit_ended"]
    assert accepted
    assert ended
    assert sorted(accepted + ended) == list(range(1, 91))
    assert await home.view(first).ended() == {"exit:completed": list(range(1, 91))}
    assert await home.broken(first, second) == []


async def test_a_version_without_a_column_that_is_gone_is_adopted_while_paused_and_goes_on(home: House) -> None:
    await people(home, 2)
    rule = {"kind": "number", "column": "points", "op": ">", "value": 1}
    drawn = journey(wait="PT1S").model_dump(mode="json")
    drawn["nodes"].append({"id": "rich", "type": "split", "data": {"rule": rule}})
    drawn["edges"][1] = {"id": "e2", "source": "rest", "target": "rich"}
    drawn["edges"].append({"id": "e4", "source": "rich", "source_port": "no", "target": "done"})
    first, handle = await home.start(Journey.model_validate(drawn))
    await home.world.engine.write([Statement(sql="ALTER TABLE shop.customers DROP COLUMN points")])

    async def paused() -> bool:
        run = await home.store.run(first.journey_id)
        return run is not None and run.status == "paused"

    await until(paused)
    assert await home.view(first).here() == {"rich": [1, 2]}
    second = await home.publish(journey(wait="PT2S"), first.journey_id, 2)
    done = p.Target(from_node="rich", to_node="done", ended=True)
    assert (await home.adopt(handle, second, "move", done)).status == "finished"
    assert (await handle.result()).status == "finished"
    assert await home.view(first).ended() == {"version": [1, 2]}
    assert await home.broken(first, second) == []


async def test_adopted_while_paused_it_stays_paused(home: House) -> None:
    await people(home, 2)
    first, handle = await home.start(journey(wait="P9D", schedule=EVERY))
    await home.update(handle, p.PAUSE)
    second = await home.publish(journey(wait="PT1S", schedule=EVERY), first.journey_id, 2)
    assert (await home.adopt(handle, second, "move")).status == "paused"
    run = await home.store.run(first.journey_id)
    assert run is not None
    assert (run.status, run.version) == ("paused", 2)
    await asyncio.sleep(1.5)
    assert await home.view(first).ended() == {}
    assert (await home.update(handle, p.RESUME)).status == "live"

    async def left() -> bool:
        return bool(await home.view(first).ended())

    await until(left)
    await home.update(handle, p.STOP)
    assert await home.broken(first, second) == []
