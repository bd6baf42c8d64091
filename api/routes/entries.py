"""Entries: other systems post members into a journey that runs."""

from typing import Annotated

from fastapi import APIRouter, Header
from pydantic import BaseModel, Field

from api.deps import Here, Parts
from api.models import Body, JourneyId
from api.temporal import not_running
from orchestrator.errors import Conflict, Invalid, NotFound
from orchestrator.execution.inbox import Posted, receive
from orchestrator.execution.ledger import ensure_ledger
from orchestrator.execution.people import member_key
from orchestrator.execution.plan import InboxPlan, Plan
from orchestrator.journey.document import Id
from orchestrator.lakehouse.model import Lakehouse, suggest
from orchestrator.lakehouse.sql import naive_utc
from orchestrator.store.records import RunRecord

router = APIRouter(tags=["runs"])
MOST = 10_000
"""Members in one request."""
Text = Annotated[str, Field(min_length=1, max_length=200)]
RequestKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Names the request: sent again with the same key, it counts once. It is kept, so it names nobody",
    ),
]


class NewMember(Body):
    """A member, and what they come in for where the entry asks for it."""

    member_id: Text
    key: Text | None = Field(None, description="E.g. of an order: somebody may be inside once for each")


class Post(Body):
    """Members who are to come in together."""

    entry: Id | None = Field(None, description="The entry's id; none: the journey has one only")
    members: list[NewMember] = Field(min_length=1, max_length=MOST)


class Received(BaseModel):
    """What was received. Who is not let in – unknown, inside already, without a key – is told in the ledger."""

    entry: str
    members: int
    repeated: bool = Field(description="The same request was received before; nothing has changed")


@router.post("/journeys/{id}/entries", status_code=202)
async def post_members(here: Here, journey_id: JourneyId, post: Post, request_key: RequestKey) -> Received:
    """Members come in with the next wave, which begins at once – of a journey that is paused when it goes on."""
    run = await _running(here, journey_id)
    entry, inbox = _inbox(await here.plan(run.plan_hash), post.entry)
    lakehouse = await here.catalog.lakehouse()
    members = [_posted(lakehouse, inbox, index, each) for index, each in enumerate(post.members)]
    # The tables of a journey that was started by an earlier release may not be there yet.
    await ensure_ledger(here.engine, lakehouse, here.ledger_schema)
    now, run_at = naive_utc(here.clock()), naive_utc(run.started_at)
    fresh = await receive(here.engine, inbox, request_key, members, run_at, now)
    await here.runner.posted(journey_id, entry)
    return Received(entry=entry, members=len(members), repeated=not fresh)


async def _running(here: Parts, journey_id: str) -> RunRecord:
    await here.store.journey(journey_id)
    run = await here.store.run(journey_id)
    if run is None or run.status not in ("live", "paused"):
        raise not_running(journey_id)
    return run


def _inbox(plan: Plan, wanted: str | None) -> tuple[str, InboxPlan]:
    """The entry that is meant. Raises Conflict and NotFound."""
    inboxes = {step.node_id: step.inbox for step in plan.steps if step.inbox is not None}
    place = f"journey {plan.journey_id}, version {plan.version}"
    if not inboxes:
        fix = "draw an API entry, publish, and let the journey go on with that version"
        raise Conflict("nobody can be posted to it", place=place, fix=fix)
    if wanted is None and len(inboxes) > 1:
        raise Invalid("it has several API entries", place="entry", fix=suggest("", inboxes))
    entry = wanted or next(iter(inboxes))
    if entry not in inboxes:
        raise NotFound(f"there is no API entry {entry!r}", place=place, fix=suggest(entry, inboxes))
    return entry, inboxes[entry]


def _posted(lakehouse: Lakehouse, inbox: InboxPlan, index: int, given: NewMember) -> Posted:
    """The member as the inbox keeps it; a key that is missing is refused by the wave, with its reason."""
    place = f"members.{index}"
    if given.key is not None and not inbox.keyed:
        raise Invalid("this entry takes no keys", place=f"{place}.key", fix="leave it out, or switch keys on there")
    try:
        return Posted(member_key(lakehouse, given.member_id), given.key)
    except NotFound as unknown:
        raise Invalid(unknown.text, place=f"{place}.member_id", fix=unknown.fix) from None
