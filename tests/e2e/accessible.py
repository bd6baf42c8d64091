"""What axe says of a page, in both schemes."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

_RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


async def barriers(page: Page) -> list[tuple[str, str, str]]:
    """(scheme, rule, element) of everything that keeps somebody out; the page follows the scheme without a reload."""
    found: list[tuple[str, str, str]] = []
    await page.evaluate("document.fonts.ready")
    for scheme in ("dark", "light"):
        await page.emulate_media(color_scheme=scheme)
        await page.wait_for_function(
            "scheme => document.documentElement.dataset.mantineColorScheme === scheme", arg=scheme
        )
        # Colours change over two frames.
        await page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        results = await Axe().run(page, options=_RULES)
        found += [(scheme, each["id"], each["nodes"][0]["html"]) for each in results.response["violations"]]
    return found
