"""A local warehouse over DuckDB, and the engine that talks to it through the real connector."""

import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import httpx2
import pytest

from orchestrator.lakehouse.engine import Statement
from orchestrator.lakehouse.engines.databricks import Databricks
from orchestrator.lakehouse.engines.duckdb import DuckDB
from sojourn.warehouse.duck import DuckBackend
from sojourn.warehouse.history import History
from sojourn.warehouse.server import Warehouse
from tests.world import SCHEMA
from workers.telemetry import free_port


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    history, volumes = History(), tmp_path_factory.mktemp("volumes")
    with Warehouse(DuckBackend(None, "main", volumes, history), history, volumes) as started:
        yield started


def connected(warehouse: Warehouse, **more: object) -> Databricks:
    """An engine on the warehouse."""
    options = {"host": warehouse.url, "http_path": warehouse.path, "token": warehouse.token, "connections": 4}
    return Databricks.open({**options, **more})


@pytest.fixture
async def databricks(warehouse: Warehouse) -> AsyncIterator[Databricks]:
    """Its tables are gone before the next test."""
    warehouse.fail()
    engine = connected(warehouse)
    yield engine
    warehouse.fail()
    await engine.close()
    empty(warehouse)


def empty(warehouse: Warehouse) -> None:
    """Removes what a test has made."""
    assert isinstance(warehouse.backend, DuckBackend)
    with warehouse.backend.cursor() as cursor:
        for schema in (SCHEMA, "shop", "scratch"):
            cursor.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


@pytest.fixture(scope="session")
def sail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a warehouse over Sail, in a process of its own: real Delta tables."""
    pytest.importorskip("pysail", reason="make conformance installs it")
    port, folder = free_port(), tmp_path_factory.mktemp("sail")
    command = [sys.executable, "-m", "sojourn.cli", "warehouse", "--backend", "sail", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, "--data", str(folder)], stdout=log, stderr=log)
        url = f"http://127.0.0.1:{port}"
        try:
            for _ in range(600):
                with suppress(httpx2.HTTPError):
                    httpx2.get(f"{url}/health", trust_env=False)
                    break
                time.sleep(0.1)
            yield url
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture
async def delta(sail: str) -> AsyncIterator[Databricks]:
    """An engine on Delta tables, which are gone before the next test."""
    options = {"host": sail, "http_path": Warehouse.path, "token": "warehouse", "connections": 4}
    engine = Databricks.open(options)
    yield engine
    schemas = {name.partition(".")[0] for name in await engine.tables()}
    await engine.write([Statement(sql=f"DROP SCHEMA IF EXISTS `{schema}` CASCADE") for schema in schemas])
    await engine.close()


@pytest.fixture
async def duckdb() -> AsyncIterator[DuckDB]:
    engine = DuckDB(memory="1GB")
    yield engine
    await engine.close()
