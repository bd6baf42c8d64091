"""A test send: one rendered message to one typed address, past ledger and journal; nothing of it is kept."""

import asyncio
import secrets
from collections.abc import Mapping

from pydantic import BaseModel, Field

from orchestrator.channels.batches import deliver
from orchestrator.channels.channel import Batch, Channel, ChannelModel, Outcome, Recipient, Result
from orchestrator.errors import Invalid, NoAnswer, OperationalError, SojournError

PATIENCE = 30.0
"""Seconds the provider has to answer."""
MARK = "[Test] "
"""Stands before the subject, so that nobody takes the message for a real one."""

_WHY = {
    "invalid_address": "This is no address that can be sent to.",
    "invalid_header": "The subject holds a line break.",
}


class TrialAnswer(BaseModel):
    """What became of a test send."""

    accepted: bool
    text: str = Field(description="In plain words")
    reason: str | None = Field(description="The refusal's code, if there is one")
    fix: str


def contact_of(channel: type[Channel]) -> str:
    """The contact that a typed address stands for. Raises Invalid for a channel that sends no messages."""
    capabilities = channel.capabilities
    if capabilities.kind != "message" or not capabilities.contacts:
        fix = "choose a channel that sends messages"
        raise Invalid(f"{channel.title} sends no messages to an address", place="channel", fix=fix)
    return capabilities.contacts[0]


async def send_trial(channel: Channel, step: ChannelModel, fields: Mapping[str, str], to: str) -> TrialAnswer:
    """Sends the rendered fields to the address, and says what the provider answered. Raises as `contact_of`."""
    marked = {name: f"{MARK}{text}" if name == "subject" else text for name, text in fields.items()}
    key = f"test-{secrets.token_hex(12)}"
    batch = Batch(key, [Recipient(key, {contact_of(type(channel)): to, **marked})])
    result: Result | None = None
    try:
        async with asyncio.timeout(PATIENCE):
            await channel.open()
            async for _, answered in deliver(channel, batch, step):
                result = answered
    except (TimeoutError, NoAnswer):
        result = None
    except SojournError as refused:
        text = f"{refused.text[:1].upper()}{refused.text[1:]}"
        if not isinstance(refused, OperationalError):
            return TrialAnswer(accepted=False, text=f"{text}.", reason=refused.code, fix=refused.fix)
        # Nobody tries this one again, as the channel's advice would have it.
        return TrialAnswer(accepted=False, text=f"{text} ({refused.place}).", reason=refused.code, fix="")
    finally:
        await channel.close()
    return _answer(result)


def _answer(result: Result | None) -> TrialAnswer:
    code = result.reason if result else None
    if result is None or result.outcome is Outcome.UNKNOWN:
        text, fix = "The provider gave no answer: it may have arrived, or not.", "look into the inbox"
    elif result.outcome is Outcome.ACCEPTED:
        text, fix = "Accepted for delivery.", ""
    elif result.outcome is Outcome.DEFERRED:
        text, fix = f"The provider asks to try again later ({code}).", "try again in a while"
    else:
        text, fix = _WHY.get(code or "", f"The provider refuses it ({code})."), "correct the address or the message"
    accepted = result is not None and result.outcome is Outcome.ACCEPTED
    return TrialAnswer(accepted=accepted, text=text, reason=code, fix=fix)
