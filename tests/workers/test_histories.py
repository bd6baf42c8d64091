"""Histories of every released version replay with today's workflows: whoever waits now survives the next upgrade.

`make history` records; a recorded file is never changed, only added to.
"""

import asyncio
import base64
import gzip
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio import workflow
from temporalio.client import Client, WorkflowHandle, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import NondeterminismError

from orchestrator import __version__
from orchestrator.channels.channel import Outcome, Result
from orchestrator.execution import protocol as p
from orchestrator.journey.document import Journey
from sojourn import temporal_server
from sojourn.temporal_server import TemporalServer
from tests.workers.house import House, house
from workers.delivery_workflow import DeliveryWorkflow
from workers.journey_workflow import JourneyWorkflow
from workers.main import BUILD

FOLDER = Path(__file__).parent.parent / "histories"
RECORDED = (
    "finished", "delivery", "paused", "stopped", "stopped-delivery", "always-on", "always-on-continued",
    "adopted", "adopted-continued",
)  # fmt: skip
SURNAME = "Zzrecorded"
"""In the address and the name of everybody in a recorded journey."""
FEW_EVENTS = "44"
"""After so many events the recording server asks for a fresh history, in place of thousands."""
MORE_EVENTS = "70"
"""Enough for a version to be adopted before that."""
WORKER = "worker@recording"


@workflow.defn(name=p.JOURNEY_WORKFLOW)
class Changed(JourneyWorkflow):
    """Today's workflow with one activity more: the mistake that replaying must find."""

    @workflow.init
    def __init__(self, start: p.StartJourney) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: p.StartJourney) -> p.RunState:
        await workflow.execute_activity("greet", start_to_close_timeout=timedelta(seconds=1))
        return await super().run(start)


def histories(what: str) -> Iterator[WorkflowHistory]:
    """Those of every version that has one; the one of today's version must be there."""
    files = [file for file in sorted(FOLDER.iterdir()) if re.fullmatch(rf"\d+\.\d+\.\d+-{what}\.json\.gz", file.name)]
    assert FOLDER / f"{__version__}-{what}.json.gz" in files, f"version {__version__} was not recorded: make history"
    for file in files:
        yield WorkflowHistory.from_json(file.name, gzip.decompress(file.read_bytes()).decode())


