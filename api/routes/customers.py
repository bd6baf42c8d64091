"""Pages and links for customers, who come from a message: no sign-in, no address, and only a POST changes anything."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from liquid import Environment, FileSystemLoader

from api.customer_words import WORDS
from api.deps import Here, Parts
from api.language import language_of
from orchestrator.channels.links import PATH, Purpose
from orchestrator.channels.returned import Returned, read_returned
from orchestrator.errors import SojournError
from orchestrator.execution.message_events import SUPPRESSES, Choices
from orchestrator.execution.plan import DeliveryPlan
from orchestrator.execution.statements import Statements
from orchestrator.store.event_inbox import EventRecord

router = APIRouter(prefix=PATH, include_in_schema=False)
EVERYTHING = "*"
_PICTURE = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
_MACHINE = "Mozilla/5.0"
"""What Apple's mail privacy calls itself, and nothing else does: it loads every picture of every message."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The message a link belongs to."""

    journey_id: str
    version: int
    node_id: str
    delivery_key: str
    plan: DeliveryPlan

    def event(self, kind: str, at: datetime, *, once: str, detail: str = "", purpose: str = "") -> EventRecord:
        """Something that happened to it; the same `once` makes it the same event."""
        event_id = sha256(f"{self.delivery_key}/{kind}/{once}".encode()).hexdigest()[:32]
        where = (self.journey_id, self.node_id, self.delivery_key)
        return EventRecord(event_id, kind, *where, at, detail or None, purpose or None)


@router.get("/u/{token}")
async def ask_to_unsubscribe(here: Here, token: str, request: Request) -> Response:
    """Asks. Link scanners of mail servers open every link: this changes nothing."""
    if (sent := await _sent(here, token, Purpose.MANAGE)) is None:
        return _missing(request)
    return _page(request, "unsubscribe.html", what=sent.plan.purpose, preferences=f"{PATH}/p/{token}")


@router.post("/u/{token}")
async def unsubscribe(here: Here, token: str, request: Request) -> Response:
    """Unsubscribes from the message's kind: the button of the page, and a mail program's one click (RFC 8058)."""
    if (sent := await _sent(here, token, Purpose.MANAGE)) is None:
        return _missing(request)
    now = here.clock()
    purpose = sent.plan.purpose or EVERYTHING
    await _say(here, [sent.event("unsubscribed", now, once=now.isoformat(), detail=purpose, purpose=purpose)])
    return _page(request, "done.html", what=sent.plan.purpose, preferences=f"{PATH}/p/{token}")


@router.get("/p/{token}")
async def preferences(here: Here, token: str, request: Request, saved: bool = False) -> Response:
    """What the member gets, by purpose, and what they may choose."""
    if (sent := await _sent(here, token, Purpose.MANAGE)) is None:
        return _missing(request)
    try:
        found = await _choices(here, sent)
    except SojournError:
        return _page(request, "away.html", 503)
    if found is None:
        return _missing(request)
    choices = [
        {"purpose": purpose, "name": _said(request, purpose), "on": agreed and not refused, "never": not agreed}
        for purpose, (agreed, refused) in found.items()
    ]
    return _page(request, "preferences.html", choices=choices, saved=saved)


@router.post("/p/{token}")
async def choose(here: Here, token: str, request: Request) -> Response:
    """Keeps what was chosen; what the member never agreed to stays as it is."""
    if (sent := await _sent(here, token, Purpose.MANAGE)) is None or (found := await _choices(here, sent)) is None:
        return _missing(request)
    form = parse_qsl((await request.body()).decode("utf-8", "replace"))
    wanted = {value for name, value in form if name == "on"}
    none, now = ("do", "none") in form, here.clock()
    events = []
    for purpose, (agreed, refused) in found.items():
        on = purpose in wanted and not none
        if agreed and on == refused:
            kind = "subscribed" if on else "unsubscribed"
            events.append(sent.event(kind, now, once=f"{now.isoformat()}/{purpose}", detail=purpose, purpose=purpose))
    if none:
        once = f"{now.isoformat()}/{EVERYTHING}"
        events.append(sent.event("unsubscribed", now, once=once, detail=EVERYTHING, purpose=EVERYTHING))
    await _say(here, events)
    return RedirectResponse(f"{PATH}/p/{token}?saved=true", 303)


@router.get("/c/{token}/{number}")
async def follow(here: Here, token: str, number: int, request: Request) -> Response:
    """Leads on to where the message's link led, and counts the click; nowhere else can it lead."""
    if (sent := await _with_link(here, token, number)) is None:
        return _missing(request)
    now = here.clock()
    await _note(here, sent.event("clicked", now, once=f"{number}/{now:%Y%m%d%H%M}", detail=str(number)))
    return RedirectResponse(sent.plan.links[number], 302, headers={"Referrer-Policy": "no-referrer"})


