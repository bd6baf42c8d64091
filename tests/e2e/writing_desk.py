"""What the stories of forms and audiences share: pages of a real Sojourn, and the bundle's rule."""

from typing import Any

from playwright.async_api import Browser, Locator, Page, expect

BUNDLE = {
    "kind": "all",
    "of": [
        {"kind": "score", "category": "bread", "low": 0.7, "high": 1},
        {"kind": "score", "category": "soda", "low": 0.4, "high": 0.7},
        {"kind": "consent", "purpose": "email"},
    ],
}
EVERYBODY: dict[str, Any] = {"kind": "all", "of": []}

CHAT: dict[str, Any] = {
    "name": "chat.new",
    "title": "Some new chat",
    "icon": "message",
    "kind": "message",
    "semantics": "none",
    "connection_schema": {},
    "step_schema": {
        "type": "object",
        "$defs": {
            "Plain": {"title": "Plain", "type": "object", "properties": {"kind": {"const": "plain", "type": "string"}}},
            "Card": {
                "title": "Card",
                "type": "object",
                "properties": {"kind": {"const": "card", "type": "string"}, "heading": {"type": "string"}},
                "required": ["heading"],
            },
            "Button": {
                "title": "Button",
                "type": "object",
                "properties": {"label": {"title": "Label", "type": "string"}},
                "required": ["label"],
            },
        },
        "properties": {
            "body": {"title": "Body", "type": "string", "x-widget": "liquid"},
            "priority": {"title": "Priority", "enum": ["low", "very_high"], "type": "string", "default": "low"},
            "retries": {"title": "Retries", "type": "integer", "default": 3, "minimum": 0, "maximum": 9},
            "silent": {"title": "Silent", "type": "boolean", "default": False},
            "sticker": {"title": "Sticker", "anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
            "buttons": {"title": "Buttons", "type": "array", "items": {"$ref": "#/$defs/Button"}, "default": []},
            "look": {
                "title": "Look",
                "oneOf": [{"$ref": "#/$defs/Plain"}, {"$ref": "#/$defs/Card"}],
                "discriminator": {"propertyName": "kind"},
                "default": {"kind": "plain"},
            },
            "extra": {"title": "Extra", "type": "object", "additionalProperties": True, "default": {}},
        },
        "required": ["body"],
    },
}
"""A channel nobody has written yet, with every shape a form knows and one it does not."""


class Desk:
    """Pages for one test; at the end none may have complained in its console."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url
        self.complaints: list[str] = []
        self.expected: tuple[str, ...] = ()

    async def open(self, path: str, scheme: str = "light", width: int = 1440, catalogue: Any = None) -> Page:
        context = await self.browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
        )
        await context.add_init_script(
            "document.addEventListener('securitypolicyviolation',"
            " event => console.error('CSP: ' + event.violatedDirective + ' ' + event.blockedURI))"
        )
        page = await context.new_page()
        if catalogue:
            await page.route("**/api/v1/catalogue", catalogue)
        page.on("console", lambda said: self._hear(said.type, said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.goto(f"{self.url}{path}")
        return page

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(each in text for each in self.expected):
            self.complaints.append(text)

    async def api(self, page: Page, method: str, path: str, **more: Any) -> Any:
        answer = await page.request.fetch(f"{self.url}/api/v1{path}", method=method, **more)
        assert answer.ok, await answer.text()
        return await answer.json() if answer.status != 204 else None

    async def count(self, page: Page, rule: dict[str, Any]) -> int:
        return int((await self.api(page, "POST", "/audiences/preview", data={"rule": rule}))["count"])

    async def step(self, node: dict[str, Any], **more: Any) -> tuple[Page, Locator, str]:
        """A journey with an entry and this step, and the step's form."""
        entry = {"id": "who", "type": "entry", "name": "", "data": {"rule": EVERYBODY}}
        edges = [{"id": "e", "source": "who", "source_port": "next", "target": node["id"]}]
        document = {"schema_version": 1, "name": "Form", "nodes": [entry, {"name": "", **node}], "edges": edges}
        page = await self.open("/", **more)
        made = await self.api(page, "POST", "/journeys", data={"document": document})
        await page.goto(f"{self.url}/journeys/{made['id']}?step={node['id']}")
        form = page.locator(f'.step-form[data-step="{node["id"]}"]')
        await expect(form).to_be_visible()
        return page, form, made["id"]

    async def data(self, page: Page, journey: str, step: str) -> dict[str, Any]:
        document = (await self.api(page, "GET", f"/journeys/{journey}"))["document"]
        return next(node["data"] for node in document["nodes"] if node["id"] == step)
