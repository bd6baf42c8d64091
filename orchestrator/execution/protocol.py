"""What the rooms say to each other through Temporal: names and messages – ids, counts, hashes, clocks, never a person.

Histories recorded with these messages are replayed for ever: fields are only added, with a default.
"""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, Field

JOURNEY_WORKFLOW = "Journey"
DELIVERY_WORKFLOW = "Delivery"

PAUSE, RESUME, STOP = "pause", "resume", "stop"
"""Updates of a live journey; each returns its RunState."""
STATE = "state"
"""Query of a live journey: its RunState."""
DELIVERED, GO = "delivered", "go"
"""Signals: a delivery tells its journey that it is done; a journey tells its deliveries to look again."""

ADVANCE, RECORD, END_VISITS = "advance", "record_status", "end_visits"
INTEND, DELIVER = "intend", "deliver_chunk"
"""Activities."""

RunStatus = Literal["live", "paused", "stopped", "finished"]


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
    wait: timedelta | None = None


class State(BaseModel):
    """What a journey's workflow remembers from wave to wave; bounded by the number of steps."""

    wave: int = 0
    started: bool = False
    paused: bool = False
    due: dict[str, datetime] = Field(default_factory=dict)
    delivering: dict[str, int] = Field(default_factory=dict, description="step → wave of its delivery under way")
    arrived: list[str] = Field(default_factory=list, description="steps with arrivals not yet being delivered to")


class StartJourney(BaseModel):
    """Starts the workflow of a journey; `steps` in topological order."""

    journey_id: str
    version: int
    plan_hash: str
    queue: str
    steps: list[StepOutline]
    state: State = Field(default_factory=State)


class RunState(BaseModel):
    """Where a live journey stands."""

    status: RunStatus
    wave: int
    next_due_at: datetime | None = None
    delivering: int = 0


class Advance(BaseModel):
    """Runs one step's statements for one wave."""

    plan_hash: str
    journey_id: str
    node_id: str
    wave: int
    as_of: datetime


class Advanced(BaseModel):
    """Counts of what a step did: visits per step they moved to; those that ended; when somebody there is due next."""

    moved: dict[str, int] = Field(default_factory=dict)
    ended: int = 0
    next_due_at: datetime | None = None


class Status(BaseModel):
    """Records the status of a run where reports and deliveries read it."""

    journey_id: str
    status: RunStatus
    wave: int
    as_of: datetime
    next_due_at: datetime | None = None


class EndVisits(BaseModel):
    """Ends every open visit."""

    plan_hash: str
    journey_id: str
    wave: int
    as_of: datetime


class Deliver(BaseModel):
    """Starts the workflow that delivers for one step and wave."""

    plan_hash: str
    journey_id: str
    node_id: str
    title: str
    wave: int
    as_of: datetime
    queue: str


class Intended(BaseModel):
    """How many are to be reached, in how many chunks, and how many are not, with their reasons settled."""

    chunks: int = 0
    intended: int = 0
    suppressed: int = 0


class DeliverChunk(BaseModel):
    """Delivers one frozen chunk."""

    plan_hash: str
    journey_id: str
    node_id: str
    wave: int
    as_of: datetime
    chunk: int


class Delivered(BaseModel):
    """Counts by outcome of a chunk. `left` are not settled yet, because the journey was paused."""

    outcomes: dict[str, int] = Field(default_factory=dict)
    left: int = 0


class DeliveryDone(BaseModel):
    """A delivery tells its journey that every intent is settled."""

    node_id: str
    wave: int
