"""A node type and a channel that only Python knows: their forms are drawn, filled in and checked like all others."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from orchestrator.settings import Settings
from sojourn.dev import stack as started
from tests.e2e.accessible import barriers
from tests.e2e.studio import Studio, drag, kind, lines_of, middle, ready, spot, step
from tests.e2e.test_editor import browser as browser

NODES = ("orchestrator.journey.nodes", "tests.e2e.extra_nodes")
CHANNELS = ("workers.channels", "tests.e2e.extra_channels")


@pytest.fixture(scope="module")
async def url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A Sojourn that was only told where the new ones are."""
    home = tmp_path_factory.mktemp("kinds")
    settings = Settings(home=home, port=0, duckdb_memory="500MB", node_packages=NODES, channel_packages=CHANNELS)
    async with started(settings, customers=50) as up:
        yield up.url


@pytest.fixture
async def studio(browser: Browser, url: str) -> AsyncIterator[Studio]:
    studio = Studio(browser, url)
    yield studio
    for context in studio.contexts:
        await context.close()
    assert studio.complaints == []


async def test_an_entry_by_events_is_told_what_happens_where_and_by_which_key(studio: Studio) -> None:
    kinds = {"in": "event_entry", "desk": "api_entry", "out": "exit"}
    page, journey_id = await studio.draw("Carts", kinds, [("in", "next", "out"), ("desk", "next", "out")])
    await step(page, "in").click()
    form = page.get_by_role("dialog", name="Event")
    await expect(form.get_by_label("Column of the key")).to_have_value("")
    await form.get_by_label("Table").select_option("web_events")
    await form.get_by_role("button", name="Where…").click()
    await form.get_by_label("Column that is measured").select_option("category")
    await form.get_by_label("Column of the key").select_option("event")
    await form.get_by_label("Look every").fill("10")
    assert await barriers(page) == []
    saved = (await studio.saved(page, journey_id))["document"]["nodes"][0]["data"]
    assert (saved["event"]["table"], saved["event"]["key"], saved["minutes"]) == ("web_events", "event", 10)
    assert saved["event"]["where"][0]["column"] == "category"
    await page.keyboard.press("Escape")
    await step(page, "desk").click()
    await page.get_by_role("dialog", name="API").get_by_role("checkbox", name="No").check()
    await expect(step(page, "desk")).to_contain_text("with a key")
    assert (await studio.saved(page, journey_id))["document"]["nodes"][1]["data"] == {"keyed": True}


async def test_a_new_node_type_has_a_place_ways_out_and_a_form_with_every_kind_of_field(studio: Studio) -> None:
    page, journey_id = await studio.draw("Party", {"in": "entry"}, [])
    await expect(kind(page, "invitation")).to_contain_text("Come one, come all")
    await drag(page, kind(page, "invitation"), *await middle(spot(page, "port in next")))
    form = page.get_by_role("dialog", name="Invitation")
    await expect(form.get_by_label("Seats")).to_have_value("4")
    await expect(step(page, "invitation")).to_contain_text("No motto, 4 seats")
    await expect(spot(page, "port invitation expected")).to_be_visible()
    await expect(spot(page, "port invitation others")).to_be_visible()

    await form.get_by_label("Motto").fill("Bread for all")
    await form.get_by_label("Seats").fill("99")
    await form.get_by_role("checkbox", name="No").check()
    await form.get_by_label("Day optional", exact=True).fill("2027-03-01")
    await form.get_by_label("Doors open").fill("20:30")
    await form.get_by_label("Answers until").fill("2027-02-01T12:00")
    await form.get_by_role("checkbox", name="Fri").check()
    await form.get_by_label("Birthday").select_option("birth_date")
    await form.get_by_text("Cake", exact=True).click()
    await form.get_by_label("Layers").fill("3")
    await form.get_by_role("button", name="Add guest").click()
    await form.get_by_label("Who", exact=True).fill("Ana")
    await expect(form.locator('[data-path="seats"] .troubles')).to_contain_text("at most 40")
    await form.get_by_label("Seats").fill("8")
    await expect(form.locator(".troubles")).to_have_count(0)
    await expect(step(page, "invitation")).to_contain_text("Bread for all, 8 seats")
    assert await barriers(page) == []

    journey = await studio.saved(page, journey_id)
    (node,) = (node for node in journey["document"]["nodes"] if node["id"] == "invitation")
    closing = node["data"].pop("closing")
    assert closing.startswith("2027-02-01T12:00:00")
    assert node["data"] == {
        "rule": {"kind": "all", "of": []},
        "motto": "Bread for all",
        "seats": 8,
        "outdoors": True,
        "day": "2027-03-01",
        "doors": "20:30",
        "on": ["friday", "saturday"],
        "birthday": "birth_date",
        "food": {"kind": "cake", "layers": 3},
        "guests": [{"name": "Ana"}],
    }
    assert lines_of(journey) == ["in.next > invitation"]
    answer = await page.request.post(f"{studio.url}/api/v1/journeys/check", data={"document": journey["document"]})
    problems = (await answer.json())["problems"]
    assert {problem["code"] for problem in problems} == {"open_port"}, problems


async def test_a_new_channel_is_chosen_and_its_message_filled_in(studio: Studio) -> None:
    page, journey_id = await studio.draw("Birds", {"in": "entry"}, [])
    loft = {"name": "home_loft", "channel": "pigeon", "settings": {"loft": "On the roof"}}
    made = await page.request.post(f"{studio.url}/api/v1/connections", data=loft)
    assert made.ok, await made.text()
    await page.reload()
    await ready(page, 1)
    await drag(page, kind(page, "message"), *await middle(spot(page, "port in next")))
    form = page.get_by_role("dialog", name="Message")
    await form.get_by_label("Channel").select_option("pigeon")
    await expect(form.get_by_label("Connection")).to_have_value("home_loft")
    await expect(form.locator(".troubles")).to_have_count(0)
    await form.get_by_role("textbox", name="Note").focus()
    await form.get_by_label("Plumage").focus()
    await expect(form.locator('[data-path="step.note"] .troubles')).to_be_visible()
    await form.get_by_role("textbox", name="Note").fill("Bread is ready, {{ first_name }}")
    await form.get_by_label("Plumage").select_option(label="White")
    await form.get_by_label("Birds").fill("2")
    await expect(form.locator(".troubles")).to_have_count(0)
    journey = await studio.saved(page, journey_id)
    (node,) = (node for node in journey["document"]["nodes"] if node["id"] == "message")
    assert node["data"]["channel"] == "pigeon"
    assert node["data"]["connection"] == "home_loft"
    assert node["data"]["step"] == {"note": "Bread is ready, {{ first_name }}", "plumage": "white", "birds": 2}
