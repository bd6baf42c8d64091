"""Reports: what happened so far, as it changes, and whether the ledger holds together."""

from collections.abc import AsyncIterable
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.deps import Here
from api.models import CheckedInvariant, JourneyId, Verified
from orchestrator.execution.report import Report
from orchestrator.execution.verify import Promised, verify
from orchestrator.store.pauses import all_pauses

router = APIRouter(prefix="/journeys/{id}", tags=["reports"])


@router.get("/report")
async def get_report(here: Here, journey_id: JourneyId) -> Report:
    """Counts per step, line and reason, counted in the ledger now."""
    await here.store.journey(journey_id)
    return await here.report(journey_id)


async def _first(here: Here, journey_id: JourneyId) -> Report:
    """Read before the stream begins, so that what is wrong is an answer with a status and not a silent line."""
    await here.store.journey(journey_id)
    return await here.feeds.first(journey_id)


@router.get("/events", response_class=EventSourceResponse)
async def follow_journey(
    here: Here, journey_id: JourneyId, first: Annotated[Report, Depends(_first)]
) -> AsyncIterable[ServerSentEvent]:
    """`report` at once and whenever something changes, `done` when the run is over; both with a Report."""
    async for name, report in here.feeds.follow(journey_id, first):
        yield ServerSentEvent(event=name, data=report)


@router.get("/verify")
async def verify_journey(here: Here, journey_id: JourneyId) -> Verified:
    """Counts violations of every invariant in the ledger, over all versions of the journey."""
    await here.store.journey(journey_id)
    await here.store.version(journey_id)
    plans = [await here.plan(each.plan_hash) for each in await here.store.versions(journey_id)]
    promised = Promised(plans, await all_pauses(here.store.engine), await here.catalog.lakehouse())
    found = await verify(here.engine, here.ledger_schema, promised)
    checked = [
        CheckedInvariant(invariant=each.invariant, text=each.text, violations=each.violations, sample=list(each.sample))
        for each in found
    ]
    return Verified(checked=checked, clean=not any(each.violations for each in checked))
