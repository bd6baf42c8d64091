"""What commands say: answers on stdout, errors with place and fix on stderr, never a traceback."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from orchestrator.errors import Invalid, SojournError

_STYLES = {"error": "bold red", "warning": "yellow"}


def say(text: str) -> None:
    """A line on stdout, as it is."""
    Console(soft_wrap=True).print(Text(text))


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table on stdout; numbers to the right."""
    table = Table(title=Text(title), title_justify="left", header_style="bold")
    for index, column in enumerate(columns):
        numbers = bool(rows) and all(isinstance(row[index], int | None) for row in rows)
        table.add_column(Text(column), justify="right" if numbers else "left")
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    Console().print(table)


def show_problems(problems: Sequence[Mapping[str, Any]], *, err: bool = False) -> None:
    """One problem a line: what, where, and what to do about it."""
    console = Console(stderr=err, soft_wrap=True)
    for problem in problems:
        severity = str(problem.get("severity") or "error")
        fix = f" – {problem['fix']}" if problem.get("fix") else ""
        line = Text(severity, style=_STYLES.get(severity, ""))
        console.print(line.append(f" {_place(problem)}{problem['text']}{fix}", style="default not bold"))


@contextmanager
def telling() -> Iterator[None]:
    """Errors in the block are told on stderr and end the command with exit code 1."""
    try:
        yield
    except SojournError as error:
        if isinstance(error, Invalid) and error.problems:
            show_problems(error.problems, err=True)
        else:
            place = f"{error.place}: " if error.place else ""
            fix = f" – {error.fix}" if error.fix else ""
            line = Text("error", style=_STYLES["error"])
            Console(stderr=True, soft_wrap=True).print(
                line.append(f" {place}{error.text}{fix}", style="default not bold")
            )
        raise typer.Exit(1) from None


def count(number: int) -> str:
    """`1,234`."""
    return f"{number:,}"


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return count(value) if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _place(problem: Mapping[str, Any]) -> str:
    """`step offer, step.subject: ` – as far as the problem says where it is."""
    where = ""
    if problem.get("node_id"):
        where = f"step {problem['node_id']}"
    elif problem.get("edge_id"):
        where = f"line {problem['edge_id']}"
    path = ".".join(map(str, problem.get("path") or ()))
    place = ", ".join(part for part in (where, path) if part)
    return f"{place}: " if place else ""
