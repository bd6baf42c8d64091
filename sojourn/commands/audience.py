"""`sojourn audience`: how many a rule holds for."""

from pathlib import Path
from typing import Annotated

import typer

from sojourn.client import open_client
from sojourn.commands import files
from sojourn.commands.output import count as number
from sojourn.commands.output import say, show, telling

app = typer.Typer(help="Ask about rules.", no_args_is_help=True)


@app.callback()
def audience() -> None:
    """Ask about rules."""


@app.command()
def count(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A rule as YAML")],
    breakdown: Annotated[str, typer.Option(help="Divide by this column")] = "",
    sql: Annotated[bool, typer.Option("--sql", help="Show the rule in the lakehouse's language")] = False,
) -> None:
    """Count the members for whom a rule holds now."""
    with telling():
        rule = files.read(file, "a rule: a mapping with kind")
        with open_client() as client:
            found = client.post("/audiences/preview", {"rule": rule, "breakdown": breakdown or None})
        say(f"{number(found['count'])} of {number(found['base'])} ({found['share']:.1%})")
        if found["breakdown"] is not None:
            show(
                f"by {breakdown}",
                [breakdown, "members"],
                [[str(_or_none(e["value"])), e["count"]] for e in found["breakdown"]],
            )
        if sql:
            say(found["sql"])


def _or_none(value: object) -> object:
    return "–" if value is None else value
