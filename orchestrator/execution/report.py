"""The report: counts per step, line and reason, always counted in the ledger."""

from datetime import datetime

from pydantic import BaseModel, Field


class NodeCounts(BaseModel):
    """Visits at one step. Conservation: arrived = left + here."""

    arrived: int = 0
    left: int = 0
    here: int = 0
    outcomes: dict[str, int] = Field(default_factory=dict, description="Settled deliveries by outcome")
    reasons: dict[str, int] = Field(default_factory=dict, description="Deliveries not accepted, by reason")


class Ending(BaseModel):
    """How many visits ended with one reason, and at which step."""

    node_id: str
    reason: str
    count: int


class Report(BaseModel):
    """What happened so far to everybody in a journey, as the ledger has it."""

    journey_id: str
    version: int
    status: str
    wave: int = 0
    as_of: datetime | None = Field(None, description="The last wave's instant, UTC")
    next_due_at: datetime | None = Field(None, description="When the journey will wake next, UTC; None: nothing is due")
    trouble: str = Field("", description="What keeps the journey from going on, in plain words; empty: nothing")
    entered: int = 0
    inside: int = 0
    ended: int = 0
    nodes: dict[str, NodeCounts] = Field(default_factory=dict)
    edges: dict[str, int] = Field(default_factory=dict, description="Visits that took each line, by edge id")
    endings: list[Ending] = Field(default_factory=list)
    refused: dict[str, int] = Field(default_factory=dict, description="Considered and not let in, by reason")
