"""Acme SMS: text messages, in batches, each answered for."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar

import httpx2
from pydantic import Field, SecretStr

from orchestrator.channels.channel import Batch, Capabilities, ChannelModel, Liquid, Outcome, Result, Semantics
from orchestrator.channels.http import TIMEOUT, HttpChannel


class AcmeSms(HttpChannel):
    """One request for 500 messages; Acme remembers a request by its key for a day, and answers for each message."""

    name: ClassVar[str] = "acme_sms"
    title: ClassVar[str] = "Acme SMS"
    icon: ClassVar[str] = "device-mobile"
    capabilities: ClassVar[Capabilities] = Capabilities(
        kind="message", semantics=Semantics.KEYED, key_ttl=timedelta(hours=24),
        consent="sms", contacts=("phone",), batch=500, lanes=4,
    )  # fmt: skip

    class Connection(ChannelModel):
        """The account."""

        base_url: str = Field("https://api.acme.example", title="Address of the API", pattern=r"^https?://[^\s@]+$")
        api_key: SecretStr = Field(title="API key", min_length=1)

    class Step(ChannelModel):
        """The message."""

        sender: str = Field(title="Sender", pattern=r"^\+?\w{3,15}$", json_schema_extra={"x-choices": True})
        text: Liquid = Field(title="Text", min_length=1)

    def client(self) -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {self.connection.api_key.get_secret_value()}"}
        return httpx2.AsyncClient(base_url=self.connection.base_url, headers=headers, timeout=TIMEOUT)

    async def check(self) -> str:
        return f"Connected to {(await self.ask('GET', '/account')).json()['name']}"

    async def choices(self, field: str) -> Mapping[str, str]:
        if field != "sender":
            return {}
        return {each["number"]: each["name"] for each in (await self.ask("GET", "/senders")).json()["senders"]}

    async def deliver(self, batch: Batch, step: Any) -> AsyncIterator[tuple[str, Result]]:
        messages = [
            {"id": each.key, "to": each.values["phone"], "text": each.values["text"]} for each in batch.recipients
        ]
        content = {"from": step.sender, "messages": messages}
        answer = await self.ask("POST", "/messages", json=content, headers={"Idempotency-Key": batch.key})
        for each in answer.json()["messages"]:
            accepted = each["status"] == "queued"
            outcome = Outcome.ACCEPTED if accepted else Outcome.REJECTED
            yield each["id"], Result(outcome, reference=each.get("sid"), reason=None if accepted else each["code"])
