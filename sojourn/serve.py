"""`sojourn api`: pages and API in a process of their own, beside workers, on a lakehouse that all of them reach."""

import logging
from collections.abc import Callable

from api.deps import Parts
from api.temporal import Runner
from orchestrator.catalog import Catalog
from orchestrator.errors import LakehouseAway, UserError
from orchestrator.execution.ledger import TABLES
from orchestrator.lakehouse.engine import Engine
from orchestrator.lakehouse.engines import open_engine
from orchestrator.lakehouse.watched import Watched
from orchestrator.settings import Settings, effective
from orchestrator.store.database import open_database
from orchestrator.store.documents import Store
from orchestrator.telemetry import tracing
from orchestrator.telemetry.metrics import watching_the_loop
from sojourn.dev import UI_DIST, api_port, serving
from workers.main import connect, open_connections, open_links, stop_signal
from workers.telemetry import library_metrics

log = logging.getLogger("sojourn.api")


async def run(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serves until Ctrl-C or SIGTERM; `announce` is told the address when it answers.

    Raises UserError or OperationalError that says what is in the way.
    """
    port, stop = api_port(settings), stop_signal()
    store = Store(open_database(settings.app_database))
    last_spans, library = tracing.begin("sojourn-api"), library_metrics()
    engine = Watched(open_engine(settings.engine, settings.engine_settings))
    try:
        await store.ping()
        await _ledger(engine, settings.ledger_schema)
        catalog = Catalog(
            engine,
            settings.sources,
            node_packages=settings.node_packages,
            connections=open_connections(settings, store),
        )
        parts = Parts(
            store=store,
            engine=engine,
            catalog=catalog,
            runner=Runner(await connect(settings), settings.task_queue, wake_every=settings.wake_every),
            ledger_schema=settings.ledger_schema,
            settings=effective(settings),
            ui_dist=UI_DIST,
            links=open_links(settings, f"http://{settings.host}:{port}"),
            library_metrics=library,
        )
        async with watching_the_loop(), serving(parts, settings, port):
            announce(f"http://{settings.host}:{port}")
            await stop.wait()
    finally:
        await store.close()
        await engine.close()
        last_spans()


async def _ledger(engine: Engine, schema: str) -> None:
    """Raises UserError when there is no ledger; a lakehouse that is away now is said in the log."""
    try:
        tables = await engine.tables()
    except LakehouseAway as away:
        log.warning("%s", away)
        return
    if missing := [name for name in TABLES if f"{schema}.{name}" not in tables]:
        text = f"the ledger lacks {', '.join(missing)}"
        raise UserError(text, place=f"schema {schema}", fix="run `sojourn lakehouse init`")
