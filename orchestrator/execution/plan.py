"""The plan: a published journey as data – immutable, content-hashed, free of drawing and of people."""

import hashlib
import json
from datetime import datetime, time, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from orchestrator.journey.calendar import Calendar
from orchestrator.lakehouse.engine import Statement

StepKind = Literal["enter", "look", "move", "deliver"]
LOOK = "*"
"""The id of the look at everybody inside; no node has it."""
MOVE_COLUMNS = (
    "journey_id, member_id, visit_no, version, entered_at, from_node, port, to_node, ended, reason, wave, moved_at"
)
"""What every statement that moves somebody writes, in this order."""


class PlanModel(BaseModel):
    """Base of the parts of a plan."""

    model_config = ConfigDict(frozen=True)


class CapPlan(PlanModel):
    """At most so many messages to one member in so many days, of those through the channels; `own`: in this journey."""

    most: int
    within_days: int
    channels: tuple[str, ...]
    own: bool = False


class QuietPlan(PlanModel):
    """Nothing is sent from `start` to `end` by a member's clock."""

    start: time
    end: time


class DeliveryPlan(PlanModel):
    """How a step delivers.

    `intend` freezes who is to be reached, in chunks, under `marker` (runtime: as_of, wave); `chunks` returns how many
    chunks, intents and suppressed ones there are (wave). `recipients` reads what is not settled of one chunk (as_of,
    wave, chunk; as_of is when the chunk is read): delivery_key, a reason not to send, then – when `timed` – until when
    and from when on it is night for them, then `columns` in order. `settle` writes outcomes back (wave, rows: a JSON
    array), `settled` counts them (wave, chunk). Who is put off is tried again for `retry_for`; `resend`: so is whoever
    is in doubt, though it may be for the second time. `urgency` is 1 (before all others) to 5. `purpose`, `caps` and
    `quiet` are what the statements keep to, to be audited by. The messages' numbered `links` lead there;
    `unsubscribe`: they offer to be the last.
    """

    channel: str
    connection: str
    step: dict[str, Any]
    marker: Statement
    intend: tuple[Statement, ...]
    chunks: Statement
    recipients: Statement
    columns: tuple[str, ...]
    settle: Statement
    settled: Statement
    timed: bool = False
    retry_for: timedelta = timedelta(hours=24)
    resend: bool = False
    urgency: int = 3
    purpose: str | None = None
    links: tuple[str, ...] = ()
    unsubscribe: bool = False
    caps: tuple[CapPlan, ...] = ()
    quiet: QuietPlan | None = None


class TransferPlan(PlanModel):
    """How people of earlier versions are found and taken off steps that this version lacks.

    `standing` returns (node, open visits) and `taken` the lines (from_node, to_node) that open visits took; both take
    since_version. `writes` move whoever is at a step of `rows` – a JSON array of from_node, to_node, ended – under
    `marker` (runtime: since_version, as_of, wave).
    """

    standing: Statement
    taken: Statement
    writes: tuple[Statement, ...]
    marker: Statement


class InboxPlan(PlanModel):
    """How members that another system posts are received, each with a key if `keyed`.

    `receive` keeps them – `rows`, a JSON array of member_id and visit_key – under `marker` (runtime: request_key,
    run_at, as_of); `strangers` counts those of the rows that are not in the request that is there.
    """

    keyed: bool
    marker: Statement
    receive: tuple[Statement, ...]
    strangers: Statement


class Step(PlanModel):
    """A step that runs: statements all or nothing under `marker`, then counts of what they did.

    `writes` take as_of, wave and since_version, the first version whose visits the plan moves on; those of an entry by
    events take `since`, the instant after which they count: its last look, less what rows may be `late`; those of an
    entry with an `inbox` take `run_at`, when the run began. `moved` returns (to_node, ended, visits) of a wave.
    `next_due`, if there is one, returns the earliest instant at which somebody who is still there becomes due – with a
    `wait`, the instant from which that is counted. An entry is asked `every` so often, by a `calendar` or `at` an
    instant, `until` then. `reads` are the tables that, unchanged since it ran last, leave it nothing to do before the
    instant that `ahead` returns; None: that cannot be told. A step that is asked again and again, every `beat`, has
    nothing to do either unless somebody came to it, or the time of one who is there has ended: `next_due` returns when
    that is as well. `watched` counts who has to be looked at again, after the `beat`, and returns when the first window
    of a goal ends: that is a look, too.
    """

    node_id: str
    title: str
    kind: StepKind
    writes: tuple[Statement, ...]
    marker: Statement
    moved: Statement
    next_due: Statement | None = None
    every: timedelta | None = None
    until: datetime | None = None
    calendar: Calendar | None = None
    at: datetime | None = None
    late: timedelta | None = None
    wait: timedelta | None = None
    reads: tuple[str, ...] | None = None
    ahead: Statement | None = None
    watched: Statement | None = None
    beat: timedelta | None = None
    delivery: DeliveryPlan | None = None
    inbox: InboxPlan | None = None


class Plan(PlanModel):
    """A version of a journey in the engine's dialect; `steps` in topological order."""

    journey_id: str
    version: int
    dialect: str
    nodes: tuple[str, ...]
    steps: tuple[Step, ...]
    stop: Statement
    edges: dict[str, tuple[str, str, str]] = Field(description="edge id → (node, port, target)")
    transfer: TransferPlan | None = Field(None, description="None: made when every visit was on one version")

    @property
    def hash(self) -> str:
        """sha-256 of the content, 64 hex digits."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()

    def step(self, node_id: str) -> Step:
        """The step of that node. Raises KeyError when there is none."""
        for step in self.steps:
            if step.node_id == node_id:
                return step
        raise KeyError(node_id)
