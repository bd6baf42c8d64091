"""The canvas beyond drawing: settings, notes, other views of a journey, and what it would do."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.accessible import barriers
from tests.e2e.studio import Studio, drag, kind, lines_of, middle, ready, spot, step
from tests.e2e.test_editor import browser as browser


@pytest.fixture
async def studio(browser: Browser, stack: Any) -> AsyncIterator[Studio]:
    studio = Studio(browser, stack.url)
    yield studio
    for context in studio.contexts:
        await context.close()
    assert studio.complaints == []


async def more(page: Page, what: str) -> None:
    await page.get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("button", name=what).click()


async def test_settings_of_a_journey_are_filled_in_checked_undone_and_saved(studio: Studio) -> None:
    page, journey_id = await studio.draw("Settings", {"in": "entry", "out": "exit"}, [("in", "next", "out")])
    await page.get_by_role("button", name="Settings of the journey").first.click()
    card = page.get_by_role("dialog", name="Settings of the journey")
    await card.get_by_label("Held out, in percent").fill("60")
    await card.get_by_text("After", exact=True).click()
    await card.get_by_role("button", name="Add exit rule").click()
    await expect(card.locator('[data-path="settings.holdout"] .troubles')).to_contain_text("at most 50")
    await card.get_by_label("Held out, in percent").fill("10")
    await page.get_by_role("button", name="Close").click()

    await page.get_by_role("button", name="1 problem").click()
    await page.locator(".issue", has_text="Settings of the journey").click()
    await expect(card.get_by_label("Name", exact=True)).to_be_focused()
    await card.get_by_label("Name", exact=True).fill("left_us")
    await card.get_by_role("button", name="Add Goal").click()
    assert await barriers(page) == []
    await expect(page.locator(".issues-chip")).to_contain_text("Ready")
    settings = (await studio.saved(page, journey_id))["document"]["settings"]
    assert settings["reentry"] == {"kind": "after", "gap": "P1D"}
    assert settings["holdout"] == 10
    assert settings["exit_rules"] == [{"name": "left_us", "rule": {"kind": "all"}}]
    assert settings["goal"]["rule"] == {"kind": "all"}

    await page.get_by_role("button", name="Undo Change settings: Goal").click()
    await expect(card.get_by_role("button", name="Add Goal")).to_be_visible()
    assert (await studio.saved(page, journey_id))["document"]["settings"].get("goal") is None


async def test_several_selected_steps_are_dragged_to_another_line_together(studio: Studio) -> None:
    page, journey_id = await studio.draw(
        "Together",
        {"in": "entry", "a": "wait", "b": "wait", "c": "wait", "out": "exit"},
        [("in", "next", "a"), ("a", "next", "b"), ("b", "next", "c"), ("c", "next", "out")],
    )
    await step(page, "a").click()
    await page.keyboard.press("Escape")
    await step(page, "a").click()
    await step(page, "b").click(modifiers=["Shift"])
    await drag(page, step(page, "b"), *await middle(spot(page, "line c_next")))
    moved = ["a.next > b", "b.next > out", "c.next > a", "in.next > c"]
    assert lines_of(await studio.saved(page, journey_id)) == moved
    await page.get_by_role("button", name="Undo Move 2 steps").click()
    assert "in.next > a" in lines_of(await studio.saved(page, journey_id))


async def test_keys_walk_the_canvas_and_the_outline_from_one_tab_stop_each(studio: Studio) -> None:
    page, _ = await studio.draw(
        "Walk",
        {"in": "entry", "either": "split", "left": "wait", "out": "exit"},
        [("in", "next", "either"), ("either", "yes", "left"), ("left", "next", "out"), ("either", "no", "out")],
    )
    assert await page.locator('.canvas [tabindex="0"]').count() == 1
    await page.locator('.react-flow__node[tabindex="0"]').focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator('.react-flow__node[data-id="left"]')).to_be_focused()
    assert await page.locator('.canvas [tabindex="0"]').count() == 1

    await page.keyboard.press("o")
    rows = page.get_by_role("treeitem")
    await expect(rows).to_have_count(5)
    assert await rows.evaluate_all("rows => rows.map(row => `${row.ariaLevel} ${row.dataset.row}`)") == [
        "1 in",
        "1 either",
        "2 left",
        "2 either no",
        "1 out",
    ]
    assert await barriers(page) == []
    await rows.first.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowDown"):
        await page.keyboard.press(key)
    await expect(rows.nth(3)).to_contain_text("On to Exit")
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Split by rule")).to_be_visible()

    await page.set_viewport_size({"width": 390, "height": 844})
    await page.get_by_role("button", name="Close").last.click()
    await rows.nth(2).click()
    await expect(page.get_by_role("dialog", name="Wait")).to_be_visible()


async def test_what_a_draft_would_do_is_drawn_on_it_and_goes_when_it_changes(studio: Studio) -> None:
    page, _ = await studio.draw(
        "Forecast",
        {"in": "entry", "day": "wait", "either": "split", "left": "exit", "right": "exit"},
        [("in", "next", "day"), ("day", "next", "either"), ("either", "yes", "left"), ("either", "no", "right")],
    )
    await more(page, "Forecast")
    card = page.get_by_role("dialog", name="Forecast")
    await expect(card).to_contain_text("attributes and scores stay as they are")
    await card.get_by_text("7", exact=True).click()
    await card.get_by_role("button", name="Forecast", exact=True).click()
    await expect(step(page, "day").locator("[data-expected]")).to_have_text("3,000")
    await expect(page.locator('[data-spot="line either_yes"] [data-expected]')).to_have_text("Yes3,000")
    await expect(page.locator('[data-spot="line either_no"] [data-expected]')).to_have_text("No0")
    await expect(card).to_contain_text("3,000come in")
    await expect(card).to_contain_text("Nothing is sent.")
    await expect(card).to_contain_text("statements in the lakehouse")
    assert await barriers(page) == []
    await step(page, "right").click()
    await page.keyboard.press("Escape")
    await expect(step(page, "day").locator("[data-expected]")).to_be_visible()
    await page.keyboard.press("Delete")
    await expect(page.locator("[data-expected]")).to_have_count(0)
    await expect(card).to_contain_text("The draft has changed since.")


async def test_the_draft_and_the_published_version_are_one_drawing_and_the_journey_a_file(studio: Studio) -> None:
    page, journey_id = await studio.draw("Twice", {"in": "entry", "out": "exit"}, [("in", "next", "out")])
    made = await page.request.post(f"{studio.url}/api/v1/journeys/{journey_id}/publish", data={"note": ""})
    assert made.ok, await made.text()
    await page.reload()
    await ready(page, 2)
    await drag(page, kind(page, "wait"), *await middle(spot(page, "line in_next")))
    await studio.saved(page, journey_id)
    await page.get_by_role("button", name="Publish", exact=True).click()
    told = page.locator(".publish-forecast [data-entered]")
    await expect(told).to_contain_text("3,000 people would come in. Nothing is sent.")
    await page.get_by_role("button", name="Draw the changes").click()
    drawing = page.get_by_role("img", name="Added: 3, Changed: 0, Removed: 1")
    await expect(drawing.locator('[data-step="wait"]')).to_have_attribute("data-mark", "added")
    await expect(drawing.locator('path[data-mark="removed"]')).to_have_count(1)
    assert await barriers(page) == []
    await page.keyboard.press("Escape")
    await expect(drawing).to_have_count(0)

    async with page.expect_download() as download:
        await more(page, "Export as SVG")
    svg = Path(await (await download.value).path()).read_text(encoding="utf-8")
    assert "Wait 1 day" in svg
    assert "font/woff2;base64," in svg or "octet-stream;base64," in svg
    assert "var(--" not in svg
    assert "#f7f5f0" in svg
    async with page.expect_download() as download:
        await more(page, "Export as PNG")
    name = (await download.value).suggested_filename
    assert name == "Twice.png"
    assert Path(await (await download.value).path()).read_bytes().startswith(b"\x89PNG")


async def test_a_note_beside_a_step_is_text_and_nothing_else_is_undone_and_goes_with_its_step(studio: Studio) -> None:
    page, journey_id = await studio.draw("Noted", {"in": "entry", "out": "exit"}, [("in", "next", "out")])
    await step(page, "out").click()
    card = page.get_by_role("dialog", name="Exit")
    await card.get_by_role("button", name="Add a note").click()
    text = "<img src=x onerror=alert(1)> ask Ana"
    await page.keyboard.type(text)
    await expect(step(page, "out").locator(".step-note")).to_have_text(text)
    await expect(page.locator(".step-note img")).to_have_count(0)
    assert await barriers(page) == []
    notes = (await studio.saved(page, journey_id))["document"]["notes"]
    assert notes == [{"id": "note", "node_id": "out", "text": text}]
    await page.get_by_role("button", name="Undo Write note").click()
    await expect(card.get_by_label("Note", exact=True)).to_have_value("")
    await page.get_by_role("button", name="Undo Add note to Exit").click()
    await expect(page.locator(".step-note")).to_have_count(0)
    await page.get_by_role("button", name="Redo Add note to Exit").click()
    await card.get_by_role("button", name="Delete", exact=True).click()
    assert (await studio.saved(page, journey_id))["document"]["notes"] == []


async def test_everybody_inside_goes_on_in_the_version_that_is_published(studio: Studio) -> None:
    kinds = {"who": "entry", "rest": "wait", "out": "exit"}
    page, journey_id = await studio.draw("Goes on", kinds, [("who", "next", "rest"), ("rest", "next", "out")])
    api = f"{studio.url}/api/v1/journeys/{journey_id}"
    for path in ("publish", "start"):
        assert (await page.request.post(f"{api}/{path}", data={})).ok
    while (await (await page.request.get(f"{api}/report")).json())["inside"] == 0:
        await page.wait_for_timeout(100)
    draft = await (await page.request.get(api)).json()
    document = draft["document"]
    document["nodes"][1]["id"] = document["edges"][0]["target"] = document["edges"][1]["source"] = "pause"
    revision = f'"{draft["revision"]}"'
    assert (await page.request.put(api, data={"document": document}, headers={"If-Match": revision})).ok

    await page.goto(f"{studio.url}/journeys/{journey_id}?view=draft")
    await page.get_by_role("button", name="Publish").first.click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.locator(".publish-people [data-deleted]")).to_have_attribute("data-step", "rest")
    await dialog.get_by_label(re.compile("^Everybody")).check()
    await dialog.locator(".adopt-target select").select_option("pause")
    await dialog.get_by_role("button", name="Publish").click()
    await expect(dialog).to_have_count(0)
    report = await (await page.request.get(f"{api}/report")).json()
    assert report["version"] == 2
    assert report["nodes"]["pause"]["here"] == report["inside"] > 0
