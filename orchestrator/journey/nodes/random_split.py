"""Random split: arms by chance, the same arm whenever it is asked."""

from typing import ClassVar

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from sqlglot import exp

from orchestrator.audience.rules import Condition
from orchestrator.journey.document import Id
from orchestrator.journey.node import Departure, Group, Node, Port, Visit


class Arm(Condition):
    """One arm and its share in percent, with two decimals at most."""

    id: Id
    label: str = Field(min_length=1, max_length=60)
    weight: float = Field(gt=0, le=100, multiple_of=0.01)

    @property
    def buckets(self) -> int:
        """The share in buckets of 0.01 %."""
        return round(self.weight * 100)


class RandomSplit(Node):
    """Divides members by a hash of journey, step and member; the weights sum to 100 %."""

    name: ClassVar[str] = "random_split"
    title: ClassVar[str] = "Random split"
    icon: ClassVar[str] = "dice-3"
    group: ClassVar[Group] = "path"
    hint: ClassVar[str] = "Arms by chance"

    arms: tuple[Arm, ...] = Field(title="Arms", min_length=2, max_length=20, json_schema_extra={"x-widget": "weights"})

    @model_validator(mode="after")
    def _whole(self) -> "RandomSplit":
        ids = [arm.id for arm in self.arms]
        if len(set(ids)) < len(ids):
            raise PydanticCustomError("arms", "every arm needs an id of its own")
        total = sum(arm.buckets for arm in self.arms)
        if total != 10_000:
            raise PydanticCustomError(
                "weights", "the weights sum to {total} %, not to 100 %", {"total": f"{total / 100:g}"}
            )
        return self

    def ports(self) -> tuple[Port, ...]:
        return tuple(Port(id=arm.id, label=arm.label) for arm in self.arms)

    def summary(self) -> str:
        return " · ".join(f"{arm.label} {arm.weight:g} %" for arm in self.arms)

    def leave(self, visit: Visit) -> Departure:
        port, below = exp.case(), 0
        for arm in self.arms[:-1]:
            below += arm.buckets
            port = port.when(exp.LT(this=visit.bucket(), expression=exp.convert(below)), exp.convert(arm.id))
        return Departure(port.else_(exp.convert(self.arms[-1].id)))
