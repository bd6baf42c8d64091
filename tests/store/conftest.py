"""Both databases, for real: SQLite in a file, and a PostgreSQL server that lives as long as the tests."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import migrations
from orchestrator.store.database import open_database
from orchestrator.store.documents import Store
from tests.postgres import Postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a throw-away server, without a database name."""
    with Postgres("fsync=off", "synchronous_commit=off", "full_page_writes=off") as server:
        yield server.url


@pytest.fixture(scope="session")
async def postgres_template(postgres_server: str) -> str:
    """The server's URL, with a migrated database `template` to copy."""
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE template")
    await migrations.upgrade(f"{postgres_server}/template")
    return postgres_server


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'app.db'}"
    server = request.getfixturevalue("postgres_server")
    return _created(server, "template1")


@pytest.fixture(scope="session")
async def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "app.db"
    await migrations.upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a migrated, empty database of its own."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "app.db")
        return f"sqlite:///{tmp_path / 'app.db'}"
    return _created(request.getfixturevalue("postgres_template"), "template")


def _created(server: str, template: str) -> str:
    name = f"t{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return f"{server}/{name}"


@pytest.fixture
async def store(database_url: str):
    """A store on both databases in turn."""
    found = Store(open_database(database_url))
    yield found
    await found.close()
