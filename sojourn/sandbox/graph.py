"""Answers like Meta's Graph API does for custom audiences: same paths, limits and error codes."""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from sojourn.sandbox.audiences import Audiences
from sojourn.sandbox.faults import Faults
from sojourn.sandbox.stumbling import BrokenOff

MOST_USERS = 10_000
_MADE = {"23851234567890": "Bundle look-alikes", "23851234567891": "Lapsed shoppers"}
"""Audiences that are there from the start."""
_VERSION = re.compile(r"v\d+\.\d+")


class _Refusal(Exception):
    """An error in Meta's words."""

    def __init__(self, text: str, code: int, *, status: int = 400, subcode: int | None = None) -> None:
        super().__init__(text)
        kind = "OAuthException" if code in (1, 2, 4, 17, 100, 190) else "GraphMethodException"
        self.status = status
        self.body: dict[str, Any] = {"error": {"message": text, "type": kind, "code": code, "fbtrace_id": "sandbox"}}
        if subcode is not None:
            self.body["error"]["error_subcode"] = subcode


class Graph:
    """The routes; `token` is the only access token that is taken."""

    def __init__(self, audiences: Audiences, faults: Faults, token: str) -> None:
        self._audiences = audiences
        self._faults = faults
        self._token = token
        self.routes = APIRouter(include_in_schema=False)
        self.routes.add_api_route("/{version}/{audience}/users", self._users, methods=["POST", "DELETE"])
        self.routes.add_api_route("/{version}/{audience}/sessions", self._sessions, methods=["GET"])
        self.routes.add_api_route("/{version}/{account}/customaudiences", self._list, methods=["GET"])
        self.routes.add_api_route("/{version}/{thing}", self._read, methods=["GET"])

    async def _users(self, version: str, audience: str, request: Request) -> Response:
        try:
            sent = await _parameters(request)
            self._admit(version, request, sent)
            faulty = await self._fail()
            if faulty is not None:
                return faulty
            rows, session_id = self._rows(sent)
        except _Refusal as refusal:
            return JSONResponse(refusal.body, refusal.status)
        action = "add" if request.method == "POST" else "remove"
        invalid = await asyncio.to_thread(self._audiences.change, audience, action, rows, session_id)
        answer = {
            "audience_id": audience,
            "session_id": str(session_id),
            "num_received": len(rows),
            "num_invalid_entries": invalid,
            "invalid_entry_samples": {},
        }
        if self._faults.meta.drop_replies:
            self._faults.meta.drop_replies -= 1
            return BrokenOff(answer)
        return JSONResponse(answer)

    async def _read(self, version: str, thing: str, request: Request) -> Response:
        try:
            self._admit(version, request, dict(request.query_params))
            faulty = await self._fail()
        except _Refusal as refusal:
            return JSONResponse(refusal.body, refusal.status)
        if faulty is not None:
            return faulty
        if thing.startswith("act_"):
            return JSONResponse({"id": thing, "name": "Sandbox ad account", "account_status": 1})
        size = (await asyncio.to_thread(self._audiences.get, thing)).size
        return JSONResponse(
            {
                "id": thing,
                "name": f"Audience {thing}",
                "approximate_count_lower_bound": size,
                "approximate_count_upper_bound": size,
                "operation_status": {"code": 200, "description": "Normal"},
            }
        )

    async def _list(self, version: str, account: str, request: Request) -> Response:
        """Those that the sandbox began with, and those that were written to since."""
        try:
            self._admit(version, request, dict(request.query_params))
        except _Refusal as refusal:
            return JSONResponse(refusal.body, refusal.status)
        names = {each.id: f"Audience {each.id}" for each in await asyncio.to_thread(self._audiences.all)}
        return JSONResponse({"data": [{"id": id_, "name": name} for id_, name in (names | _MADE).items()]})

    async def _sessions(self, version: str, audience: str, request: Request) -> Response:
        try:
            self._admit(version, request, dict(request.query_params))
        except _Refusal as refusal:
            return JSONResponse(refusal.body, refusal.status)
        latest = await asyncio.to_thread(self._audiences.requests, audience)
        return JSONResponse(
            {
                "data": [
                    {
                        "session_id": str(one.session_id),
                        "num_received": one.received,
                        "num_invalid_entries": one.invalid,
                    }
                    for one in latest
                ]
            }
        )

    def _admit(self, version: str, request: Request, sent: Mapping[str, Any]) -> None:
        if not _VERSION.fullmatch(version):
            raise _Refusal("Unknown path components", 2500, status=404)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._token not in (bearer, sent.get("access_token")):
            raise _Refusal("Invalid OAuth access token.", 190, status=401)

    def _rows(self, sent: Mapping[str, Any]) -> tuple[list[list[str]], int]:
        payload, session = sent.get("payload"), sent.get("session")
        if not isinstance(payload, dict) or not isinstance(payload.get("data"), list) or not payload.get("schema"):
            raise _Refusal("(#100) Param payload must have schema and data", 100)
        if not isinstance(session, dict) or not isinstance(session.get("session_id"), int):
            raise _Refusal("(#100) Param session must have a session_id", 100)
        schema = payload["schema"]
        width = 1 if isinstance(schema, str) else len(schema)
        rows = [row if isinstance(row, list) else [row] for row in payload["data"]]
        if len(rows) > MOST_USERS:
            raise _Refusal(f"(#100) Too many users: at most {MOST_USERS} in one request", 100)
        if any(len(row) != width for row in rows):
            raise _Refusal("(#100) Invalid parameter: a row does not match the schema", 100)
        poison = set(self._faults.meta.poison)
        if poison and any(poison.intersection(row) for row in rows):
            raise _Refusal("(#100) Invalid parameter", 100)
        return rows, session["session_id"]

    async def _fail(self) -> Response | None:
        faults = self._faults.meta
        if faults.latency_ms:
            await asyncio.sleep(faults.latency_ms / 1000)
        if faults.drop_requests:
            faults.drop_requests -= 1
            return BrokenOff({})
        if not faults.fail_next:
            return None
        faults.fail_next -= 1
        headers = {"Retry-After": str(faults.retry_after)} if faults.retry_after is not None else {}
        if faults.regain_minutes is not None:
            usage = {"1": [{"call_count": 100, "estimated_time_to_regain_access": faults.regain_minutes}]}
            headers["X-Business-Use-Case-Usage"] = json.dumps(usage)
        if faults.code is None:
            return Response("Sorry, something went wrong.", faults.status, headers)
        refusal = _Refusal("As told", faults.code, status=faults.status, subcode=faults.subcode)
        return JSONResponse(refusal.body, refusal.status, headers)


async def _parameters(request: Request) -> dict[str, Any]:
    """What was sent, as JSON, as a form or in the query, as the official SDKs do."""
    body = await request.body()
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            sent = json.loads(body)
        except ValueError:
            raise _Refusal("(#100) The body is not JSON", 100) from None
        return sent if isinstance(sent, dict) else {}
    return dict(_decoded([*request.query_params.multi_items(), *parse_qsl(body.decode("utf-8", "replace"))]))


def _decoded(pairs: list[tuple[str, str]]) -> Iterator[tuple[str, Any]]:
    for name, value in pairs:
        if name in ("payload", "session"):
            try:
                yield name, json.loads(value)
            except ValueError:
                raise _Refusal(f"(#100) Param {name} is not JSON", 100) from None
        else:
            yield name, value
