"""The figures of a part: printed as a table, and written into docs/benchmarks.md where that part has its place."""

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

DOCUMENT = Path(__file__).parent.parent / "docs" / "benchmarks.md"


@dataclass(frozen=True)
class Row:
    """A figure; with a bar, whether it holds – None: not judged at this size."""

    what: str
    figure: str
    bar: str = ""
    holds: bool | None = None

    @property
    def verdict(self) -> str:
        """In a word."""
        if not self.bar:
            return ""
        return "not judged at this size" if self.holds is None else "holds" if self.holds else "MISSED"


@dataclass(frozen=True)
class Section:
    """A part's figures. `rates`: members per second by number of members, for parts that compare themselves."""

    name: str
    title: str
    rows: Sequence[Row]
    notes: Sequence[str] = ()
    rates: Mapping[int, float] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """No bar that was judged was missed."""
        return all(row.holds is not False for row in self.rows)


def machine() -> str:
    """Where this was measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{cores} cores ({_processor()}), {memory:.0f} GiB, {platform.system()}; Python {platform.python_version()}, "
        f"DuckDB {duckdb.__version__}, {_temporal()}, SDK {version('temporalio')}"
    )


def show(section: Section, console: Console) -> None:
    """Prints a part."""
    table = Table(title=section.title, title_justify="left", title_style="bold")
    table.add_column("What")
    table.add_column("Figure")
    table.add_column("Bar")
    table.add_column("")
    for row in section.rows:
        style = "red" if row.holds is False else "green" if row.holds else "dim"
        table.add_row(row.what, row.figure, row.bar, f"[{style}]{row.verdict}[/]" if row.verdict else "")
    console.print(table)
    for note in section.notes:
        console.print(f"[dim]· {note}[/]")


def write(section: Section, command: str) -> None:
    """Puts a part's figures between its marks in the document."""
    lines = [
        f"Measured {datetime.now(UTC):%Y-%m-%d} on {machine()}, with `{command}`.",
        "",
        "| What | Figure | Bar | |",
        "|---|---|---|---|",
    ]
    lines += [f"| {row.what} | {row.figure} | {row.bar} | {row.verdict} |" for row in section.rows]
    lines += ["", *section.notes] if section.notes else []
    begin, end = f"<!-- figures: {section.name} -->", f"<!-- end: {section.name} -->"
    text = DOCUMENT.read_text(encoding="utf-8")
    place = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not place.search(text):
        raise ValueError(f"{DOCUMENT.name} has no place for {section.name}")
    figures = "\n".join([begin, *lines, end])
    DOCUMENT.write_text(place.sub(lambda _: figures, text), encoding="utf-8")


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*:\s*(.+)", info.read_text(encoding="utf-8")) if info.exists() else None
    return found[1].strip() if found else platform.machine()


def _temporal() -> str:
    """What the embedded server says of itself."""
    search = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    binary = shutil.which("temporal", path=search)
    if binary is None:
        return "no Temporal"
    return subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout.strip()
