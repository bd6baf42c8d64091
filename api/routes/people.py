"""The people in a journey: who is at a step, and why. What names a person travels in bodies, never in addresses."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlglot import exp

from api.deps import Here, Parts
from api.models import Body, JourneyId
from api.why import Why, why
from orchestrator.errors import NotFound
from orchestrator.execution.by_hand import remove
from orchestrator.execution.people import (
    MOST_COLUMNS,
    MOST_ROWS,
    After,
    Asked,
    PeoplePage,
    Presence,
    member_key,
    people_at,
)
from orchestrator.execution.plan import Plan
from orchestrator.journey.document import Id, Journey
from orchestrator.lakehouse.model import suggest
from orchestrator.lakehouse.sql import naive_utc

router = APIRouter(prefix="/journeys/{id}/people", tags=["people"])
Text = Annotated[str, Field(max_length=200)]


class PeopleRequest(Body):
    """Which people of a step, and what to show of them."""

    node: Id
    state: Presence = Field("here", description="At the step now, through it, or not sent to")
    reason: Text | None = Field(None, description="Only those whose delivery has this reason")
    columns: list[Text] = Field(default_factory=list, max_length=MOST_COLUMNS, description="Paths of attributes")
    show_contacts: bool = False
    after: After | None = Field(None, description="`next` of the page before")
    limit: int = Field(50, ge=1, le=MOST_ROWS)


class MemberRequest(Body):
    """Who is meant."""

    member_id: Text


class Removed(BaseModel):
    """Whether the member was inside."""

    removed: bool


class WhyRequest(MemberRequest):
    """Who is asked about."""

    show_contacts: bool = False


@router.post("")
async def list_people(here: Here, journey_id: JourneyId, asked: PeopleRequest) -> PeoplePage:
    """A page of the people at a step, the last arrived first, read from the ledger now."""
    draft = Journey.model_validate((await here.store.journey(journey_id)).document)
    plans = await _plans(here, journey_id)
    nodes = {node.id for node in draft.nodes}.union(*(plan.nodes for plan in plans))
    if asked.node not in nodes:
        fix = suggest(asked.node, nodes)
        raise NotFound(f"there is no step {asked.node!r}", place=f"journey {journey_id}", fix=fix)
    if not plans:
        return PeoplePage(columns=[], withheld=[], rows=[], next=None)
    wait_of = await here.wait_of(journey_id, plans[-1])
    given = asked.model_dump(exclude={"node", "after"})
    question = Asked(
        journey_id, asked.node, wait_of=lambda moved: wait_of(moved, asked.node), after=asked.after, **given
    )
    return await people_at(here.engine, await here.catalog.lakehouse(), here.ledger_schema, question)


@router.post("/why")
async def explain_person(here: Here, journey_id: JourneyId, asked: WhyRequest) -> Why:
    """Why a member is in the journey, or is not: their steps, or each entry's rule taken apart for them."""
    return await why(here, journey_id, asked.member_id, show_contacts=asked.show_contacts)


@router.post("/remove")
async def remove_person(here: Here, journey_id: JourneyId, asked: MemberRequest) -> Removed:
    """Ends the member's open visit at once; they do not come in again. What was claimed for them may still be sent."""
    await here.store.journey(journey_id)
    member = exp.convert(member_key(await here.catalog.lakehouse(), asked.member_id))
    now = naive_utc(here.clock())
    return Removed(removed=await remove(here.engine, here.ledger_schema, journey_id, member, now))


async def _plans(here: Parts, journey_id: str) -> list[Plan]:
    """What runs or ran last, else what was published last, the newest last; none: it is a draft only."""
    run = await here.store.run(journey_id)
    if run is not None:
        return await here.running(run)
    if not await here.store.last_version(journey_id):
        return []
    return [await here.plan((await here.store.version(journey_id)).plan_hash)]
