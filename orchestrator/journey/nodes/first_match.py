"""First match: several rules in order, the first that holds decides."""

from typing import ClassVar

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from sqlglot import exp

from orchestrator.audience.rules import Condition, Rule
from orchestrator.journey.document import Id
from orchestrator.journey.node import Departure, Group, Node, Port, Visit


class Branch(Condition):
    """One rule and its port."""

    id: Id
    label: str = Field(min_length=1, max_length=60)
    rule: Rule = Field(json_schema_extra={"x-widget": "rule"})


class FirstMatch(Node):
    """Each member goes by the first branch whose rule holds, and by `else` when none does."""

    name: ClassVar[str] = "first_match"
    title: ClassVar[str] = "First match"
    icon: ClassVar[str] = "arrows-split-2"
    group: ClassVar[Group] = "path"
    hint: ClassVar[str] = "Several rules in order"

    branches: tuple[Branch, ...] = Field(title="Branches", min_length=1, max_length=20)

    @model_validator(mode="after")
    def _distinct(self) -> "FirstMatch":
        ids = [branch.id for branch in self.branches]
        if len(set(ids)) < len(ids) or "else" in ids:
            raise PydanticCustomError("branches", "every branch needs an id of its own, and `else` is taken")
        return self

    def ports(self) -> tuple[Port, ...]:
        return (
            *(Port(id=each.id, label=each.label) for each in self.branches),
            Port(id="else", label="Else"),
        )

    def summary(self) -> str:
        return f"{len(self.branches) + 1} paths, the first rule that holds"

    def rules(self) -> dict[tuple[str | int, ...], Rule]:
        return {("branches", index, "rule"): each.rule for index, each in enumerate(self.branches)}

    def leave(self, visit: Visit) -> Departure:
        port = exp.case()
        for branch in self.branches:
            port = port.when(visit.holds(branch.rule), exp.convert(branch.id))
        return Departure(port.else_(exp.convert("else")))
