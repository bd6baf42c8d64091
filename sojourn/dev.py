"""The local stack: pages, API, worker and lakehouse in this process; Temporal and the sandbox as its children."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import yaml
from temporalio.client import Client

from api.deps import Parts
from api.main import server
from api.temporal import Runner
from migrations import upgrade
from orchestrator.catalog import Catalog
from orchestrator.channels.links import PATH
from orchestrator.errors import EngineAway, OperationalError, UserError
from orchestrator.execution.ledger import ensure_ledger
from orchestrator.lakehouse.engines.duckdb import DuckDB
from orchestrator.lakehouse.watched import Watched
from orchestrator.settings import Settings, effective
from orchestrator.store.database import open_database
from orchestrator.store.documents import Store
from orchestrator.store.journal import DeliveryJournal
from orchestrator.telemetry import tracing
from orchestrator.telemetry.metrics import watching_the_loop
from sojourn.sample.grocer import SOURCES, generate
from sojourn.sandbox.sandbox import SandboxProcess
from sojourn.temporal_server import TemporalServer
from workers.activities import Activities
from workers.main import connect, keeping_up, open_connections, open_links, stop_signal, working
from workers.open_channels import OpenChannels
from workers.telemetry import free_port, library_metrics
from workers.upkeep import Upkeep

UI_DIST = Path(__file__).parent.parent / "ui" / "dist"
PORTS = {"temporal": 8233, "smtp": 8325, "inbox": 8322}
"""Where the children listen when nobody else does."""
TEMPORAL_RELEASE = "1.9"
"""The embedded server cannot read the file of another release, so its name carries it."""
_MADE_HERE = "# Written by `sojourn dev` for its sandbox; remove this line to keep your own changes.\n"


@dataclass(frozen=True)
class Stack:
    """What runs, and where to look at it."""

    url: str
    inbox_url: str
    temporal_url: str | None
    engine: DuckDB
    store: Store
    client: Client
    settings: Settings


@asynccontextmanager
async def stack(settings: Settings, *, customers: int) -> AsyncIterator[Stack]:
    """Everything up and answering; a lakehouse that is not there is filled with the sample.

    Raises UserError or OperationalError that says what is in the way.
    """
    if settings.engine != "duckdb":
        fix = "run `sojourn api` and `sojourn worker`, or leave SOJOURN_ENGINE out"
        raise UserError("the local stack brings a DuckDB of its own", place="SOJOURN_ENGINE", fix=fix)
    port = api_port(settings)
    settings.home.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as rest:
        rest.callback(tracing.begin("sojourn"))
        library = library_metrics()
        await rest.enter_async_context(watching_the_loop())
        engine = DuckDB(settings.lakehouse_file, memory=settings.duckdb_memory)
        watched = Watched(engine)
        rest.push_async_callback(engine.close)
        await _sample(engine, settings, customers)
        sandbox = await _sandbox(settings, rest, url := f"http://{settings.host}:{port}")
        connect_sandbox(settings.connections, sandbox)
        await upgrade(settings.app_database)
        store = Store(open_database(settings.app_database))
        rest.push_async_callback(store.close)
        catalog = Catalog(
            watched,
            settings.sources,
            node_packages=settings.node_packages,
            connections=open_connections(settings, store),
        )
        await ensure_ledger(engine, await catalog.lakehouse(), settings.ledger_schema)
        temporal_url, client = await _temporal(settings, rest)
        channels, links = OpenChannels(catalog.connections), open_links(settings, url)
        activities = Activities(watched, store, DeliveryJournal(store.engine), channels, links)
        await rest.enter_async_context(working(client, activities, settings.task_queue))
        nightly = keeping_up(client, Upkeep(catalog, store, settings.ledger_schema), settings.task_queue)
        await rest.enter_async_context(nightly)
        parts = Parts(
            store=store,
            engine=watched,
            catalog=catalog,
            runner=Runner(client, settings.task_queue, ui_url=temporal_url, wake_every=settings.wake_every),
            ledger_schema=settings.ledger_schema,
            settings=effective(settings),
            ui_dist=UI_DIST,
            links=links,
            sandbox_url=sandbox.http_url,
            library_metrics=library,
        )
        await rest.enter_async_context(serving(parts, settings, port))
        yield Stack(url, sandbox.http_url, temporal_url, engine, store, client, settings)


async def run(settings: Settings, customers: int, announce: Callable[[Stack], None]) -> None:
    """`sojourn dev`: runs the stack until Ctrl-C or SIGTERM; `announce` is told when it answers."""
    stop = stop_signal()
    async with stack(settings, customers=customers) as running:
        announce(running)
        await stop.wait()


async def _sample(engine: DuckDB, settings: Settings, customers: int) -> None:
    """The grocer's lakehouse, unless there is a source model already."""
    if settings.sources.exists():
        return
    await asyncio.to_thread(_generate, engine, customers)
    settings.sources.write_bytes(SOURCES.read_bytes())


