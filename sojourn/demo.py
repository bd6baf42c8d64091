"""`sojourn demo`: the grocer's bread-and-soda journey from an empty folder to people reached, before one's eyes."""

import asyncio
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import yaml
from pydantic import TypeAdapter
from rich.console import Console
from rich.live import Live
from rich.table import Table

from orchestrator.errors import SojournError
from orchestrator.settings import Settings
from sojourn.dev import Stack, stack
from sojourn.sample.grocer import simulate_purchases
from workers.main import stop_signal

JOURNEY = Path(__file__).parent.parent / "examples" / "bread_and_soda.yaml"
JOURNEY_ID = "bread_and_soda"
DAY = timedelta(seconds=2)
"""How long a day of the journey takes in the demo."""
BUYERS = 0.05
"""Share of all customers who buy while the journey waits for its first two days."""
_DURATION = TypeAdapter(timedelta)


async def run(settings: Settings, customers: int, console: Console, *, leave: bool) -> bool:
    """Runs the demo; with `leave` it ends when the journey does. Returns whether every promise held."""
    home = settings.home / "demo"
    settings = settings.model_copy(update={"home": home})
    stop = stop_signal()
    shutil.rmtree(home, ignore_errors=True)  # the demo's own folder: every run starts with nobody inside
    console.print(f"[dim]· making a grocer's lakehouse with {customers:,} customers[/]")
    began = time.monotonic()
    async with stack(settings, customers=customers) as running:
        console.print(f"[dim]· everything is up after {time.monotonic() - began:.1f} s[/]")
        async with httpx2.AsyncClient(base_url=f"{running.url}/api/v1", timeout=60) as api:
            await _start(api)
            console.print(f"[dim]· one day of the journey takes {DAY.total_seconds():g} seconds here[/]\n")
            held = await _watch(running, api, console, stop)
            console.print(_where(running))
        if not leave and not stop.is_set():
            console.print("\n[dim]Everything stays up. Ctrl-C ends it.[/]")
            await stop.wait()
    return held


def shortened(document: dict[str, Any], day: timedelta) -> dict[str, Any]:
    """The journey with every wait shortened, so that one day takes `day`."""
    factor = timedelta(days=1) / day
    nodes = []
    for node in document["nodes"]:
        if node["type"] == "wait":
            length = _DURATION.validate_python(node["data"]["duration"]) / factor
            node = {**node, "data": {"duration": _DURATION.dump_python(length, mode="json")}}
        nodes.append(node)
    return {**document, "nodes": nodes}


async def _start(api: httpx2.AsyncClient) -> None:
    document = shortened(yaml.safe_load(JOURNEY.read_text(encoding="utf-8")), DAY)
    await _call(api, "POST", "/journeys", {"id": JOURNEY_ID, "document": document})
    await _call(api, "POST", f"/journeys/{JOURNEY_ID}/publish", {})
    await _call(api, "POST", f"/journeys/{JOURNEY_ID}/start", {})


async def _call(api: httpx2.AsyncClient, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    answer = await api.request(method, path, json=body)
    if answer.is_error:
        error = answer.json()["error"]
        problems = "; ".join(each["text"] for each in error.get("problems") or [])
        raise SojournError(problems or error["text"], place=error["place"], fix=error["fix"])
    return answer.json()


async def _watch(running: Stack, api: httpx2.AsyncClient, console: Console, stop: asyncio.Event) -> bool:
    """Shows the counts until everybody has left; customers go shopping while the journey waits."""
    detail = await _call(api, "GET", f"/journeys/{JOURNEY_ID}")
    faces = detail["faces"]
    shopped, began = 0, time.monotonic()
    with Live(console=console, refresh_per_second=4, transient=True) as live:
        while not stop.is_set():
            report = await _call(api, "GET", f"/journeys/{JOURNEY_ID}/report")
            live.update(_table(report, faces, shopped))
            if report["status"] in ("finished", "stopped"):
                break
            if not shopped and report["nodes"]["two_days"]["here"]:
                shopped = await asyncio.to_thread(_shop, running)
            await asyncio.sleep(0.25)
    console.print(_table(report, faces, shopped))
    return await _summary(running, api, report, console, time.monotonic() - began)


def _shop(running: Stack) -> int:
    with running.engine.cursor() as cursor:
        return simulate_purchases(cursor, BUYERS, datetime.now(UTC))


def _table(report: dict[str, Any], faces: dict[str, Any], shopped: int) -> Table:
    bought = f"{shopped:,} purchases of bread or soda since (simulated)" if shopped else ""
    table = Table(title=f"Bread and soda bundle · {report['status']} · wave {report['wave']}", caption=bought)
    table.add_column("Step")
    for name in ("Arrived", "Here", "Left"):
        table.add_column(name, justify="right")
    table.add_column("What became of it")
    for node_id, face in faces.items():
        counts = report["nodes"].get(node_id, {})
        outcomes = [f"{count:,} {outcome}" for outcome, count in sorted(counts.get("outcomes", {}).items())]
        outcomes += [f"{count:,} {reason}" for reason, count in sorted(counts.get("reasons", {}).items())]
        numbers = [f"{counts.get(name, 0):,}" for name in ("arrived", "here", "left")]
        table.add_row(face["name"], *numbers, ", ".join(outcomes) or f"[dim]{face['summary']}[/]")
    return table


async def _summary(
    running: Stack, api: httpx2.AsyncClient, report: dict[str, Any], console: Console, seconds: float
) -> bool:
    """Compares what the ledger says with what the providers have, and runs the invariants."""
    async with httpx2.AsyncClient(base_url=running.inbox_url, timeout=30) as sandbox:
        facts = (await sandbox.get("/facts")).json()
        twice = (await sandbox.get("/facts/messages", params={"more_than": 1})).json()
    nodes = report["nodes"]
    sent = sum(nodes[each]["outcomes"].get("accepted", 0) for each in ("offer", "reminder"))
    added = nodes["ads"]["outcomes"].get("accepted", 0)
    audience = sum(each["size"] for each in facts["audiences"].values())
    requests = sum(each["requests"] for each in facts["audiences"].values())
    verified = await _call(api, "GET", f"/journeys/{JOURNEY_ID}/verify")
    checks = [
        (facts["messages"] == sent, f"{sent:,} e-mails accepted, {facts['messages']:,} in the inbox"),
        (not twice, f"{len(twice)} e-mails arrived twice"),
        (
            0 < audience <= added if added else not audience,
            f"{added:,} members sent to the audience in {requests} request(s), {audience:,} distinct people in it",
        ),
        (report["inside"] == 0, f"{report['entered']:,} came in, {report['ended']:,} have left"),
        (verified["clean"], f"{len(verified['checked'])} invariants of the ledger checked"),
    ]
    for held, text in checks:
        console.print(f"{'[green]✓[/]' if held else '[red]✗[/]'} {text}")
    console.print(f"[dim]{seconds:.1f} s from the first to the last member, waits included[/]")
    return all(held for held, _ in checks)


def _where(running: Stack) -> Table:
    table = Table(show_header=False, box=None, title="\nWhere to look", title_justify="left", title_style="bold")
    table.add_row("Journey", f"{running.url}/journeys/{JOURNEY_ID}")
    table.add_row("Inbox", running.inbox_url)
    table.add_row("Ad audience", f"{running.inbox_url}/audiences")
    if running.temporal_url:
        table.add_row("Temporal", running.temporal_url)
    table.add_row("Lakehouse", f"{running.settings.lakehouse_file}, schema {running.settings.ledger_schema}")
    return table
