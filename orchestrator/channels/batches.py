"""A batch on its way through a channel: one that is refused as a whole is halved until the culprits are alone."""

from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from orchestrator.channels.channel import Batch, BatchRefused, Channel, Outcome, Recipient, Result
from orchestrator.errors import NoAnswer, SojournError, UserError

REQUESTS = 200
"""What a batch may cost that is refused as a whole, while the culprits are looked for."""


def batch_key(keys: Iterable[str]) -> str:
    """Of the recipients' keys: the same for the same recipients, and never for others."""
    return sha256("\n".join(sorted(keys)).encode()).hexdigest()[:32]


def batch_of(recipients: Sequence[Recipient]) -> Batch:
    """The recipients under their key."""
    return Batch(batch_key(each.key for each in recipients), recipients)


async def deliver(channel: Channel, batch: Batch, step: Any) -> AsyncIterator[tuple[str, Result]]:
    """As `Channel.deliver`, and never raises BatchRefused.

    When every part of the batch is refused it is not the recipients' fault: UserError. After a part without an answer
    the others go on, and NoAnswer is raised at the end. A recipient who is there twice is one delivery.
    """
    once = {each.key: each for each in batch.recipients}
    if len(once) < len(batch.recipients):
        batch = replace(batch, recipients=list(once.values()))
    parts, requests, accepted = deque([batch]), 0, False
    doubt: NoAnswer | None = None
    while parts:
        part, refusal = parts.popleft(), None
        left = {each.key: each for each in part.recipients}
        requests += 1
        try:
            async for key, result in channel.deliver(part, step):
                left.pop(key, None)
                accepted = accepted or result.outcome is Outcome.ACCEPTED
                yield key, result
        except BatchRefused as refused:
            refusal = refused.reason
        except NoAnswer as lost:
            doubt = doubt or lost
        except SojournError:
            if doubt is None:
                raise
            # Those in doubt must not be taken for untouched, as what was raised would have it.
            untouched = [*left, *(each.key for other in parts for each in other.recipients)]
            parts.clear()
            for key in untouched:
                yield key, Result(Outcome.DEFERRED, reason="channel_away")
        if refusal is None and left and parts:
            doubt = doubt or NoAnswer(f"no answer for {len(left)} deliveries", place=channel.title)
        if refusal is None or not left:
            continue
        if len(left) > 1 and requests < REQUESTS:
            parts.extend(_halves(list(left.values())))
        elif len(left) > 1 and not accepted and doubt is None:
            text = f"every part of the batch is refused ({refusal})"
            raise UserError(text, place=channel.title, fix="check the step and the connection")
        else:
            outcome = Outcome.REJECTED if len(left) == 1 else Outcome.DEFERRED
            for key in left:
                yield key, Result(outcome, reason=refusal)
    if doubt is not None:
        raise doubt


def _halves(recipients: Sequence[Recipient]) -> tuple[Batch, Batch]:
    middle = len(recipients) // 2
    return batch_of(recipients[:middle]), batch_of(recipients[middle:])
