"""The list of journeys in a real browser: found by name and status, put in order, and all of it in the address."""

from typing import Any

from playwright.async_api import expect

from tests.e2e.test_forms import browser, desk
from tests.e2e.writing_desk import Desk

__all__ = ["browser", "desk"]


async def test_the_list_is_filtered_and_ordered_and_its_address_says_how(desk: Desk, stack: Any) -> None:
    page = await desk.open("/")
    for name in ("Ação de inverno", "Ação de verão"):
        document = {"schema_version": 1, "name": name, "nodes": [], "edges": []}
        await desk.api(page, "POST", "/journeys", data={"document": document})
    rows = page.locator(".journeys-table tbody tr")
    live = page.locator(f'tr[data-journey="{stack.journey_id}"]')
    told = (await desk.api(page, "GET", "/journeys"))["items"]
    run = next(each for each in told if each["id"] == stack.journey_id)
    await expect(live.locator('[data-part="sent"]')).to_have_text(f"{run['sent']:,}")
    await expect(live.locator('[data-part="next"] time')).to_have_attribute("datetime", run["next_due_at"])
    await page.get_by_role("button", name="Journey", exact=True).click()
    names = [each["name"] for each in told if each["name"].startswith("Ação")]
    await page.get_by_label("Find by name").fill("acao")
    await expect(rows.locator(".table-name")).to_have_text(sorted(names))
    await page.get_by_role("button", name="Journey", exact=True).click()
    await expect(rows.locator(".table-name")).to_have_text(sorted(names, reverse=True))
    await expect(page.get_by_role("columnheader", name="Journey")).to_have_attribute("aria-sort", "descending")
    await page.reload()
    await expect(page.get_by_label("Find by name")).to_have_value("acao")
    await expect(rows.locator(".table-name")).to_have_text(sorted(names, reverse=True))
    await page.get_by_label("Status").select_option("live")
    await expect(page.get_by_role("heading", name="No journey fits")).to_be_visible()
    await page.get_by_role("button", name="Show all").click()
    await expect(live).to_be_visible()
    assert "text=" not in page.url
    assert "sort=name" in page.url
