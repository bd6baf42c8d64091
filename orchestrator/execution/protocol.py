"""What the rooms say to each other through Temporal: names and messages – ids, counts, hashes, clocks, never a person.

Histories recorded with these messages are replayed for ever: fields are only added, with a default.
"""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, Field

JOURNEY_WORKFLOW = "Journey"
DELIVERY_WORKFLOW = "Delivery"

PAUSE, RESUME, STOP, ADOPT = "pause", "resume", "stop", "adopt"
"""Updates of a live journey; each returns its RunState."""
STATE = "state"
"""Query of a live journey: its RunState."""
DELIVERED, GO, POSTED = "delivered", "go", "posted"
"""Signals: a delivery tells its journey that it is done; a journey tells its deliveries to look again; somebody was
posted to an entry, whose id comes with it."""

ADVANCE, RECORD, END_VISITS, TRANSFER = "advance", "record_status", "end_visits", "transfer"
INTEND, DELIVER = "intend", "deliver_chunk"
"""Activities."""

RunStatus = Literal["live", "paused", "stopped", "finished"]
People = Literal["pin", "move"]
"""Whoever is inside when a new version is adopted: finishes on their version, or goes on in the new one."""


def journey_workflow_id(journey_id: str) -> str:
    """The id of the one workflow that runs a journey."""
    return f"journey/{journey_id}"


def delivery_workflow_id(journey_id: str, node_id: str, wave: int) -> str:
    """The id of the workflow that delivers for one step and wave."""
    return f"delivery/{journey_id}/{node_id}/{wave}"


class StepOutline(BaseModel):
    """What the workflow must know of a step: how it is woken, not what it means."""

    node_id: str
    title: str
    kind: Literal["enter", "look", "move", "deliver"]
    every: timedelta | None = None
    until: datetime | None = None
    first_at: datetime | None = Field(None, description="When an entry is asked first; None: at the start")
    late: timedelta | None = Field(None, description="How late rows of an entry by events may be; None: any other step")
    wait: timedelta | None = None


class DeliveryDone(BaseModel):
    """A delivery – named by step and wave – tells its journey that every intent is settled, but for those `left`."""

    node_id: str
    wave: int
    left: int = Field(0, description="Tried again later; the others move on")


class State(BaseModel):
    """What a journey's workflow remembers of a version from wave to wave; bounded by the number of steps."""

    wave: int = 0
    started: bool = False
    paused: bool = False
    due: dict[str, datetime] = Field(default_factory=dict)
    since: dict[str, datetime] = Field(
        default_factory=dict, description="entry by events → the instant after which they count when it looks next"
    )
    delivering: dict[str, int] = Field(default_factory=dict, description="step → wave of its delivery under way")
    arrived: list[str] = Field(default_factory=list, description="steps with arrivals not yet being delivered to")
    quiet: list[str] = Field(default_factory=list, description="steps nobody has come to since they were asked last")
    inherited: list[DeliveryDone] = Field(
        default_factory=list,
        description="deliveries under way that no arrival waits for: with a few left who are tried again, or begun by "
        "a version whose people moved to this one",
    )


class Deliver(BaseModel):
    """Starts the workflow that delivers for one step and wave."""

    plan_hash: str
    journey_id: str
    node_id: str
    title: str
    wave: int
    as_of: datetime
    queue: str
    since_version: int = 1


class RunningVersion(BaseModel):
    """A version that people finish on while a newer one lets people in."""

    version: int
    plan_hash: str
    since_version: int
    steps: list[StepOutline]
    state: State