def _generate(engine: DuckDB, customers: int) -> None:
    with engine.cursor() as cursor:
        generate(cursor, as_of=datetime.now(UTC), customers=customers, replace=True)


async def _sandbox(settings: Settings, rest: AsyncExitStack, url: str) -> SandboxProcess:
    """On the usual ports, or on any when somebody took those a moment ago."""
    data, returns_to = settings.home / "sandbox", f"{url}{PATH}/b"
    try:
        usual = SandboxProcess(smtp_port=_port("smtp"), http_port=_port("inbox"), data=data, returns_to=returns_to)
        return await rest.enter_async_context(usual)
    except OperationalError:
        return await rest.enter_async_context(SandboxProcess(data=data, returns_to=returns_to))


async def _temporal(settings: Settings, rest: AsyncExitStack) -> tuple[str | None, Client]:
    if settings.temporal_address:
        return None, await connect(settings)
    database = settings.home / f"temporal-{TEMPORAL_RELEASE}.db"
    embedded = await rest.enter_async_context(TemporalServer(database, ui_port=_port("temporal")))
    return embedded.ui_url, await embedded.client()


@asynccontextmanager
async def serving(parts: Parts, settings: Settings, port: int) -> AsyncIterator[None]:
    """Pages and API answer for as long as the block runs."""
    serving = server(parts, settings.host, port, log_level="warning")
    serving.capture_signals = contextlib.nullcontext  # type: ignore[assignment] # signals are ours
    task = asyncio.create_task(serving.serve())
    while not serving.started:
        if task.done():
            raise EngineAway("the API did not come up", place=f"{settings.host}:{port}", fix="see the log")
        await asyncio.sleep(0.02)
    try:
        yield
    finally:
        serving.should_exit = True
        await task


def api_port(settings: Settings) -> int:
    """The API's port; 0 takes any. Raises UserError when somebody listens there: two stacks would share a lakehouse."""
    if settings.port and not _is_free(settings.port):
        fix = "stop it, or set SOJOURN_PORT to another one"
        raise UserError(f"port {settings.port} is in use", place=f"{settings.host}:{settings.port}", fix=fix)
    return settings.port or free_port()


def _port(name: str) -> int:
    return PORTS[name] if _is_free(PORTS[name]) else free_port()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def connect_sandbox(path: Path, sandbox: SandboxProcess) -> None:
    """Connections `mail`, `resend` and `ads` to the sandbox, unless somebody wrote a file of their own."""
    if path.exists() and not path.read_text(encoding="utf-8").startswith(_MADE_HERE):
        return
    connections = {
        "mail": {
            "channel": "email.smtp",
            "settings": {
                "host": sandbox.host,
                "port": sandbox.smtp_port,
                "security": "none",
                "sender": "offers@grocer.example",
                "sender_name": "Your grocer",
                "envelope_sender": "returns@grocer.example",
                "own_return": True,
            },
        },
        "resend": {
            "channel": "email.resend",
            "settings": {
                "base_url": f"{sandbox.http_url}/resend",
                "api_key": sandbox.meta_token,
                "sender": "offers@grocer.example",
                "sender_name": "Your grocer",
            },
        },
        "ads": {
            "channel": "audience.meta",
            "settings": {
                "base_url": sandbox.http_url,
                "access_token": sandbox.meta_token,
                "ad_account_id": "act_1234567890",
            },
        },
    }
    path.write_text(_MADE_HERE + yaml.safe_dump(connections, sort_keys=False), encoding="utf-8")