@router.head("/c/{token}/{number}")
async def look_at_link(here: Here, token: str, number: int, request: Request) -> Response:
    """As `follow`; whoever asks for no page is a machine, and no click."""
    if (sent := await _with_link(here, token, number)) is None:
        return _missing(request)
    return RedirectResponse(sent.plan.links[number], 302)


@router.get("/o/{token}.gif")
async def open_picture(here: Here, token: str, request: Request) -> Response:
    """A picture of nothing. An open is counted once in an hour."""
    if (sent := await _sent(here, token, Purpose.TRACK)) is not None:
        now = here.clock()
        kind = "machine_opened" if request.headers.get("user-agent") == _MACHINE else "opened"
        await _note(here, sent.event(kind, now, once=f"{now:%Y%m%d%H}"))
    return Response(_PICTURE, media_type="image/gif")


@router.post("/b")
async def take_returned(here: Here, request: Request) -> dict[str, int]:
    """A message that came to a return address, as it came: a bounce or a complaint is counted, all else ignored."""
    returned = read_returned(await request.body())
    return await _keep(here, [returned] if returned else [])


@router.post("/e/{connection}")
async def take_report(here: Here, connection: str, request: Request) -> dict[str, int]:
    """What a provider posts about messages sent through a connection. Raises NotFound, and as `Channel.reported`."""
    usable = await here.catalog.connections.find(connection)
    channel = usable.channel(usable.settings)
    return await _keep(here, channel.reported(request.headers, await request.body(), here.clock()), connection)


async def _keep(here: Parts, returned: Sequence[Returned], connection: str | None = None) -> dict[str, int]:
    """How many there are of messages that were sent here, and through the connection; each counts once."""
    events = []
    for each in returned:
        sent = await _sent(here, each.token, Purpose.BOUNCE)
        if sent is None or connection not in (None, sent.plan.connection):
            continue
        purpose = sent.plan.purpose or "" if each.kind in SUPPRESSES else ""
        events.append(sent.event(each.kind, here.clock(), once=each.detail, detail=each.detail, purpose=purpose))
    await _say(here, events)
    return {"events": len(events)}


async def _sent(here: Parts, token: str, purpose: Purpose) -> Sent | None:
    """The message of a token that was signed here for this purpose."""
    target = here.links.read(token, purpose) if here.links else None
    version = await here.version_of(target.version_ref) if target else None
    if target is None or version is None:
        return None
    plan = await here.plan(version.plan_hash)
    if target.node_number >= len(plan.nodes):
        return None
    node_id = plan.nodes[target.node_number]
    delivery = next((step.delivery for step in plan.steps if step.node_id == node_id), None)
    if delivery is None:
        return None
    return Sent(version.journey_id, version.version, node_id, target.delivery_key, delivery)


async def _with_link(here: Parts, token: str, number: int) -> Sent | None:
    """The message whose link of that number is followed; None: there is none."""
    sent = await _sent(here, token, Purpose.TRACK)
    return sent if sent and 0 <= number < len(sent.plan.links) else None


async def _choices(here: Parts, sent: Sent) -> dict[str, tuple[bool, bool]] | None:
    """Purpose → (agreed, refused), of all there are; what was said a moment ago counts."""
    await here.arrivals.move()
    make = Statements(sent.journey_id, sent.version, await here.known(), here.engine.dialect, here.ledger_schema)
    return await Choices(make, here.engine).of(sent.node_id, sent.delivery_key, await here.catalog.purposes())


async def _say(here: Parts, events: Sequence[EventRecord]) -> None:
    """Keeps a word for good, and has it in force at once where the lakehouse is there. Raises EngineAway."""
    await here.arrivals.add(events)
    with contextlib.suppress(SojournError):  # it is kept, and moved when the lakehouse is back
        await here.arrivals.move()


async def _note(here: Parts, event: EventRecord) -> None:
    """A click is followed whether it can be counted or not."""
    with contextlib.suppress(SojournError):
        await here.arrivals.add([event])


def _missing(request: Request) -> Response:
    return _page(request, "missing.html", 404)


def _page(request: Request, name: str, status: int = 200, *, what: str | None = None, **values: Any) -> Response:
    lang = _language(request)
    shown = _said(request, what) if what else ""
    page = (
        _templates()
        .get_template(name)
        .render(lang=lang, words=WORDS[lang], what=shown[:1].lower() + shown[1:], **values)
    )
    return HTMLResponse(page, status, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def _said(request: Request, purpose: str) -> str:
    """The purpose in words; one of the house's own is shown as it is written."""
    said = WORDS[_language(request)].get(purpose, purpose.replace("_", " "))
    return said[:1].upper() + said[1:]


def _language(request: Request) -> str:
    return language_of(request.headers.get("accept-language", "")) or "en"


@cache
def _templates() -> Environment:
    return Environment(
        autoescape=True, extra=True, loader=FileSystemLoader(Path(__file__).parent.parent / "customer_pages")
    )
