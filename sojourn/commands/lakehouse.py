"""`sojourn lakehouse`: prepares the lakehouse, proves that everything needed is there, and tells what it costs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from orchestrator.errors import UserError
from orchestrator.lakehouse.engine import Engine
from orchestrator.settings import Settings
from sojourn.commands.output import count, say, show, telling

app = typer.Typer(no_args_is_help=True)


@app.command()
def init() -> None:
    """Make the ledger's tables, or what later releases have added to them. Pause the journeys before."""
    _run(_init)


@app.command()
def check() -> None:
    """Try every right and function that is needed, and say what is missing; exit code 1 when something is."""
    _run(_check)


@app.command()
def grants(
    engine: Annotated[str, typer.Option(help="Who runs journeys: the service principal's application id, or a group")],
    reader: Annotated[str, typer.Option(help="Who only looks at the ledger, in BI")] = "",
) -> None:
    """Print the rights that are needed, and no others, as a script for whoever owns the catalog."""
    from orchestrator.lakehouse.model import load_sources
    from orchestrator.settings import read_settings
    from sojourn.lakehouse_rights import script

    with telling():
        settings = read_settings()
        sources = load_sources(settings.sources)
        catalog, volume = settings.databricks_catalog, settings.databricks_volume
        for line in script(sources, catalog, settings.ledger_schema, engine, reader, volume):
            say(line)


@app.command()
def cost(days: Annotated[int, typer.Option(min=1, max=365, help="How far to look back")] = 7) -> None:
    """Sum statements, seconds and rows by journey and step, from the warehouse's own history."""

    async def work(lakehouse: Engine, settings: Settings) -> None:
        from sojourn.lakehouse_rights import costs

        if lakehouse.name != "databricks":
            raise UserError(
                "only Databricks keeps a history of statements", place="SOJOURN_ENGINE", fix="use databricks"
            )
        rows = await costs(lakehouse, datetime.now(UTC) - timedelta(days=days))
        columns = ["journey", "version", "step", "statements", "seconds", "rows"]
        show(f"Statements of the last {days} days", columns, rows)

    _run(work)


async def _init(lakehouse: Engine, settings: Settings) -> None:
    from orchestrator.execution.ledger import TABLES, ensure_ledger
    from orchestrator.lakehouse.model import bind_sources, load_sources

    sources = load_sources(settings.sources)
    await ensure_ledger(lakehouse, bind_sources(sources, await lakehouse.tables()), settings.ledger_schema)
    say(f"The ledger is there: {count(len(TABLES))} tables in the schema {settings.ledger_schema}.")


async def _check(lakehouse: Engine, settings: Settings) -> None:
    from sojourn.lakehouse_check import Checks

    checks = Checks(lakehouse, settings.sources, settings.ledger_schema, settings.databricks_volume)
    async for name, problem in checks.run():
        say(f"✓ {name}" if problem is None else f"✗ {name}: {problem}")
    if checks.failed:
        say(f"{count(checks.failed)} of {count(checks.made)} failed.")
        raise typer.Exit(1)
    say(f"All {count(checks.made)} hold.")


def _run(work: Callable[[Engine, Settings], Awaitable[None]]) -> None:
    with telling():
        asyncio.run(_with_lakehouse(work))


async def _with_lakehouse(work: Callable[[Engine, Settings], Awaitable[None]]) -> None:
    async with _lakehouse() as (lakehouse, settings):
        await work(lakehouse, settings)


@asynccontextmanager
async def _lakehouse() -> AsyncIterator[tuple[Engine, Settings]]:
    from orchestrator.lakehouse.engines import open_engine
    from orchestrator.settings import read_settings

    settings = read_settings()
    lakehouse = open_engine(settings.engine, settings.engine_settings)
    try:
        yield lakehouse, settings
    finally:
        await lakehouse.close()
