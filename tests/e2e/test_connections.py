"""Connections in a real browser: filled in, tried out with a real mail server, saved with secrets, kept while used."""

from typing import Any

from playwright.async_api import Page, expect

from tests.e2e.test_forms import browser, desk
from tests.e2e.writing_desk import Desk

__all__ = ["browser", "desk"]


async def saved(page: Page) -> None:
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".connection-state")).to_have_text("Saved")


async def test_an_account_is_filled_in_tried_out_saved_changed_and_deleted(desk: Desk) -> None:
    desk.expected = ("503", "422")
    page = await desk.open("/connections")
    server = (await desk.api(page, "GET", "/connections/mail"))["settings"]
    await page.get_by_role("link", name="New connection").click()
    await page.get_by_role("link", name="E-mail (SMTP)").click()
    await expect(page.get_by_label("Name", exact=True)).to_have_value("smtp")
    await page.get_by_label("Server").fill(server["host"])
    await page.get_by_label("Port").fill("1")
    await page.get_by_label("Security").select_option(label="None")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator('.field[data-path="sender"] .troubles')).to_be_visible()
    await page.get_by_label("Sender address").fill("shop@grocer.example")
    await expect(page.locator(".troubles")).to_have_count(0)
    await page.get_by_role("button", name="Test connection").click()
    await expect(page.locator(".connection-told")).to_contain_text("It does not work.")
    await page.get_by_label("Port").fill(str(server["port"]))
    await page.get_by_role("button", name="Test connection").click()
    await expect(page.locator(".connection-told")).to_contain_text("It works.")
    await page.get_by_label("Password").fill("hunter2")
    await page.get_by_label("Sender name").fill("Grocer")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/connections/smtp")
    made = await desk.api(page, "GET", "/connections/smtp")
    assert made["settings"]["sender_name"] == "Grocer"
    assert made["secrets"] == {"password": {"is_set": True, "reference": None}}
    await expect(page.get_by_text("Set, and never shown")).to_be_visible()
    await page.get_by_role("button", name="Replace Password").click()
    await page.get_by_role("textbox", name="Password").fill("env:HOME")
    await saved(page)
    await expect(page.locator(".secret code")).to_have_text("env:HOME")
    await page.get_by_role("button", name="Clear Password").click()
    await saved(page)
    assert (await desk.api(page, "GET", "/connections/smtp"))["secrets"]["password"]["is_set"] is False
    await page.reload()
    await page.get_by_role("button", name="More for smtp").click()
    await page.get_by_role("menuitem", name="Delete…").click()
    await page.get_by_role("button", name="Delete", exact=True).click()
    await page.wait_for_url("**/connections")
    await expect(page.locator('tr[data-connection="smtp"]')).to_have_count(0)


async def test_a_connection_of_the_file_is_tested_in_the_list_and_one_in_use_stays(desk: Desk, stack: Any) -> None:
    desk.expected = ("409",)
    page = await desk.open("/connections")
    mail = page.locator('tr[data-connection="mail"]')
    await expect(mail).to_contain_text("1 journey")
    await mail.get_by_role("button", name="Test mail").click()
    await expect(mail.locator('.connection-answer[data-ok="true"]')).to_be_visible()
    await mail.get_by_role("link", name="mail").click()
    await expect(page.get_by_text("comes from connections.yaml")).to_be_visible()
    settings = (await desk.api(page, "GET", "/connections/mail"))["settings"]
    await desk.api(page, "POST", "/connections", data={"name": "busy", "channel": "email.smtp", "settings": settings})
    data = {"channel": "email.smtp", "connection": "busy", "step": {}}
    _, form, journey = await desk.step({"id": "send", "type": "message", "data": data})
    await expect(form.get_by_label("Connection")).to_have_value("busy")
    await page.goto(f"{stack.url}/connections/busy")
    await page.get_by_role("button", name="More for busy").click()
    await page.get_by_role("menuitem", name="Delete…").click()
    await page.get_by_role("button", name="Delete", exact=True).click()
    await expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("Form")
    await desk.api(page, "DELETE", f"/journeys/{journey}")
    await page.get_by_role("button", name="Delete", exact=True).click()
    await page.wait_for_url("**/connections")
