"""Sizes of audiences over time: what every night and every look at a saved rule has counted."""

from collections.abc import Mapping
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.deps import Here, Parts
from api.models import AudienceId
from orchestrator.audience.preview import Preview
from orchestrator.audience.rules import Rule
from orchestrator.store.records import SizeRecord

router = APIRouter(prefix="/audiences/{id}/sizes", tags=["audiences"])


class AudienceSize(BaseModel):
    """How many people were in it."""

    at: datetime
    people: int
    base: int = Field(description="People there were altogether")


class AudienceSizes(BaseModel):
    """All that is kept, the oldest first; of what is older than 60 days the last of each day."""

    items: list[AudienceSize]


@router.get("")
async def list_sizes(here: Here, audience_id: AudienceId) -> AudienceSizes:
    """How the audience grew and shrank."""
    await here.store.audience(audience_id)
    found = await here.measurements.sizes(audience_id)
    return AudienceSizes(items=[size_of(each) for each in found])


def size_of(record: SizeRecord) -> AudienceSize:
    """A kept size as it is told."""
    return AudienceSize(at=record.at, people=record.people, base=record.base)


async def note_size(here: Parts, audiences: Mapping[str, Rule], rule: Rule, found: Preview, at: datetime) -> None:
    """Keeps what was counted for a rule, for every audience that is saved with it. Raises EngineAway."""
    same = [audience_id for audience_id, saved in audiences.items() if saved == rule]
    await here.measurements.add_sizes([SizeRecord(each, at, found.count, found.base) for each in same])
