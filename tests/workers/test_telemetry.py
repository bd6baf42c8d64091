"""Traces through Temporal change nothing that a workflow decides, and a worker of its own shows its metrics."""

import logging
from pathlib import Path
from typing import Any

import httpx2
import pytest
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from temporalio import workflow
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, Worker

from migrations import upgrade
from orchestrator.store.database import open_database
from orchestrator.store.documents import Store
from orchestrator.store.scrape import Scrape
from sojourn.temporal_server import TemporalServer
from tests.workers.house import house
from tests.workers.test_histories import RECORDED, drawn, histories, payloads, people
from workers.delivery_workflow import DeliveryWorkflow
from workers.journey_workflow import JourneyWorkflow
from workers.main import BUILD
from workers.telemetry import free_port, interceptors, showing_metrics

TRACE = 0x1234567890ABCDEF1234567890ABCDEF
SPAN = NonRecordingSpan(SpanContext(TRACE, 0x1234567890ABCDEF, is_remote=False, trace_flags=TraceFlags(1)))


@workflow.defn(name="Twice")
class Twice:
    """Continues as new once, and returns whether it was still in a trace then."""

    @workflow.run
    async def run(self, again: bool) -> bool:
        if again:
            workflow.continue_as_new(False)
        return "_tracer-data" in workflow.info().headers


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")


@pytest.mark.usefixtures("traced")
async def test_a_history_with_a_trace_in_it_replays_without_and_the_other_way_round(tmp_path: Path) -> None:
    async with TemporalServer() as server, house(await server.client(), tmp_path) as home:
        await people(home, range(1, 3))
        with trace.use_span(SPAN):
            _, handle = await home.start(drawn("PT0.1S"))
        await handle.result()
        history = await handle.fetch_history()
    assert any(f"{TRACE:x}" in text for text in payloads(history.to_json_dict())), "no trace was handed on"
    given: dict[str, Any] = {
        "workflows": [JourneyWorkflow, DeliveryWorkflow],
        "data_converter": pydantic_data_converter,
        "workflow_runner": UnsandboxedWorkflowRunner(),
        "build_id": BUILD,
    }
    await Replayer(**given).replay_workflow(history)
    watched = Replayer(**given, interceptors=interceptors())
    for what in RECORDED:
        for recorded in histories(what):
            await watched.replay_workflow(recorded)


@pytest.mark.usefixtures("traced")
async def test_a_workflow_that_continues_as_new_leaves_its_trace() -> None:
    async with TemporalServer() as server:
        client = await server.client()
        runner = UnsandboxedWorkflowRunner()
        async with Worker(client, task_queue="twice", workflows=[Twice], workflow_runner=runner, build_id=BUILD):
            with trace.use_span(SPAN):
                once = await client.execute_workflow(Twice.run, False, id="once", task_queue="twice")
                twice = await client.execute_workflow(Twice.run, True, id="twice", task_queue="twice")
    assert (once, twice) == (True, False)


async def test_a_worker_shows_its_metrics_on_this_machine_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"sqlite:///{tmp_path / 'app.db'}"
    await upgrade(url)
    store = Store(open_database(url))
    scrape, port = Scrape(store), free_port()
    async with showing_metrics(scrape, port), httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        assert "sojourn_app_database_up 1.0" in (await http.get("/metrics")).text
        assert (await http.get("/metrics", headers={"host": "elsewhere.example"})).status_code == 400
        with caplog.at_level(logging.WARNING):
            async with showing_metrics(scrape, port):
                assert f"port {port} is in use" in caplog.text
    await store.close()
