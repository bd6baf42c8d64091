"""kill -9 of everything at once – API, worker, Temporal, sandbox – while messages go out, and a fresh start."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from sojourn.demo import JOURNEY, shortened
from workers.telemetry import free_port

LANES = 20


@asynccontextmanager
async def stack(home: Path, port: int) -> AsyncIterator[httpx2.AsyncClient]:
    """`sojourn dev`, which dies in the middle of whatever it does when the block ends, and its children with it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SOJOURN_")}
    environment |= {"SOJOURN_HOME": str(home), "SOJOURN_PORT": str(port), "SOJOURN_DUCKDB_MEMORY": "1GB"}
    command = [sys.executable, "-m", "sojourn.cli", "dev", "--customers", "3000"]
    with (home / "dev.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=60, trust_env=False) as http:
            async with asyncio.timeout(90):
                while not await _answers(http):
                    assert process.poll() is None, (home / "dev.log").read_text(encoding="utf-8")
                    await asyncio.sleep(0.2)
            yield http
    finally:
        tasks = Path(f"/proc/{process.pid}/task").glob("*/children")
        children = [Path("/proc") / child for task in tasks for child in task.read_text(encoding="utf-8").split()]
        process.kill()
        process.wait()
        async with asyncio.timeout(20):  # none outlives it
            while any(child.exists() for child in children):
                await asyncio.sleep(0.1)


async def _answers(http: httpx2.AsyncClient) -> bool:
    try:
        return (await http.get("/health")).status_code == 200
    except httpx2.HTTPError:
        return False


async def _sandbox(home: Path, method: str, path: str, **body: Any) -> Any:
    connections = yaml.safe_load((home / "connections.yaml").read_text(encoding="utf-8"))
    async with httpx2.AsyncClient(base_url=connections["ads"]["settings"]["base_url"], trust_env=False) as http:
        return (await http.request(method, path, json=body or None)).raise_for_status().json()


@pytest.mark.timeout(240)
async def test_after_a_fresh_start_everything_goes_on(tmp_path: Path) -> None:
    port = free_port()
    async with stack(tmp_path, port) as http:
        await _sandbox(tmp_path, "PUT", "/faults", smtp={"latency_ms": 100})
        document = shortened(yaml.safe_load(JOURNEY.read_text(encoding="utf-8")), timedelta(milliseconds=100))
        for path, body in (("", {"id": "bread", "document": document}), ("/bread/publish", {}), ("/bread/start", {})):
            (await http.post(f"/journeys{path}", json=body)).raise_for_status()
        async with asyncio.timeout(60):
            while (await _sandbox(tmp_path, "GET", "/facts"))["messages"] < 50:
                await asyncio.sleep(0.1)
    async with stack(tmp_path, port) as http:
        async with asyncio.timeout(90):
            while (report := (await http.get("/journeys/bread/report")).json())["status"] != "finished":
                await asyncio.sleep(0.5)
        assert (await http.get("/journeys/bread/verify")).json()["clean"]
        received = await _sandbox(tmp_path, "GET", "/facts/messages")
    outcomes = [report["nodes"][each]["outcomes"] for each in ("offer", "reminder")]
    accepted, unknown = (sum(each.get(name, 0) for each in outcomes) for name in ("accepted", "unknown"))
    assert set(received.values()) == {1}, "a message arrived twice"
    assert 0 < unknown <= LANES
    assert accepted <= len(received) <= accepted + unknown
    assert (report["inside"], report["entered"]) == (0, report["ended"])
