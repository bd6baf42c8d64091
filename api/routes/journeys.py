"""Journeys: the drafts people draw."""

from typing import Annotated

from fastapi import APIRouter, Header, Response

from api.deps import Here, Parts
from api.drafts import detail, id_from, not_over, revision_of, status_of, tag
from api.models import (
    CheckResult,
    JourneyDetail,
    JourneyDraft,
    JourneyId,
    JourneyList,
    JourneyRow,
    NewJourney,
)
from api.tally import Tally
from orchestrator.errors import Conflict, Stale
from orchestrator.journey.check import check, faces
from orchestrator.journey.document import Journey
from orchestrator.store.records import JourneyRecord

router = APIRouter(prefix="/journeys", tags=["journeys"])
_NAMESAKES = 200


@router.get("")
async def list_journeys(here: Here) -> JourneyList:
    """All journeys, with counts for those that were ever started."""
    listed = await here.store.journeys()
    runs = {each.journey_id: each for each in await here.store.runs()}
    tally = await Tally.read(here) if runs else None
    return JourneyList(
        items=[
            JourneyRow(
                id=each.id,
                name=each.name,
                owner=each.owner,
                status=status_of(each.version, each.run_status),
                revision=each.revision,
                version=each.version,
                updated_at=each.updated_at,
                published_at=each.published_at,
                counts=tally.of(each.id) if tally and each.id in runs else None,
                sent=tally.sent(each.id) if tally and each.id in runs else None,
                next_due_at=runs[each.id].next_due_at if each.id in runs else None,
            )
            for each in listed
        ]
    )


@router.post("", status_code=201)
async def create_journey(here: Here, new: NewJourney, response: Response) -> JourneyDetail:
    """A new draft, revision 1."""
    record = await _added(here, new)
    tag(response, record.revision)
    return await detail(here, record)


@router.post("/check")
async def check_document(here: Here, draft: JourneyDraft) -> CheckResult:
    """Every problem of a document that is not saved."""
    return await _check(here, draft.document)


@router.get("/{id}")
async def get_journey(here: Here, journey_id: JourneyId, response: Response) -> JourneyDetail:
    """The draft, with its revision as ETag."""
    record = await here.store.journey(journey_id)
    tag(response, record.revision)
    return await detail(here, record)


@router.put("/{id}")
async def save_journey(
    here: Here,
    journey_id: JourneyId,
    draft: JourneyDraft,
    response: Response,
    if_match: Annotated[str | None, Header(description='The revision it replaces, e.g. "3"')] = None,
) -> JourneyDetail:
    """Saves over exactly the revision named by If-Match; a draft may have problems."""
    revision = revision_of(if_match)
    document = draft.document
    try:
        record = await here.store.save_journey(journey_id, document.name, document.model_dump(mode="json"), revision)
    except Stale as stale:
        current = await detail(here, JourneyRecord(**stale.current))
        raise Stale(stale.text, current=current.model_dump(mode="json"), place=stale.place, fix=stale.fix) from stale
    tag(response, record.revision)
    return await detail(here, record)


@router.delete("/{id}", status_code=204)
async def delete_journey(here: Here, journey_id: JourneyId) -> None:
    """Deletes a draft, or a journey whose run is over; the ledger keeps what happened."""
    run = await here.store.run(journey_id)
    if not_over(run):
        raise Conflict("people may be in it", place=f"journey {journey_id}", fix="stop it first")
    if run is None and await here.store.last_version(journey_id):
        text = "it is published, and may be about to start"
        raise Conflict(text, place=f"journey {journey_id}", fix="start and stop it first")
    await here.store.remove_journey(journey_id)


@router.post("/{id}/check")
async def check_journey(here: Here, journey_id: JourneyId) -> CheckResult:
    """Every problem of the saved draft."""
    record = await here.store.journey(journey_id)
    return await _check(here, Journey.model_validate(record.document))


async def _check(here: Parts, document: Journey) -> CheckResult:
    problems = check(document, await here.known()).problems
    return CheckResult(problems=problems, faces=faces(document, here.catalog.nodes))


async def _added(here: Parts, new: NewJourney) -> JourneyRecord:
    document = new.document.model_dump(mode="json")
    name = new.document.name
    if new.id is not None:
        return await here.store.add_journey(new.id, name, document)
    stem = id_from(name)
    for number in range(1, _NAMESAKES):
        try:
            return await here.store.add_journey(stem if number == 1 else f"{stem}-{number}", name, document)
        except Conflict:
            continue
    raise Conflict(f"there are {_NAMESAKES - 1} journeys of that name", place="journey", fix="choose an id")
