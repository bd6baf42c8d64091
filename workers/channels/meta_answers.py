"""What Meta's Graph API means by its answers."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import httpx2

from orchestrator.channels.channel import BatchRefused
from orchestrator.errors import ChannelAway, UserError

_BUSY = frozenset((1, 2, 341, 368, 5000, 21009, 4, 17, 613, 80003))
_FATAL = {
    190: ("the access token is refused", "renew it"),
    200: ("the access token lacks a permission", "grant it ads_management"),
    294: ("the access token lacks a permission", "grant it ads_management"),
    33: ("there is no such object, or the token may not see it", "check the ids and the token"),
    1713230: ("the audience is blocked", "look at it in Meta's Audience Manager"),
    1487301: ("the audience has been deleted", "choose another audience"),
    1487366: ("the audience is used elsewhere and cannot change", "choose another audience"),
    2650: ("this kind of audience takes no members", "choose a customer-list audience"),
    2655: ("the terms for custom audiences have not been accepted", "accept them in Meta's Business Manager"),
}


def raise_refusal(answer: httpx2.Response) -> None:
    """Raises BatchRefused, ChannelAway or UserError; without Meta's texts, since they may repeat what was sent."""
    if answer.is_success:
        return
    error = _error(answer)
    code, subcode = error.get("code"), error.get("error_subcode")
    for number in (subcode, code):
        if number in _FATAL:
            text, fix = _FATAL[number]
            raise UserError(f"{text} (meta_{code})", place="connection", fix=fix)
    if code in _BUSY or answer.status_code >= 500 or answer.status_code == 429 or error.get("is_transient"):
        raise away(f"is busy (meta_{code or answer.status_code})", _retry_after(answer))
    if answer.status_code in (401, 403):
        raise UserError("the access token is refused", place="connection", fix="renew it")
    if code is None and answer.status_code != 400:
        raise away(f"answers with HTTP {answer.status_code}")
    raise BatchRefused(f"meta_{code or answer.status_code}")


def _error(answer: httpx2.Response) -> Mapping[str, Any]:
    try:
        error = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        return {}
    return error if isinstance(error, dict) else {}


def _retry_after(answer: httpx2.Response) -> float | None:
    """Seconds until the rate limit gives way: from the usual header, or from Meta's own, in minutes."""
    with suppress(ValueError):
        return float(answer.headers.get("Retry-After", ""))
    with suppress(ValueError, AttributeError, TypeError):
        usage = json.loads(answer.headers.get("X-Business-Use-Case-Usage", ""))
        entries = [entry for entries in usage.values() for entry in entries]
        minutes = max((float(entry.get("estimated_time_to_regain_access", 0)) for entry in entries), default=0.0)
        return minutes * 60 or None
    return None


def away(what: str, retry_after: float | None = None) -> ChannelAway:
    """The error to raise when Meta has taken nothing."""
    return ChannelAway(f"Meta {what}", place="connection", fix="it is tried again", retry_after=retry_after)
