"""Audiences: saved rules, and previews of any rule."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, Field

from api.deps import Here
from api.drafts import id_from, revision_of, tag
from api.models import AudienceId, Body
from orchestrator.audience.preview import MAX_SAMPLE, Preview, preview
from orchestrator.audience.rules import Rule
from orchestrator.errors import Stale
from orchestrator.journey.document import Id
from orchestrator.store.records import AudienceRecord

router = APIRouter(prefix="/audiences", tags=["audiences"])


class Audience(BaseModel):
    """A saved audience."""

    id: str
    name: str
    rule: dict[str, Any]
    revision: int
    updated_at: datetime


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
async def preview_audience(here: Here, asked: PreviewRequest) -> Preview:
    """How many the rule holds for now, a few of them, and how they divide."""
    known = await here.known()
    return await preview(
        here.engine,
        known.lakehouse,
        known.audiences,
        asked.rule,
        as_of=here.clock(),
        sample=asked.sample,
        breakdown=asked.breakdown,
        show_contacts=asked.show_contacts,
    )


@router.get("")
async def list_audiences(here: Here) -> AudienceList:
    """All audiences, by name."""
    return AudienceList(items=[_audience(each) for each in await here.store.audiences()])


@router.post("", status_code=201)
async def create_audience(here: Here, new: NewAudience, response: Response) -> Audience:
    """A new audience, revision 1."""
    rule = new.rule.model_dump(mode="json")
    record = await here.store.add_audience(new.id or id_from(new.name), new.name, rule)
    tag(response, record.revision)
    return _audience(record)


@router.get("/{id}")
async def get_audience(here: Here, audience_id: AudienceId, response: Response) -> Audience:
    """The audience, with its revision as ETag."""
    record = await here.store.audience(audience_id)
    tag(response, record.revision)
    return _audience(record)


@router.put("/{id}")
async def save_audience(
    here: Here,
    audience_id: AudienceId,
    draft: AudienceDraft,
    response: Response,
    if_match: Annotated[str | None, Header(description='The revision it replaces, e.g. "3"')] = None,
) -> Audience:
    """Saves over exactly the revision named by If-Match."""
    revision = revision_of(if_match)
    rule = draft.rule.model_dump(mode="json")
    try:
        record = await here.store.save_audience(audience_id, draft.name, rule, revision)
    except Stale as stale:
        current = _audience(AudienceRecord(**stale.current)).model_dump(mode="json")
        raise Stale(stale.text, current=current, place=stale.place, fix=stale.fix) from stale
    tag(response, record.revision)
    return _audience(record)


@router.delete("/{id}", status_code=204)
async def delete_audience(here: Here, audience_id: AudienceId) -> None:
    """Deletes it; journeys already published keep the rule they were published with."""
    await here.store.remove_audience(audience_id)


def _audience(record: AudienceRecord) -> Audience:
    return Audience(**asdict(record))