class StartJourney(BaseModel):
    """Starts the workflow of a journey; `steps` in topological order, `older` the versions beside it, oldest first.

    A version moves on every visit from `since_version` up to its own number.
    """

    journey_id: str
    version: int
    plan_hash: str
    queue: str
    steps: list[StepOutline]
    state: State = Field(default_factory=State)
    since_version: int = 1
    wake_every: timedelta = Field(
        timedelta(), description="Timers end at its multiples since 1970; zero: when something is due"
    )
    started_at: datetime | None = Field(None, description="As the app database has it: what is posted names it")
    older: list[RunningVersion] = Field(default_factory=list)
    deliveries: list[Deliver] = Field(
        default_factory=list, description="Those under way when it was lost, of a journey that is started again"
    )
    stopping: bool = Field(False, description="It was stopped when it was lost: only deliveries are left to settle")


class Target(BaseModel):
    """Where the people of a step go on that a new version lacks; `ended`: their visits end, at an exit or nowhere."""

    from_node: str
    to_node: str | None
    ended: bool


class Adopt(BaseModel):
    """A running journey goes on with a new version."""

    version: int
    plan_hash: str
    steps: list[StepOutline]
    people: People
    targets: list[Target] = Field(default_factory=list)


class Transfer(BaseModel):
    """Takes people off the steps that a new version lacks; refused when somebody is at one without a target."""

    plan_hash: str
    journey_id: str
    version: int
    wave: int
    as_of: datetime
    kept: list[str]
    targets: list[Target]


class Transferred(BaseModel):
    """The steps where people of the versions taken over are now."""

    standing: list[str] = Field(default_factory=list)


class RunState(BaseModel):
    """Where a live journey stands."""

    status: RunStatus
    wave: int
    next_due_at: datetime | None = None
    delivering: int = 0
    versions: list[int] = Field(default_factory=list, description="Those with people on them; the newest is the last")


class Advance(BaseModel):
    """Runs one step's statements for one wave."""

    plan_hash: str
    journey_id: str
    node_id: str
    wave: int
    as_of: datetime
    since_version: int = 1
    since: datetime | None = Field(None, description="Of an entry by events: those after it count")
    run_at: datetime | None = Field(
        None, description="When the run began: what was posted to an earlier one is refused"
    )
    quiet: bool = Field(False, description="No wave has brought anybody there since it was asked last")


class Advanced(BaseModel):
    """Counts of what a step did: visits per step they moved to; those that ended; when somebody there is due next."""

    moved: dict[str, int] = Field(default_factory=dict)
    ended: int = 0
    next_due_at: datetime | None = None
    ends_at: datetime | None = Field(
        None, description="When the first of those asked again and again has waited enough, or a goal's window ends"
    )


class Status(BaseModel):
    """Records the status of a run where reports and deliveries read it."""

    journey_id: str
    status: RunStatus
    wave: int
    as_of: datetime
    next_due_at: datetime | None = None
    due: dict[str, datetime] = Field(default_factory=dict, description="step → when somebody there is due next")
    version: int | None = Field(None, description="The newest that runs; None: recorded before there were several")
    plan_hash: str | None = None
    versions: list[int] | None = None


class EndVisits(BaseModel):
    """Ends every open visit."""

    plan_hash: str
    journey_id: str
    wave: int
    as_of: datetime


class Intended(BaseModel):
    """How many are to be reached, in how many chunks, and how many are not, with their reasons settled."""

    chunks: int = 0
    intended: int = 0
    suppressed: int = 0
    urgency: int = Field(3, description="1: before all others … 5: after them")


class DeliverChunk(BaseModel):
    """Delivers one frozen chunk."""

    plan_hash: str
    journey_id: str
    node_id: str
    wave: int
    as_of: datetime
    chunk: int
    since: datetime | None = Field(None, description="When it was begun, or gone on with; None: at `as_of`")
    tried: bool = Field(False, description="It was tried before: it comes back only with somebody settled")


class Delivered(BaseModel):
    """Counts by outcome of a chunk. `left` are not settled: the journey was paused, or they are tried `again_at`."""

    outcomes: dict[str, int] = Field(default_factory=dict)
    left: int = 0
    asleep: int = Field(0, description="Of those left; their night does not count as time they were tried")
    again_at: datetime | None = None
