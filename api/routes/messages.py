"""Messages as a customer would get them: previewed, or sent to an address of one's own."""

import secrets
import time
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field, ValidationError

from api.deps import Here, Parts
from api.models import Body
from orchestrator.channels.addresses import fits
from orchestrator.channels.channel import Channel, ChannelModel
from orchestrator.channels.preview import MessagePreview, preview_message
from orchestrator.channels.trial import TrialAnswer, contact_of, send_trial
from orchestrator.errors import Invalid, NotFound, UserError
from orchestrator.lakehouse.model import suggest

router = APIRouter(tags=["messages"])

# The rendered mail is somebody else's HTML: nothing in it may run, and it gets an origin of its own.
_MAIL = {
    "content-security-policy": "sandbox; default-src 'none'; img-src https: data:; style-src 'unsafe-inline'; "
    "font-src https: data:; frame-ancestors 'self'",
    "cache-control": "no-store",
}
_KEPT_FOR, _KEPT = 600.0, 100


class MessageRequest(Body):
    """A step of a message channel, and for whom to render it; None: some customer."""

    channel: str
    step: dict[str, Any]
    member_id: str | None = None


class Message(BaseModel):
    """A message as one customer would get it."""

    member_id: str
    fields: dict[str, str]
    empty: list[str] = Field(description="Attributes the message uses that this customer lacks")
    html_url: str | None = Field(description="A page with the HTML, for a sandboxed frame; gone after ten minutes")


class TestSend(MessageRequest):
    """A message to be sent to one typed address, which is never stored or logged."""

    connection: str = Field(max_length=120)
    to: str = Field(min_length=1, max_length=320)


class TestSent(TrialAnswer):
    """What became of a test send, and for which customer the message was rendered."""

    member_id: str
    empty: list[str] = Field(description="Attributes the message uses that this customer lacks")


class Pages:
    """Rendered HTML, kept for a short while under names nobody can guess."""

    def __init__(self) -> None:
        self._pages: dict[str, tuple[float, str]] = {}

    def keep(self, html: str) -> str:
        """The name of the page."""
        now = time.monotonic()
        self._pages = {name: page for name, page in self._pages.items() if now - page[0] < _KEPT_FOR}
        while len(self._pages) >= _KEPT:
            del self._pages[next(iter(self._pages))]
        name = secrets.token_urlsafe(16)
        self._pages[name] = (now, html)
        return name

    def find(self, name: str) -> str:
        """The page. Raises NotFound when it is gone."""
        if name not in self._pages:
            raise NotFound("this preview is gone", fix="make it again")
        return self._pages[name][1]


_pages = Pages()


@router.post("/messages/preview")
async def message_preview(request: MessageRequest, here: Here) -> Message:
    """Renders a message for one customer; nothing is sent."""
    _, step = _step(request, here)
    found = await _rendered(request, step, here)
    html = found.fields.get("html")
    url = f"/api/v1/messages/preview/{_pages.keep(html)}" if html else None
    return Message(member_id=found.member_id, fields=found.fields, empty=found.empty, html_url=url)


@router.post("/messages/test")
async def send_test(request: TestSend, here: Here) -> TestSent:
    """Sends a message, rendered for one customer, to one typed address; ledger, journal and log know nothing of it."""
    channel, step = _step(request, here)
    contact = contact_of(channel)
    if not fits(contact, request.to):
        problem = {"code": "address", "text": f"this is no {contact} address", "fix": "correct it", "path": ["to"]}
        raise _invalid([problem], place="to")
    usable = await here.catalog.connections.find(request.connection)
    if usable.channel is not channel:
        text = f"the connection {request.connection!r} is for {usable.channel.name}, not for {channel.name}"
        problem = {"code": "unknown_connection", "text": text, "fix": "choose another one", "path": ["connection"]}
        raise _invalid([problem], place="connection")
    found = await _rendered(request, step, here)
    answer = await send_trial(channel(usable.settings), step, found.fields, request.to)
    return TestSent(**answer.model_dump(), member_id=found.member_id, empty=found.empty)


@router.get("/messages/preview/{name}", response_class=HTMLResponse)
async def message_page(name: Annotated[str, Path(max_length=64)]) -> HTMLResponse:
    """The HTML of a preview, alone in a sandbox."""
    return HTMLResponse(_pages.find(name), headers=_MAIL)


def _step(request: MessageRequest, here: Parts) -> tuple[type[Channel], ChannelModel]:
    """The channel and its step. Raises NotFound, or Invalid with a problem at each field."""
    channel = here.catalog.channels.get(request.channel)
    if channel is None:
        fix = suggest(request.channel, here.catalog.channels)
        raise NotFound(f"there is no channel {request.channel!r}", place="channel", fix=fix)
    try:
        return channel, channel.Step.model_validate(request.step)
    except ValidationError as wrong:
        raise _invalid([_problem(dict(error)) for error in wrong.errors(include_input=False)]) from None


async def _rendered(request: MessageRequest, step: ChannelModel, here: Parts) -> MessagePreview:
    """The step's fields for the customer asked for, or for some customer; a template's mistake is at its field."""
    lakehouse = await here.catalog.lakehouse()
    try:
        return await preview_message(here.engine, lakehouse, step, request.member_id, secrets.token_hex(4))
    except NotFound:
        raise
    except UserError as broken:
        field = broken.place or "html"
        problem = {"code": "template", "text": broken.text, "fix": broken.fix, "path": ["step", field]}
        raise _invalid([problem]) from broken


def _problem(error: Mapping[str, Any]) -> dict[str, Any]:
    field = ".".join(map(str, error["loc"]))
    text = f"{field} is missing" if error["type"] == "missing" else f"{field}: {error['msg']}"
    return {"code": error["type"], "text": text, "fix": "correct the field", "path": ["step", *error["loc"]]}


def _invalid(problems: list[dict[str, Any]], place: str = "step") -> Invalid:
    return Invalid(problems[0]["text"], problems=problems, place=place, fix=problems[0]["fix"])
