"""FACE Node: one subclass in one file makes a node type: fields are the form, ports the handles, `leave` the SQL."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlglot import exp

from orchestrator.audience.rules import EventRows, Rule
from orchestrator.journey.calendar import Calendar
from orchestrator.journey.throttle import Throttle

Group = Literal["start", "action", "path", "end"]


class Port(BaseModel):
    """A way out of a step. An unwired optional port is as if it were not there; any other ends the visit."""

    model_config = ConfigDict(frozen=True)

    id: str
    label: str = ""
    optional: bool = False


class NodeFace(BaseModel):
    """What a canvas needs to draw a step."""

    type: str
    title: str
    name: str
    summary: str = Field(description="One sentence: what the step does")
    icon: str
    group: Group
    ports: list[Port]


class Visit(ABC):
    """A visit that is at a step, as SQL: what a node type may ask to decide where it goes."""

    arrived_at: exp.Expr
    as_of: exp.Expr

    @abstractmethod
    def holds(self, rule: Rule) -> exp.Expr:
        """Whether the rule holds for the member now; NULL counts as no."""

    @abstractmethod
    def bucket(self) -> exp.Expr:
        """0 … 9999, the same for this member at this step whenever it is asked."""

    @abstractmethod
    def after(self, moment: exp.Expr, duration: timedelta) -> exp.Expr:
        """The moment plus the duration."""

    @abstractmethod
    def once(self, name: str, value: exp.Expr) -> exp.Expr:
        """The value, computed once for each visit however often it is used."""

    @abstractmethod
    def day(self, column: str) -> exp.Expr:
        """A date of the member's, by the path of its column; NULL when they have none."""

    @abstractmethod
    def local(self, moment: exp.Expr) -> exp.Expr:
        """A UTC instant as the member's clock shows it."""

    @abstractmethod
    def utc(self, moment: exp.Expr) -> exp.Expr:
        """What the member's clock shows as a UTC instant; what it skips comes right after the gap."""

    @abstractmethod
    def accepted(self) -> exp.Expr:
        """Whether this step's delivery to the member was accepted; only at steps that deliver."""


@dataclass(frozen=True, slots=True)
class Departure:
    """By which port a visit leaves – NULL: it stays – and from when on it may; `due` None: at once.

    `again` is when a visit that stays has to be asked again, unless the step's `wait` says so – or it is asked `every`
    so often, until what it waits for is so or its time `ends`: between the two nothing but its rules decides. `reason`
    is recorded with the step taken, where there is something to tell.
    """

    port: exp.Expr
    due: exp.Expr | None = None
    again: exp.Expr | None = None
    every: timedelta | None = None
    ends: exp.Expr | None = None
    reason: exp.Expr | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a step that acts asks of a channel; `step` are the fields of the channel's own form."""

    channel: str
    connection: str
    step: Mapping[str, Any]
    one_per_address: bool
    exempt: bool = True
    """Not subject to the contact policy: caps and quiet hours."""
    throttle: Throttle | None = None
    retry_for: timedelta = timedelta(hours=24)
    """How long somebody whom the provider puts off is tried again before they count as rejected."""
    resend: bool = False
    """What is in doubt, and cannot be sent again without harm, is sent again all the same."""


@dataclass(frozen=True, slots=True)
class Entering:
    """Whom a step lets in: the rule, and how often or when it is asked; nothing of it: once, when the journey starts.

    With `event`, whoever it is about and the rule holds for: rows count that happened since the step looked last, and
    before that by at most `late`. `posted`: whoever another system posts – with a key each, if `keyed`.
    """

    rule: Rule
    every: timedelta | None = None
    calendar: Calendar | None = None
    at: datetime | None = None
    event: EventRows | None = None
    late: timedelta = timedelta()
    posted: bool = False
    keyed: bool = False


class Node(BaseModel, ABC):
    """A step of a journey. Its fields are what the marketer fills in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ClassVar[str]
    title: ClassVar[str]
    icon: ClassVar[str]
    group: ClassVar[Group]
    hint: ClassVar[str]

    def ports(self) -> tuple[Port, ...]:
        """The ways out, in drawing order; none: the visit ends here."""
        return (Port(id="next"),)

    @abstractmethod
    def summary(self) -> str:
        """One sentence that says what the step does, as set up."""

    def rules(self) -> dict[tuple[str | int, ...], Rule]:
        """The rules in the fields, by path."""
        return {}

    def entering(self) -> Entering | None:
        """Whom this step lets in; None for every step but entries."""
        return None

    def delivery(self) -> Delivery | None:
        """What this step asks of a channel; None for steps that do not act."""
        return None

    def wait(self) -> timedelta | None:
        """How long after arriving a visit is due at the latest; None: at once. Tells the clock, not the SQL."""
        return None

    def ending(self) -> str | None:
        """The reason with which visits end here; None for steps that lead on."""
        return None

    def leave(self, visit: Visit) -> Departure:
        """By which port the visit leaves and when; never asked of a step without ports."""
        return Departure(exp.convert("next"))


def face(node: Node, name: str) -> NodeFace:
    """How the canvas draws a step; `name` is what the marketer called it."""
    kind = type(node)
    return NodeFace(
        type=kind.name,
        title=kind.title,
        name=name or kind.title,
        summary=node.summary(),
        icon=kind.icon,
        group=kind.group,
        ports=list(node.ports()),
    )
