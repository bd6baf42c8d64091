"""Runs the benchmarks: `python -m benchmarks [--quick] [--only NAME …] [--members N …] [--write]`."""

import argparse
import shlex
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from rich.console import Console

from benchmarks import beat, engine, mail, members, pages, simulate, sync, warehouse
from benchmarks.report import Section, machine, show, write

PARTS = ("engine", "beat", "members", "mail", "sync", "simulate", "warehouse", "pages")


def main() -> int:
    """Returns 1 when a bar is missed."""
    arguments = _arguments()
    console = Console()
    console.print(f"[dim]{machine()}[/]\n")
    command = shlex.join(["python", "-m", "benchmarks", *(each for each in sys.argv[1:] if each != "--write")])
    rates: Mapping[int, float] = {}
    held = True
    for name in arguments.only or PARTS:
        began = time.perf_counter()
        section = _part(name, arguments, rates)
        rates = section.rates or rates
        show(section, console)
        console.print(f"[dim]{time.perf_counter() - began:.0f} s[/]\n")
        held = held and section.holds
        if arguments.write:
            write(section, command)
    return 0 if held else 1


def _part(name: str, arguments: argparse.Namespace, rates: Mapping[int, float]) -> Section:
    quick: bool = arguments.quick
    usual = {each.__name__.rpartition(".")[2]: each.QUICK_SIZES if quick else each.SIZES for each in _MODULES}
    sizes: Sequence[int] = arguments.members or usual[name]
    measure: Mapping[str, Callable[[], Section]] = {
        "engine": lambda: engine.measure(sizes),
        "beat": lambda: beat.measure(sizes),
        "members": lambda: members.measure(sizes, rates, quick=quick),
        "mail": lambda: mail.measure(sizes, quick=quick),
        "sync": lambda: sync.measure(sizes),
        "simulate": lambda: simulate.measure(sizes),
        "warehouse": lambda: warehouse.measure(sizes),
        "pages": lambda: pages.measure(sizes, quick=quick),
    }
    return measure[name]()


_MODULES = (engine, beat, members, mail, sync, simulate, warehouse, pages)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, for development; nothing is judged")
    parser.add_argument("--only", action="append", choices=PARTS, help="this part; may be given more than once")
    parser.add_argument("--members", type=int, nargs="+", metavar="N", help="other sizes for the one part of --only")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks.md")
    arguments = parser.parse_args()
    if arguments.members and len(arguments.only or ()) != 1:
        parser.error("--members needs exactly one --only")
    if arguments.write and arguments.quick:
        parser.error("figures of --quick are not written: they say nothing")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
