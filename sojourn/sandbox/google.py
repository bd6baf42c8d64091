"""Answers like Google's Data Manager API does: same paths, limits, consent, errors, and statuses that come later."""

import asyncio
import json
import re
import time
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from sojourn.sandbox.audiences import Audiences
from sojourn.sandbox.faults import Faults
from sojourn.sandbox.stumbling import answer, stumble

MOST = 10_000
ACCOUNT = "sojourn@sandbox.example"
"""The only service account that is let in; its signature is not looked at."""
_HASH = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
_AS_TOLD = {"error": {"code": 500, "message": "As told", "status": "INTERNAL"}}


class _Refusal(Exception):
    """An error in Google's words."""

    def __init__(self, reason: str, *, status: int = 400, field: str = "") -> None:
        super().__init__(reason)
        names = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND"}
        kind = "type.googleapis.com/google.rpc"
        details: list[dict[str, Any]] = [
            {"@type": f"{kind}.ErrorInfo", "reason": reason, "domain": "datamanager.googleapis.com"}
        ]
        if field:
            violation = {"field": field, "description": "It is invalid.", "reason": reason}
            details.append({"@type": f"{kind}.BadRequest", "fieldViolations": [violation]})
        message = "There was a problem with the request."
        self.status = status
        self.body = {"error": {"code": status, "message": message, "status": names[status], "details": details}}


@dataclass(frozen=True, slots=True)
class _Done:
    """A request that was taken."""

    at: float
    kind: str
    destination: Any
    records: int
    identifiers: int


class Google:
    """The routes; `token` is what the token endpoint gives out."""

    def __init__(self, audiences: Audiences, faults: Faults, token: str) -> None:
        self._audiences, self._faults, self._token = audiences, faults, token
        self._done: dict[str, _Done] = {}
        self.routes = APIRouter(include_in_schema=False)
        self.routes.add_api_route("/google/token", self._sign_in, methods=["POST"])
        self.routes.add_api_route("/v1/audienceMembers:ingest", self._ingest, methods=["POST"])
        self.routes.add_api_route("/v1/audienceMembers:remove", self._remove, methods=["POST"])
        self.routes.add_api_route("/v1/requestStatus:retrieve", self._status, methods=["GET"])

    async def _sign_in(self, request: Request) -> Response:
        sent = parse_qs((await request.body()).decode())
        try:
            claims = sent["assertion"][0].split(".")[1]
            issuer = json.loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["iss"]
        except (KeyError, IndexError, ValueError):
            issuer = None
        if issuer != ACCOUNT:
            return JSONResponse(
                {"error": "invalid_grant", "error_description": "Invalid grant: account not found"}, 400
            )
        return JSONResponse({"access_token": self._token, "expires_in": 3599, "token_type": "Bearer"})

    async def _ingest(self, request: Request) -> Response:
        return await self._changed(request, "add")

    async def _remove(self, request: Request) -> Response:
        return await self._changed(request, "remove")

    async def _changed(self, request: Request, action: str) -> Response:
        try:
            self._admit(request)
            if faulty := await stumble(self._faults.google, _AS_TOLD):
                return faulty
            sent = await request.json()
            destination, rows = _checked(sent, action)
        except _Refusal as refusal:
            return JSONResponse(refusal.body, refusal.status)
        if sent.get("validateOnly"):
            return JSONResponse({})
        request_id = str(uuid4())
        audience = str(destination["productDestinationId"])
        await asyncio.to_thread(self._audiences.change, audience, action, rows, len(self._done))
        identifiers = sum(map(len, rows))
        self._done[request_id] = _Done(time.time(), action, destination, len(rows), identifiers)
        return answer(self._faults.google, {"requestId": request_id})

    async def _status(self, request: Request) -> Response:
        try:
            self._admit(request)
            done = self._done.get(request.query_params.get("requestId", ""))
            if done is None:
                raise _Refusal("REQUEST_NOT_FOUND", status=404)
        except _Refusal as refusal:
            return JSONResponse(refusal.body, refusal.status)
        faults = self._faults.google
        status = faults.ends if time.time() - done.at >= faults.processing_seconds else "PROCESSING"
        found: dict[str, Any] = {"destination": done.destination, "requestStatus": status}
        counts = {"recordCount": str(done.records), "userIdentifierCount": str(done.identifiers)}
        if done.kind == "add":
            rates = {"uploadMatchRateRange": "MATCH_RATE_RANGE_71_TO_80"} if status == "SUCCESS" else {}
            found["audienceMembersIngestionStatus"] = {"userDataIngestionStatus": {**counts, **rates}}
        else:
            found["audienceMembersRemovalStatus"] = {"userDataRemovalStatus": counts}
        if status in ("FAILED", "PARTIAL_SUCCESS"):
            reason = "PROCESSING_ERROR_REASON_USER_IDENTIFIER_DECRYPTION_ERROR"
            records = done.records if status == "FAILED" else 1
            found["errorInfo"] = {"errorCounts": [{"recordCount": str(records), "reason": reason}]}
        return JSONResponse({"requestStatusPerDestination": [found]})

    def _admit(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {self._token}":
            raise _Refusal("ACCESS_TOKEN_INVALID", status=401)


def _checked(sent: Any, action: str) -> tuple[dict[str, Any], list[list[str]]]:
    """The destination and the hashes of each member. Raises _Refusal."""
    members, destinations = sent.get("audienceMembers", []), sent.get("destinations", [])
    if not destinations or not all(str(each.get("productDestinationId", "")).isdigit() for each in destinations):
        raise _Refusal("INVALID_DESTINATION", field="destinations[0].product_destination_id")
    if not members:
        raise _Refusal("REQUIRED_FIELD_MISSING", field="audience_members")
    if len(members) > MOST:
        raise _Refusal("TOO_MANY_AUDIENCE_MEMBERS", field="audience_members")
    if sent.get("encoding") not in ("HEX", 1):
        raise _Refusal("INVALID_ENCODING", field="encoding")
    if action == "add":
        terms = sent.get("termsOfService", {}).get("customerMatchTermsOfServiceStatus")
        if terms not in ("ACCEPTED", 1):
            raise _Refusal("TERMS_AND_CONDITIONS_NOT_SIGNED", field="terms_of_service")
        if sent.get("consent", {}).get("adUserData") not in ("CONSENT_GRANTED", 1):
            raise _Refusal("CONSENT_DENIED", field="consent.ad_user_data")
    rows = []
    for index, member in enumerate(members):
        identifiers = member.get("userData", {}).get("userIdentifiers", [])
        row = [str(value) for each in identifiers for value in each.values()]
        if not 1 <= len(row) <= 10 or not all(_HASH.fullmatch(value) for value in row):
            field = f"audience_members.audience_members[{index}].user_data.user_identifiers"
            raise _Refusal("INVALID_HEX_ENCODING", field=field)
        rows.append(row)
    return destinations[0], rows
