"""Custom audiences at Meta: members are added and removed by hashes that were made in the lakehouse."""

import re
from collections.abc import AsyncIterator, Sequence
from hashlib import sha256
from typing import Any, ClassVar, Literal

import httpx2
from pydantic import Field, SecretStr, field_validator
from sqlglot import exp

from orchestrator.channels.channel import (
    Batch,
    BatchRefused,
    Capabilities,
    Channel,
    ChannelModel,
    Identifier,
    Outcome,
    Result,
    Semantics,
)
from orchestrator.errors import NoAnswer, UserError
from workers.channels.meta_answers import away, raise_refusal

SCHEMA = ("EMAIL", "PHONE")
_HASH = re.compile(r"[0-9a-f]{64}")
_LISTED = 200


def email_hash(contact: exp.Expr) -> exp.Expr:
    """SHA-256 of the address, trimmed and in small letters; dots and tags stay. NULL for no address."""
    tidy = exp.Lower(this=exp.Trim(this=contact.copy()))
    is_address = exp.Like(this=tidy.copy(), expression=exp.Literal.string("%_@_%"))
    return exp.Case(ifs=[exp.If(this=is_address, true=_sha256(tidy))])


def phone_hash(contact: exp.Expr) -> exp.Expr:
    """SHA-256 of the digits, without leading zeros. NULL when there are none."""
    digits = exp.RegexpReplace(
        this=exp.cast(contact.copy(), "text"),
        expression=exp.Literal.string("^[^1-9]+|[^0-9]"),
        replacement=exp.Literal.string(""),
        modifiers=exp.Literal.string("g"),
    )
    return _sha256(exp.Nullif(this=digits, expression=exp.Literal.string("")))


def _sha256(text: exp.Expr) -> exp.Expr:
    return exp.SHA2(this=text, length=exp.Literal.number(256))


class AudienceMeta(Channel):
    """Adds to, or removes from, one audience; sending the same members again changes nothing."""

    name: ClassVar[str] = "audience.meta"
    title: ClassVar[str] = "Meta audience"
    icon: ClassVar[str] = "brand-meta"
    capabilities: ClassVar[Capabilities] = Capabilities(
        kind="audience",
        semantics=Semantics.SET,
        consent="paid_media",
        batch=10_000,
        lanes=2,
        identifiers=(Identifier("EMAIL", "email", email_hash), Identifier("PHONE", "phone", phone_hash)),
    )

    class Connection(ChannelModel):
        """The ad account and the token that may change its audiences."""

        base_url: str = Field("https://graph.facebook.com", title="Address of the API")
        api_version: str = Field("v26.0", title="API version", pattern=r"^v\d+\.\d+$")
        access_token: SecretStr = Field(title="Access token", min_length=1)
        ad_account_id: str = Field(title="Ad account", pattern=r"^(act_)?\d+$")

        @field_validator("base_url")
        @classmethod
        def _is_http(cls, value: str) -> str:
            if not re.fullmatch(r"https?://[^\s?#@]+", value):
                raise ValueError("not an http address")
            return value.rstrip("/")

    class Step(ChannelModel):
        """The audience, and what becomes of its members."""

        audience_id: str = Field(
            title="Audience",
            pattern=r"^\d+$",
            description="The number Meta gave it",
            json_schema_extra={"x-choices": True},
        )
        action: Literal["add", "remove"] = Field("add", title="Action")

    def __init__(self, connection: ChannelModel) -> None:
        super().__init__(connection)
        self._http: httpx2.AsyncClient | None = None

    async def open(self) -> None:
        """Makes the client; it connects with the first batch."""
        self._http = self._client()

    async def close(self) -> None:
        """Closes the connections."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def check(self) -> str:
        """Reads the ad account's name."""
        found = await self._of_account("", fields="name")
        return f"Connected to ad account {found.get('name') or self._account}"

    async def choices(self, field: str) -> dict[str, str]:
        """The account's audiences by number; the first 200 of them."""
        if field != "audience_id":
            return {}
        found = await self._of_account("/customaudiences", fields="id,name", limit=str(_LISTED))
        return {str(each["id"]): str(each.get("name") or each["id"]) for each in found.get("data", [])}

    @property
    def _account(self) -> str:
        return f"act_{self.connection.ad_account_id.removeprefix('act_')}"

    async def _of_account(self, path: str, **asked: str) -> dict[str, Any]:
        async with self._client() as http:
            try:
                answer = await http.get(f"/{self._account}{path}", params=asked)
            except httpx2.HTTPError:
                raise away("cannot be reached") from None
        try:
            raise_refusal(answer)
        except BatchRefused as refused:
            raise UserError(
                f"Meta refuses the ad account ({refused.reason})", place="connection", fix="check its number"
            ) from None
        found: dict[str, Any] = answer.json()
        return found

    @classmethod
    def reverse(cls, step: Any) -> ChannelModel | None:
        """Removing, where members are added."""
        made: ChannelModel | None = step.model_copy(update={"action": "remove"}) if step.action == "add" else None
        return made

    async def deliver(self, batch: Batch, step: Any) -> AsyncIterator[tuple[str, Result]]:
        """One request for the batch."""
        rows: dict[str, list[str]] = {}
        for recipient in batch.recipients:
            row = [recipient.values.get(name) or "" for name in SCHEMA]
            if reason := _unsendable(row):
                yield recipient.key, Result(Outcome.REJECTED, reason=reason)
            else:
                rows[recipient.key] = row
        if rows:
            session = _session(batch.key)
            await self._send(session, list(rows.values()), step)
            for key in rows:
                yield key, Result(Outcome.ACCEPTED, reference=str(session))

    async def _send(self, session: int, data: list[list[str]], step: Any) -> None:
        """Returns when Meta has taken the rows; raises BatchRefused, ChannelAway or UserError."""
        if self._http is None:
            await self.open()
        assert self._http is not None
        body = {
            "payload": {"schema": SCHEMA, "data": data},
            "session": {
                "session_id": session,
                "batch_seq": 1,
                "last_batch_flag": True,
                "estimated_num_total": len(data),
            },
        }
        method = "POST" if step.action == "add" else "DELETE"
        try:
            answer = await self._http.request(method, f"/{step.audience_id}/users", json=body)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout):
            raise away("cannot be reached") from None
        except httpx2.HTTPError:
            raise NoAnswer("Meta gave no answer", place="connection", fix="it is tried again") from None
        raise_refusal(answer)

    def _client(self) -> httpx2.AsyncClient:
        settings = self.connection
        return httpx2.AsyncClient(
            base_url=f"{settings.base_url}/{settings.api_version}",
            headers={"Authorization": f"Bearer {settings.access_token.get_secret_value()}"},
            timeout=httpx2.Timeout(60, connect=10),
            limits=httpx2.Limits(max_connections=self.capabilities.lanes),
        )


def _session(key: str) -> int:
    """The number of an upload: the same whenever the same batch is sent again."""
    return int(sha256(key.encode()).hexdigest()[:15], 16)


def _unsendable(row: Sequence[str]) -> str | None:
    """Why a row must stay here: without a hash Meta cannot use it, and what is no hash may be a person."""
    if not any(row):
        return "no_identifier"
    if not all(isinstance(value, str) and (not value or _HASH.fullmatch(value)) for value in row):
        return "not_hashed"
    return None
