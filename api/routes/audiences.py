"""Audiences: saved rules, and previews of any rule."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, Field

from api.audience_uses import AudienceUse, audience_uses, users
from api.deps import Here, Parts
from api.drafts import id_from, revision_of, tag
from api.models import AudienceId, Body
from api.patience import while_wanted
from api.routes.sizes import AudienceSize, note_size, size_of
from orchestrator.audience.preview import MAX_SAMPLE, Preview, preview
from orchestrator.audience.rules import Rule
from orchestrator.errors import Conflict, Stale
from orchestrator.journey.document import Id
from orchestrator.lakehouse.engine import Engine
from orchestrator.store.records import AudienceRecord, SizeRecord

router = APIRouter(prefix="/audiences", tags=["audiences"])
_TOKEN = "X-Forwarded-Access-Token"  # noqa: S105 - a header's name


class Audience(BaseModel):
    """A saved audience."""

    id: str
    name: str
    rule: dict[str, Any]
    revision: int
    updated_at: datetime
    journey_count: int = Field(description="Journeys that use it, in their draft or in the version under way")
    last_size: AudienceSize | None = Field(description="What was counted last; null: it never was")


class AudienceDetail(Audience):
    """A saved audience, with the journeys that use it."""

    used_in: list[AudienceUse] = Field(description="By the journey's name; draft and version under way are told apart")


class AudienceList(BaseModel):
    """All audiences, by name."""

    items: list[Audience]


class AudienceDraft(Body):
    """An audience to be saved."""

    name: str = Field(min_length=1, max_length=120)
    rule: Rule


class NewAudience(AudienceDraft):
    """An audience to be made; without an id it gets one from its name."""

    id: Id | None = None


class PreviewRequest(Body):
    """What to ask about a rule."""

    rule: Rule
    sample: int = Field(0, ge=0, le=MAX_SAMPLE)
    breakdown: str | None = None
    show_contacts: bool = False


@router.post("/preview")
async def preview_audience(here: Here, request: Request, asked: PreviewRequest) -> Preview:
    """How many the rule holds for now, a few of them, and how they divide.

    Where the lakehouse tells people apart and a proxy forwards the token of whoever is signed in
    (`X-Forwarded-Access-Token`, as Databricks Apps do), it is asked with their rights, row filters and masks.
    """
    token = request.headers.get(_TOKEN) if here.engine.facts.people else None
    engine = here.engine.as_person(token) if token else here.engine
    try:
        found = await _previewed(here, request, asked, engine)
    finally:
        if engine is not here.engine:
            await engine.close()
    if here.engine.facts.people:
        found.asked_as = "person" if token else "service"
    return found


async def _previewed(here: Parts, request: Request, asked: PreviewRequest, engine: Engine) -> Preview:
    known, now = await here.known(), here.clock()
    ours = engine is here.engine
    asking = preview(
        engine,
        known.lakehouse,
        known.audiences,
        asked.rule,
        as_of=now,
        everybody=here.everybody if ours else None,
        sample=asked.sample,
        breakdown=asked.breakdown,
        show_contacts=asked.show_contacts,
    )
    found = await while_wanted(request, asking)
    if ours:  # what one person may see is no audience's size
        await note_size(here, known.audiences, asked.rule, found, now)
    return found


@router.get("")
async def list_audiences(here: Here) -> AudienceList:
    """All audiences, by name."""
    found = await here.store.audiences()
    uses, sizes = await audience_uses(here, found), await here.measurements.last_sizes()
    return AudienceList(items=[_audience(each, uses.get(each.id, []), sizes.get(each.id)) for each in found])


@router.post("", status_code=201)
async def create_audience(here: Here, new: NewAudience, response: Response) -> AudienceDetail:
    """A new audience, revision 1."""
    rule = new.rule.model_dump(mode="json")
    record = await here.store.add_audience(new.id or id_from(new.name), new.name, rule)
    tag(response, record.revision)
    return await _detail(here, record)


@router.get("/{id}")
async def get_audience(here: Here, audience_id: AudienceId, response: Response) -> AudienceDetail:
    """The audience, with its revision as ETag."""
    record = await here.store.audience(audience_id)
    tag(response, record.revision)
    return await _detail(here, record)


@router.put("/{id}")
async def save_audience(
    here: Here,
    audience_id: AudienceId,
    draft: AudienceDraft,
    response: Response,
    if_match: Annotated[str | None, Header(description='The revision it replaces, e.g. "3"')] = None,
) -> AudienceDetail:
    """Saves over exactly the revision named by If-Match."""
    revision = revision_of(if_match)
    rule = draft.rule.model_dump(mode="json")
    try:
        record = await here.store.save_audience(audience_id, draft.name, rule, revision)
    except Stale as stale:
        current = await _detail(here, AudienceRecord(**stale.current))
        raise Stale(stale.text, current=current.model_dump(mode="json"), place=stale.place, fix=stale.fix) from stale
    tag(response, record.revision)
    return await _detail(here, record)


@router.delete("/{id}", status_code=204)
async def delete_audience(here: Here, audience_id: AudienceId) -> None:
    """Deletes it, unless a journey or another audience uses it."""
    await here.store.audience(audience_id)
    every = await here.store.audiences()
    used = [f"“{use.name}” ({use.where})" for use in (await audience_uses(here, every)).get(audience_id, [])]
    used += [f"the audience “{each.name}”" for each in users(audience_id, every)]
    if used:
        text, fix = f"it is used in {', '.join(used)}", "take it out there, then delete it"
        raise Conflict(text, place=f"audience {audience_id}", fix=fix)
    await here.store.remove_audience(audience_id)


async def _detail(here: Parts, record: AudienceRecord) -> AudienceDetail:
    uses = (await audience_uses(here, await here.store.audiences())).get(record.id, [])
    size = (await here.measurements.last_sizes()).get(record.id)
    return AudienceDetail(**_audience(record, uses, size).model_dump(), used_in=uses)


def _audience(record: AudienceRecord, uses: list[AudienceUse], size: SizeRecord | None) -> Audience:
    count = len({use.journey_id for use in uses})
    return Audience(**asdict(record), journey_count=count, last_size=size and size_of(size))
