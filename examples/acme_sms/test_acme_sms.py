"""Acme SMS keeps the contract of channels: `pytest` in this folder."""

from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.channels.channel import ChannelModel
from orchestrator.channels.http_contract import Asked, HttpContract

from acme_sms import AcmeSms


class TestAcmeSms(HttpContract):
    channel = AcmeSms
    secrets = ("the-right-key", "a-wrong-key")

    def provider(self, asked: Asked) -> tuple[int, Any]:
        """What Acme does with a request, in short; `self.taken` is what it has taken."""
        if asked.headers.get("authorization") != "Bearer the-right-key":
            return 401, {}
        if asked.path == "/account":
            return 200, {"name": "Test account"}
        if asked.path == "/senders":
            return 200, {"senders": [{"number": "+551140000000", "name": "Bakery"}]}
        content = asked.json()
        key, messages = asked.headers["idempotency-key"], {each["id"]: each for each in content["messages"]}
        if len(messages) > 500 or any("\x00" in each["text"] for each in messages.values()):
            return 422, {"error": f"refused for {content['messages'][0]['to']}"}
        bad = {id_ for id_, each in messages.items() if not each["to"] or not 0 < len(each["text"]) <= 1_600}
        self.taken.setdefault(key, [each for id_, each in messages.items() if id_ not in bad])
        refused = [{"id": id_, "status": "failed", "code": "invalid_message"} for id_ in sorted(bad)]
        queued = [{"id": id_, "status": "queued", "sid": f"SM{id_}"} for id_ in messages if id_ not in bad]
        return 200, {"messages": refused + queued}

    def connection_to(self, url: str) -> ChannelModel:
        return AcmeSms.Connection.model_validate({"base_url": url, "api_key": "the-right-key"})

    def refused_connections(self) -> Sequence[ChannelModel]:
        return [AcmeSms.Connection.model_validate({"base_url": self.url, "api_key": "a-wrong-key"})]

    def step(self) -> ChannelModel:
        return AcmeSms.Step(sender="Bakery", text="Hello {{ first_name }}")

    def values(self, number: int) -> Mapping[str, Any]:
        return {"phone": f"+5511{number:08}", "text": f"Hello {number}"}

    def poison(self) -> Sequence[Mapping[str, Any]]:
        odd = ["", "🍞" * 100, "x" * 10_000, "\x00\r\n"]
        return [{"phone": None, "text": "Hello"}, *({"phone": "+551100000000", "text": text} for text in odd)]

    async def test_the_accounts_senders_are_there_to_choose_from(self) -> None:
        async with self.opened() as channel:
            assert await channel.choices("sender") == {"+551140000000": "Bakery"}
