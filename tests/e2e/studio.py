"""What the stories of the editor share: a browser on a real Sojourn, and hands to draw with."""

from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

EVERYBODY = {"kind": "all", "of": []}
QUICK: dict[str, dict[str, Any]] = {
    "entry": {"rule": EVERYBODY},
    "event_entry": {"event": {"table": "purchases"}},
    "api_entry": {},
    "wait": {"duration": "P1D"},
    "split": {"rule": EVERYBODY},
    "exit": {},
}


class Studio:
    """Journeys for one test, and pages on them; at the end no page may have complained in its console."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url
        self.complaints: list[str] = []
        self.contexts: list[BrowserContext] = []

    async def context(self, scheme: str = "light", width: int = 1440, height: int = 900, **more: Any) -> BrowserContext:
        context = await self.browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": height}, reduced_motion="reduce", **more
        )
        self.contexts.append(context)
        await context.add_init_script(
            "document.addEventListener('securitypolicyviolation',"
            " event => console.error('CSP: ' + event.violatedDirective + ' ' + event.blockedURI))"
        )
        return context

    async def page(self, context: BrowserContext, path: str) -> Page:
        page = await context.new_page()
        page.on("console", lambda said: self._hear(said.type, said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.goto(f"{self.url}{path}")
        return page

    def _hear(self, kind: str, text: str) -> None:
        # A save that comes too late is answered with 412, which the browser writes down by itself.
        if kind in ("error", "warning") and "412" not in text and "ERR_INTERNET_DISCONNECTED" not in text:
            self.complaints.append(text)

    async def draw(self, name: str, kinds: dict[str, str], lines: list[tuple[str, str, str]]) -> tuple[Page, str]:
        """A new journey with these steps and lines, opened."""
        context = await self.context()
        document = {
            "schema_version": 1,
            "name": name,
            "description": "",
            "nodes": [{"id": step, "type": kind, "name": "", "data": QUICK[kind]} for step, kind in kinds.items()],
            "edges": [
                {"id": f"{source}_{port}", "source": source, "source_port": port, "target": target}
                for source, port, target in lines
            ],
        }
        made = await context.request.post(f"{self.url}/api/v1/journeys", data={"document": document})
        assert made.ok, await made.text()
        journey_id = (await made.json())["id"]
        page = await self.page(context, f"/journeys/{journey_id}")
        await ready(page, len(kinds))
        return page, journey_id

    async def saved(self, page: Page, journey_id: str) -> dict[str, Any]:
        """The journey as the server has it, once the page says that it does."""
        await expect(page.locator(".save-status")).to_have_attribute("data-phase", "saved")
        answer = await page.request.get(f"{self.url}/api/v1/journeys/{journey_id}")
        assert answer.ok, await answer.text()
        journey: dict[str, Any] = await answer.json()
        return journey


async def ready(page: Page, steps: int) -> None:
    """Until everything that can be added or taken is there, and stands still."""
    await expect(page.locator(".palette-item").first).to_be_visible()
    await expect(page.locator(".step")).to_have_count(steps)
    await page.evaluate("document.fonts.ready")


def lines_of(journey: dict[str, Any]) -> list[str]:
    edges = journey["document"]["edges"]
    return sorted(f"{edge['source']}.{edge['source_port']} > {edge['target']}" for edge in edges)


async def middle(part: Locator) -> tuple[float, float]:
    await expect(part).to_be_visible()
    box = await part.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def drag(page: Page, what: Locator, x: float, y: float) -> None:
    """Drag by mouse, the way a hand does: down, over some way, up."""
    await what.scroll_into_view_if_needed()
    from_x, from_y = await middle(what)
    await page.mouse.move(from_x, from_y)
    await page.mouse.down()
    await page.mouse.move(from_x + 14, from_y + 10, steps=3)
    await page.mouse.move(x, y, steps=6)
    await page.mouse.up()


def kind(page: Page, name: str) -> Locator:
    return page.locator(f'.palette-item[data-type="{name}"]')


def spot(page: Page, key: str) -> Locator:
    return page.locator(f'[data-spot="{key}"] .spot-add').first


def step(page: Page, name: str) -> Locator:
    return page.locator(f'.step[data-step="{name}"]')


def port(page: Page, name: str, out: str = "next") -> Locator:
    return page.locator(f'.react-flow__handle[data-nodeid="{name}"][data-handleid="{out}"]')
