"""E-mail through Resend, a hundred in a request, under keys that Resend remembers for a day."""

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

import httpx2
from pydantic import Field, SecretStr, field_validator

from orchestrator.channels.channel import (
    Batch,
    BatchRefused,
    Capabilities,
    ChannelModel,
    Outcome,
    PerSecond,
    Recipient,
    Result,
    Semantics,
)
from orchestrator.channels.http import TIMEOUT, HttpChannel, retry_after
from orchestrator.channels.links import ONE_CLICK, RETURN_TOKEN
from orchestrator.channels.render.html_text import with_preheader
from orchestrator.channels.render.mime import InvalidAddress, InvalidHeader, address, encode_header, mailbox
from orchestrator.channels.returned import Returned
from orchestrator.channels.signed import verified
from orchestrator.errors import ChannelAway, NoAnswer, UserError
from workers.channels.email_smtp import EmailSmtp

_CODE = re.compile(r"[a-z_]{1,40}")
_QUOTAS = frozenset(("daily_quota_exceeded", "monthly_quota_exceeded"))


_RETURN = "return"
"""The tag by which a report names the message."""
_KINDS: dict[str, Literal["delivered", "bounced", "soft_bounced", "complained"]] = {
    "email.delivered": "delivered",
    "email.delivery_delayed": "soft_bounced",
    "email.bounced": "bounced",
    "email.complained": "complained",
}


class _Known(Exception):
    """The key was used before, for what these recipients were to get then."""


class _OnlySends(Exception):
    """The key is good, and for sending alone."""


