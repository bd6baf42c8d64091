"""Stands before every request: only this machine, only our own pages, bodies of a sensible size, safe headers."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import answer, unexpected
from orchestrator.channels.links import PATH, Links
from orchestrator.errors import UserError

MAX_BODY = 2_000_000
"""Bytes; a journey of 500 steps has about 300 kB."""
CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
_SAFE = {"GET", "HEAD", "OPTIONS"}
_HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine and nothing else."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def refuse_open_address(host: str) -> None:
    """Raises UserError for an address others can reach: there is no sign-in yet."""
    if not is_loopback(host):
        text = f"the API would listen on {host!r}, where others can reach it, and there is no sign-in yet"
        fix = "use 127.0.0.1, and an SSH tunnel or a proxy that signs people in"
        raise UserError(text, place="SOJOURN_HOST", fix=fix)


class Guard:
    """ASGI middleware. What it refuses, and every defect, leaves in the one shape of errors."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _add_headers(scope["path"], message["status"], MutableHeaders(scope=message))
            await send(message)

        headers = Headers(scope=scope)
        refused = None if _for_customers(scope, headers) else _refused(scope["method"], headers)
        if refused is not None:
            await refused(scope, receive, sending)
            return
        try:
            await self.app(scope, _limited(receive), sending)
        except Exception as error:
            if started:
                raise
            await unexpected(error)(scope, receive, sending)


def _for_customers(scope: Scope, headers: Headers) -> bool:
    """Whether it is a page for customers, reached by the name that they know; their link says what they may do.

    No page of ours keeps anything in a browser that another page could make use of.
    """
    if not scope["path"].startswith(f"{PATH}/"):
        return False
    host = _parsed(f"//{headers.get('host', '')}")
    links: Links | None = scope["app"].state.parts.links
    public = urlsplit(links.url).hostname if links else None
    return host is not None and (host.hostname == public or is_loopback(host.hostname or ""))


def _refused(method: str, headers: Headers) -> Response | None:
    """A page elsewhere may make a browser send requests here; it can change neither Host nor Sec-Fetch-Site."""
    host = _parsed(f"//{headers.get('host', '')}")
    if host is None or not is_loopback(host.hostname or ""):
        # A name of somebody else's that was made to point here: DNS rebinding.
        fix = "open it as http://127.0.0.1 or http://localhost"
        return answer(403, "user", "forbidden", "this host name is not this machine", place="Host", fix=fix)
    if method in _SAFE:
        return None
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site:
        ours = site in ("same-origin", "none")
    else:
        page = _parsed(origin) if origin else host
        ours = page is not None and page.netloc == host.netloc
    if not ours:
        text = "a page from elsewhere asked for a change"
        return answer(403, "user", "forbidden", text, place="Origin", fix="use Sojourn's own pages")
    return None


def _parsed(address: str) -> SplitResult | None:
    try:
        found = urlsplit(address)
        found.port  # noqa: B018 – raises for a port that is none
    except ValueError:
        return None
    return found


def _limited(receive: Receive) -> Receive:
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > MAX_BODY:
            raise HTTPException(413, f"the body has more than {MAX_BODY:,} bytes")
        return message

    return limited


def _add_headers(path: str, status: int, headers: MutableHeaders) -> None:
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    if path.startswith("/api/"):
        headers.setdefault("cache-control", "no-store")
    elif path.startswith("/assets/") and status < 400:
        # Their names hold a hash of what is in them.
        headers["cache-control"] = "public, max-age=31536000, immutable"
    else:
        headers["cache-control"] = "no-cache"
