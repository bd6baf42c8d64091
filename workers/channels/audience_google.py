"""Customer Match audiences at Google, through the Data Manager API, by hashes that were made in the lakehouse."""

import logging
import re
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, ClassVar, Literal

import httpx2
from pydantic import Field, SecretStr, field_validator
from sqlglot import exp

from orchestrator.channels.channel import (
    Batch,
    BatchRefused,
    Capabilities,
    ChannelModel,
    Identifier,
    Outcome,
    Result,
    Semantics,
)
from orchestrator.channels.http import TIMEOUT, HttpChannel
from orchestrator.errors import UserError
from workers.channels.google_account import ServiceAccount, account

log = logging.getLogger("sojourn.worker")

_SCOPE = "https://www.googleapis.com/auth/datamanager"
_HASH = re.compile(r"[0-9a-f]{64}")
_REASON = re.compile(r"[A-Z_]{1,50}")
_FOLLOWED = 50
_LOOK_AFTER = 30.0
"""Seconds after which it is asked what became of a request, which Google processes on its own time."""


def email_hash(contact: exp.Expr) -> exp.Expr:
    """SHA-256 of the address without blanks, in small letters; at Gmail without dots and tag. NULL for no address."""
    tidy = _replaced(exp.Lower(this=exp.cast(contact.copy(), "text")), r"\s+")
    local, domain = (exp.SplitPart(this=tidy.copy(), delimiter=_text("@"), part_index=_number(part)) for part in (1, 2))
    mailbox = _replaced(local, r"[+].*$|[.]")
    gmail = exp.In(this=domain, expressions=[_text("gmail.com"), _text("googlemail.com")])
    at_gmail = exp.Concat(expressions=[mailbox, _text("@"), domain.copy()])
    address = exp.Case(ifs=[exp.If(this=gmail, true=at_gmail)], default=tidy.copy())
    is_address = exp.Like(this=address.copy(), expression=_text("%_@_%"))
    return exp.Case(ifs=[exp.If(this=is_address, true=_sha256(address))])


def phone_hash(contact: exp.Expr) -> exp.Expr:
    """SHA-256 of + and the digits, without leading zeros. NULL when there are none."""
    digits = _replaced(exp.cast(contact.copy(), "text"), "^[^1-9]+|[^0-9]")
    some = exp.NEQ(this=digits, expression=_text(""))
    plus = exp.Concat(expressions=[_text("+"), digits.copy()])
    return exp.Case(ifs=[exp.If(this=some, true=_sha256(plus))])


def _replaced(text: exp.Expr, pattern: str) -> exp.Expr:
    return exp.RegexpReplace(this=text, expression=_text(pattern), replacement=_text(""), modifiers=_text("g"))


def _sha256(text: exp.Expr) -> exp.Expr:
    return exp.SHA2(this=text, length=_number(256))


def _text(value: str) -> exp.Expr:
    return exp.Literal.string(value)


def _number(value: int) -> exp.Expr:
    return exp.Literal.number(value)


_FIELDS = {"EMAIL": "emailAddress", "PHONE": "phoneNumber"}


