"""The production shape on one machine: warehouse, API and worker are processes of their own."""

import asyncio
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
async def test_a_journey_goes_its_way_though_replies_are_lost(
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


async def _play(api: str, warehouse: str) -> tuple[dict[str, Any], bool]:
    """The report when the journey has ended, and whether every promise held; three replies are lost."""
    async with httpx2.AsyncClient(base_url=api, timeout=60, trust_env=False) as http:
        document = shortened(yaml.safe_load(JOURNEY.read_text(encoding="utf-8")), timedelta(seconds=1))
        for path, body in (
            ("/journeys", {"id": "bread_and_soda", "document": document}),
            ("/journeys/bread_and_soda/publish", {}),
            ("/journeys/bread_and_soda/start", {}),
        ):
            answer = await http.post(path, json=body)
            assert not answer.is_error, answer.text
        began, lost = time.monotonic(), 0
        while True:
            report: dict[str, Any] = (await http.get("/journeys/bread_and_soda/report")).json()
            if report["status"] in ("finished", "stopped") or time.monotonic() - began > 240:
                break
            if lost < 3:
                await http.put(f"{warehouse}/faults", json={"drop_next": 1, "pattern": "merge into*moves*"})
                lost += 1
            await asyncio.sleep(2)
        await http.put(f"{warehouse}/faults", json={})
        checked = (await http.get("/journeys/bread_and_soda/verify")).json()
        return report, checked["clean"]
