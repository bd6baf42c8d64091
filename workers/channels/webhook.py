"""Webhooks: members are posted to an address of your own, signed as Standard Webhooks has it."""

import json
import time
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from hmac import digest
from typing import Any, ClassVar

import httpx2
from pydantic import Field, HttpUrl, SecretStr, field_validator

from orchestrator.channels.channel import Batch, Capabilities, ChannelModel, Liquid, Outcome, Result, Semantics
from orchestrator.channels.http import TIMEOUT, HttpChannel
from orchestrator.channels.public_address import PublicTransport
from orchestrator.channels.render.liquid import compile_template
from orchestrator.errors import UserError


class Webhook(HttpChannel):
    """One signed request for each batch; whoever gets it tells a repeat by its webhook-id."""

    name: ClassVar[str] = "webhook"
    title: ClassVar[str] = "Webhook"
    icon: ClassVar[str] = "webhook"
    capabilities: ClassVar[Capabilities] = Capabilities(
        kind="message", semantics=Semantics.KEYED, key_ttl=timedelta(hours=24), consent=None, batch=100, lanes=4
    )

    class Connection(ChannelModel):
        """Where members are posted."""

        url: HttpUrl = Field(title="Address", description="Takes POST requests with JSON")
        signing_secret: SecretStr = Field(title="Signing secret", min_length=16, description="Plain, or whsec_…")

    class Step(ChannelModel):
        """What is said of each member."""

        event: str = Field("journey.step", title="Event", pattern=r"^[\w.-]{1,100}$")
        data: Liquid = Field('{"first_name": {{ first_name | json }}}', title="Data", description="JSON of each member")

        @field_validator("data")
        @classmethod
        def _is_json(cls, source: str) -> str:
            try:
                json.loads(compile_template(source, html=False).render({}))
            except UserError:  # the template itself is looked at elsewhere
                return source
            except ValueError:
                raise ValueError("is no JSON for somebody without values; write {{ name | json }}") from None
            return source

    def client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=PublicTransport(), trust_env=False, timeout=TIMEOUT)

    async def check(self) -> str:
        """Posts a batch of nobody."""
        await self._post("check", {"id": "check", "event": "sojourn.check", "members": []})
        return f"{self.connection.url.host} takes signed requests"

    async def deliver(self, batch: Batch, step: Any) -> AsyncIterator[tuple[str, Result]]:
        """One request for all whose data are JSON."""
        members: dict[str, Any] = {}
        for each in batch.recipients:
            try:
                members[each.key] = json.loads(each.values["data"], parse_constant=_no_number)
            except (ValueError, RecursionError):
                yield each.key, Result(Outcome.REJECTED, reason="invalid_json")
        if members:
            listed = [{"id": key, "data": data} for key, data in members.items()]
            await self._post(batch.key, {"id": batch.key, "event": step.event, "members": listed})
        for key in members:
            yield key, Result(Outcome.ACCEPTED, reference=batch.key)

    async def _post(self, key: str, content: dict[str, Any]) -> None:
        body, at = json.dumps(content, separators=(",", ":")), str(int(time.time()))
        secret = self.connection.signing_secret.get_secret_value()
        signature = b64encode(digest(_key(secret), f"{key}.{at}.{body}".encode(), sha256)).decode()
        headers = {"webhook-id": key, "webhook-timestamp": at, "webhook-signature": f"v1,{signature}"}
        headers["Content-Type"] = "application/json"
        await self.ask("POST", str(self.connection.url), content=body, headers=headers)


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _key(secret: str) -> bytes:
    try:
        return (
            b64decode(secret.removeprefix("whsec_"), validate=True) if secret.startswith("whsec_") else secret.encode()
        )
    except Error:
        return secret.encode()
