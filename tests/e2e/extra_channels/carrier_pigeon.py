"""A channel nobody has seen before."""

from collections.abc import AsyncIterator
from typing import Any, ClassVar, Literal

from pydantic import Field

from orchestrator.channels.channel import (
    Batch,
    Capabilities,
    Channel,
    ChannelModel,
    Liquid,
    Outcome,
    Result,
    Semantics,
)


class CarrierPigeon(Channel):
    """Every bird finds its way."""

    name: ClassVar[str] = "pigeon"
    title: ClassVar[str] = "Carrier pigeon"
    icon: ClassVar[str] = "feather"
    capabilities: ClassVar[Capabilities] = Capabilities(
        kind="message", semantics=Semantics.NONE, consent="email", contacts=("email",)
    )

    class Connection(ChannelModel):
        """The loft."""

        loft: str = Field(title="Loft", min_length=1)

    class Step(ChannelModel):
        """What the bird carries."""

        note: Liquid = Field(title="Note", min_length=1)
        plumage: Literal["white", "grey"] = Field("grey", title="Plumage")
        birds: int = Field(1, ge=1, le=9, title="Birds")

    async def check(self) -> str:
        """The loft is always open."""
        return "The loft is open"

    async def deliver(self, batch: Batch, step: Any) -> AsyncIterator[tuple[str, Result]]:
        """All arrive."""
        for recipient in batch.recipients:
            yield recipient.key, Result(Outcome.ACCEPTED, reference=step.note)
