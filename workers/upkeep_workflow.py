"""The workflow that runs every night: it measures every audience, and audits the ledger of every running journey."""

from datetime import datetime, timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from pydantic import BaseModel, Field

UPKEEP_WORKFLOW = "Upkeep"
MEASURE, ERASE, AUDIT = "measure_audiences", "finish_erasures", "audit_journeys"
"""Activities; all take the instant they count at."""

_TIME = timedelta(hours=2)
_HEARTBEAT = timedelta(seconds=10)
_RETRY = RetryPolicy(initial_interval=timedelta(seconds=10), backoff_coefficient=3, maximum_attempts=6)
"""An hour or so; what fails until then waits for the next night."""


Result = TypeVar("Result", bound=BaseModel)


class Measured(BaseModel):
    """How many audiences were counted, and the ids of those that could not be."""

    audiences: int
    failed: list[str] = Field(default_factory=list)


class Finished(BaseModel):
    """How many erasures were finished, and how many have to wait for another night."""

    erased: int
    waiting: int = 0


class Audited(BaseModel):
    """How many journeys were audited, and the ids of those whose ledger breaks an invariant."""

    journeys: int
    broken: list[str] = Field(default_factory=list)


class Kept(BaseModel):
    """What a night brought; None: it failed."""

    measured: Measured | None
    audited: Audited | None
    erased: Finished | None = None


@workflow.defn(name=UPKEEP_WORKFLOW)
class UpkeepWorkflow:
    """One for each night; no part waits for another to succeed."""

    @workflow.run
    async def run(self) -> Kept:
        """Measures, finishes erasures, then audits."""
        now = workflow.now()
        erases = workflow.patched("erasures")  # a night that began under an earlier release goes on as it began
        return Kept(
            measured=await self._tried(MEASURE, now, Measured, "Count every audience"),
            erased=await self._tried(ERASE, now, Finished, "Finish erasures") if erases else None,
            audited=await self._tried(AUDIT, now, Audited, "Audit every running journey"),
        )

    async def _tried(self, name: str, now: datetime, result: type[Result], summary: str) -> Result | None:
        try:
            found: Result = await workflow.execute_activity(
                name,
                now,
                result_type=result,
                start_to_close_timeout=_TIME,
                heartbeat_timeout=_HEARTBEAT,
                retry_policy=_RETRY,
                summary=summary,
            )
        except ActivityError:
            return None
        return found
