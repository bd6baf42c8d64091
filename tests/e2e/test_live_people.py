"""People of a live journey in a real browser: who is at a step, and why somebody went as they did or never came in."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.e2e.accessible import barriers
from tests.e2e.said import AREAS, SAID, server_texts, texts_in, words_in
from tests.e2e.studio import EVERYBODY, Studio
from tests.e2e.test_pages import CHROMIUM, FLAGS

WAIT = "two_days"
ROOMS = (*AREAS, "journey/live")


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def studio(browser: Browser, stack: Any) -> AsyncIterator[Studio]:
    studio = Studio(browser, stack.url)
    yield studio
    for context in studio.contexts:
        await context.close()
    assert studio.complaints == []


async def asked(page: Page, stack: Any, rest: str, **body: Any) -> Any:
    answer = await page.request.post(f"{stack.url}/api/v1/journeys/{stack.journey_id}{rest}", data=body)
    assert answer.ok, await answer.text()
    return await answer.json()


async def outsider(page: Page, stack: Any) -> dict[str, Any]:
    """Somebody who never came in."""
    for number in range(1, 50):
        story: dict[str, Any] = await asked(page, stack, "/people/why", member_id=str(number))
        if story["standing"] == "outside":
            return story
    raise AssertionError("everybody is in the journey")


async def test_a_press_on_a_step_s_count_shows_who_is_there_and_one_of_them_their_story(
    studio: Studio, stack: Any
) -> None:
    page = await studio.page(await studio.context(), f"/journeys/{stack.journey_id}")
    await page.locator(f'.step[data-step="{WAIT}"] .step-people').click()
    panel = page.get_by_role("dialog", name=re.compile("^People at"))
    told = await asked(page, stack, "/people", node=WAIT, columns=["country", "city"])
    rows = panel.locator("tbody tr")
    await expect(rows).to_have_count(len(told["rows"]))
    first = told["rows"][0]
    await expect(rows.first).to_contain_text(first["member_id"])
    for value in first["values"]:
        await expect(rows.first).to_contain_text(value)
    await expect(rows.first.locator(f'time[datetime="{first["due_at"]}"]')).to_be_visible()
    await panel.get_by_role("button", name="Show more").click()
    await expect(rows).not_to_have_count(len(told["rows"]))
    assert await barriers(page) == []

    await rows.first.get_by_role("button").click()
    story = page.get_by_role("dialog", name="Why (not) this person?")
    told = await asked(page, stack, "/people/why", member_id=first["member_id"])
    await expect(story.get_by_role("status")).to_contain_text(told["text"])
    passed = [stop["node_id"] for stop in told["visits"][0]["path"]]
    assert passed[-1] == WAIT
    for place, name in enumerate(passed):
        await expect(story.locator(".stops > li").nth(place)).to_have_attribute("data-step", name)
    shown = page.locator('.step[data-highlight="on"]')
    await expect(shown).to_have_count(len(passed))
    await expect(page.locator('.line[data-highlight="on"]')).to_have_count(len(passed) - 1)
    assert first["member_id"] not in page.url.split("?")[-1]
    assert await barriers(page) == []
    await story.get_by_role("button", name="Back").click()
    await expect(panel).to_be_visible()
    await expect(shown).to_have_count(0)


async def test_people_and_stories_are_told_in_portuguese_alone(studio: Studio, stack: Any) -> None:
    page = await studio.page(await studio.context(locale="pt-BR"), f"/journeys/{stack.journey_id}?step={WAIT}")
    journey = await (await page.request.get(f"{stack.url}/api/v1/journeys/{stack.journey_id}")).json()
    outside = (await outsider(page, stack))["member_id"]
    await expect(page.get_by_role("heading", name="Pessoas", exact=True)).to_be_visible()
    foreign = await words_in(page, "en", ROOMS) | server_texts()
    foreign -= await words_in(page, "pt-BR", ROOMS) | {*texts_in(journey)}

    async def left() -> list[str]:
        return sorted(set(await page.evaluate(SAID)) & foreign)

    assert await left() == []
    await page.get_by_role("button", name="Aqui agora").click()
    await expect(page.locator(".people-table tbody tr").first).to_be_visible()
    assert await left() == []
    await page.locator(".people-member").first.click()
    await expect(page.locator(".stops > li").first).to_be_visible()
    assert await left() == []
    await page.get_by_label("ID do cliente").fill(outside)
    await page.keyboard.press("Enter")
    await expect(page.locator(".verdicts li").first).to_be_visible()
    assert await left() == []


async def test_a_goal_is_counted_beside_those_held_out(studio: Studio, stack: Any) -> None:
    nodes = [
        {"id": "who", "type": "entry", "name": "", "data": {"rule": EVERYBODY}},
        {"id": "wait", "type": "wait", "name": "", "data": {"duration": "P1D"}},
    ]
    edges = [{"id": "in", "source": "who", "source_port": "next", "target": "wait"}]
    buys = {"kind": "score", "category": "bread", "low": 0.5, "high": 1}
    settings = {"holdout": 40, "goal": {"rule": buys}}
    document = {"schema_version": 1, "name": "Goal", "nodes": nodes, "edges": edges, "settings": settings}
    context = await studio.context()
    journeys = f"{stack.url}/api/v1/journeys"
    made = await context.request.post(journeys, data={"document": document})
    journey = f"{journeys}/{(await made.json())['id']}"
    for act in ("publish", "start"):
        assert (await context.request.post(f"{journey}/{act}", data={})).ok
    page = await studio.page(context, f"/journeys/{journey.rsplit('/', 1)[-1]}")
    try:
        figures = page.get_by_role("region", name="Goal")
        reached = figures.locator('[data-stat="converted"]')
        await expect(reached).to_have_attribute("data-count", re.compile("[1-9]"), timeout=30_000)
        report = await (await page.request.get(f"{journey}/report")).json()
        await expect(reached).to_have_attribute("data-count", str(report["converted"]))
        held_out = figures.locator('[data-stat="held_out_converted"]')
        await expect(held_out).to_have_attribute("data-count", str(report["held_out_converted"]))
        acted = report["entered"] - report["held_out"]
        difference = report["converted"] / acted - report["held_out_converted"] / report["held_out"]
        shown = await figures.locator("[data-lift]").get_attribute("data-lift")
        assert shown is not None
        assert float(shown) == pytest.approx(difference)
        assert await barriers(page) == []
    finally:
        await context.request.post(f"{journey}/stop")


async def test_contacts_are_named_as_withheld_and_never_shown(studio: Studio, stack: Any) -> None:
    page = await studio.page(await studio.context(), f"/journeys/{stack.journey_id}?step={WAIT}")
    await page.get_by_role("button", name="Here now").click()
    panel = page.get_by_role("dialog", name=re.compile("^People at"))
    await panel.get_by_role("button", name="Add a column").click()
    await page.keyboard.type("email")
    await page.keyboard.press("Enter")
    await expect(panel).to_contain_text("Personal, and not shown: email.")
    assert "@" not in await panel.inner_text()


async def test_people_not_sent_to_are_found_by_the_reason(studio: Studio, stack: Any) -> None:
    page = await studio.page(await studio.context(), f"/journeys/{stack.journey_id}?step=offer")
    report = await (await page.request.get(f"{stack.url}/api/v1/journeys/{stack.journey_id}/report")).json()
    reason, count = next(iter(report["nodes"]["offer"]["reasons"].items()))
    button = page.locator(".inspector .reasons button").first
    words = await button.inner_text()
    await button.click()
    panel = page.get_by_role("dialog", name=re.compile("^People at"))
    chosen = panel.get_by_label("Reason", exact=True)
    await expect(chosen.locator("option:checked")).to_contain_text(words)
    if await chosen.input_value() != reason:
        await chosen.select_option(reason)
    await expect(panel.locator("tbody tr")).to_have_count(min(count, 50))


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
async def test_somebody_who_never_came_in_is_told_by_which_part_of_the_rule(
    studio: Studio, stack: Any, scheme: str, width: int
) -> None:
    page = await studio.page(await studio.context(scheme=scheme, width=width), f"/journeys/{stack.journey_id}")
    told = await outsider(page, stack)
    await page.get_by_role("button", name="Why (not) this person?").click()
    story = page.get_by_role("dialog", name="Why (not) this person?")
    await expect(story.get_by_label("Customer id")).to_be_focused()
    await page.keyboard.type(told["member_id"])
    await page.keyboard.press("Enter")
    await expect(story.get_by_role("status")).to_contain_text(told["text"])
    (entry,) = told["entries"]
    parts = entry["rule"]["parts"]
    shown = story.locator(".verdicts .verdicts > li")
    await expect(shown).to_have_count(len(parts))
    for place, part in enumerate(parts):
        await expect(shown.nth(place)).to_have_attribute("data-verdict", part["verdict"])
        await expect(shown.nth(place).get_by_role("img")).to_have_accessible_name(part["verdict"])
    score = next(place for place, part in enumerate(parts) if part["kind"] == "score")
    await expect(shown.nth(score)).to_contain_text(f"has {parts[score]['actual']}")
    await expect(page.locator("[data-highlight]")).to_have_count(0)
    assert await barriers(page) == []

    await story.get_by_label("Customer id").fill("no such customer")
    await page.keyboard.press("Enter")
    await expect(story.get_by_role("status")).to_contain_text("There is no customer with this id.")
    await page.keyboard.press("Escape")
    await expect(story).to_have_count(0)
