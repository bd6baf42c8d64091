"""The inbox and the audiences as pages: plain HTML, no script, and a mail that is shown can do nothing."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from liquid import Environment, FileSystemLoader

from sojourn.sandbox.audiences import Audiences
from sojourn.sandbox.customer import ACTIONS, Customer
from sojourn.sandbox.inbox import Inbox, Listed

PAGE = 50
_FOLDER = Path(__file__).with_name("pages")
_POLICY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_MAIL_POLICY = {
    "Content-Security-Policy": (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data: https:; "
        "style-src 'unsafe-inline'; font-src https:; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Pages:
    """The routes for people."""

    def __init__(self, inbox: Inbox, audiences: Audiences, customer: Customer) -> None:
        self._inbox = inbox
        self._customer = customer
        self._audiences = audiences
        self._templates = Environment(autoescape=True, extra=True, loader=FileSystemLoader(_FOLDER))
        self.routes = APIRouter(include_in_schema=False)
        self.routes.add_api_route("/", self.list, methods=["GET"])
        self.routes.add_api_route("/style.css", self.style, methods=["GET"])
        self.routes.add_api_route("/messages/{number}", self.message, methods=["GET"])
        self.routes.add_api_route("/messages/{number}/html", self.html, methods=["GET"])
        self.routes.add_api_route("/messages/{number}/raw", self.raw, methods=["GET"])
        self.routes.add_api_route("/messages/{number}/{action}", self.act, methods=["POST"])
        self.routes.add_api_route("/audiences", self.audiences, methods=["GET"])
        self.routes.add_api_route("/clear", self.clear, methods=["POST"])

    def list(self, q: str = "", before: int | None = None) -> Response:
        """The newest messages, and those a search finds."""
        found = self._inbox.find(q, before=before, limit=PAGE + 1)
        messages, recipients = self._inbox.count()
        return self._page(
            "list.html",
            messages=[_listed(one) for one in found[:PAGE]],
            older=found[PAGE - 1].id if len(found) > PAGE else None,
            q=q,
            later=before is not None,
            total=f"{messages:,}",
            recipients=f"{recipients:,}",
        )

    def message(self, number: int, view: str = "html", done: str = "", failed: str = "") -> Response:
        """One message: as it looks, as text, its headers or its source."""
        found = self._inbox.get(number)
        if found is None:
            return self._page("missing.html", status=404)
        listed, content = found
        parsed = _parse(content)
        head, _, _ = content.partition(b"\r\n\r\n")
        shown = {
            "text": lambda: _body(parsed, "plain"),
            "headers": lambda: head.decode("utf-8", "replace"),
            "raw": lambda: content.decode("utf-8", "replace"),
        }
        return self._page(
            "message.html",
            message=_listed(listed),
            sender=str(parsed.get("From", "")),
            view=view if view in shown else "html",
            shown=shown[view]() if view in shown else "",
            actions=[{"id": each, "words": ACTIONS[each]} for each in self._customer.can(listed.mail_from, content)],
            done=ACTIONS.get(done),
            failed=ACTIONS.get(failed),
        )

    async def act(self, number: int, action: str, request: Request) -> Response:
        """Does with the message what a customer or their mail server would."""
        if not _from_here(request):
            return PlainTextResponse("Not from another site.", 403)
        found = self._inbox.get(number)
        if found is None or action not in ACTIONS:
            return self._page("missing.html", status=404)
        taken = await self._customer.do(action, found[0].mail_from, found[1])
        return RedirectResponse(f"/messages/{number}?{'done' if taken else 'failed'}={action}", 303)

    def html(self, number: int) -> Response:
        """The HTML part alone, shut off from everything by its own policy."""
        found = self._inbox.get(number)
        if found is None:
            return PlainTextResponse("There is no such message.", 404)
        body = _body(_parse(found[1]), "html")
        return HTMLResponse('<base target="_blank">' + body, headers=_MAIL_POLICY)

    def raw(self, number: int) -> Response:
        """The message as it came."""
        found = self._inbox.get(number)
        if found is None:
            return PlainTextResponse("There is no such message.", 404)
        return Response(found[1], media_type="text/plain; charset=utf-8", headers=_POLICY)

    def audiences(self) -> Response:
        """Every audience and the latest requests; people are hashes, and not even those are shown."""
        return self._page(
            "audiences.html",
            audiences=[{"id": a.id, "size": f"{a.size:,}", "requests": a.requests, "received": f"{a.received:,}"}
                       for a in self._audiences.all()],
            requests=[{"audience": r.audience, "action": r.action, "session": r.session_id, "at": _clock(r.at),
                       "received": f"{r.received:,}", "invalid": r.invalid}
                      for r in self._audiences.requests()],
        )  # fmt: skip

    async def clear(self, request: Request) -> Response:
        """Empties the inbox."""
        if not _from_here(request):
            return PlainTextResponse("Not from another site.", 403)
        await self._inbox.clear()
        return RedirectResponse("/", 303)

    def style(self) -> Response:
        """The style sheet."""
        return FileResponse(_FOLDER / "style.css", headers={"Cache-Control": "no-cache"})

    def _page(self, name: str, status: int = 200, **values: Any) -> Response:
        return HTMLResponse(self._templates.get_template(name).render(**values), status, headers=_POLICY)


def _from_here(request: Request) -> bool:
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def _parse(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def _body(parsed: EmailMessage, kind: str) -> str:
    part = parsed.get_body((kind,))
    if part is None:
        return ""
    body = part.get_payload(decode=True)
    charset = part.get_content_charset() or "utf-8"
    try:
        return cast(bytes, body).decode(charset, "replace")
    except LookupError:
        return cast(bytes, body).decode("utf-8", "replace")


def _listed(one: Listed) -> dict[str, Any]:
    return {
        "id": one.id,
        "to": one.rcpt_to,
        "subject": one.subject or "(no subject)",
        "from": one.mail_from,
        "at": _clock(one.received_at),
        "message_id": re.sub(r"[<>]", "", one.message_id),
        "size": f"{one.size / 1024:.1f} KB",
    }


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
