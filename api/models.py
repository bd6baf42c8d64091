"""What the API says about journeys: the shapes of its answers and requests."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from orchestrator.channels.channel import Remark
from orchestrator.execution.protocol import People
from orchestrator.journey.document import Id, Journey
from orchestrator.journey.node import NodeFace
from orchestrator.journey.problem import Problem

Status = Literal["draft", "published", "live", "paused", "stopped", "finished"]
JourneyId = Annotated[Id, Path(alias="id")]
AudienceId = Annotated[Id, Path(alias="id")]
Number = Field(ge=1, le=2**31 - 1)
"""What the app database can keep as a version's number."""


class Body(BaseModel):
    """Base of what is sent: an unknown field is refused."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Counts(BaseModel):
    """How many people, altogether."""

    entered: int
    inside: int
    ended: int
    converted: int = Field(description="Visits that reached the goal in time, those held out among them")


class JourneyRow(BaseModel):
    """A journey in the list."""

    id: str
    name: str
    owner: str = Field(description="As the draft's settings say; empty: nobody is named")
    status: Status
    revision: int
    version: int | None
    updated_at: datetime
    published_at: datetime | None
    counts: Counts | None = Field(description="None: never started, or the lakehouse is away")
    sent: int | None = Field(description="Messages accepted for delivery; None as for counts")
    next_due_at: datetime | None = Field(description="When it wakes next; None: nothing is due")


class JourneyList(BaseModel):
    """All journeys, the last changed first."""

    items: list[JourneyRow]


class JourneyDetail(BaseModel):
    """A journey with its draft document and the faces of its steps."""

    id: str
    name: str
    status: Status
    revision: int
    version: int | None
    updated_at: datetime
    document: Journey
    faces: dict[str, NodeFace]


class NewJourney(Body):
    """A journey to be made; without an id it gets one from its name."""

    id: Id | None = None
    document: Journey


class JourneyDraft(Body):
    """A document to be saved or checked."""

    document: Journey


class CheckResult(BaseModel):
    """Every problem of a drawing, and how its steps look."""

    problems: list[Problem]
    faces: dict[str, NodeFace]


class Publish(Body):
    """What the publisher wants to say about a version."""

    note: str = Field("", max_length=2000)


class RunningVersion(BaseModel):
    """The version that is under way."""

    version: int
    status: Status


class DeletedStep(BaseModel):
    """A step with people at it that the draft does not have any more."""

    node_id: str
    name: str
    inside: int


class PublishFacts(BaseModel):
    """What publishing the draft means for people who are inside now."""

    revision: int = Field(description="The draft's, as saved")
    running: RunningVersion | None = Field(description="None: nothing is under way, nobody is inside")
    inside: int
    nodes: dict[str, int] = Field(description="People at each step of the running version, where there are any")
    deleted: list[DeletedStep]


class Version(BaseModel):
    """A published version."""

    version: int
    plan_hash: str
    note: str
    published_at: datetime


class VersionList(BaseModel):
    """All versions of a journey, the newest first."""

    items: list[Version]


class VersionDetail(Version):
    """A published version with its document and faces."""

    document: Journey
    faces: dict[str, NodeFace]


class Start(Body):
    """Which version to start; None: the newest."""

    version: Annotated[int, Number] | None = None


class Adopt(Body):
    """Which version a running journey goes on with, and what becomes of the people inside."""

    version: Annotated[int, Number] | None = Field(None, description="None: the newest")
    people: People = Field("pin", description="They finish on their version (pin), or go on in the new one (move)")
    targets: dict[Id, Id | None] = Field(
        default_factory=dict,
        description="For move: of each step that is gone, the step at which its people go on; null ends their visits",
    )


class Run(BaseModel):
    """A journey's run."""

    journey_id: str
    version: int = Field(description="The newest, by which people come in")
    versions: list[int] = Field(description="Those with people on them, the newest last")
    status: Status
    plan_hash: str
    started_at: datetime
    workflow_id: str
    workflow_url: str | None = Field(description="Where Temporal shows it; None: no such pages")


class RunRow(Run):
    """The latest run of a journey, in the list of all of them."""

    name: str
    is_deleted: bool = Field(description="The journey is gone; what happened is not")
    ended_at: datetime | None
    wave: int
    as_of: datetime | None = Field(description="The last wave's instant")
    next_due_at: datetime | None = Field(description="When it wakes next; None: nothing is due")
    trouble: str = Field(description="What keeps it from going on, in plain words; empty: nothing")
    counts: Counts | None = Field(description="Of all runs of the journey; None: the lakehouse is away")
    sent: int | None = Field(description="Messages accepted for delivery; None as for counts")


class Recovery(BaseModel):
    """The journeys that were started again."""

    journey_ids: list[str]


class RunList(BaseModel):
    """The latest run of every journey that was ever started, the last started first."""

    items: list[RunRow]


class ConnectionCheck(BaseModel):
    """What came of trying a connection."""

    at: datetime
    ok: bool
    text: str
    remarks: list[Remark] = Field(default_factory=list, description="What else to know of one that works")


class CheckedInvariant(BaseModel):
    """One invariant of the ledger; `sample` has ids only."""

    invariant: int
    text: str
    violations: int
    sample: list[object]


class Verified(BaseModel):
    """Whether the ledger holds together."""

    checked: list[CheckedInvariant]
    clean: bool
