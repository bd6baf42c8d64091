"""A client of the API for the command line; what the API refuses comes back as the same kind of error."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx2

from orchestrator.errors import (
    Conflict,
    Invalid,
    NotFound,
    OperationalError,
    SojournError,
    Stale,
    UserError,
)
from orchestrator.settings import Settings, read_settings

_PATIENCE = httpx2.Timeout(120, connect=5)
"""Seconds; a preview over a large lakehouse takes a while."""


class Client:
    """Speaks to the API at an address; to be used as a context manager.

    Every method raises UserError or OperationalError in the API's own words.
    """

    def __init__(self, address: str, *, transport: httpx2.BaseTransport | None = None) -> None:
        self.address = address.rstrip("/")
        # No proxy stands between this machine and itself.
        self._http = httpx2.Client(
            base_url=f"{self.address}/api/v1", timeout=_PATIENCE, transport=transport, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str) -> dict[str, Any]:
        """What is at the path."""
        return self._ask("GET", path)[0]

    def post(
        self, path: str, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """What the API answers."""
        return self._ask("POST", path, body, headers)[0]

    def journeys(self) -> list[dict[str, Any]]:
        """The list of journeys."""
        return list(self.get("/journeys")["items"])

    def save(self, journey_id: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Makes the journey, or saves over the revision that is there now."""
        path = of_journey(journey_id)
        try:
            _, tag = self._ask("GET", path)
        except NotFound:
            return self.post("/journeys", {"id": journey_id, "document": document})
        return self._ask("PUT", path, {"document": document}, {"If-Match": tag})[0]

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[dict[str, Any], str]:
        """The answer and its ETag."""
        try:
            answer = self._http.request(method, path, json=body, headers=headers)
        except httpx2.ConnectError as nobody:
            text = f"No Sojourn answers at {self.address} – start one with `sojourn dev`"
            raise OperationalError(text) from nobody
        except httpx2.TimeoutException as slow:
            raise OperationalError(f"Sojourn at {self.address} took too long to answer", fix="try again") from slow
        except httpx2.HTTPError as broken:
            raise OperationalError(f"the connection to {self.address} broke", fix="try again") from broken
        if answer.is_success:
            return (dict(answer.json()) if answer.content else {}), answer.headers.get("etag", "")
        raise _error(answer)


def open_client(settings: Settings | None = None) -> Client:
    """A client of the Sojourn that the settings name."""
    found = settings or read_settings()
    host = f"[{found.host}]" if ":" in found.host else found.host
    return Client(f"http://{host}:{found.port}")


def of_journey(journey_id: str, *rest: str) -> str:
    """The path of a journey, or of something of it; the id may be anything a person typed."""
    return "/".join(["/journeys", quote(journey_id, safe=""), *rest])


def _error(answer: httpx2.Response) -> SojournError:
    try:
        error = dict(answer.json()["error"])
        text, place, fix = str(error["text"]), str(error["place"]), str(error["fix"])
        kind, problems = error["kind"], list(error["problems"])
    except (ValueError, KeyError, TypeError):
        text = f"what answers at {answer.request.url.host}:{answer.request.url.port} is not Sojourn"
        return OperationalError(text, fix="check SOJOURN_HOST and SOJOURN_PORT")
    if kind == "operational":
        return OperationalError(text, place=place, fix=fix)
    if kind != "user":
        return SojournError(text, place=place, fix=fix)
    if answer.status_code == Invalid.status:
        return Invalid(text, problems=problems, place=place, fix=fix)
    if answer.status_code == Stale.status:
        return Stale(text, current=error["current"] or {}, place=place, fix=fix)
    known = {NotFound.status: NotFound, Conflict.status: Conflict}
    return known.get(answer.status_code, UserError)(text, place=place, fix=fix)
