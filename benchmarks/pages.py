"""The pages in Chromium: what they weigh, what a pan costs at 200 steps, and how soon an audience is counted."""

import asyncio
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import yaml
from playwright.async_api import CDPSession, Page, async_playwright

from benchmarks.report import Row, Section
from orchestrator.settings import Settings
from sojourn.dev import stack

UI = Path(__file__).parent.parent / "ui"
EXAMPLE = Path(__file__).parent.parent / "examples" / "bread_and_soda.yaml"
CHROMIUM = os.environ.get("SOJOURN_TEST_CHROMIUM", "/usr/bin/chromium")
LIGHTHOUSE = os.environ.get("LIGHTHOUSE", "")
"""Lighthouse's command, with desktop settings; it needs a newer Node than the pages do, so it is not installed here."""
SIZES, QUICK_SIZES = (1_000_000,), (20_000,)
STEPS, LAID_OUT = 200, 1_000
PAN_BAR, LAYOUT_BAR, COUNT_BAR = 8.0, 20.0, 300.0
"""Milliseconds: of the main thread for each step of a pan, for a layout, from the last key to the count."""
SCORE_BARS = {"performance": 0.95, "accessibility": 1.0}
PANS, KEYS = 60, 8


def measure(sizes: Sequence[int], *, quick: bool) -> Section:
    """Weights from the build, the layout from Node, the rest from a real Sojourn with that many customers."""
    rows = [*_weights(), _layout()]
    rows += asyncio.run(_scores())
    for size in sizes:
        pan, counts = asyncio.run(_in_browser(size))
        rows.append(_milliseconds(f"a pan at {STEPS} steps, main thread for each step", pan, PAN_BAR))
        text = f"{size:,} customers: last key to the count shown, median of {KEYS}"
        rows.append(_milliseconds(text, statistics.median(counts), COUNT_BAR, judged=not quick))
    return Section("pages", "Pages", rows)


def _milliseconds(what: str, figure: float, bar: float, *, judged: bool = True) -> Row:
    return Row(what, f"{figure:.1f} ms", f"≤ {bar:g} ms", figure <= bar if judged else None)


def _weights() -> list[Row]:
    told = subprocess.run(["node", "tools/check-size.mjs"], cwd=UI, capture_output=True, text=True, check=False)
    held = told.returncode == 0
    lines = [line.partition(": ") for line in told.stdout.splitlines()]
    return [Row(f"{page}, first load", figures, "as said", held) for page, _, figures in lines]


def _layout() -> Row:
    command = ["node", "tools/measure-layout.mjs", str(LAID_OUT)]
    told = subprocess.run(command, cwd=UI, capture_output=True, text=True, check=True)
    return _milliseconds(f"layout of {LAID_OUT:,} steps, median", float(told.stdout), LAYOUT_BAR)


async def _scores() -> list[Row]:
    """What Lighthouse says of the editor, opened on the example; medians of three runs."""
    if not LIGHTHOUSE:
        return [Row("editor, Lighthouse", "not measured: LIGHTHOUSE names its command")]
    with tempfile.TemporaryDirectory(prefix="sojourn-bench-") as home:
        async with stack(Settings(home=Path(home), port=0), customers=20_000) as up:
            async with httpx2.AsyncClient(base_url=f"{up.url}/api/v1") as api:
                document = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
                made = await api.post("/journeys", json={"document": document})
                made.raise_for_status()
            url = f"{up.url}/journeys/{made.json()['id']}"
            runs = [await asyncio.to_thread(_lighthouse, url, Path(home) / "report.json") for _ in range(3)]
    found = {name: statistics.median(run[name] for run in runs) for name in SCORE_BARS}
    return [
        Row(f"editor, Lighthouse {name}", f"{found[name]:.2f}", f"≥ {bar:.2f}", found[name] >= bar)
        for name, bar in SCORE_BARS.items()
    ]