class EmailResend(HttpChannel):
    """One request for each batch; a repeat under its key sends nothing twice."""

    name: ClassVar[str] = "email.resend"
    title: ClassVar[str] = "E-mail (Resend)"
    icon: ClassVar[str] = "mail"
    capabilities: ClassVar[Capabilities] = Capabilities(
        kind="message",
        semantics=Semantics.KEYED,
        key_ttl=timedelta(hours=23),  # an hour before Resend forgets, for a request that is under way
        consent="email",
        batch=100,
        lanes=2,
        contacts=("email",),
    )
    Step: ClassVar[type[ChannelModel]] = EmailSmtp.Step

    class Connection(ChannelModel):
        """The account, and who sends."""

        api_key: SecretStr = Field(title="API key", min_length=1)
        sender: str = Field(title="Sender address")
        sender_name: str = Field("", title="Sender name", max_length=200)
        webhook_secret: SecretStr | None = Field(
            None,
            title="Signing secret of the webhook",
            description="For bounces and complaints: a webhook to /m/e/ and this connection's name, "
            "at your public address",
        )
        per_second: PerSecond = None
        base_url: str = Field("https://api.resend.com", title="Address of the API", pattern=r"^https?://[^\s?#@]+$")

        @field_validator("sender")
        @classmethod
        def _is_address(cls, value: str) -> str:
            return address(value)

        @field_validator("sender_name")
        @classmethod
        def _is_header(cls, value: str) -> str:
            mailbox(value, "name@header.example")
            return value

    def client(self) -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {self.connection.api_key.get_secret_value()}"}
        return httpx2.AsyncClient(base_url=self.connection.base_url, headers=headers, timeout=TIMEOUT)

    async def check(self) -> str:
        """Looks whether the sender's domain is verified, as far as the key may."""
        domain = self.connection.sender.rpartition("@")[2]
        try:
            found = (await self.ask("GET", "/domains")).json().get("data", [])
        except _OnlySends:
            return "Connected to Resend with a key that may only send"
        if not any(domain == each.get("name") and each.get("status") == "verified" for each in found):
            fix = "verify it on resend.com/domains, or change the sender"
            raise UserError(f"Resend has not verified the domain {domain}", place="connection", fix=fix)
        return f"Connected to Resend, {domain} is verified"

    @property
    def returns(self) -> bool:
        """In a tag, which Resend's reports repeat."""
        return self.connection.webhook_secret is not None

    def reported(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[Returned]:
        """A webhook, signed as Svix does; opens and clicks are counted by the message's own links."""
        if self.connection.webhook_secret is None:
            raise UserError("no signing secret is set", place="connection", fix="copy that of Resend's webhook into it")
        verified(self.connection.webhook_secret.get_secret_value(), headers, body, now)
        try:
            event = json.loads(body)
            kind, data = event["type"], event["data"]
            tags = data.get("tags") or {}
            token = (tags if isinstance(tags, dict) else {each["name"]: each["value"] for each in tags}).get(_RETURN)
            bounce = data.get("bounce") or {}
            found = _KINDS.get(kind)
            if found == "bounced" and bounce.get("type") != "Permanent":
                found = "soft_bounced"
        except (ValueError, KeyError, TypeError, AttributeError):
            raise UserError("this is no report of Resend's", place="body") from None
        if not isinstance(token, str) or found is None:
            return ()
        return [Returned(token, found, str(bounce.get("subType", ""))[:60])]

    def trouble(self, answer: httpx2.Response) -> Exception:
        """By the error's name, where the status says too little."""
        try:
            name = str(answer.json()["name"])
        except (ValueError, KeyError, TypeError):
            name = ""
        if name == "restricted_api_key":
            return _OnlySends()
        if name == "invalid_idempotent_request":
            return _Known()
        if name == "concurrent_idempotent_requests":
            text = "Resend is still busy with the same batch"
            return NoAnswer(text, place="connection", fix="it is tried again", retry_after=retry_after(answer) or 5.0)
        if name in _QUOTAS:
            text = "the quota of the Resend account is used up"
            fix = "it is tried again; raise the quota to go on sooner"
            return ChannelAway(text, place="connection", fix=fix, retry_after=retry_after(answer) or 3600.0)
        found = super().trouble(answer)
        if isinstance(found, BatchRefused) and _CODE.fullmatch(name):
            return BatchRefused(f"resend_{name}")
        return found

    async def deliver(self, batch: Batch, step: Any) -> AsyncIterator[tuple[str, Result]]:
        """One request for all whose address and subject can be sent."""
        emails: dict[str, dict[str, Any]] = {}
        for each in batch.recipients:
            try:
                emails[each.key] = self._email(each, step)
            except InvalidAddress:
                yield each.key, Result(Outcome.REJECTED, reason="invalid_address")
            except InvalidHeader:
                yield each.key, Result(Outcome.REJECTED, reason="invalid_header")
        if not emails:
            return
        headers = {"Idempotency-Key": batch.key}
        try:
            answer = await self.ask("POST", "/emails/batch", json=list(emails.values()), headers=headers)
            ids = [str(each["id"]) for each in answer.json()["data"]]
        except _Known:  # it has sent them, before their values changed
            ids = [batch.key] * len(emails)
        for key, id_ in zip(emails, ids, strict=True):
            yield key, Result(Outcome.ACCEPTED, reference=id_)

    def _email(self, recipient: Recipient, step: Any) -> dict[str, Any]:
        """The message as Resend takes it. Raises InvalidAddress and InvalidHeader."""
        values = recipient.values
        subject = values["subject"].strip()
        encode_header(subject)  # refuses what could become another header
        found = {
            "from": mailbox(self.connection.sender_name, self.connection.sender),
            "to": [address(str(values.get("email") or ""))],
            "subject": subject,
            "html": with_preheader(values["html"], values.get("preheader") or ""),
            "text": values.get("text") or "",
            "tags": [{"name": "delivery", "value": recipient.key}],
        }
        if token := values.get(RETURN_TOKEN):
            found["tags"].append({"name": _RETURN, "value": token})
        if step.reply_to:
            found["reply_to"] = step.reply_to
        if unsubscribe := values.get(ONE_CLICK):
            found["headers"] = {
                "List-Unsubscribe": f"<{unsubscribe}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            }
        return found