class AudienceGoogle(HttpChannel):
    """Adds to, or removes from, one audience; sending the same members again changes nothing."""

    name: ClassVar[str] = "audience.google"
    title: ClassVar[str] = "Google audience"
    icon: ClassVar[str] = "brand-google"
    capabilities: ClassVar[Capabilities] = Capabilities(
        kind="audience",
        semantics=Semantics.SET,
        consent="paid_media",
        batch=10_000,
        lanes=2,
        identifiers=(Identifier("EMAIL", "email", email_hash), Identifier("PHONE", "phone", phone_hash)),
    )

    class Connection(ChannelModel):
        """The Google Ads account, and the service account that may change its audiences."""

        service_account: SecretStr = Field(title="Key of the service account", description="The JSON file's content")
        account_id: str = Field(title="Google Ads account", pattern=r"^\d{10}$", description="Ten digits, no dashes")
        login_account_id: str = Field(
            "", title="Manager account", pattern=r"^(\d{10})?$", description="If it has access"
        )
        terms_accepted: bool = Field(False, title="The Customer Match terms are accepted")
        base_url: str = Field(
            "https://datamanager.googleapis.com", title="Address of the API", pattern=r"^https?://[^\s?#@]+$"
        )

        @field_validator("service_account")
        @classmethod
        def _is_account(cls, value: SecretStr) -> SecretStr:
            account(value.get_secret_value())
            return value

    class Step(ChannelModel):
        """The audience, and what becomes of its members."""

        audience_id: str = Field(title="Audience", pattern=r"^\d+$", description="The number Google gave it")
        action: Literal["add", "remove"] = Field("add", title="Action")
        personalised: bool = Field(True, title="Personalised ads", description="Members have agreed to these, too")

    def __init__(self, connection: ChannelModel) -> None:
        super().__init__(connection)
        self._auth = ServiceAccount(self.connection.service_account.get_secret_value(), _SCOPE)
        self._followed: deque[tuple[float, str]] = deque(maxlen=_FOLLOWED)

    def client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.connection.base_url, auth=self._auth, timeout=TIMEOUT)

    async def check(self) -> str:
        """Has nobody validated, which needs the same rights as somebody."""
        body = self._body([], "1", personalised=True) | {"validateOnly": True}
        with suppress(BatchRefused, _Refused):  # of nobody, or of audience 1: whoever gets this answer was let in
            await self.ask("POST", "/v1/audienceMembers:ingest", json=body)
        return f"Signed in at Google for account {self.connection.account_id}"

    @classmethod
    def reverse(cls, step: Any) -> ChannelModel | None:
        """Removing, where members are added."""
        made: ChannelModel | None = step.model_copy(update={"action": "remove"}) if step.action == "add" else None
        return made

    async def deliver(self, batch: Batch, step: Any) -> AsyncIterator[tuple[str, Result]]:
        """One request for the batch; Google says later what became of it, and is asked before the next ones."""
        await self._follow()
        members: dict[str, list[dict[str, str]]] = {}
        for each in batch.recipients:
            row = {_FIELDS[name]: each.values.get(name) or "" for name in _FIELDS}
            found = [{field: value} for field, value in row.items() if value]
            if not found:
                yield each.key, Result(Outcome.REJECTED, reason="no_identifier")
            elif not all(isinstance(value, str) and _HASH.fullmatch(value) for one in found for value in one.values()):
                yield each.key, Result(Outcome.REJECTED, reason="not_hashed")
            else:
                members[each.key] = found
        if not members:
            return
        body = self._body(list(members.values()), step.audience_id, personalised=step.personalised)
        if step.action == "remove":
            body = {name: body[name] for name in ("destinations", "audienceMembers", "encoding")}
        path = f"/v1/audienceMembers:{'ingest' if step.action == 'add' else 'remove'}"
        try:
            request_id = str((await self.ask("POST", path, json=body)).json()["requestId"])
        except _Refused as refused:
            text, fix = f"Google refuses the request ({refused})", "check account, audience and terms"
            raise UserError(text, place="step", fix=fix) from None
        self._followed.append((time.monotonic(), request_id))
        for key in members:
            yield key, Result(Outcome.ACCEPTED, reference=request_id)

    def _body(self, members: list[list[dict[str, str]]], audience_id: str, *, personalised: bool) -> dict[str, Any]:
        settings = self.connection
        destination: dict[str, Any] = {
            "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": settings.account_id},
            "productDestinationId": audience_id,
        }
        if settings.login_account_id:
            destination["loginAccount"] = {"accountType": "GOOGLE_ADS", "accountId": settings.login_account_id}
        # Whoever comes this far has agreed to the purpose; who has not is left out in the lakehouse.
        consent = {"adUserData": "CONSENT_GRANTED"}
        if personalised:
            consent["adPersonalization"] = "CONSENT_GRANTED"
        terms = "ACCEPTED" if settings.terms_accepted else "REJECTED"
        return {
            "destinations": [destination],
            "audienceMembers": [{"userData": {"userIdentifiers": each}} for each in members],
            "consent": consent,
            "encoding": "HEX",
            "termsOfService": {"customerMatchTermsOfServiceStatus": terms},
        }

    async def _follow(self) -> None:
        """Asks what became of earlier requests. Raises UserError when Google could not process one."""
        due = [each for each in self._followed if time.monotonic() - each[0] >= _LOOK_AFTER]
        self._followed = deque((each for each in self._followed if each not in due), _FOLLOWED)
        failed: UserError | None = None
        while due:
            request_id = due[0][1]
            try:
                answer = await self.ask("GET", "/v1/requestStatus:retrieve", params={"requestId": request_id})
            except _Refused:  # it is not known any more
                due.pop(0)
                continue
            except BaseException:
                self._followed.extend(due)
                raise
            due.pop(0)
            for each in answer.json().get("requestStatusPerDestination", []):
                status, reason = each.get("requestStatus"), _reason_of(each)
                if status == "PROCESSING":
                    self._followed.append((time.monotonic(), request_id))
                elif status == "PARTIAL_SUCCESS":
                    log.warning("Google took a part of request %s only (%s)", request_id, reason)
                elif status == "FAILED":
                    text = f"Google could not process request {request_id} ({reason})"
                    failed = UserError(text, place="audience", fix="look at it in Google Ads; later members go on")
        if failed is not None:
            raise failed

    def trouble(self, answer: httpx2.Response) -> Exception:
        """A refusal of members is the batch's, any other of the request is the person's to mend."""
        if answer.status_code not in (400, 404):
            return super().trouble(answer)
        details = _details(answer)
        reason = next(
            (str(each["reason"]) for each in details if _REASON.fullmatch(str(each.get("reason")))), "INVALID"
        )
        fields = [str(violation.get("field")) for each in details for violation in each.get("fieldViolations", [])]
        if any(field.startswith("audience_members") for field in fields):
            return BatchRefused(f"google_{reason.lower()}"[:49])
        return _Refused(reason.lower())


class _Refused(Exception):
    """Google takes no such request, whoever is in it."""


def _details(answer: httpx2.Response) -> list[dict[str, Any]]:
    try:
        found = answer.json()["error"]["details"]
        return [each for each in found if isinstance(each, dict)]
    except (ValueError, KeyError, TypeError):
        return []


def _reason_of(status: dict[str, Any]) -> str:
    """The first reason Google gives, with the records it is about."""
    for each in status.get("errorInfo", {}).get("errorCounts", []):
        if _REASON.fullmatch(str(each.get("reason"))):
            return f"{each['reason'].lower()}: {int(each.get('recordCount', 0))} records"
    return "no reason given"