def _lighthouse(url: str, report: Path) -> dict[str, float]:
    flags = ["--preset=desktop", "--quiet", "--output=json", f"--output-path={report}"]
    flags += [f"--only-categories={','.join(SCORE_BARS)}", "--chrome-flags=--headless --no-sandbox --disable-gpu"]
    environment = os.environ | {"CHROME_PATH": CHROMIUM}
    subprocess.run([*LIGHTHOUSE.split(), url, *flags], check=True, env=environment, capture_output=True)
    return {name: each["score"] for name, each in json.loads(report.read_text())["categories"].items()}


async def _in_browser(customers: int) -> tuple[float, list[float]]:
    with tempfile.TemporaryDirectory(prefix="sojourn-bench-") as home:
        settings = Settings(home=Path(home), port=0, duckdb_memory="3GB")
        async with stack(settings, customers=customers) as up, _page() as page:
            return await _pan(page, up.url), await _counts(page, up.url)


@asynccontextmanager
async def _page() -> AsyncIterator[Page]:
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        yield page
        await browser.close()


async def _pan(page: Page, url: str) -> float:
    """Milliseconds of the main thread for each wheel event."""
    async with httpx2.AsyncClient(base_url=f"{url}/api/v1") as api:
        made = await api.post("/journeys", json={"document": _long_journey(STEPS)})
        made.raise_for_status()
    await page.goto(f"{url}/journeys/{made.json()['id']}")
    await page.locator(".step").first.wait_for()
    await page.wait_for_timeout(1500)
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("Performance.enable")
    await page.mouse.move(720, 450)
    before = await _busy(cdp)
    for _ in range(PANS):
        await page.mouse.wheel(0, 40)
        await page.evaluate("new Promise(requestAnimationFrame)")
    return (await _busy(cdp) - before) / PANS * 1000


async def _busy(cdp: CDPSession) -> float:
    found: dict[str, Any] = await cdp.send("Performance.getMetrics")
    return float(next(each["value"] for each in found["metrics"] if each["name"] == "TaskDuration"))


def _long_journey(steps: int) -> dict[str, Any]:
    """Splits that part and meet again, so that there are lines to draw."""
    everybody = {"kind": "all", "of": []}
    nodes = [{"id": "n0", "type": "entry", "data": {"rule": everybody}}]
    edges: list[dict[str, str]] = []
    for number in range(1, steps, 2):
        split, rest = f"n{number}", f"n{number + 1}"
        nodes += [{"id": split, "type": "split", "data": {"rule": everybody}}]
        nodes += [{"id": rest, "type": "wait", "data": {"duration": "P1D"}}]
        before = "n0" if number == 1 else f"n{number - 1}"
        edges.append({"id": f"e{number}", "source": before, "target": split})
        edges.append({"id": f"y{number}", "source": split, "source_port": "yes", "target": rest})
    kept = [each for each in edges if each["target"] != f"n{steps}"]
    return {"schema_version": 1, "name": "Long", "nodes": nodes[:steps], "edges": kept}


async def _counts(page: Page, url: str) -> list[float]:
    """Milliseconds from a key in a score's field until its own number stands there."""
    rule = {
        "kind": "all",
        "of": [{"kind": "score", "category": "bread", "low": 0.5, "high": 1}, {"kind": "consent", "purpose": "email"}],
    }
    async with httpx2.AsyncClient(base_url=f"{url}/api/v1", timeout=60) as api:
        made = await api.post("/audiences", json={"name": "Counted", "rule": rule})
        made.raise_for_status()
    await page.goto(f"{url}/audiences/{made.json()['id']}")
    field = page.get_by_label("From", exact=True)
    took = []
    for key in range(1, KEYS + 1):
        before = await page.wait_for_function(_KNOWN, arg="")
        await field.fill(f"0.5{key}")
        began = time.perf_counter()
        await page.wait_for_function(_KNOWN, arg=await before.json_value())
        took.append((time.perf_counter() - began) * 1000)
    return took


_KNOWN = """before => {
  const { state, count } = document.querySelector('.reach')?.dataset ?? {};
  return state === 'known' && count !== undefined && count !== before ? count : false;
}"""
