"""Answers like Resend does: same paths, limits, idempotency keys and errors; its mail is in the same inbox."""

import asyncio
import json
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from sojourn.sandbox.faults import Faults
from sojourn.sandbox.inbox import Inbox, Received
from sojourn.sandbox.stumbling import answer, stumble

MOST = 100
KEPT = 24 * 3600.0
"""Seconds for which a key is remembered."""
_AS_TOLD = {"statusCode": 500, "name": "as_told", "message": "As told"}
_NEEDED = ("from", "to", "subject")


class _Refusal(Exception):
    """An error in Resend's words."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status, self.body = status, {"statusCode": status, "name": name, "message": message}


class Resend:
    """The routes under /resend; `token` is the only API key that is taken."""

    def __init__(self, inbox: Inbox, faults: Faults, token: str) -> None:
        self._inbox, self._faults, self._token = inbox, faults, token
        self._keys: dict[str, tuple[float, bytes, Any]] = {}
        """Key → when it came, a digest of the body, and the answer; None while it is worked on."""
        self.routes = APIRouter(prefix="/resend", include_in_schema=False)
        self.routes.add_api_route("/emails/batch", self._batch, methods=["POST"])
        self.routes.add_api_route("/emails", self._one, methods=["POST"])
        self.routes.add_api_route("/domains", self._domains, methods=["GET"])

    async def _batch(self, request: Request) -> Response:
        return await self._answered(request, many=True)

    async def _one(self, request: Request) -> Response:
        return await self._answered(request, many=False)

    async def _domains(self, request: Request) -> Response:
        try:
            self._admit(request)
        except _Refusal as refusal:
            return JSONResponse(refusal.body, refusal.status)
        return JSONResponse({"data": [{"id": "sandbox", "name": "grocer.example", "status": "verified"}]})

    async def _answered(self, request: Request, *, many: bool) -> Response:
        body, key = await request.body(), request.headers.get("idempotency-key")
        try:
            self._admit(request)
            known = None if key is None else self._known(key, body)
            if known is None:
                return await self._done(key, body, many=many)
        except _Refusal as refusal:
            return JSONResponse(refusal.body, refusal.status)
        return await stumble(self._faults.resend, _AS_TOLD) or answer(self._faults.resend, known)

    async def _done(self, key: str | None, body: bytes, *, many: bool) -> Response:
        """Sends it, and remembers that under the key; what was not sent is not remembered."""
        if key is not None:
            self._keys[key] = (time.time(), sha256(body).digest(), None)
        sent = None
        try:
            if faulty := await stumble(self._faults.resend, _AS_TOLD):
                return faulty
            sent = await self._send(body, many=many)
        finally:
            if key is not None and sent is None:
                del self._keys[key]
        if key is not None:
            self._keys[key] = (time.time(), sha256(body).digest(), sent)
        return answer(self._faults.resend, sent)

    def _admit(self, request: Request) -> None:
        said = request.headers.get("authorization", "")
        if not said:
            raise _Refusal(401, "missing_api_key", "Missing API key in the authorization header.")
        if said != f"Bearer {self._token}":
            raise _Refusal(403, "invalid_api_key", "API key is invalid.")

    def _known(self, key: str, body: bytes) -> Any:
        if not 1 <= len(key) <= 256:
            raise _Refusal(400, "invalid_idempotency_key", "The key must be between 1-256 chars.")
        at, seen, said = self._keys.get(key, (0.0, b"", None))
        if time.time() - at > KEPT:
            return None
        if said is None:
            raise _Refusal(
                409, "concurrent_idempotent_requests", "Same idempotency key used while original is in progress."
            )
        if seen != sha256(body).digest():
            raise _Refusal(
                409, "invalid_idempotent_request", "Same idempotency key used with a different request payload."
            )
        return said

    async def _send(self, body: bytes, *, many: bool) -> dict[str, Any]:
        try:
            content = json.loads(body)
        except ValueError:
            raise _Refusal(422, "validation_error", "The body is not JSON.") from None
        emails = content if many and isinstance(content, list) else [content]
        if len(emails) > MOST:
            raise _Refusal(422, "validation_error", f"At most {MOST} emails in one request.")
        made = [_made(each) for each in emails]
        ids = [str(uuid4()) for _ in made]
        await asyncio.gather(*map(self._inbox.keep, made))
        return {"data": [{"id": id_} for id_ in ids]} if many else {"id": ids[0]}


def _made(email: Any) -> Received:
    """The mail as it arrives. Raises _Refusal for one that Resend would refuse."""
    if not isinstance(email, dict) or any(not email.get(name) for name in _NEEDED):
        raise _Refusal(422, "missing_required_field", "The request body is missing one or more required fields.")
    to = email["to"] if isinstance(email["to"], list) else [email["to"]]
    message = EmailMessage(policy=SMTP)
    try:
        message["From"], message["To"], message["Subject"] = email["from"], ", ".join(to), email["subject"]
        message["Date"] = format_datetime(datetime.now(UTC))
        tags = {str(each["name"]): str(each["value"]) for each in email.get("tags", [])}
        message["Message-ID"] = f"<{tags.get('delivery') or uuid4()}@resend.sandbox.example>"  # so that it can be told
        for name, value in {"Reply-To": email.get("reply_to"), **email.get("headers", {})}.items():
            if value:
                message[name] = value
        message.set_content(email.get("text") or "")
        if email.get("html"):
            message.add_alternative(email["html"], subtype="html")
        content = message.as_bytes()
    except (ValueError, TypeError, AttributeError, KeyError):
        raise _Refusal(422, "validation_error", f"Invalid `to` field: {to[0]}") from None
    if any("@" not in each or not each.isascii() for each in to):
        raise _Refusal(422, "validation_error", f"Invalid `to` field: {to[0]}")
    return Received(str(email["from"]), tuple(to), content, time.time())
