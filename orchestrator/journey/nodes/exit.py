"""Exit: the visit ends, under a name that reports show."""

from typing import ClassVar

from pydantic import Field

from orchestrator.journey.node import Group, Node, Port


class Exit(Node):
    """The visit ends here."""

    name: ClassVar[str] = "exit"
    title: ClassVar[str] = "Exit"
    icon: ClassVar[str] = "logout-2"
    group: ClassVar[Group] = "end"
    hint: ClassVar[str] = "The visit ends"

    outcome: str = Field(
        "completed", title="Ends as", pattern=r"^[a-z][a-z0-9_]{0,39}$", description="The name reports show"
    )

    def ports(self) -> tuple[Port, ...]:
        return ()

    def summary(self) -> str:
        return f"Ends as “{self.outcome.replace('_', ' ')}”"

    def ending(self) -> str:
        return f"exit:{self.outcome}"
