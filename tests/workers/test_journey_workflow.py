"""The workflow on a real Temporal server: it wakes when something is due, freezes, goes on, stops, and starts anew."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateStage

from orchestrator.channels.channel import Outcome, Result
from orchestrator.channels.links import RETURN_TOKEN, Links
from orchestrator.errors import ChannelAway, LakehouseAway
from orchestrator.execution import protocol as p
from orchestrator.execution.recovery import Published, rebuild
from orchestrator.execution.waves import wakes_at
from orchestrator.journey.document import Journey
from orchestrator.lakehouse.engine import Statement
from tests.workers.house import House, house
from tests.world import SCHEMA, Letter


@pytest_asyncio.fixture(loop_scope="session")
async def home(client: Client, tmp_path: Path) -> AsyncIterator[House]:
    async with house(client, tmp_path) as made:
        yield made


def journey(wait: str = "PT1S", schedule: dict[str, Any] | None = None, letter: bool = False) -> Journey:
    """entry → [letter →] wait → exit."""
    nodes: list[dict[str, Any]] = [
        {
            "id": "audience",
            "type": "entry",
            "data": {"rule": {"kind": "all"}, "schedule": schedule or {"kind": "once"}},
        },
        {"id": "rest", "type": "wait", "data": {"duration": wait}},
        {"id": "done", "type": "exit"},
    ]
    edges = [
        {"id": "e1", "source": "audience", "target": "letter" if letter else "rest"},
        {"id": "e2", "source": "rest", "target": "done"},
    ]
    if letter:
        data = {"channel": "letter", "connection": "post", "step": {"line": "Hello {{ first_name }}"}}
        nodes.insert(1, {"id": "letter", "type": "message", "data": data})
        edges.append({"id": "e3", "source": "letter", "source_port": "done", "target": "rest"})
    return Journey.model_validate({"name": "test", "nodes": nodes, "edges": edges})


async def people(home: House, count: int) -> None:
    ids = range(1, count + 1)
    await home.world.insert(
        "customers", [{"customer_id": i, "email": f"p{i}@shop.test", "first_name": f"P{i}"} for i in ids]
    )
    await home.world.insert("consents", [{"customer_id": i, "purpose": "email", "granted": True} for i in ids])


def held(home: House) -> tuple[asyncio.Event, asyncio.Event]:
    """The letter is held in the middle of sending: (set when it is, to be set to let it go on)."""
    sending, go_on = asyncio.Event(), asyncio.Event()

    async def deliver(batch: Any, step: Any) -> Any:
        sending.set()
        await go_on.wait()
        for recipient in batch.recipients:
            yield recipient.key, Result(Outcome.ACCEPTED)

    home.letter.deliver = deliver  # type: ignore[method-assign]
    return sending, go_on


async def until(condition: Any, seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.05)


async def test_it_ends_when_everybody_has_left(home: House) -> None:
    await people(home, 3)
    plan, handle = await home.start(journey())
    assert (await handle.result()).status == "finished"
    assert await home.view(plan).ended() == {"exit:completed": [1, 2, 3]}
    run = await home.store.run(plan.journey_id)
    assert run is not None
    assert (run.status, run.next_due_at) == ("finished", None)
    assert await home.broken(plan) == []


async def test_paused_it_moves_nobody_and_resumed_it_makes_up_for_it(home: House) -> None:
    await people(home, 2)
    plan, handle = await home.start(journey(wait="PT1S"))
    await until(lambda: _has(home, plan, "rest"))
    assert (await home.update(handle, p.PAUSE)).status == "paused"
    await asyncio.sleep(1.5)
    assert await home.view(plan).here() == {"rest": [1, 2]}
    assert (await home.update(handle, p.RESUME)).status == "live"
    assert (await handle.result()).status == "finished"
    assert await home.broken(plan) == []


async def test_stopped_it_ends_every_open_visit_and_says_so(home: House) -> None:
    await people(home, 2)
    plan, handle = await home.start(journey(wait="P9D"))
    await until(lambda: _has(home, plan, "rest"))
    assert (await home.update(handle, p.STOP)).status == "stopped"
    assert (await handle.result()).status == "stopped"
    assert await home.view(plan).ended() == {"stopped": [1, 2]}
    assert await home.broken(plan) == []


async def test_paused_in_the_middle_of_a_delivery_it_sends_nothing_more_until_resumed(home: House) -> None:
    await people(home, 60)
    gone = asyncio.Event()

    async def slowly(self: Any, batch: Any, step: Any) -> Any:
        for recipient in batch.recipients:
            await asyncio.sleep(0.1)
            home.letter.sent.append((recipient.values["email"], recipient.values["line"]))
            gone.set()
            yield recipient.key, Result(Outcome.ACCEPTED)

    home.letter.deliver = slowly.__get__(home.letter)  # type: ignore[method-assign]
    plan, handle = await home.start(journey(letter=True))
    await gone.wait()
    await home.update(handle, p.PAUSE)
    await asyncio.sleep(1.5)
    sent = len(home.letter.sent)
    assert 0 < sent < 60
    await asyncio.sleep(1)
    assert len(home.letter.sent) == sent
    await home.update(handle, p.RESUME)
    assert (await handle.result()).status == "finished"
    assert sorted(address for address, _ in home.letter.sent) == sorted(f"p{i}@shop.test" for i in range(1, 61))
    assert await home.broken(plan) == []


async def test_stopped_in_the_middle_of_a_delivery_everybody_is_settled(home: House) -> None:
    await people(home, 90)
    gone = asyncio.Event()

    async def slowly(self: Any, batch: Any, step: Any) -> Any:
        for recipient in batch.recipients:
            await asyncio.sleep(0.1)
            gone.set()
            yield recipient.key, Result(Outcome.ACCEPTED)

    home.letter.deliver = slowly.__get__(home.letter)  # type: ignore[method-assign]
    plan, handle = await home.start(journey(letter=True))
    await gone.wait()
    assert (await home.update(handle, p.STOP)).status == "stopped"
    outcomes = await home.view(plan).outcomes()
    accepted, ended = outcomes["letter: accepted"], outcomes["letter: suppressed/visit_ended"]
    assert accepted
    assert sorted(accepted + ended) == list(range(1, 91))
    assert await home.broken(plan) == []


async def test_who_is_put_off_keeps_nobody_waiting(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from workers import activities

    monkeypatch.setattr(activities, "PATIENCE", timedelta(seconds=1))
    await people(home, 4)
    await home.world.run("UPDATE shop.customers SET points = 0 WHERE customer_id = 4")
    home.letter.answers = {"p1@shop.test": Result(Outcome.DEFERRED, reason="smtp_450")}
    drawn = journey(wait="P9D", letter=True).model_dump(mode="json")
    rule = {"kind": "number", "column": "points", "op": ">=", "value": 0}
    drawn["nodes"] += [
        {"id": "late", "type": "split", "data": {"rule": rule}},
        {"id": "second", "type": "wait", "data": {"duration": "PT2S"}},
    ]
    lines = (
        "audience next late", "late yes second", "late no letter", "second next letter", "letter done rest",
        "rest next done",
    )  # fmt: skip
    ends = [line.split() for line in lines]
    drawn["edges"] = [{"id": f"{a}-{port}", "source": a, "source_port": port, "target": b} for a, port, b in ends]
    plan, handle = await home.start(Journey.model_validate(drawn))
    await until(lambda: _stand(home, plan, {"letter": [1], "rest": [2, 3, 4]}))
    assert len(home.letter.sent) == 3
    home.letter.answers = {}
    await until(lambda: _stand(home, plan, {"rest": [1, 2, 3, 4]}))
    state = await handle.query(p.STATE, result_type=p.RunState)
    assert (state.status, state.delivering) == ("live", 0)
    await home.update(handle, p.STOP)
    assert await home.broken(plan) == []


async def test_lost_while_it_stopped_everybody_is_settled_once_it_is_recovered(home: House) -> None:
    await people(home, 3)
    sending, go_on = held(home)
    plan, handle = await home.start(journey(letter=True))
    await sending.wait()
    stopping = await handle.start_update(p.STOP, wait_for_stage=WorkflowUpdateStage.ACCEPTED, result_type=p.RunState)
    await until(lambda: _status(home, plan.journey_id, "stopped"))
    await home.client.get_workflow_handle(p.delivery_workflow_id(plan.journey_id, "letter", 1)).terminate()
    await handle.terminate()
    go_on.set()
    with pytest.raises(WorkflowUpdateFailedError):
        await stopping.result()
    run = await home.store.run(plan.journey_id)
    assert run is not None
    published = [Published(plan, plan.hash)]
    start = await rebuild(home.world.engine, SCHEMA, run, published, queue=home.queue, now=datetime.now(UTC))
    fresh = await home.client.start_workflow(
        p.JOURNEY_WORKFLOW, start, id=handle.id, task_queue=home.queue, result_type=p.RunState
    )
    assert (await fresh.result()).status == "stopped"
    outcomes = await home.view(plan).outcomes()
    assert sorted(member for members in outcomes.values() for member in members) == [1, 2, 3]
    assert await home.broken(plan) == []


@pytest.mark.parametrize("returns", [True, False])
async def test_a_channel_that_wants_returns_gets_a_token_with_each_message(
    home: House, monkeypatch: pytest.MonkeyPatch, returns: bool
) -> None:
    given: list[str | None] = []

    async def deliver(batch: Any, step: Any) -> Any:
        for recipient in batch.recipients:
            given.append(recipient.values.get(RETURN_TOKEN))
            yield recipient.key, Result(Outcome.ACCEPTED)

    await people(home, 2)
    home.activities.links = Links(lambda: [b"a key"], "https://shop.test")
    home.letter.deliver = deliver  # type: ignore[method-assign]
    monkeypatch.setattr(Letter, "returns", returns)
    _, handle = await home.start(journey(letter=True))
    assert (await handle.result()).status == "finished"
    assert [token is not None for token in given] == [returns, returns]


async def test_a_provider_that_is_away_is_told_and_loses_nobody(home: House) -> None:
    await people(home, 3)
    away = ChannelAway("nobody answers", place="post", fix="start the post office", retry_after=0.2)
    home.letter.answers = {f"p{i}@shop.test": away for i in range(1, 4)}
    plan, handle = await home.start(journey(letter=True))
    await until(lambda: _trouble(home, plan.journey_id, "start the post office"))
    home.letter.answers = {}
    assert (await handle.result()).status == "finished"
    assert await home.view(plan).outcomes() == {"letter: accepted": [1, 2, 3]}
    run = await home.store.run(plan.journey_id)
    assert run is not None
    assert run.trouble == ""


async def test_a_lakehouse_that_is_away_is_told_and_tried_again(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await people(home, 2)
    write, failures = home.world.engine.write, 2

    async def flaky(*given: Any, **named: Any) -> bool:
        nonlocal failures
        if failures:
            failures -= 1
            raise LakehouseAway("the warehouse sleeps", place="lakehouse", fix="wake it")
        return await write(*given, **named)

    monkeypatch.setattr(home.world.engine, "write", flaky)
    plan, handle = await home.start(journey())
    await until(lambda: _trouble(home, plan.journey_id, "wake it"))
    assert (await handle.result()).status == "finished"
    assert await home.broken(plan) == []


async def test_a_column_that_is_gone_pauses_the_journey_and_says_why(home: House) -> None:
    await people(home, 2)
    drawn = journey(wait="PT1S").model_dump(mode="json")
    drawn["nodes"].append(
        {"id": "rich", "type": "split", "data": {"rule": {"kind": "number", "column": "points", "op": ">", "value": 1}}}
    )
    drawn["edges"][1] = {"id": "e2", "source": "rest", "target": "rich"}
    drawn["edges"].append({"id": "e4", "source": "rich", "source_port": "no", "target": "done"})
    plan, handle = await home.start(Journey.model_validate(drawn))
    await until(lambda: _has(home, plan, "rest"))
    await home.world.engine.write([Statement(sql="ALTER TABLE shop.customers RENAME COLUMN points TO score")])
    await until(lambda: _trouble(home, plan.journey_id, "points"))
    await until(lambda: _status(home, plan.journey_id, "paused"))
    await home.world.engine.write([Statement(sql="ALTER TABLE shop.customers RENAME COLUMN score TO points")])
    await home.update(handle, p.RESUME)
    assert (await handle.result()).status == "finished"
    assert await home.broken(plan) == []


async def test_always_on_it_goes_on_as_new_and_forgets_nothing(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from workers import journey_workflow

    await people(home, 1)
    monkeypatch.setattr(journey_workflow, "_full", lambda: True)
    plan, handle = await home.start(journey(wait="PT1S", schedule={"kind": "every", "minutes": 1}))
    await until(lambda: _left(home, plan))
    runs = [each async for each in home.client.list_workflows(f"WorkflowId = '{handle.id}'")]
    assert len(runs) > 1, "it never continued as new"
    fresh = home.client.get_workflow_handle(handle.id, result_type=p.RunState)
    state = await fresh.query(p.STATE, result_type=p.RunState)
    assert state.status == "live"
    assert state.next_due_at is not None
    assert (await home.update(fresh, p.STOP)).status == "stopped"
    assert await home.broken(plan) == []


async def test_stopped_while_it_goes_on_as_new_it_stops(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from workers import journey_workflow

    await people(home, 1)
    monkeypatch.setattr(journey_workflow, "_full", lambda: True)
    write, moving, go_on = home.world.engine.write, asyncio.Event(), asyncio.Event()

    async def held(*given: Any, **named: Any) -> bool:
        moving.set()
        await go_on.wait()
        return await write(*given, **named)

    monkeypatch.setattr(home.world.engine, "write", held)
    plan, handle = await home.start(journey(wait="P9D", schedule={"kind": "every", "minutes": 1}))
    await moving.wait()
    stopping = await handle.start_update(p.STOP, wait_for_stage=WorkflowUpdateStage.ACCEPTED, result_type=p.RunState)
    go_on.set()
    async with asyncio.timeout(15):
        assert (await stopping.result()).status == "stopped"
    assert await home.broken(plan) == []


async def test_started_again_it_counts_its_waves_on(home: House) -> None:
    await people(home, 1)
    plan, handle = await home.start(journey(), wave=7)
    assert (await handle.result()).wave > 7
    assert await home.broken(plan) == []


def test_the_names_are_those_of_the_protocol() -> None:
    from temporalio import workflow

    from workers.delivery_workflow import DeliveryWorkflow
    from workers.journey_workflow import JourneyWorkflow

    journey = workflow._Definition.must_from_class(JourneyWorkflow)
    assert journey.name == p.JOURNEY_WORKFLOW
    assert set(journey.updates) == {p.PAUSE, p.RESUME, p.STOP, p.ADOPT}
    assert workflow._Definition.must_from_class(DeliveryWorkflow).name == p.DELIVERY_WORKFLOW


async def _has(home: House, plan: Any, node_id: str) -> bool:
    return node_id in await home.view(plan).here()


async def _stand(home: House, plan: Any, where: dict[str, list[int]]) -> bool:
    return await home.view(plan).here() == where


async def _left(home: House, plan: Any) -> bool:
    return bool(await home.view(plan).ended())


async def _trouble(home: House, journey_id: str, text: str) -> bool:
    run = await home.store.run(journey_id)
    return run is not None and text in run.trouble


async def _status(home: House, journey_id: str, status: str) -> bool:
    run = await home.store.run(journey_id)
    return run is not None and run.status == status


async def test_fifty_journeys_go_their_way_while_one_delivers(home: House) -> None:
    await people(home, 30)
    sending, go_on = held(home)
    loud, delivering = await home.start(journey(letter=True))
    await sending.wait()
    others = [await home.start(journey()) for _ in range(49)]
    async with asyncio.timeout(100):
        ended = await asyncio.gather(*(handle.result() for _, handle in others))
    assert {each.status for each in ended} == {"finished"}
    state = await delivering.query(p.STATE, result_type=p.RunState)
    assert (state.status, state.delivering) == ("live", 1), "they did not wait for it"
    go_on.set()
    assert (await delivering.result()).status == "finished"
    assert await home.broken(loud, others[0][0]) == []


async def test_timers_of_all_journeys_end_together(home: House) -> None:
    await people(home, 1)
    every = timedelta(seconds=2)
    for wait in (timedelta(seconds=2.3), timedelta(seconds=2.7)):  # longer than the first wave takes anywhere
        plan, handle = await home.start(journey(wait=f"PT{wait.total_seconds()}S"), wake_every=every)
        assert (await handle.result()).status == "finished"
        moves = f"SELECT moved_at FROM {SCHEMA}.moves WHERE journey_id = '{plan.journey_id}' ORDER BY moved_at"
        (came_in,), (left,) = await home.world.run(moves)
        due = came_in.replace(tzinfo=UTC) + wait
        assert left.replace(tzinfo=UTC) >= wakes_at(due, every)
