"""`sojourn warehouse`: a local SQL warehouse in Databricks' place."""

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from sojourn.commands.output import say, telling


def warehouse(
    data: Annotated[Path | None, typer.Option(help="Folder of its data; none: gone when it ends")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one")] = 8470,
    token: Annotated[
        str, typer.Option(envvar="SOJOURN_DATABRICKS_TOKEN", help="Whoever has it may sign in")
    ] = "warehouse",  # noqa: S107 - nothing real is behind it
    catalog: Annotated[str, typer.Option(help="Name of the catalog")] = "main",
    sample: Annotated[int, typer.Option(min=0, max=100_000_000, help="Customers of the sample, in empty data")] = 0,
    backend: Annotated[
        str, typer.Option(help="What runs the statements: duckdb, or sail, with real Delta tables")
    ] = "duckdb",
) -> None:
    """Run a local SQL warehouse that speaks Databricks' protocol, with a panel for what should go wrong."""
    from sojourn.warehouse import run

    stop = threading.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda *_: stop.set())
    with (
        telling(),
        run.warehouse(
            data, backend=backend, catalog=catalog, host=host, port=port, token=token, sample=sample
        ) as running,
    ):
        say(f"The warehouse listens at {running.url}, path {running.path}; its faults are at {running.url}/")
        run.wait_for(stop)
