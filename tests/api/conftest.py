"""The app with real parts: the sample lakehouse in DuckDB, SQLite, and Temporal's own dev server."""

import asyncio
import shutil
import sys
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
import yaml
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

import migrations
from api.deps import Parts
from api.main import create_app, server
from api.temporal import Runner
from orchestrator.catalog import Catalog
from orchestrator.channels.channel import Channel
from orchestrator.connections.connections import Connections
from orchestrator.keyring import KeyRing
from orchestrator.lakehouse.engines.duckdb import DuckDB
from orchestrator.plugins import discover
from orchestrator.store.connections import ConnectionStore
from orchestrator.store.database import open_database
from orchestrator.store.documents import Store
from orchestrator.store.journal import DeliveryJournal
from sojourn.sample import SOURCES, generate
from workers.activities import Activities
from workers.main import working
from workers.open_channels import OpenChannels

SPLIT = {
    "name": "Split",
    "nodes": [
        {"id": "everybody", "type": "entry", "data": {"rule": {"kind": "all", "of": []}}},
        {
            "id": "lovers",
            "type": "split",
            "name": "Loves bread",
            "data": {"rule": {"kind": "score", "category": "bread", "low": 0.7}},
        },
        {"id": "yes", "type": "exit", "data": {"outcome": "loves"}},
        {"id": "no", "type": "exit", "data": {"outcome": "does_not"}},
    ],
    "edges": [
        {"id": "e1", "source": "everybody", "source_port": "next", "target": "lovers"},
        {"id": "e2", "source": "lovers", "source_port": "yes", "target": "yes"},
        {"id": "e3", "source": "lovers", "source_port": "no", "target": "no"},
    ],
}
"""Is over within a second."""
WAITING = {
    "name": "Waiting",
    "nodes": [
        {"id": "everybody", "type": "entry", "data": {"rule": {"kind": "all", "of": []}}},
        {"id": "month", "type": "wait", "data": {"duration": "P30D"}},
        {"id": "out", "type": "exit", "data": {}},
    ],
    "edges": [
        {"id": "e1", "source": "everybody", "source_port": "next", "target": "month"},
        {"id": "e2", "source": "month", "source_port": "next", "target": "out"},
    ],
}
"""Is not over before it is stopped."""
AS_OF = datetime(2026, 11, 20, 12, tzinfo=UTC)
CONNECTIONS = """
mail: {channel: email.smtp, settings: {host: 127.0.0.1, port: 2525, sender: shop@example.test}}
ads: {channel: audience.meta, settings: {access_token: "env:TEST_ADS_TOKEN", ad_account_id: "1"}}
"""
BASE = "http://127.0.0.1:8321"
EXAMPLE = Path(__file__).parents[2] / "examples" / "bread_and_soda.yaml"
QUEUE = "test-api"


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small sample lakehouse, its source model and connections."""
    folder = tmp_path_factory.mktemp("sample")
    generate(folder / "lakehouse.duckdb", customers=2_000, as_of=AS_OF)
    shutil.copy(SOURCES, folder / "sources.yaml")
    (folder / "connections.yaml").write_text(CONNECTIONS)
    return folder


@pytest.fixture(scope="session")
async def temporal() -> AsyncIterator[Client]:
    """A client of a dev server that lives as long as the tests."""
    binary = Path(sys.executable).parent / "temporal"
    if not binary.exists():
        pytest.skip("Temporal's dev server is not installed: no `temporal` beside python")
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(binary), data_converter=pydantic_data_converter
    ) as environment:
        yield environment.client


@pytest.fixture
async def app_url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'app.db'}"
    await migrations.upgrade(url)
    return url


@pytest.fixture(scope="session")
async def lakehouse(sample: Path) -> AsyncIterator[DuckDB]:
    engine = DuckDB(sample / "lakehouse.duckdb", memory="1GB")
    yield engine
    await engine.close()


@pytest.fixture
async def parts(
    sample: Path, lakehouse: DuckDB, app_url: str, temporal: Client, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Parts]:
    """Everything behind the API; the ledger has a schema of its own for each test."""
    monkeypatch.setenv("TEST_ADS_TOKEN", "EAAB-hunter2")
    store = Store(open_database(app_url))
    keys = KeyRing("", Path(app_url.removeprefix("sqlite:///")).with_name("secret.keys"))
    channels = discover(Channel, ["workers.channels"], "sojourn.channels")  # type: ignore[type-abstract]
    connections = Connections(channels, sample / "connections.yaml", ConnectionStore(store.engine), keys)
    catalog = Catalog(
        lakehouse,
        sample / "sources.yaml",
        node_packages=["orchestrator.journey.nodes"],
        connections=connections,
    )
    runner = Runner(temporal, QUEUE, ui_url="http://127.0.0.1:8233")
    schema = f"ledger_{abs(hash(app_url)) % 10**9}"
    found = Parts(store=store, engine=lakehouse, catalog=catalog, runner=runner, ledger_schema=schema)
    yield found
    await found.feeds.close()
    await store.close()


@pytest.fixture
async def http(parts: Parts) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the app, without a socket."""
    transport = httpx2.ASGITransport(create_app(parts))
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


@pytest.fixture
def example() -> dict[str, object]:
    """The grocer's journey as a document."""
    return dict(yaml.safe_load(EXAMPLE.read_text(encoding="utf-8")))


@pytest.fixture
async def worker(parts: Parts, temporal: Client) -> AsyncIterator[None]:
    """The real worker, beside the API."""
    channels = OpenChannels(parts.catalog.connections)
    activities = Activities(parts.engine, parts.store, DeliveryJournal(parts.store.engine), channels)
    async with working(temporal, activities, QUEUE):
        yield


@pytest.fixture
async def served(parts: Parts) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the app behind a real server, for streams."""
    running = server(parts, "127.0.0.1", 0, log_level="warning")
    task = asyncio.create_task(running.serve())
    while not running.started:
        await asyncio.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        yield client
    running.should_exit = True
    await task


@pytest.fixture
def unique() -> str:
    """A journey id that no other test uses: all share one Temporal."""
    return f"j{uuid.uuid4().hex[:10]}"


async def publish(http: httpx2.AsyncClient, journey_id: str, document: object) -> dict[str, object]:
    """Makes the journey, or saves over it, and publishes it."""
    answer = await http.post("/api/v1/journeys", json={"id": journey_id, "document": document})
    if answer.status_code == 409:
        tag = (await http.get(f"/api/v1/journeys/{journey_id}")).headers["etag"]
        answer = await http.put(
            f"/api/v1/journeys/{journey_id}", json={"document": document}, headers={"If-Match": tag}
        )
    assert answer.is_success, answer.text
    answer = await http.post(f"/api/v1/journeys/{journey_id}/publish", json={"note": "for a test"})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def until(http: httpx2.AsyncClient, journey_id: str, status: str) -> dict[str, object]:
    """Waits until the run has that status."""
    for _ in range(150):
        run = (await http.get(f"/api/v1/journeys/{journey_id}/run")).json()
        if run.get("status") == status:
            return dict(run)
        await asyncio.sleep(0.1)
    raise AssertionError(f"it is {run}, not {status}")
