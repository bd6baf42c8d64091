"""Drawing a journey in a real browser: by mouse, by finger and by keyboard, and nothing drawn is ever lost."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Route, async_playwright, expect

from tests.e2e.accessible import barriers
from tests.e2e.studio import Studio, drag, kind, lines_of, middle, port, ready, spot, step
from tests.e2e.test_pages import CHROMIUM, FLAGS


@pytest.fixture(scope="session")
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


async def test_an_empty_canvas_becomes_a_journey_by_mouse_alone(studio: Studio) -> None:
    page = await studio.page(await studio.context(), "/")
    await page.get_by_role("link", name="New journey").click()
    await page.get_by_role("button", name="An empty canvas").click()
    await ready(page, 0)
    journey_id = page.url.split("/")[-1]
    await drag(page, kind(page, "entry"), 800, 300)
    await expect(step(page, "entry")).to_be_visible()
    await drag(page, kind(page, "wait"), *await middle(spot(page, "port entry next")))
    await expect(step(page, "wait")).to_be_visible()
    await expect(page.get_by_role("dialog", name="Wait")).to_be_visible()
    await drag(page, kind(page, "exit"), *await middle(spot(page, "port wait next")))
    await expect(step(page, "exit")).to_be_visible()
    assert lines_of(await studio.saved(page, journey_id)) == ["entry.next > wait", "wait.next > exit"]

    for intent in ("Add Exit", "Add Wait", "Add Audience"):
        await page.get_by_role("button", name=f"Undo {intent}").click()
    await expect(page.locator(".step")).to_have_count(0)
    await expect(page.get_by_role("button", name="Who comes in?")).to_be_visible()
    assert (await studio.saved(page, journey_id))["document"]["nodes"] == []
    for intent in ("Add Audience", "Add Wait", "Add Exit"):
        await page.get_by_role("button", name=f"Redo {intent}").click()
    await expect(page.locator(".step")).to_have_count(3)
    assert lines_of(await studio.saved(page, journey_id)) == ["entry.next > wait", "wait.next > exit"]


async def test_a_step_is_dropped_on_a_line_and_moved_to_another(studio: Studio) -> None:
    page, journey_id = await studio.draw(
        "Drops",
        {"in": "entry", "either": "split", "left": "exit", "right": "exit"},
        [("in", "next", "either"), ("either", "yes", "left"), ("either", "no", "right")],
    )
    await drag(page, kind(page, "wait"), *await middle(spot(page, "line in_next")))
    await expect(step(page, "wait")).to_be_visible()
    assert "in.next > wait" in lines_of(await studio.saved(page, journey_id))
    await page.keyboard.press("Escape")
    await drag(page, step(page, "wait"), *await middle(spot(page, "line either_no")))
    moved = lines_of(await studio.saved(page, journey_id))
    assert moved == ["either.no > wait", "either.yes > left", "in.next > either", "wait.next > right"]


async def test_what_is_dropped_beside_the_flow_waits_there_and_says_so(studio: Studio) -> None:
    page, journey_id = await studio.draw("Parked", {"in": "entry", "out": "exit"}, [("in", "next", "out")])
    await drag(page, kind(page, "wait"), 420, 780)
    await expect(step(page, "wait")).to_contain_text("Not connected")
    assert lines_of(await studio.saved(page, journey_id)) == ["in.next > out"]


async def test_ports_are_connected_and_a_circle_is_refused_with_its_reason(studio: Studio) -> None:
    page, journey_id = await studio.draw(
        "Lines", {"in": "entry", "a": "wait", "b": "wait", "out": "exit"}, [("in", "next", "a"), ("a", "next", "b")]
    )
    await expect(port(page, "b")).to_be_visible()
    await drag(page, port(page, "b"), *await middle(step(page, "out")))
    assert "b.next > out" in lines_of(await studio.saved(page, journey_id))

    x, y = await middle(port(page, "b"))
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + 10, y + 20, steps=3)
    await page.mouse.move(*await middle(step(page, "a")), steps=6)
    await expect(page.locator(".refusal")).to_contain_text("circle")
    await page.mouse.up()
    await expect(page.locator(".toast")).to_contain_text("circle")
    assert "b.next > out" in lines_of(await studio.saved(page, journey_id))


async def test_several_steps_are_deleted_at_once_and_the_way_heals(studio: Studio) -> None:
    page, journey_id = await studio.draw(
        "Several",
        {"in": "entry", "a": "wait", "b": "wait", "out": "exit"},
        [("in", "next", "a"), ("a", "next", "b"), ("b", "next", "out")],
    )
    await step(page, "a").click()
    await step(page, "b").click(modifiers=["Shift"])
    await page.keyboard.press("Delete")
    assert lines_of(await studio.saved(page, journey_id)) == ["in.next > out"]
    await page.keyboard.press("Control+z")
    await expect(page.locator(".step")).to_have_count(4)


async def test_copied_steps_are_pasted_into_another_journey(studio: Studio) -> None:
    page, _ = await studio.draw("From", {"in": "entry", "a": "wait"}, [("in", "next", "a")])
    other, journey_id = await studio.draw("Into", {"in": "entry"}, [])
    await step(page, "a").click()
    await page.keyboard.press("Escape")
    text = await page.evaluate(
        """() => {
          const data = new DataTransfer();
          document.dispatchEvent(new ClipboardEvent('copy', { clipboardData: data, cancelable: true }));
          return data.getData('text/plain');
        }"""
    )
    await step(other, "in").click()
    await other.keyboard.press("Escape")
    await other.evaluate(
        """text => {
          const data = new DataTransfer();
          data.setData('text/plain', text);
          document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, cancelable: true }));
        }""",
        text,
    )
    await expect(step(other, "a")).to_be_visible()
    assert lines_of(await studio.saved(other, journey_id)) == ["in.next > a"]


async def test_a_journey_is_drawn_by_keyboard_alone(studio: Studio) -> None:
    page, journey_id = await studio.draw("Keys", {}, [])
    await page.keyboard.press("a")
    await page.keyboard.type("audience")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Audience")).to_be_focused()
    await page.keyboard.press("Escape")
    card = page.locator('.react-flow__node[data-id="entry"]')
    await expect(card).to_be_focused()
    await page.keyboard.press("a")
    await page.keyboard.type("wait")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Wait")).to_be_focused()
    await page.keyboard.press("Escape")
    await page.keyboard.press("ArrowUp")
    await expect(card).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("a")
    await page.keyboard.type("exit")
    await page.keyboard.press("Enter")
    assert lines_of(await studio.saved(page, journey_id)) == ["entry.next > wait", "wait.next > exit"]
    await page.keyboard.press("Escape")
    await page.keyboard.press("/")
    await expect(page.get_by_role("combobox", name="Search steps and actions")).to_be_focused()
    await page.keyboard.type("wait")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Wait")).to_be_visible()


async def test_a_finger_drops_a_step(studio: Studio) -> None:
    context = await studio.context(width=820, height=1180, has_touch=True)
    document = {"schema_version": 1, "name": "Touch", "nodes": [], "edges": []}
    made = await context.request.post(f"{studio.url}/api/v1/journeys", data={"document": document})
    journey_id = (await made.json())["id"]
    page = await studio.page(context, f"/journeys/{journey_id}")
    await ready(page, 0)
    touch = await context.new_cdp_session(page)

    async def finger(kind_of: str, points: list[tuple[float, float]]) -> None:
        places = [{"x": x, "y": y} for x, y in points]
        await touch.send("Input.dispatchTouchEvent", {"type": kind_of, "touchPoints": places})

    x, y = await middle(kind(page, "entry"))
    await finger("touchStart", [(x, y)])
    for part in range(1, 9):
        await finger("touchMove", [(x + (410 - x) * part / 8, y + (500 - y) * part / 8)])
    await expect(page.locator(".carried")).to_be_visible()
    await finger("touchEnd", [])
    await expect(step(page, "entry")).to_be_visible()
    assert len((await studio.saved(page, journey_id))["document"]["nodes"]) == 1


async def test_what_is_drawn_survives_a_reload_and_a_server_that_is_away(studio: Studio) -> None:
    page, journey_id = await studio.draw("Kept", {"in": "entry", "out": "exit"}, [("in", "next", "out")])
    await drag(page, kind(page, "wait"), *await middle(spot(page, "line in_next")))
    await expect(step(page, "wait")).to_be_visible()
    await page.reload()
    await ready(page, 3)
    assert "in.next > wait" in lines_of(await studio.saved(page, journey_id))

    await page.context.set_offline(True)
    await page.keyboard.press("Escape")
    await drag(page, kind(page, "exit"), *await middle(spot(page, "line wait_next")))
    await expect(page.locator(".save-status")).to_contain_text("your changes are kept here", timeout=15_000)
    await page.context.set_offline(False)
    assert "wait.next > exit" in lines_of(await studio.saved(page, journey_id))


async def unheard(route: Route) -> None:
    if route.request.method != "GET":
        await route.continue_()


async def test_two_tabs_never_overwrite_each_other(studio: Studio) -> None:
    one, journey_id = await studio.draw("Quarrel", {"in": "entry", "out": "exit"}, [("in", "next", "out")])
    two = await studio.page(one.context, f"/journeys/{journey_id}")
    await ready(two, 2)
    # It does not hear of the other tab until it saves, however slow this machine is.
    await two.route("**/api/v1/journeys/*", unheard)
    await drag(one, kind(one, "wait"), *await middle(spot(one, "line in_next")))
    await studio.saved(one, journey_id)
    await drag(two, kind(two, "split"), *await middle(spot(two, "line in_next")))
    dialog = two.get_by_role("dialog", name="This journey was changed elsewhere")
    await expect(dialog).to_contain_text("Wait")
    both = dialog.get_by_role("img", name="Added: 3, Changed: 0, Removed: 3")
    await expect(both.locator('[data-step="wait"]')).to_have_attribute("data-mark", "added")
    await expect(both.locator('[data-step="split"]')).to_have_attribute("data-mark", "removed")
    assert "in.next > wait" in lines_of(await studio.saved(one, journey_id))
    await two.unroute("**/api/v1/journeys/*")
    await dialog.get_by_role("button", name="Keep mine as a copy").click()
    await expect(two).to_have_url(re.compile("my-copy"))
    await expect(step(two, "split")).to_be_visible()
    assert "in.next > wait" in lines_of(await studio.saved(one, journey_id))


async def test_a_problem_leads_to_its_field(studio: Studio) -> None:
    page, _ = await studio.draw("Trouble", {"in": "entry"}, [])
    await drag(page, kind(page, "message"), *await middle(spot(page, "port in next")))
    await expect(page.locator(".issues-chip")).to_contain_text("To be filled in")
    await page.keyboard.press("Escape")
    await expect(step(page, "message")).to_have_attribute("data-severity", "error")
    await page.get_by_role("button", name=re.compile("problems?. What is not right yet")).click()
    await page.locator(".issue", has_text="ubject").click()
    await expect(page.get_by_label("Subject", exact=True)).to_be_focused()


async def test_publishing_shows_who_enters_and_starting_leads_to_the_live_counts(studio: Studio) -> None:
    page, journey_id = await studio.draw(
        "Published", {"in": "entry", "a": "wait", "out": "exit"}, [("in", "next", "a"), ("a", "next", "out")]
    )
    await page.get_by_role("button", name="Publish").click()
    dialog = page.get_by_role("dialog", name=re.compile("Publish"))
    await expect(dialog.locator("[data-count]")).to_have_attribute("data-count", "3000")
    await dialog.get_by_label("Note").fill("The first one")
    await dialog.get_by_role("button", name="Publish and start").click()
    await expect(page.locator(".stats-line")).to_be_visible(timeout=15_000)
    await expect(page.locator(".mode-switch [aria-current]")).to_have_text("Live")
    await page.get_by_role("link", name="Draft").click()
    await ready(page, 3)
    answer = await page.request.get(f"{studio.url}/api/v1/journeys/{journey_id}/versions/1")
    assert (await answer.json())["note"] == "The first one"


async def test_a_draft_is_deleted_after_asking(studio: Studio) -> None:
    page, journey_id = await studio.draw("Doomed", {"in": "entry"}, [])
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("button", name="Delete journey").click()
    await page.get_by_role("button", name="Delete the journey").click()
    await expect(page.get_by_role("heading", name="Journeys")).to_be_visible()
    answer = await page.request.get(f"{studio.url}/api/v1/journeys/{journey_id}")
    assert answer.status == 404


async def test_a_template_becomes_a_journey_of_its_own(studio: Studio) -> None:
    page = await studio.page(await studio.context(), "/new")
    await page.locator('[data-template="welcome"]').click()
    await expect(page).to_have_url(re.compile("/journeys/"))
    await expect(page.locator(".step").first).to_be_visible()
    await expect(page.get_by_label("Name of the journey")).to_have_value("Welcome")


@pytest.mark.parametrize("width", [1440, 390], ids=["wide", "phone"])
@pytest.mark.parametrize("place", ["canvas", "step", "picker", "publish", "start"])
async def test_no_part_of_the_editor_has_barriers(studio: Studio, place: str, width: int) -> None:
    drawn, journey_id = await studio.draw(
        "Barriers",
        {"in": "entry", "either": "split", "out": "exit", "apart": "wait"},
        [("in", "next", "either"), ("either", "yes", "out")],
    )
    await drawn.close()
    context = await studio.context(width=width, height=844)
    page = await studio.page(context, "/new" if place == "start" else f"/journeys/{journey_id}")
    if place == "start":
        await expect(page.locator("[data-template]").nth(1)).to_be_visible()
    else:
        await ready(page, 4)
        await expect(page.locator(".issues-chip [data-severity='error']")).to_be_visible()
    if place == "step":
        await step(page, "either").click()
        await expect(page.get_by_label("Name", exact=True)).to_be_visible()
    if place == "picker":
        await spot(page, "line in_next").click()
        await expect(page.locator(".ask")).to_be_visible()
    if place == "publish":
        await page.get_by_role("button", name="Publish").click()
        await expect(page.get_by_role("dialog")).to_contain_text("put right")
    await asyncio.sleep(0.3)
    assert await barriers(page) == []


async def test_a_new_message_is_not_red_before_a_field_was_left(studio: Studio) -> None:
    page, _ = await studio.draw("Fresh", {"in": "entry"}, [])
    await kind(page, "message").click()
    subject = page.locator('.field[data-path="step.subject"]')
    await expect(page.locator(".issues-chip")).to_contain_text("To be filled in")
    await expect(subject.locator("textarea")).to_be_visible()
    await expect(page.locator(".troubles")).to_have_count(0)
    await subject.locator("textarea").focus()
    await page.locator('.field[data-path="step.preheader"] textarea').focus()
    await expect(subject.locator(".troubles")).to_be_visible()
    await expect(page.locator(".troubles")).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(page.locator(".issues-chip")).to_contain_text("problem")


async def test_an_audience_of_the_account_is_chosen_by_its_name(studio: Studio) -> None:
    page, journey_id = await studio.draw("Chosen", {"in": "entry"}, [])
    await kind(page, "audience_sync").click()
    await page.get_by_role("button", name="Choose from the account").click()
    await page.get_by_role("option", name="Lapsed shoppers").click()
    await expect(page.get_by_role("button", name="Lapsed shoppers")).to_be_visible()
    await expect(page.locator(".step").last).to_contain_text("23851234567891")
    journey = await studio.saved(page, journey_id)
    assert journey["document"]["nodes"][-1]["data"]["step"]["audience_id"] == "23851234567891"
