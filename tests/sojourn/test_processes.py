"""The production shape on one machine: warehouse, API and worker are processes of their own."""

import asyncio
import base64
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from sojourn.demo import JOURNEY, shortened, timedelta
from sojourn.dev import connect_sandbox
from sojourn.sample.grocer import SOURCES
from sojourn.sandbox.sandbox import SandboxProcess
from sojourn.temporal_server import TemporalServer
from sojourn.warehouse.server import CLIENT, SECRET
from workers.telemetry import free_port

PATH = "/sql/1.0/warehouses/local"


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[SandboxProcess]:
    async with SandboxProcess() as started:
        yield started


@contextmanager
def process(name: str, environment: dict[str, str], folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A `sojourn` command that runs until the block ends."""
    with (folder / f"{name}.log").open("wb") as log:
        command = [sys.executable, "-m", "sojourn.cli", name, *arguments]
        running = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            yield running
        finally:
            running.terminate()
            running.wait(40)


def sojourn(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    """What a command says, and its exit code."""
    command = [sys.executable, "-m", "sojourn.cli", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180, check=False)
    return done.returncode, done.stdout + done.stderr


async def until_it_answers(url: str) -> None:
    async with httpx2.AsyncClient(timeout=5, trust_env=False) as http:
        for _ in range(1200):
            try:
                if (await http.get(url)).status_code == 200:
                    return
            except httpx2.HTTPError:
                pass
            await asyncio.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


@pytest.mark.conformance
@pytest.mark.timeout(500)
async def test_a_journey_goes_its_way_whatever_goes_wrong_at_the_warehouse(
    tmp_path: Path, temporal: TemporalServer, sandbox: SandboxProcess
) -> None:
    warehouse_port, port = free_port(), free_port()
    warehouse = f"http://127.0.0.1:{warehouse_port}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SOJOURN_")} | {
        "COLUMNS": "200",
        "SOJOURN_HOME": str(tmp_path),
        "SOJOURN_PORT": str(port),
        "SOJOURN_TEMPORAL_ADDRESS": temporal.address,
        "SOJOURN_TASK_QUEUE": f"processes-{port}",
        "SOJOURN_ENGINE": "databricks",
        "SOJOURN_DATABRICKS_HOST": warehouse,
        "SOJOURN_DATABRICKS_HTTP_PATH": PATH,
        "SOJOURN_DATABRICKS_TOKEN": "warehouse",
        "SOJOURN_DATABRICKS_PATIENCE_SECONDS": "3",
        "SOJOURN_DATABRICKS_ANSWER_SECONDS": "5",
    }
    (tmp_path / "sources.yaml").write_bytes(SOURCES.read_bytes())
    connect_sandbox(tmp_path / "connections.yaml", sandbox)
    with ExitStack() as running:
        options = ("--port", str(warehouse_port), "--sample", "2000")
        running.enter_context(process("warehouse", environment, tmp_path, *options))
        await until_it_answers(f"{warehouse}/health")
        assert (await asyncio.to_thread(sojourn, environment, "migrate"))[0] == 0
        code, said = await asyncio.to_thread(sojourn, environment, "lakehouse", "check")
        assert (code, "run `sojourn lakehouse init`" in said) == (1, True), said
        code, said = await asyncio.to_thread(sojourn, environment, "lakehouse", "init")
        assert code == 0, said
        code, said = await asyncio.to_thread(sojourn, environment, "lakehouse", "check")
        assert code == 0, said
        running.enter_context(process("worker", environment, tmp_path))
        running.enter_context(process("api", environment, tmp_path))
        await until_it_answers(f"http://127.0.0.1:{port}/api/v1/health")
        report, clean = await _play(f"http://127.0.0.1:{port}/api/v1", warehouse)
        code, costs = await asyncio.to_thread(sojourn, environment, "lakehouse", "cost")
        assert code == 0, costs
    assert report["status"] == "finished"
    assert (report["inside"], report["entered"]) == (0, report["ended"])
    assert clean
    nodes = report["nodes"]
    facts = await sandbox.facts()
    assert facts["messages"] == sum(nodes[each]["outcomes"].get("accepted", 0) for each in ("offer", "reminder")) > 50
    assert await sandbox.message_counts(more_than=1) == {}
    assert "bread_and_soda" in costs
    assert "two_days" in costs


FAULTS: list[dict[str, Any]] = [
    {"drop_next": 1, "pattern": "merge into*visits*"},
    {"drop_next": 2, "pattern": "merge into*moves*"},
    {"conflict_next": 2},
    {"drop_next": 1, "pattern": "merge into*intents*"},
    {"stall_next": 1, "stall_seconds": 4, "pattern": "merge into*"},
    {"drop_next": 1, "pattern": "merge into*deliveries*"},
    {"refuse_next": 5, "status": 429, "retry_after": 0.2},
    {"refuse_next": 5, "status": 503},
    {"expire_next": 3},
    {"start_seconds": 4},
]
"""What goes wrong while the journey runs, one after the other; each is over when it has hit."""
AWAY = (
    ({"start_seconds": 60}, "the warehouse is starting, or not there"),
    ({"refuse_next": 1000, "status": 429}, "the warehouse has too much to do"),
    ({"refuse_next": 1000, "status": 401}, "Databricks refuses the sign-in"),
    ({"drop_next": 1000}, "the warehouse did not answer"),
)
"""What a person reads when it stays so."""


async def _play(api: str, warehouse: str) -> tuple[dict[str, Any], bool]:
    """The report when the journey has ended, and whether every promise held, whatever went wrong on the way."""
    async with httpx2.AsyncClient(base_url=api, timeout=60, trust_env=False) as http:
        document = shortened(yaml.safe_load(JOURNEY.read_text(encoding="utf-8")), timedelta(seconds=5))
        left = iter(FAULTS)
        await http.put(f"{warehouse}/faults", json=next(left))
        for path, body in (
            ("/journeys", {"id": "bread_and_soda", "document": document}),
            ("/journeys/bread_and_soda/publish", {}),
            ("/journeys/bread_and_soda/start", {}),
        ):
            answer = await http.post(path, json=body)
            assert not answer.is_error, answer.text
        began, fault, since = time.monotonic(), FAULTS[0], time.monotonic()
        while True:
            answer = await http.get("/journeys/bread_and_soda/report")
            report: dict[str, Any] = answer.json()
            if report.get("status") in ("finished", "stopped") or time.monotonic() - began > 300:
                break
            assert answer.status_code == 200 or "the warehouse" in answer.text, answer.text
            counted = (await http.get(f"{warehouse}/faults")).json()
            over = time.monotonic() - since > fault.get("start_seconds", 0)
            if over and not any(counted[name] for name in counted if name.endswith("_next")):
                fault, since = next(left, {}), time.monotonic()
                await http.put(f"{warehouse}/faults", json=fault)
            await asyncio.sleep(0.3)
        assert fault == {}, "everything went wrong that was to"
        for faults, said in AWAY:
            await http.put(f"{warehouse}/faults", json=faults)
            answer = await http.post("/audiences/preview", json={"rule": {"kind": "is_set", "column": "email"}})
            assert answer.is_error
            assert said in answer.text
        await http.put(f"{warehouse}/faults", json={})
        basic = {"Authorization": f"Basic {base64.b64encode(f'{CLIENT}:{SECRET}'.encode()).decode()}"}
        form = {"grant_type": "client_credentials"}
        token = (await http.post(f"{warehouse}/oidc/v1/token", data=form, headers=basic)).json()["access_token"]
        for headers, who in (({}, "service"), ({"X-Forwarded-Access-Token": token}, "person")):
            answer = await http.post(
                "/audiences/preview", json={"rule": {"kind": "is_set", "column": "email"}}, headers=headers
            )
            assert answer.json()["asked_as"] == who
            assert answer.json()["count"] > 1900
        checked = (await http.get("/journeys/bread_and_soda/verify")).json()
        return report, checked["clean"]
