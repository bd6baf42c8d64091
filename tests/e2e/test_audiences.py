"""Audiences in a real browser: who uses them, and how they grew and shrank."""

from typing import Any

from playwright.async_api import expect

from tests.e2e.test_forms import browser, desk
from tests.e2e.writing_desk import Desk

__all__ = ["browser", "desk"]


async def test_an_audience_says_which_journeys_use_it_and_how_many_it_had(desk: Desk) -> None:
    page = await desk.open("/audiences")
    rule: dict[str, Any] = {"kind": "score", "category": "bread", "low": 0.8}
    inside: dict[str, Any] = {"kind": "in_audience", "audience_id": "used"}
    await desk.api(page, "POST", "/audiences", data={"id": "used", "name": "Used", "rule": rule})
    await desk.api(page, "POST", "/audiences", data={"id": "between", "name": "Between", "rule": inside})
    through = {"kind": "in_audience", "audience_id": "between"}
    entry = {"id": "who", "type": "entry", "name": "", "data": {"rule": through}}
    document = {"schema_version": 1, "name": "Uses it", "nodes": [entry], "edges": []}
    journey = (await desk.api(page, "POST", "/journeys", data={"document": document}))["id"]
    people = await desk.count(page, rule)
    await page.reload()
    row = page.locator('li[data-audience="used"]')
    await expect(row).to_contain_text("In 1 journey")
    await expect(row.locator(f'[data-count="{people}"] time')).to_be_visible()
    wider = {**rule, "low": 0.5}
    more = await desk.count(page, wider)
    tag = {"If-Match": '"1"'}
    await desk.api(page, "PUT", "/audiences/used", data={"name": "Used", "rule": wider}, headers=tag)
    await row.get_by_role("link", name="Used").click()
    uses = page.locator(f'.used li[data-journey="{journey}"]')
    await expect(uses).to_contain_text("In the draft, through “Between”")
    await page.get_by_role("button", name="More for Used").click()
    await page.get_by_role("menuitem", name="Delete…").click()
    desk.expected = ("409",)
    await page.get_by_role("button", name="Delete", exact=True).click()
    await expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("it is used in “Uses it” (draft)")
    await page.get_by_role("button", name="Keep it").click()
    sizes = page.locator(".sizes")
    await expect(sizes).to_contain_text(f"Last counted: {more:,} people")
    await sizes.get_by_text("All 2 counts as a table").click()
    rows = sizes.get_by_role("row")
    await expect(rows.nth(1).get_by_role("cell").first).to_have_text(f"{more:,}")
    await expect(rows.nth(2).get_by_role("cell").first).to_have_text(f"{people:,}")
    await uses.get_by_role("link", name="Uses it").click()
    await page.wait_for_url(f"**/journeys/{journey}**")
