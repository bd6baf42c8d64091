"""Forms and audiences in a real browser: what is built is what the API counts and keeps, by mouse or by keyboard."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, Route, async_playwright, expect

from tests.e2e.accessible import barriers
from tests.e2e.test_pages import CHROMIUM, FLAGS
from tests.e2e.writing_desk import BUNDLE, CHAT, EVERYBODY, Desk


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def desk(browser: Browser, stack: Any) -> AsyncIterator[Desk]:
    desk = Desk(browser, stack.url)
    yield desk
    for context in browser.contexts:
        await context.close()
    assert desk.complaints == []


async def add(page: Page, what: str) -> Locator:
    """A new condition in the outermost group, found by typing what it is about."""
    rows = page.locator(".rule-row")
    before = await rows.count()
    await page.locator(".rule-group[data-root] > .rule-add").get_by_role("button", name="Condition").click()
    await page.keyboard.type(what)
    await page.keyboard.press("Enter")
    await expect(rows).to_have_count(before + 1)
    return rows.nth(before)


async def build_bundle(page: Page) -> None:
    await add(page, "bread score")
    soda = await add(page, "soda score")
    await soda.get_by_label("From", exact=True).fill("0.4")
    await soda.get_by_label("To", exact=True).fill("0.7")
    consent = await add(page, "agreed")
    await consent.get_by_label("Purpose").select_option("email")


def reach(page: Page) -> Locator:
    return page.locator(".reach:visible")


async def make(desk: Desk, page: Page, name: str, rule: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = await desk.api(page, "POST", "/audiences", data={"name": name, "rule": rule})
    return made


async def test_the_bundle_s_audience_is_built_counted_saved_and_found_again(desk: Desk) -> None:
    page = await desk.open("/new-audience")
    await build_bundle(page)
    expected = await desk.count(page, BUNDLE)
    assert 0 < expected < 3000
    await expect(reach(page)).to_have_attribute("data-count", str(expected))
    await expect(reach(page)).to_contain_text(f"{expected} people")
    await page.get_by_label("Name of the audience").fill("Bread and soda")
    await page.get_by_role("button", name="Save").click()
    await page.wait_for_url("**/audiences/bread-and-soda")
    assert (await desk.api(page, "GET", "/audiences/bread-and-soda"))["rule"] == BUNDLE
    await page.reload()
    await expect(page.locator(".rule-row")).to_have_count(3)
    await expect(page.get_by_label("Name of the audience")).to_have_value("Bread and soda")
    await expect(page.locator(".rule-row").nth(1).get_by_label("To", exact=True)).to_have_value("0.7")
    await expect(reach(page)).to_have_attribute("data-count", str(expected))
    await expect(page.get_by_role("button", name="Save")).to_be_disabled()


async def test_who_is_in_is_divided_shown_and_told_in_sql(desk: Desk) -> None:
    page = await desk.open("/new-audience")
    await build_bundle(page)
    count = await desk.count(page, BUNDLE)
    await expect(reach(page)).to_have_attribute("data-count", str(count))
    await page.locator(".breakdown-by button").click()
    await page.keyboard.type("tier")
    await page.keyboard.press("Enter")
    told = await desk.api(page, "POST", "/audiences/preview", data={"rule": BUNDLE, "breakdown": "loyalty_tier"})
    for share in told["breakdown"]:
        name = share["value"] or "no value"
        await expect(page.locator(".breakdown dl > div", has_text=name)).to_contain_text(str(share["count"]))
    await page.get_by_role("tab", name="Some of them").click()
    await expect(page.locator(".sample tbody tr")).to_have_count(10)
    await expect(page.locator(".sample")).not_to_contain_text("@")
    await page.keyboard.press("ArrowRight")
    await expect(page.locator(".sql pre")).to_have_text(told["sql"])


async def test_a_rule_about_what_people_did_is_a_sentence(desk: Desk) -> None:
    page = await desk.open("/new-audience")
    row = await add(page, "purchases")
    await row.get_by_role("button", name="Where…").click()
    await row.get_by_label("Add a value").fill("bread")
    await page.keyboard.press("Enter")
    await page.keyboard.type("soda")
    await page.keyboard.press("Enter")
    await row.get_by_label("Days", exact=True).fill("60")
    await row.get_by_label("Value", exact=True).fill("2")
    rule = {
        "kind": "events",
        "table": "purchases",
        "where": [{"kind": "one_of", "column": "category", "values": ["bread", "soda"]}],
        "within": {"kind": "last_days", "days": 60},
        "op": ">=",
        "value": 2,
    }
    await expect(reach(page)).to_have_attribute("data-count", str(await desk.count(page, rule)))
    sentence = "has at least 2 rows in purchases where category is one of bread, soda in the last 60 days"
    await expect(row).to_have_accessible_name(sentence)
    await row.get_by_role("button", name="More for").click()
    await page.get_by_role("menuitem", name="Turn around (not)").click()
    await expect(row).to_have_accessible_name(f"not {sentence}")
    negated = {"kind": "not", "rule": rule}
    await expect(reach(page)).to_have_attribute("data-count", str(await desk.count(page, negated)))


async def test_conditions_are_added_moved_and_removed_by_keyboard_alone(desk: Desk) -> None:
    page = await desk.open("/new-audience")
    await expect(page.get_by_role("button", name="Condition")).to_be_enabled()
    await page.locator(".rule-add").get_by_role("button", name="Group").focus()
    await page.keyboard.press("Enter")
    inner = page.locator(".rule-group .rule-group")
    await expect(inner.get_by_role("button", name="Condition")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.type("household")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await expect(inner.get_by_label("Value", exact=True)).to_be_focused()
    await page.keyboard.type("3")
    await expect(inner.get_by_role("group", name="household size is at least 3")).to_be_visible()
    await page.keyboard.press("Alt+ArrowDown")
    await expect(inner.locator(".rule-row")).to_have_count(0)
    moved = page.locator(".rule-group[data-root] > .rule-row")
    await expect(moved).to_have_count(1)
    await expect(moved.get_by_label("Value", exact=True)).to_be_focused()
    await moved.get_by_role("button", name="Remove").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".rule-row")).to_have_count(0)
    await expect(inner.get_by_role("button", name="Condition")).to_be_focused()


async def test_what_the_server_refuses_is_said_at_its_condition(desk: Desk) -> None:
    desk.expected = ("422",)
    page = await desk.open("/new-audience")
    await add(page, "bread score")
    row = page.locator(".rule-row")
    await row.get_by_label("To", exact=True).fill("0.2")
    await expect(row.locator(".troubles")).to_contain_text("the lowest score is above the highest", ignore_case=True)
    await row.get_by_label("To", exact=True).fill("")
    await expect(row).to_contain_text("Write a number")
    await expect(reach(page)).to_contain_text("when every condition is complete")
    await row.get_by_label("To", exact=True).fill("0.9")
    await expect(row.locator(".troubles")).to_have_count(0)
    await expect(reach(page)).to_have_attribute("data-state", "known")


async def test_nobody_s_change_is_saved_over_unasked(desk: Desk) -> None:
    desk.expected = ("412",)
    page = await desk.open("/audiences")
    made = await make(desk, page, "Shared", BUNDLE)
    await page.goto(f"{desk.url}/audiences/{made['id']}")
    await page.locator(".rule-row").first.get_by_label("From", exact=True).fill("0.6")
    theirs = {"name": "Theirs", "rule": {"kind": "consent", "purpose": "sms"}}
    await desk.api(page, "PUT", f"/audiences/{made['id']}", data=theirs, headers={"If-Match": '"1"'})
    await page.get_by_role("button", name="Save").click()
    banner = page.get_by_role("alert")
    await expect(banner).to_contain_text("Somebody else saved this audience meanwhile")
    await expect(banner).to_contain_text("agreed to be reached for sms")
    assert (await desk.api(page, "GET", f"/audiences/{made['id']}"))["name"] == "Theirs"
    await page.get_by_role("link", name="Journeys").click()
    await page.get_by_role("button", name="Stay here").click()
    await page.get_by_role("button", name="Take theirs").click()
    await expect(page.get_by_label("Name of the audience")).to_have_value("Theirs")
    await expect(page.locator(".rule-row")).to_have_count(1)
    await expect(banner).to_have_count(0)


async def test_audiences_are_listed_counted_copied_and_deleted(desk: Desk) -> None:
    page = await desk.open("/")
    made = await make(desk, page, "Listed", BUNDLE)
    await page.get_by_role("link", name="Audiences").click()
    row = page.locator(f'[data-audience="{made["id"]}"]')
    await expect(row).to_contain_text("Bread score is from 0.7 to 1 and")
    await row.get_by_role("button", name="Count Listed").click()
    await expect(row.locator("[data-count]")).to_have_attribute("data-count", str(await desk.count(page, BUNDLE)))
    await row.get_by_role("button", name="More for Listed").click()
    await page.get_by_role("menuitem", name="Duplicate").click()
    await expect(page.get_by_label("Name of the audience")).to_have_value("Copy of Listed")
    await expect(page.locator(".rule-row")).to_have_count(3)
    await page.get_by_role("button", name="Save").click()
    await page.wait_for_url("**/audiences/copy-of-listed")
    await page.get_by_role("button", name="More for Copy of Listed").click()
    await page.get_by_role("menuitem", name="Delete").click()
    await page.get_by_role("button", name="Delete", exact=True).click()
    await page.wait_for_url("**/audiences")
    await expect(row).to_be_visible()
    await expect(page.locator('[data-audience="copy-of-listed"]')).to_have_count(0)


async def test_every_kind_of_step_has_its_whole_form(desk: Desk) -> None:
    page = await desk.open("/")
    for kind in (await desk.api(page, "GET", "/catalogue"))["nodes"]:
        opened, form, _ = await desk.step({"id": "step", "type": kind["type"], "data": {}})
        for name, part in kind["schema"]["properties"].items():
            hint = part.get("x-widget", "")
            field = form.locator(".channel-step" if hint == "channel-step" else f'[data-path="{name}"]')
            await expect(field, f"{name} of {kind['type']}").to_be_visible()
        assert await form.locator("textarea.code:not(.liquid *)").count() == 0, f"{kind['type']} falls back to JSON"
        await opened.context.close()


async def test_a_channel_nobody_knew_has_a_complete_form(desk: Desk) -> None:
    desk.expected = ("404",)  # the server has no such channel to preview

    async def with_chat(route: Route) -> None:
        answer = await route.fetch()
        body = await answer.json()
        await route.fulfill(response=answer, json={**body, "channels": [*body["channels"], CHAT]})

    node = {"id": "say", "type": "message", "data": {"channel": "chat.new", "connection": "", "step": {}}}
    page, form, journey = await desk.step(node, catalogue=with_chat)
    await form.get_by_label("Body", exact=True).fill("Hello")
    await form.get_by_label("Priority").select_option(label="Very high")
    await expect(form.get_by_label("Retries")).to_have_value("3")
    await form.get_by_label("Retries").fill("5")
    await form.get_by_role("group", name="Silent").get_by_role("checkbox").check()
    await form.get_by_role("button", name="Add button").click()
    await form.get_by_label("Label", exact=True).fill("Yes")
    await form.get_by_role("button", name="Add button").click()
    await form.get_by_label("Label", exact=True).last.fill("No")
    await form.get_by_role("button", name="Move Button 2 up").click()
    await form.get_by_text("Card", exact=True).click()
    await form.get_by_label("Heading").fill("Big")
    await form.get_by_label("Extra").fill('{"a": [1]}')
    await form.get_by_label("Extra").blur()
    expected = {
        "body": "Hello",
        "priority": "very_high",
        "retries": 5,
        "silent": True,
        "buttons": [{"label": "No"}, {"label": "Yes"}],
        "look": {"kind": "card", "heading": "Big"},
        "extra": {"a": [1]},
    }
    for _ in range(50):
        saved = (await desk.data(page, journey, "say"))["step"]
        if saved == expected:
            break
        await page.wait_for_timeout(200)
    assert saved == expected


async def test_a_message_is_written_with_fields_and_seen_as_it_arrives(desk: Desk) -> None:
    step = {"subject": "", "html": "<p>Dear {{ first_name | default: 'you' }}</p>"}
    node = {"id": "mail", "type": "message", "data": {"channel": "email.smtp", "connection": "mail", "step": step}}
    page, form, _ = await desk.step(node)
    subject = form.get_by_label("Subject", exact=True)
    await subject.fill("From ")
    await subject.press_sequentially("{{ cit")
    await expect(form.get_by_role("option", name="city")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(subject).to_have_value("From {{ city }}")
    preview = form.locator(".preview")
    await expect(preview).to_contain_text("As customer")
    await expect(preview.locator(".mail-line b")).not_to_contain_text("{{")
    frame = preview.frame_locator("iframe")
    await preview.locator("iframe").scroll_into_view_if_needed()
    await expect(frame.locator("p")).to_contain_text("Dear ")
    await preview.get_by_text("Plain text").click()
    await expect(preview.locator("pre")).to_contain_text("Dear ")


async def test_a_step_s_rule_is_built_in_a_dialog_that_closes_alone(desk: Desk) -> None:
    page, form, journey = await desk.step({"id": "split", "type": "split", "data": {"rule": EVERYBODY}})
    await form.get_by_role("button", name="Open large").click()
    dialog = page.get_by_role("dialog", name="Who goes by yes")
    await expect(dialog.get_by_role("tab", name="SQL")).to_be_visible()
    await dialog.get_by_role("button", name="Condition").click()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_visible()
    await add(page, "purchases")
    await dialog.get_by_label("How far back").select_option("since_entry")
    await expect(dialog).to_contain_text("only counted while the journey runs")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(form.locator(".rule-row")).to_have_count(1)
    for _ in range(50):
        saved = (await desk.data(page, journey, "split"))["rule"]
        if saved["of"]:
            break
        await page.wait_for_timeout(200)
    assert saved["of"][0]["within"] == {"kind": "since_entry"}


async def test_shares_are_divided_equally_and_must_be_whole(desk: Desk) -> None:
    arms = [{"id": "a", "label": "A", "weight": 50}, {"id": "b", "label": "B", "weight": 50}]
    page, form, journey = await desk.step({"id": "dice", "type": "random_split", "data": {"arms": arms}})
    await form.get_by_role("button", name="Add an arm").click()
    await expect(form.get_by_role("status")).to_contain_text("Together 100 %")
    await form.get_by_label("Percent, A", exact=True).fill("23.34")
    await expect(form.get_by_role("status")).to_contain_text("10 % are still to be given")
    await form.get_by_role("button", name="Share equally").click()
    await expect(form.get_by_role("status")).to_have_text("Together 100 %")
    for _ in range(50):
        saved = await desk.data(page, journey, "dice")
        if [arm["weight"] for arm in saved["arms"]] == [33.34, 33.33, 33.33]:
            break
        await page.wait_for_timeout(200)
    assert [arm["id"] for arm in saved["arms"]] == ["a", "b", "arm_3"]
    assert [arm["weight"] for arm in saved["arms"]] == [33.34, 33.33, 33.33]


@pytest.mark.parametrize("width", [1440, 390], ids=["wide", "phone"])
@pytest.mark.parametrize("place", ["list", "audience", "picker", "rule", "message", "arms"])
async def test_no_form_has_barriers(desk: Desk, place: str, width: int) -> None:
    page = await desk.open("/audiences", width=width)
    if place in ("list", "audience", "picker"):
        made = await make(
            desk,
            page,
            f"Clean {place} {width}",
            {"kind": "any", "of": [BUNDLE, {"kind": "not", "rule": BUNDLE}]},
        )
        await page.goto(f"{desk.url}/audiences" + ("" if place == "list" else f"/{made['id']}"))
        if place == "list":
            await expect(page.locator("[data-audience]").first).to_be_visible()
        else:
            await expect(reach(page)).to_have_attribute("data-state", "known")
        if place == "picker":
            await page.get_by_role("button", name="Condition").last.click()
            await expect(page.get_by_role("combobox", name="Search columns, scores, tables")).to_be_focused()
    else:
        nodes: dict[str, dict[str, Any]] = {
            "rule": {"type": "split", "data": {"rule": BUNDLE}},
            "message": {"type": "message", "data": {"step": {"subject": "Hi", "html": "<p>Hi</p>"}}},
            "arms": {"type": "random_split", "data": {"arms": [{"id": "a", "label": "A", "weight": 50}]}},
        }
        page, form, _ = await desk.step({"id": "it", **nodes[place]}, width=width)
        ready = {"rule": ".reach", "message": ".preview", "arms": ".arms"}[place]
        await expect(form.locator(ready)).to_be_visible()
    assert await barriers(page) == []
