"""The worker: opens what the activities need, and takes tasks from Temporal until it is told to stop."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import pydantic
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from orchestrator import __version__
from orchestrator.catalog import Catalog
from orchestrator.channels.channel import Channel
from orchestrator.channels.links import Links
from orchestrator.channels.public_address import allow_networks
from orchestrator.connections.connections import Connections
from orchestrator.errors import EngineAway, SojournError
from orchestrator.keyring import KeyRing
from orchestrator.lakehouse.engines import open_engine
from orchestrator.lakehouse.tags import tags
from orchestrator.lakehouse.watched import Watched
from orchestrator.plugins import discover
from orchestrator.settings import Settings, read_settings
from orchestrator.store.connections import ConnectionStore
from orchestrator.store.database import open_database
from orchestrator.store.documents import Store
from orchestrator.store.journal import DeliveryJournal
from orchestrator.store.scrape import Scrape
from orchestrator.telemetry import logs, tracing
from orchestrator.telemetry.metrics import watching_the_loop
from workers.activities import Activities
from workers.delivery_workflow import DeliveryWorkflow
from workers.journey_workflow import JourneyWorkflow
from workers.open_channels import OpenChannels
from workers.telemetry import interceptors, library_metrics, showing_metrics
from workers.upkeep import Upkeep, schedule_upkeep, upkeep_queue
from workers.upkeep_workflow import UpkeepWorkflow

DRAIN = timedelta(seconds=30)
"""How long a worker that is told to stop lets its activities finish."""
BUILD = f"sojourn-{__version__}"
"""What Temporal shows of a worker; left out, its library hashes every loaded module at start."""
SWITCH = timedelta(microseconds=200)
"""How long a busy thread keeps the others waiting: messages wait for the thread in which the journal commits."""
CHUNKS = 4
"""Delivery chunks under way at once in one worker."""


async def connect(settings: Settings) -> Client:
    """A client of Temporal: `temporal_address`, else the standard TEMPORAL_* variables and profiles.

    Raises EngineAway when nothing answers.
    """
    config = dict(ClientConfig.load_client_connect_config())
    if settings.temporal_address:
        config |= {"target_host": settings.temporal_address, "namespace": settings.temporal_namespace}
    address = str(config.setdefault("target_host", "localhost:7233"))
    try:
        return await Client.connect(
            **config,  # type: ignore[arg-type]
            data_converter=pydantic_data_converter,
            interceptors=interceptors(),
        )
    except RuntimeError as error:
        fix = "start it, or set SOJOURN_TEMPORAL_ADDRESS"
        raise EngineAway("Temporal does not answer", place=address, fix=fix) from error


def open_connections(settings: Settings, store: Store) -> Connections:
    """The connections that the settings name, of all installed channels. Raises UserError for a file that is wrong."""
    allow_networks(settings.private_networks)
    kinds = discover(Channel, settings.channel_packages, "sojourn.channels")  # type: ignore[type-abstract]
    return Connections(kinds, settings.connections, ConnectionStore(store.engine), key_ring(settings))


def key_ring(settings: Settings) -> KeyRing:
    """The keys that seal secrets. Raises UserError for keys that are none."""
    return KeyRing(settings.secret_keys.get_secret_value(), settings.key_file)


def open_links(settings: Settings, url: str | None = None) -> Links:
    """What signs and reads the links in messages; `url`: what they begin with, where the settings do not say."""
    return Links(key_ring(settings).made, settings.public_url or url or settings.links_url)


def workers(client: Client, activities: Activities, queue: str) -> Sequence[Worker]:
    """Two workers: one for workflows and statements, one for deliveries, so that neither waits for the other."""
    return (
        Worker(
            client,
            task_queue=queue,
            workflows=[JourneyWorkflow, DeliveryWorkflow],
            activities=[
                activities.advance,
                activities.end_visits,
                activities.transfer,
                activities.record_status,
                activities.intend,
            ],
            workflow_runner=_sandbox(),
            # A message that cannot be read fails its workflow with a reason instead of wedging it for ever.
            workflow_failure_exception_types=[pydantic.ValidationError],
            graceful_shutdown_timeout=DRAIN,
            build_id=BUILD,
        ),
        Worker(
            client,
            task_queue=f"{queue}-deliver",
            activities=[activities.deliver_chunk],
            max_concurrent_activities=CHUNKS,
            graceful_shutdown_timeout=DRAIN,
            build_id=BUILD,
        ),
    )


@asynccontextmanager
async def working(client: Client, activities: Activities, queue: str) -> AsyncIterator[None]:
    """Takes tasks for as long as the block runs, then lets what is under way finish."""
    sys.setswitchinterval(SWITCH.total_seconds())
    async with AsyncExitStack() as stack:
        for worker in workers(client, activities, queue):
            await stack.enter_async_context(worker)
        stack.push_async_callback(activities.close)
        yield


@asynccontextmanager
async def keeping_up(client: Client, upkeep: Upkeep, queue: str) -> AsyncIterator[None]:
    """Does every night what is to be done then, for as long as the block runs."""
    await schedule_upkeep(client, queue)
    worker = Worker(
        client,
        task_queue=upkeep_queue(queue),
        workflows=[UpkeepWorkflow],
        activities=[upkeep.measure_audiences, upkeep.finish_erasures, upkeep.audit_journeys],
        workflow_runner=_sandbox(),
        graceful_shutdown_timeout=DRAIN,
        build_id=BUILD,
    )
    async with worker:
        yield


def _sandbox() -> SandboxedWorkflowRunner:
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules("orchestrator", "workers")
    )


def stop_signal() -> asyncio.Event:
    """Set by Ctrl-C or SIGTERM, so that everything is closed in order."""
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    return stop


async def serve(settings: Settings) -> None:
    """Runs a worker of its own until SIGTERM or SIGINT."""
    stop = stop_signal()
    last_spans = tracing.begin("sojourn-worker")
    library = library_metrics()
    engine = Watched(open_engine(settings.engine, settings.engine_settings))
    store = Store(open_database(settings.app_database))
    try:
        await store.ping()
        connections = open_connections(settings, store)
        catalog = Catalog(engine, settings.sources, node_packages=settings.node_packages, connections=connections)
        channels, links = OpenChannels(connections), open_links(settings)
        activities = Activities(engine, store, DeliveryJournal(store.engine), channels, links)
        upkeep = Upkeep(catalog, store, settings.ledger_schema)
        client = await connect(settings)
        queue = settings.task_queue
        async with (
            showing_metrics(Scrape(store, library), settings.worker_metrics_port),
            watching_the_loop(),
            working(client, activities, queue),
            keeping_up(client, upkeep, queue),
        ):
            logging.getLogger("sojourn.worker").info("taking tasks from %s", settings.task_queue)
            await stop.wait()
    finally:
        await store.close()
        await engine.close()
        last_spans()


def main() -> int:
    """`sojourn worker`; returns the exit code."""
    try:
        settings = read_settings()
        logs.begin(settings.log_level, settings.log_format, tags)
        asyncio.run(serve(settings))
    except SojournError as error:
        logging.getLogger("sojourn.worker").error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    # Temporal's library may crash while the interpreter ends, and would lie about the exit code.
    code = main()
    logging.shutdown()
    os._exit(code)
