"""Split: yes or no."""

from typing import ClassVar

from pydantic import Field
from sqlglot import exp

from orchestrator.audience.rules import Rule
from orchestrator.journey.node import Departure, Group, Node, Port, Visit


class Split(Node):
    """Those for whom the rule holds go by `yes`, all others – unknown included – by `no`."""

    name: ClassVar[str] = "split"
    title: ClassVar[str] = "Split by rule"
    icon: ClassVar[str] = "git-branch"
    group: ClassVar[Group] = "path"
    hint: ClassVar[str] = "Yes or no"

    rule: Rule = Field(title="Who goes by yes", json_schema_extra={"x-widget": "rule"})

    def ports(self) -> tuple[Port, ...]:
        return (Port(id="yes", label="Yes"), Port(id="no", label="No"))

    def summary(self) -> str:
        return "Yes or no, by a rule"

    def rules(self) -> dict[tuple[str | int, ...], Rule]:
        return {("rule",): self.rule}

    def leave(self, visit: Visit) -> Departure:
        return Departure(exp.case().when(visit.holds(self.rule), exp.convert("yes")).else_(exp.convert("no")))
