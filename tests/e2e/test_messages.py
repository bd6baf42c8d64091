"""Messages in a real browser: MJML with mistakes at their lines, as one customer gets it, sent to oneself."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from tests.e2e.accessible import barriers
from tests.e2e.test_pages import CHROMIUM, FLAGS
from tests.e2e.writing_desk import Desk

MJML = """<mjml>
  <mj-body>
    <mj-section>
      <mj-column>
        <mj-text color="#c8432b">Fresh bread in {{ city }}</mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>"""


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


async def write(desk: Desk, html: str, **more: Any) -> tuple[Page, Locator, str]:
    data = {
        "channel": "email.smtp",
        "connection": "mail",
        "step": {"subject": "Bread for {{ first_name }}", "html": html},
    }
    return await desk.step({"id": "offer", "type": "message", "data": data}, **more)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
async def test_mjml_is_compiled_for_the_customer_who_is_named(desk: Desk, scheme: str, width: int) -> None:
    page, form, journey = await write(desk, MJML, scheme=scheme, width=width)
    await expect(form).to_contain_text("This is MJML")
    await expect(form.locator('[data-piece="liquid"]')).to_have_text("{{ city }}")
    preview = form.locator(".preview")
    someone = {"channel": "email.smtp", "step": {"subject": "{{ city }}", "html": "x"}, "member_id": "7"}
    city = (await desk.api(page, "POST", "/messages/preview", data=someone))["fields"]["subject"]
    await preview.get_by_label("Customer id").fill("7")
    await page.keyboard.press("Enter")
    await expect(preview).to_contain_text("As customer 7 gets it")
    frame = preview.frame_locator("iframe")
    await expect(frame.get_by_text(f"Fresh bread in {city}")).to_be_visible()
    assert await preview.locator("iframe").get_attribute("sandbox") == ""
    await expect(frame.locator("table").first).to_be_attached()
    assert (await desk.data(page, journey, "offer"))["step"]["html"] == MJML, "the draft keeps what was written"
    assert await barriers(page) == []


async def test_a_mistake_in_mjml_is_shown_at_its_line(desk: Desk) -> None:
    desk.expected = ("422",)
    page, form, _ = await write(desk, MJML.replace("</mj-text>", ""))
    await expect(form.locator(".troubles")).to_contain_text("<mj-text> is never closed")
    await expect(form.locator("[data-bad][data-line]")).to_have_attribute("data-line", "5")
    await form.get_by_role("button", name="Go to line 5").click()
    area = form.get_by_role("textbox", name="Message", exact=True)
    await expect(area).to_be_focused()
    chosen = await area.evaluate("area => area.value.slice(area.selectionStart, area.selectionEnd)")
    assert chosen == MJML.replace("</mj-text>", "").split("\n")[4]
    await area.fill(MJML)
    await expect(form.locator("[data-bad][data-line]")).to_have_count(0)
    assert await barriers(page) == []


async def test_a_test_send_arrives_in_the_inbox_and_its_address_is_remembered(desk: Desk, stack: Any) -> None:
    page, form, _ = await write(desk, MJML)
    test = form.get_by_role("region", name="Test send")
    await test.get_by_label("To", exact=True).fill("me@shop.example")
    await page.keyboard.press("Enter")
    await expect(test.get_by_role("status")).to_contain_text("Accepted for delivery.")
    inbox = await page.request.get(stack.inbox_url)
    text = await inbox.text()
    assert "me@shop.example" in text
    assert "[Test] Bread for" in text
    assert await barriers(page) == []
    await page.reload()
    await expect(test.get_by_label("To", exact=True)).to_have_value("me@shop.example")


async def test_a_test_that_is_refused_says_why(desk: Desk) -> None:
    desk.expected = ("422",)
    page, form, _ = await write(desk, MJML)
    test = form.get_by_role("region", name="Test send")
    await test.get_by_label("To", exact=True).fill("not an address")
    await test.get_by_role("button", name="Send a test").click()
    answer = test.locator('.test-answer[data-accepted="false"]')
    await expect(answer).to_contain_text("address")
    assert await barriers(page) == []
