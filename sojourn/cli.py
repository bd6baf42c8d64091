"""The command `sojourn`."""

import asyncio
import logging
import os
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from orchestrator.errors import SojournError
from orchestrator.lakehouse.tags import tags
from orchestrator.settings import Settings, effective, read_settings
from orchestrator.telemetry import logs
from sojourn.commands import (
    audience,
    channel,
    journey,
    lakehouse,
    member,
    recover,
    secrets,
    simulate,
    verify,
    warehouse,
)

if TYPE_CHECKING:
    from sojourn.dev import Stack

app = typer.Typer(
    name="sojourn",
    help="Customer journeys that run where your customers' data is.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(journey.app, name="journey", help="Check, publish, start and watch journeys.")
app.add_typer(audience.app, name="audience", help="Count audiences.")
app.add_typer(member.app, name="member", help="Do something for one member.")
app.add_typer(channel.app, name="channel", help="Make a channel of your own.")
app.command(name="simulate")(simulate.simulate)
app.command(name="recover")(recover.recover)
app.add_typer(verify.app, name="verify", help="Check every promise of the ledger.")
app.add_typer(lakehouse.app, name="lakehouse", help="Prepare and check the lakehouse, print rights, tell costs.")
app.command(name="warehouse")(warehouse.warehouse)
app.add_typer(secrets.app, name="secrets", help="Keys that seal the secrets of connections.")
out, err = Console(), Console(stderr=True)

Customers = Annotated[int, typer.Option(min=1, max=100_000_000, help="Customers in the sample lakehouse")]


@app.command()
def demo(
    customers: Customers = 100_000,
    leave: Annotated[bool, typer.Option("--exit", help="End when the journey has ended")] = False,
) -> None:
    """Shows the grocer's bread-and-soda journey, with everything real, in about a minute."""
    from sojourn import demo as demonstration  # here and below: what a command does not need costs it seconds

    settings = _settings()
    if "log_level" not in settings.model_fields_set:
        logging.getLogger("sojourn").setLevel(logging.WARNING)  # what happens is told in a table
    if not _run(demonstration.run(settings, customers, out, leave=leave)):
        raise typer.Exit(1)


@app.command()
def dev(customers: Customers = 100_000) -> None:
    """Runs the local stack: pages, API, worker, DuckDB, Temporal and the sandbox."""
    from sojourn import dev as local

    _run(local.run(_settings(), customers, _announce))


@app.command()
def api() -> None:
    """Runs pages and API of their own, beside workers, on a lakehouse that all of them reach."""
    from sojourn import serve

    _run(serve.run(_settings(), lambda url: out.print(f"Pages and API answer at {url}")))


@app.command()
def worker() -> None:
    """Runs a worker of its own, for a Temporal server and an app database that are shared."""
    from workers import main as worker_main

    raise typer.Exit(worker_main.main())


@app.command()
def migrate() -> None:
    """Brings the app database to the newest schema."""
    from migrations import upgrade

    settings = _settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    _run(upgrade(settings.app_database))
    out.print("The app database is up to date.")


@app.command()
def config() -> None:
    """Prints the settings in force, without secrets."""
    table = Table("Variable", "Value", "From", "What it is")
    for each in effective(_settings()):
        table.add_row(each.name, escape(each.value), each.source, each.description)
    out.print(table)


def _announce(running: "Stack") -> None:
    table = Table(show_header=False, box=None, title="Sojourn is up", title_justify="left", title_style="bold")
    table.add_row("Pages and API", running.url)
    table.add_row("Inbox", running.inbox_url)
    if running.temporal_url:
        table.add_row("Temporal", running.temporal_url)
    table.add_row("Home", str(running.settings.home.resolve()))
    out.print(table)
    out.print("[dim]Ctrl-C ends it.[/]")


def _settings() -> Settings:
    settings = read_settings()
    logs.begin(settings.log_level, settings.log_format, tags)
    return settings


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    async def to_the_end() -> Any:
        found = await work
        await asyncio.sleep(0.2)  # Temporal's library needs a moment before the interpreter may end
        return found

    return asyncio.run(to_the_end())


def main() -> NoReturn:
    """Runs the command; errors are one plain sentence, and the exit code is honest."""
    code = 0
    try:
        found = app(standalone_mode=False)
        code = found if isinstance(found, int) else 0
    except SojournError as error:
        err.print(f"[red]error[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        code = 1
    except typer.Exit as leaving:
        code = leaving.exit_code
    except (typer.Abort, KeyboardInterrupt):
        code = 130
    except Exception as error:
        if not hasattr(error, "exit_code"):
            raise
        error.show()  # type: ignore[attr-defined] # click's own errors print their usage
        code = error.exit_code
    out.file.flush()
    sys.stderr.flush()
    # Temporal's library may crash while the interpreter ends, and would lie about the exit code.
    os._exit(code)


if __name__ == "__main__":
    main()