@pytest.fixture(scope="module", autouse=True)
async def recording(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Records all histories anew when asked to."""
    if not request.config.getoption("--record-histories"):
        return
    async with TemporalServer() as server:
        for scene in (finished, paused, stopped):
            async with house(await server.client(), tmp_path_factory.mktemp("home")) as home:
                await scene(home)
    async with quick_to_tire() as tired, house(tired, tmp_path_factory.mktemp("home")) as home:
        await always_on(home)
    async with quick_to_tire(MORE_EVENTS) as tired, house(tired, tmp_path_factory.mktemp("home")) as home:
        await adopted(home)


@pytest.mark.parametrize("what", RECORDED)
async def test_every_recorded_history_replays(what: str) -> None:
    passed = SandboxRestrictions.default.with_passthrough_modules("orchestrator", "workers")
    replayer = Replayer(
        workflows=[JourneyWorkflow, DeliveryWorkflow],
        data_converter=pydantic_data_converter,
        workflow_runner=SandboxedWorkflowRunner(restrictions=passed),
        build_id=BUILD,
    )
    for history in histories(what):
        await replayer.replay_workflow(history)


async def test_a_changed_workflow_does_not_replay() -> None:
    replayer = Replayer(
        workflows=[Changed], data_converter=pydantic_data_converter, workflow_runner=UnsandboxedWorkflowRunner()
    )
    for history in histories("finished"):
        with pytest.raises(NondeterminismError):
            await replayer.replay_workflow(history)


@pytest.mark.parametrize("what", RECORDED)
def test_a_recorded_history_holds_what_its_name_says(what: str) -> None:
    wanted = {
        "finished": {"StartChildWorkflowExecutionInitiated", "TimerFired", "WorkflowExecutionCompleted"},
        "delivery": {"ActivityTaskCompleted", "SignalExternalWorkflowExecutionInitiated"},
        "paused": {"WorkflowExecutionUpdateCompleted", "TimerCanceled", "WorkflowExecutionCompleted"},
        "stopped": {"WorkflowExecutionUpdateCompleted", "SignalExternalWorkflowExecutionInitiated"},
        "stopped-delivery": {"WorkflowExecutionSignaled", "WorkflowExecutionCompleted"},
        "always-on": {"TimerFired", "WorkflowExecutionContinuedAsNew"},
        "always-on-continued": {"WorkflowExecutionUpdateCompleted", "WorkflowExecutionCompleted"},
        "adopted": {"WorkflowExecutionUpdateCompleted", "WorkflowExecutionContinuedAsNew"},
        "adopted-continued": {"WorkflowExecutionUpdateCompleted", "WorkflowExecutionCompleted"},
    }[what]
    for history in histories(what):
        kinds = {event["eventType"] for event in history.to_json_dict()["events"]}
        assert {f"EVENT_TYPE_{re.sub('(?<!^)(?=[A-Z])', '_', name).upper()}" for name in wanted} <= kinds


@pytest.mark.parametrize("what", RECORDED)
def test_a_recorded_history_knows_no_customer_and_no_machine(what: str) -> None:
    for history in histories(what):
        document = history.to_json_dict()
        texts = [json.dumps(document), *payloads(document)]
        assert len(texts) > 5, "no payload was found"
        assert any("plan_hash" in text for text in texts), "the payloads cannot be read"
        for text in texts:
            assert SURNAME not in text
            assert "@" not in text.replace(WORKER, "")
            assert not re.search(r"(/[\w.-]+){2,}\.py", text), "a path of the recording machine"


def payloads(value: Any) -> Iterator[str]:
    """Every payload inside a history, decoded."""
    if isinstance(value, dict):
        if "metadata" in value and isinstance(value.get("data"), str):
            yield base64.b64decode(value["data"]).decode()
        for each in value.values():
            yield from payloads(each)
    elif isinstance(value, list):
        for each in value:
            yield from payloads(each)


async def keep(what: str, handle: WorkflowHandle[Any, Any]) -> None:
    """Writes a history, without the name of this machine."""
    document = without_machine(json.loads((await handle.fetch_history()).to_json()))
    text = json.dumps(document, indent=1, sort_keys=True)
    (FOLDER / f"{__version__}-{what}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


def without_machine(value: Any) -> Any:
    """Workers sign with their process and machine, `123@name`, and name a queue of their own after it."""
    if isinstance(value, dict):
        return {key: without_machine(each) for key, each in value.items()}
    if isinstance(value, list):
        return [without_machine(each) for each in value]
    return WORKER if isinstance(value, str) and re.match(r"\d+@", value) else value


@asynccontextmanager
async def quick_to_tire(events: str = FEW_EVENTS) -> AsyncIterator[Client]:
    """A server that asks for a fresh history soon, as the real one does after thousands of events."""
    key = "limit.historyCount.suggestContinueAsNew"
    temporal_server._SETTINGS[key] = events
    try:
        async with TemporalServer() as server:
            yield await server.client()
    finally:
        del temporal_server._SETTINGS[key]


def drawn(wait: str, schedule: dict[str, Any] | None = None) -> Journey:
    """entry → letter → wait → exit."""
    entry = {"rule": {"kind": "all"}, "schedule": schedule or {"kind": "once"}}
    letter = {"channel": "letter", "connection": "post", "step": {"line": "Hello {{ first_name }}"}}
    nodes = [("audience", "entry", entry), ("letter", "message", letter), ("rest", "wait", {"duration": wait})]
    edges = [("audience", "next", "letter"), ("letter", "done", "rest"), ("rest", "next", "done")]
    return Journey.model_validate(
        {
            "name": "recorded",
            "nodes": [{"id": i, "type": t, "data": d} for i, t, d in [*nodes, ("done", "exit", {})]],
            "edges": [
                {"id": f"e{n}", "source": s, "source_port": port, "target": t} for n, (s, port, t) in enumerate(edges)
            ],
        }
    )


async def people(home: House, ids: range) -> None:
    await home.world.insert(
        "customers",
        [{"customer_id": i, "email": f"{i}@{SURNAME}.test", "first_name": f"{SURNAME}{i}"} for i in ids],
    )
    await home.world.insert("consents", [{"customer_id": i, "purpose": "email", "granted": True} for i in ids])


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(60):
        while not await condition():
            await asyncio.sleep(0.05)


async def finished(home: House) -> None:
    await people(home, range(1, 4))
    plan, handle = await home.start(drawn("PT1S"))
    await handle.result()
    await keep("finished", handle)
    delivery = p.delivery_workflow_id(plan.journey_id, "letter", 1)
    await keep("delivery", home.client.get_workflow_handle(delivery))


async def paused(home: House) -> None:
    await people(home, range(1, 3))
    _, handle = await home.start(drawn("PT2S"))

    async def resting() -> bool:
        events = (await handle.fetch_history()).events
        return any(event.HasField("timer_started_event_attributes") for event in events)

    await until(resting)
    await home.update(handle, p.PAUSE)
    await asyncio.sleep(2)
    await home.update(handle, p.RESUME)
    await handle.result()
    await keep("paused", handle)


async def stopped(home: House) -> None:
    await people(home, range(1, 91))
    gone = asyncio.Event()

    async def slowly(self: Any, batch: Any, step: Any) -> Any:
        for recipient in batch.recipients:
            await asyncio.sleep(0.1)
            gone.set()
            yield recipient.key, Result(Outcome.ACCEPTED)

    home.letter.deliver = slowly.__get__(home.letter)  # type: ignore[method-assign]
    plan, handle = await home.start(drawn("P9D"))
    await gone.wait()
    await home.update(handle, p.STOP)
    await handle.result()
    await keep("stopped", handle)
    delivery = p.delivery_workflow_id(plan.journey_id, "letter", 1)
    await home.client.get_workflow_handle(delivery).result()
    await keep("stopped-delivery", home.client.get_workflow_handle(delivery))


async def always_on(home: House) -> None:
    await people(home, range(1, 3))
    _, handle = await home.start(drawn("PT1S", {"kind": "every", "minutes": 1}))

    async def runs() -> list[str]:
        found = [each.run_id async for each in home.client.list_workflows(f"WorkflowId = '{handle.id}'")]
        return found if len(found) > 1 else []

    await until(runs)
    fresh = home.client.get_workflow_handle(handle.id)
    await home.update(fresh, p.STOP)
    first = home.client.get_workflow_handle(handle.id, run_id=handle.first_execution_run_id)
    await keep("always-on", first)
    await keep("always-on-continued", fresh)


async def adopted(home: House) -> None:
    """A version that is finished on beside a new one, carried on as new, then a third to which everybody moves."""
    every = {"kind": "every", "minutes": 1}
    await people(home, range(1, 3))
    plan, handle = await home.start(drawn("P9D", every))

    async def resting() -> bool:
        return "rest" in await home.view(plan).here()

    async def runs() -> bool:
        return len([each async for each in home.client.list_workflows(f"WorkflowId = '{handle.id}'")]) > 1

    await until(resting)
    await people(home, range(3, 5))
    await home.adopt(handle, await home.publish(drawn("PT1S", every), plan.journey_id, 2), "pin")
    await until(runs)
    fresh = home.client.get_workflow_handle(handle.id)
    await home.adopt(fresh, await home.publish(drawn("P8D", every), plan.journey_id, 3), "move")
    await home.update(fresh, p.STOP)
    await keep("adopted", home.client.get_workflow_handle(handle.id, run_id=handle.first_execution_run_id))
    await keep("adopted-continued", fresh)
