"""What comes back of messages: delivery status notifications (RFC 3464) and feedback reports (RFC 5965).

Nobody else than the message's own return address, with its token, says which message is meant.
"""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from typing import Literal

RETURN_ADDRESS = re.compile(r"\bb\+([a-z2-7]{40,64})@", re.IGNORECASE)
_ADDRESSED = ("To", "Delivered-To", "X-Original-To", "Original-Mail-From", "Original-Rcpt-To", "Return-Path")
_GONE = re.compile(r"5\.(?:0\.0|1\.\d+|2\.[01]|4\.4)")
"""The address is no good. Other failures – a full mailbox, a policy – may be over tomorrow."""


@dataclass(frozen=True, slots=True)
class Returned:
    """A report about one message, named by the token of its return address; `detail` is a status code."""

    token: str
    kind: Literal["delivered", "bounced", "soft_bounced", "complained"]
    detail: str


def read_returned(raw: bytes) -> Returned | None:
    """What the message reports; None: nothing, as an answer from somebody's holiday does."""
    message = message_from_bytes(raw, policy=policy.compat32)  # it parses anything, lazily
    token = _token(message)
    if token is None or message.get_content_type() != "multipart/report":
        return None
    for part in message.walk():
        if part.get_content_type() == "message/feedback-report":
            said = _fields(part)
            kind = said.get("feedback-type", "")
            return Returned(token, "complained", kind[:60]) if kind in ("abuse", "fraud", "virus", "other") else None
        if part.get_content_type() == "message/delivery-status":
            said = _fields(part)
            return _of_status(token, said.get("action", ""), said.get("status", ""))
    return None


def _of_status(token: str, action: str, status: str) -> Returned | None:
    code = re.match(r"[245]\.\d{1,3}\.\d{1,3}", status)
    if action not in ("failed", "delayed") or code is None:
        return None
    gone = action == "failed" and _GONE.fullmatch(code[0])
    return Returned(token, "bounced" if gone else "soft_bounced", code[0])


def _token(message: Message) -> str | None:
    for part in message.walk():
        headers = _fields(part) if part.get_content_maintype() == "message" else {}
        for name in _ADDRESSED:
            for value in (*map(str, part.get_all(name, [])), headers.get(name.lower(), "")):
                if found := RETURN_ADDRESS.search(value):
                    return found[1].lower()
    return None


def _fields(part: Message) -> dict[str, str]:
    """The fields of a report, of its first group that has each; small letters."""
    found: dict[str, str] = {}
    payload = part.get_payload()
    groups = payload if isinstance(payload, list) else [message_from_bytes(str(payload).encode("utf-8", "replace"))]
    for group in groups:
        if isinstance(group, Message):
            for name, value in group.items():
                found.setdefault(name.lower(), str(value).strip().lower())
    return found
