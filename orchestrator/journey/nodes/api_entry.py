"""API entry: whoever is posted comes in at once."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from orchestrator.audience.rules import All, Rule
from orchestrator.journey.node import Entering, Group, Node

_LOOK = timedelta(minutes=15)
"""A post wakes the journey; should that be lost, it is found by looking."""


class ApiEntry(Node):
    """Whoever another system posts comes in at once. With a key – of an order, a booking – once for each."""

    name: ClassVar[str] = "api_entry"
    title: ClassVar[str] = "API"
    icon: ClassVar[str] = "api"
    group: ClassVar[Group] = "start"
    hint: ClassVar[str] = "When another system says so"

    keyed: bool = Field(
        False, title="With a key", description="Each member is posted with one: somebody may be inside once for each"
    )

    def summary(self) -> str:
        return "Comes in when posted with a key" if self.keyed else "Comes in when posted"

    def rules(self) -> dict[tuple[str | int, ...], Rule]:
        return {}

    def entering(self) -> Entering:
        return Entering(All(), every=_LOOK, posted=True, keyed=self.keyed)
