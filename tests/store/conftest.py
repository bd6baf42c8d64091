"""Both databases, for real: SQLite in a file, and a PostgreSQL server that lives as long as the tests."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

import migrations
from orchestrator.store.database import open_database
from orchestrator.store.documents import Store


def _binaries() -> Path | None:
    folders = [Path("/usr/local/bin"), *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    on_path = shutil.which("initdb")
    folders += [Path(on_path).parent] if on_path else []
    return next((each for each in folders if all((each / name).exists() for name in ("initdb", "postgres"))), None)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a throw-away server, without a database name."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed: no initdb and postgres found")
    # PostgreSQL refuses to run as root.
    user = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="sojourn-pg-"))
    with ExitStack() as last:
        last.callback(shutil.rmtree, folder, ignore_errors=True)
        if user:
            shutil.chown(folder, "postgres", "postgres")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        data = folder / "data"
        make = [
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "sojourn",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        ]
        subprocess.run(make, check=True, capture_output=True, cwd="/", **user)
        settings = (
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            f"unix_socket_directories={folder}",
        )
        serve = [binaries / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port)]
        serve += [word for setting in settings for word in ("-c", setting)]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(serve, stdout=log, stderr=log, cwd="/", **user)
        last.callback(server.wait, 20)
        last.callback(server.send_signal, 2)  # SIGINT: a fast shutdown
        url = f"postgresql://sojourn@127.0.0.1:{port}"
        _answers(f"{url}/postgres", server)
        yield url


def _answers(url: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        assert server.poll() is None, "PostgreSQL ended while it started"
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("PostgreSQL did not answer within 10 s")


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
