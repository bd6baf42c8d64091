"""The pages in a real browser: what they show is what the API reports, for eyes, keyboards and screen readers."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.e2e.accessible import barriers
from tests.e2e.said import AREAS, SAID, server_texts, texts_in, words_in

CHROMIUM = os.environ.get("SOJOURN_TEST_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 30
"""Seconds to wait for counts on the page to agree with the API; both move while a journey lives."""

Open = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def open_page(browser: Browser, stack: Any) -> AsyncIterator[Open]:
    """Opens a path of the running Sojourn; at the end no page may have complained in its console."""
    complaints: list[str] = []
    contexts = []

    async def open_path(
        path: str, scheme: str = "light", width: int = 1440, height: int = 900, language: str = "en"
    ) -> Page:
        context = await browser.new_context(
            color_scheme=scheme,
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            locale=language,
        )
        contexts.append(context)
        page = await context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.add_init_script(
            "document.addEventListener('securitypolicyviolation',"
            " event => console.error('CSP: ' + event.violatedDirective + ' ' + event.blockedURI))"
        )
        await page.goto(f"{stack.url}{path}")
        return page

    yield open_path
    for context in contexts:
        await context.close()
    assert complaints == []


async def ask(page: Page, stack: Any, rest: str = "") -> dict[str, Any]:
    """What the API says about the journey."""
    answer = await page.request.get(f"{stack.url}/api/v1/journeys/{stack.journey_id}{rest}")
    assert answer.ok, await answer.text()
    return await answer.json()


def counts_of(report: dict[str, Any]) -> dict[str, Any]:
    """The counts of a report in the shape `SHOWN` reads them off the canvas."""
    ended: dict[str, int] = {}
    for ending in report["endings"]:
        ended[ending["node_id"]] = ended.get(ending["node_id"], 0) + ending["count"]
    return {
        "here": {node: counts["here"] for node, counts in report["nodes"].items()},
        "ended": ended,
        "outcomes": {
            node: {name: count for name, count in counts["outcomes"].items() if count}
            for node, counts in report["nodes"].items()
        },
        "lines": dict(report["edges"]),
        "whole": {name: report[name] for name in ("entered", "inside", "ended")},
    }


SHOWN = """() => {
  const number = (element, name) => Number(element.dataset[name]);
  const steps = [...document.querySelectorAll('.step')];
  const lines = [...document.querySelectorAll('[data-line-label]')];
  const stats = [...document.querySelectorAll('[data-stat]')];
  return {
    here: Object.fromEntries(steps.map((step) => [step.dataset.step, number(step, 'here')])),
    ended: Object.fromEntries(
      steps.filter((step) => step.dataset.ended).map((step) => [step.dataset.step, number(step, 'ended')])),
    outcomes: Object.fromEntries(steps.map((step) => [step.dataset.step, Object.fromEntries(
      [...step.querySelectorAll('[data-outcome]')].map((chip) => [chip.dataset.outcome, number(chip, 'count')]))])),
    lines: Object.fromEntries(lines.map((line) =>
      [line.dataset.lineLabel, number(line.querySelector('[data-count]'), 'count')])),
    whole: Object.fromEntries(stats.map((stat) => [stat.dataset.stat, number(stat, 'count')])),
  };
}"""


def disagreements(shown: dict[str, Any], report: dict[str, Any]) -> list[str]:
    """Every count that is not the same on the canvas and in the report; a step without counts has none."""
    told = counts_of(report)
    wrong = []
    for part, values in shown.items():
        for name, value in values.items():
            expected = told[part].get(name, {} if part == "outcomes" else 0)
            if value != expected:
                wrong.append(f"{part} of {name}: the page shows {value}, the report says {expected}")
    return wrong


async def test_the_list_shows_the_journey_with_its_counts(open_page: Open, stack: Any) -> None:
    page = await open_page("/")
    journey = await ask(page, stack)
    row = page.locator(f'tr[data-journey="{stack.journey_id}"]')
    await expect(row.get_by_role("link", name=journey["name"])).to_be_visible()
    await expect(row.locator(".status-badge")).to_have_text("Live")
    await expect(row.locator('[data-part="version"]')).to_have_text(str(journey["version"]))
    await row.get_by_role("link").click()
    await expect(page.get_by_role("heading", name=journey["name"])).to_be_visible()


async def test_the_canvas_shows_every_step_and_line_with_the_counts_of_the_report(open_page: Open, stack: Any) -> None:
    page = await open_page(f"/journeys/{stack.journey_id}")
    document = (await ask(page, stack))["document"]
    await expect(page.locator(".step")).to_have_count(len(document["nodes"]))
    await expect(page.locator("path.line")).to_have_count(len(document["edges"]))
    await expect(page.locator(".stats-line")).to_have_text("Live counts")
    wrong = ["nothing was compared"]
    for _ in range(PATIENCE * 2):
        shown = await page.evaluate(SHOWN)
        report = await ask(page, stack, "/report")
        wrong = disagreements(shown, report)
        if not wrong:
            break
        await asyncio.sleep(0.5)
    assert wrong == []
    assert shown["here"].keys() == {node["id"] for node in document["nodes"]}
    assert shown["lines"].keys() == {edge["id"] for edge in document["edges"]}
    assert report["entered"] > 0


async def test_a_thicker_line_carried_more_people(open_page: Open, stack: Any) -> None:
    page = await open_page(f"/journeys/{stack.journey_id}")
    await expect(page.locator(".stats-line")).to_have_text("Live counts")
    report = await ask(page, stack, "/report")
    for edge, count in report["edges"].items():
        line = page.locator(f'path.line[data-line="{edge}"]')
        width = float((await line.evaluate("line => line.style.strokeWidth")).removesuffix("px"))
        assert width == pytest.approx(1.5 + 5.5 * count / report["entered"], abs=0.4), edge


async def test_a_click_on_a_step_opens_its_card(open_page: Open, stack: Any) -> None:
    page = await open_page(f"/journeys/{stack.journey_id}")
    node = (await ask(page, stack))["document"]["nodes"][0]
    before = await page.locator(".canvas").bounding_box()
    await page.locator(f'.step[data-step="{node["id"]}"]').click()
    card = page.get_by_role("dialog")
    await expect(card.get_by_role("heading", level=2)).to_have_text(node["name"])
    await expect(card.get_by_role("heading", name="Settings")).to_be_visible()
    assert await page.locator(".canvas").bounding_box() == before, "the card resized the canvas"
    await page.keyboard.press("Escape")
    await expect(card).to_have_count(0)


async def test_the_canvas_is_walked_by_keyboard(open_page: Open, stack: Any) -> None:
    page = await open_page(f"/journeys/{stack.journey_id}")
    document = (await ask(page, stack))["document"]
    first, line = document["nodes"][0], document["edges"][0]
    assert line["source"] == first["id"]
    card = page.locator(f'.react-flow__node[data-id="{first["id"]}"]')
    await expect(card).to_have_accessible_name(re.compile(re.escape(first["name"])))
    await card.focus()
    await page.keyboard.press("ArrowDown")
    target = page.locator(f'.react-flow__node[data-id="{line["target"]}"]')
    await expect(target).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(target).to_be_focused()


async def test_pausing_and_resuming_change_the_status(open_page: Open, stack: Any) -> None:
    page = await open_page(f"/journeys/{stack.journey_id}")
    badge = page.locator(".journey-header .status-badge")
    await expect(badge).to_have_text("Live")
    await page.get_by_role("button", name="Pause").click()
    await expect(badge).to_have_text("Paused")
    assert (await ask(page, stack))["status"] == "paused"
    await page.get_by_role("button", name="Resume").click()
    await expect(badge).to_have_text("Live")
    assert (await ask(page, stack))["status"] == "live"


async def test_stopping_asks_first(open_page: Open, stack: Any) -> None:
    page = await open_page(f"/journeys/{stack.journey_id}")
    await page.get_by_role("button", name="Stop").click()
    await expect(page.get_by_role("dialog", name="Stop this journey?")).to_be_visible()
    await page.get_by_role("button", name="Keep it running").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert (await ask(page, stack))["status"] == "live"


async def test_the_chosen_colours_are_kept(open_page: Open, stack: Any) -> None:
    page = await open_page("/", scheme="light")
    root = page.locator("html")
    await expect(root).to_have_attribute("data-mantine-color-scheme", "light")
    await page.get_by_role("button", name="Use dark colours").click()
    await expect(root).to_have_attribute("data-mantine-color-scheme", "dark")
    await page.reload()
    await expect(page.get_by_role("button", name="Use light colours")).to_be_visible()
    await expect(root).to_have_attribute("data-mantine-color-scheme", "dark")


async def test_another_language_is_chosen_kept_and_leaves_nothing_of_the_first(open_page: Open, stack: Any) -> None:
    page = await open_page("/")
    await expect(page.get_by_role("heading", name="Journeys")).to_be_visible()
    journeys = await (await page.request.get(f"{stack.url}/api/v1/journeys")).json()
    own = {*texts_in((await ask(page, stack))["document"]), *texts_in(journeys)}
    english = await words_in(page, "en")
    assert {"Journeys", "New journey", "Live"} <= set(await page.evaluate(SAID)) & english
    await page.get_by_label("Language").select_option("pt-BR")
    await expect(page.get_by_role("heading", name="Jornadas")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "pt-BR")
    foreign = (english | server_texts()) - await words_in(page, "pt-BR") - own

    async def left() -> list[str]:
        return sorted(set(await page.evaluate(SAID)) & foreign)

    assert await left() == []
    await page.goto(f"{stack.url}/journeys/{stack.journey_id}?view=draft&step=offer")
    await expect(page.locator(".palette-item").first).to_be_visible()
    await expect(page.get_by_label("Assunto", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="Outro cliente")).to_be_visible()
    assert await left() == []
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Publicar").click()
    await expect(page.get_by_role("dialog").locator("[data-count]").first).to_be_visible()
    assert await left() == []
    loaded = await page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
    assert [name for name in loaded if "words.en" in name] == []
    assert len([name for name in loaded if "words.pt-BR" in name]) == len(AREAS)


LOOKS = pytest.mark.parametrize(
    ("width", "language"),
    [(1440, "en"), (1440, "pt-BR"), (390, "pt-BR")],
)


@LOOKS
@pytest.mark.parametrize("place", ["journeys", "journey", "step", "dialog"])
async def test_no_page_has_barriers(open_page: Open, stack: Any, place: str, width: int, language: str) -> None:
    path = "/" if place == "journeys" else f"/journeys/{stack.journey_id}"
    page = await open_page(path, width=width, height=844, language=language)
    if place == "journeys":
        await expect(page.locator(f'tr[data-journey="{stack.journey_id}"]')).to_be_visible()
    else:
        await expect(page.locator(".step").first).to_be_visible()
    if place == "step":
        await page.locator(".step").first.click()
        await expect(page.get_by_role("dialog")).to_be_visible()
    if place == "dialog":
        await page.locator(".run-buttons button").last.click()
        await expect(page.get_by_role("dialog")).to_be_visible()
    assert await barriers(page) == []


PLACES = {
    "/audiences": "ul.audiences-list li",
    "/audiences/axe": ".sizes svg",
    "/runs": "tr[data-run]",
    "/connections": "tr[data-connection]",
    "/connections/mail": ".facts",
    "/new-connection": ".connection-channels a",
    "/new-connection?channel=email.smtp": ".field",
    "/sources": ".source",
    "/settings": "[data-variable]",
}
"""Pages without a canvas, and what is on them once they are there."""
ROOMS = ("app", "audience", "form", "connections", "runs", "sources", "settings")


@LOOKS
async def test_no_place_has_barriers_stray_words_or_more_width_than_there_is(
    open_page: Open, stack: Any, width: int, language: str
) -> None:
    page = await open_page("/", width=width, height=844, language=language)
    await counted_audience(page, stack)
    foreign = set()
    if language != "en":
        foreign = (await words_in(page, "en", ROOMS) | server_texts()) - await words_in(page, language, ROOMS)
    for place, sign in PLACES.items():
        await page.goto(f"{stack.url}{place}")
        await expect(page.locator(sign).first).to_be_visible()
        assert await barriers(page) == [], place
        assert sorted(set(await page.evaluate(SAID)) & foreign - OWN_WORDS) == [], place
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place


OWN_WORDS = {"customers", "country", "time_zone", "email"}
"""What the grocer calls tables and columns."""


async def counted_audience(page: Page, stack: Any) -> None:
    """An audience with a size, there once for all looks."""
    rule = {"kind": "score", "category": "bread", "low": 0.7}
    path = f"{stack.url}/api/v1/audiences"
    made = await page.request.post(path, data={"id": "axe", "name": "Pão", "rule": rule})
    assert made.ok or made.status == 409, await made.text()
    assert (await page.request.post(f"{path}/preview", data={"rule": rule})).ok


async def test_an_address_without_a_journey_says_so(browser: Browser, stack: Any) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"{stack.url}/journeys/no_such_journey")
    await expect(page.get_by_role("alert")).to_contain_text("This journey does not exist")
    await page.get_by_role("link", name="See all journeys").click()
    await expect(page.get_by_role("heading", name="Journeys")).to_be_visible()
    await context.close()


async def test_a_server_that_goes_away_leaves_the_canvas_standing(browser: Browser, stack: Any) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"{stack.url}/journeys/{stack.journey_id}")
    await expect(page.locator(".stats-line")).to_have_text("Live counts")
    await context.set_offline(True)
    await expect(page.locator(".banner")).to_contain_text("Sojourn does not answer", timeout=20_000)
    assert await page.locator(".step").count() > 0
    await context.set_offline(False)
    await expect(page.locator(".banner")).to_have_count(0, timeout=30_000)
    await expect(page.locator(".stats-line")).to_have_text("Live counts", timeout=30_000)
    await context.close()
