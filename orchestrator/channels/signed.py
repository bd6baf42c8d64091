"""Checks the signature of a report that a provider posts, as Standard Webhooks and Svix have it."""

from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest, digest

from orchestrator.errors import UserError

TOLERANCE = timedelta(minutes=5)
"""How old a report may be: who has overheard one cannot send it again later."""


def verified(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The id of the report, which is the same when it is sent again; `now` is aware.

    Raises UserError when it was not signed with the secret, or not now. Several signatures may be given: one of a
    secret that is being replaced, and one of its successor.
    """
    given = {name: _header(headers, name) for name in ("id", "timestamp", "signature")}
    try:
        sent_at = datetime.fromtimestamp(int(given["timestamp"]), now.tzinfo)
        key = b64decode(secret.removeprefix("whsec_"), validate=True)
    except (ValueError, OverflowError, Error):
        raise _refused() from None
    said = b".".join((given["id"].encode(), given["timestamp"].encode(), body))
    wanted = b"v1," + b64encode(digest(key, said, sha256))
    # No generator: all are compared, however early one fits.
    fits = [compare_digest(wanted, each.encode("utf-8", "replace")) for each in given["signature"].split()]
    if not any(fits) or abs(now - sent_at) > TOLERANCE:
        raise _refused()
    return given["id"]


def _header(headers: Mapping[str, str], name: str) -> str:
    return headers.get(f"svix-{name}") or headers.get(f"webhook-{name}") or ""


def _refused() -> UserError:
    fix = "copy the signing secret of the webhook into the connection, and check the clock"
    return UserError("the signature of the report is not right", place="signature", fix=fix)
