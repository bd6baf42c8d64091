"""A local warehouse over DuckDB, and the engine that talks to it through the real connector."""

from collections.abc import AsyncIterator, Iterator

import pytest

from orchestrator.lakehouse.engines.databricks import Databricks
from orchestrator.lakehouse.engines.duckdb import DuckDB
from sojourn.warehouse.duck import DuckBackend
from sojourn.warehouse.history import History
from sojourn.warehouse.server import Warehouse
from tests.world import SCHEMA


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


@pytest.fixture
async def duckdb() -> AsyncIterator[DuckDB]:
    engine = DuckDB(memory="1GB")
    yield engine
    await engine.close()
