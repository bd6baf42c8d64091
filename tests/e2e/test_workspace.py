"""Runs, data sources and settings in a real browser: what the API says of them, in words and with ways on."""

import re
from typing import Any

from playwright.async_api import expect

from tests.e2e.test_forms import browser, desk
from tests.e2e.writing_desk import Desk

__all__ = ["browser", "desk"]


async def test_runs_say_who_is_inside_what_is_next_and_where_temporal_shows_them(desk: Desk, stack: Any) -> None:
    page = await desk.open("/")
    await page.get_by_role("link", name="Runs").click()
    row = page.locator(f'tr[data-run="{stack.journey_id}"]')
    await expect(row.locator(".status-badge")).to_have_text("Live")
    told = next(
        each for each in (await desk.api(page, "GET", "/runs"))["items"] if each["journey_id"] == stack.journey_id
    )
    figures = [f"{each:,}" for each in (told["counts"]["inside"], told["counts"]["entered"], told["sent"])]
    await expect(row.locator("td.digits")).to_have_text(figures)
    await expect(row.locator("th")).to_contain_text(f"Version {told['version']}, wave {told['wave']}")
    way = row.get_by_role("link", name="in Temporal")
    assert await way.get_attribute("href") == told["workflow_url"]
    assert (await page.request.get(told["workflow_url"])).ok
    await row.get_by_role("link", name=told["name"], exact=True).click()
    await page.wait_for_url("**/journeys/*view=live")


async def test_data_sources_show_tables_columns_joins_freshness_and_what_is_wrong(desk: Desk) -> None:
    page = await desk.open("/sources")
    told = (await desk.api(page, "GET", "/sources"))["tables"]
    for table in told:
        sheet = page.locator(f'[data-table="{table["name"]}"]')
        await expect(sheet.locator("[data-rows]")).to_have_text(f"{table['rows']:,} rows")
        await expect(sheet.locator("tbody tr")).to_have_count(len(table["columns"]))
        await expect(sheet.locator(".source-facts time")).to_have_count(1 if table["newest_at"] else 0)
        await expect(sheet.locator(".wrong")).to_have_count(len(table["problems"]))
    assert any(table["problems"] for table in told)
    await expect(page.locator('[data-table="customers"] .wrong')).to_contain_text("time zone that does not exist")
    customers = page.locator('[data-table="customers"]')
    await expect(customers.get_by_role("row", name=re.compile("^email "))).to_contain_text("contact: email")
    await expect(customers.get_by_role("row", name=re.compile("^birth_date "))).to_contain_text("personal")
    purchases = page.locator('[data-table="purchases"]')
    await expect(purchases).to_contain_text("joins customers by customer_id, any number of rows each")
    await expect(purchases.get_by_role("rowheader").first).to_be_hidden()
    await purchases.get_by_text(re.compile(r"^\d+ columns$")).click()
    await expect(purchases.get_by_role("rowheader").first).to_be_visible()


async def test_settings_tell_their_source_and_choose_language_and_colours(desk: Desk) -> None:
    page = await desk.open("/")
    meta = {"access_token": "a-secret", "ad_account_id": "act_1"}
    new = {"name": "sealed-one", "channel": "audience.meta", "settings": meta}
    await desk.api(page, "POST", "/connections", data=new)
    await page.get_by_role("link", name="Settings").click()
    told = await desk.api(page, "GET", "/settings")
    assert told["keys"]["sealed"] > 0
    await expect(page.locator("[data-keys]")).to_contain_text("All of them can be opened.")
    for each in told["variables"]:
        await expect(page.locator(f'[data-variable="{each["name"]}"]')).to_contain_text(each["value"] or "empty")
    await expect(page.get_by_text(told["versions"]["lakehouse"])).to_be_visible()
    await expect(page.get_by_role("heading", name="Last audit")).to_be_visible()
    await page.get_by_role("radio", name="Dark").check(force=True)
    await expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    await page.locator("main").get_by_label("Language").select_option("pt-BR")
    await expect(page.get_by_role("heading", name="Configurações")).to_be_visible()
    await expect(page.get_by_role("radio", name="Escuras")).to_be_checked()
    await expect(page.locator('[data-variable="SOJOURN_PORT"]')).to_contain_text("Porta da API e das páginas")
    await desk.api(page, "DELETE", "/connections/sealed-one")
