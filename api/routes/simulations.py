"""Simulation: what a journey would do, asked of the real lakehouse."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import AwareDatetime, Field

from api.deps import Here
from api.models import Body, JourneyId
from orchestrator.errors import UserError
from orchestrator.execution.simulate import simulate
from orchestrator.execution.simulation import Simulation
from orchestrator.journey.document import Journey

router = APIRouter(prefix="/journeys/{id}", tags=["runs"])


class Simulate(Body):
    """For how long, and from when on; `since` in the past plays what was, for an empty journey."""

    days: int = Field(30, ge=1, le=366)
    since: AwareDatetime | None = Field(None, description="Empty: from now on, with everybody who is inside")


@router.post("/simulate")
async def simulate_journey(here: Here, journey_id: JourneyId, asked: Simulate | None = None) -> Simulation:
    """Runs the draft's statements on a scratch ledger with another clock; nobody is sent anything.

    It takes seconds: one is run at a time. Attributes are as they are now; events count up to the simulated instant.
    """
    asked = asked or Simulate(days=30, since=None)
    record = await here.store.journey(journey_id)
    now = here.clock()
    since = _past(asked.since, now) if asked.since else None
    async with here.simulating:
        return await simulate(
            here.engine,
            here.ledger_schema,
            journey_id,
            Journey.model_validate(record.document),
            await here.known(),
            since or now,
            asked.days,
            past=since is not None,
        )


def _past(since: datetime, now: datetime) -> datetime:
    if since > now:
        raise UserError("it is not over yet", place="since", fix="leave it out, to look ahead from now")
    return since
