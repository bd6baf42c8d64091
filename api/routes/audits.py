"""Audits: whether the ledger of every running journey held together when it was last looked at, every night."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.deps import Here
from api.models import JourneyId
from orchestrator.store.records import AuditRecord

router = APIRouter(tags=["audits"])


class Violation(BaseModel):
    """An invariant of the ledger that does not hold, and how many rows break it."""

    text: str
    count: int


class Audit(BaseModel):
    """What an audit of a journey found."""

    journey_id: str
    name: str = Field(description="The journey's name; its id when it is deleted")
    at: datetime
    clean: bool
    violations: list[Violation]


class AuditList(BaseModel):
    """Audits."""

    items: list[Audit]


@router.get("/audits")
async def list_audits(here: Here) -> AuditList:
    """The last audit of every journey that was running in a night."""
    names = {each.id: each.name for each in await here.store.journeys()}
    found = await here.measurements.last_audits()
    return AuditList(items=[_audit(each, names.get(each.journey_id, each.journey_id)) for each in found])


@router.get("/journeys/{id}/audits")
async def list_journey_audits(here: Here, journey_id: JourneyId) -> AuditList:
    """All audits of the journey within a year, the newest first."""
    journey = await here.store.journey(journey_id)
    return AuditList(items=[_audit(each, journey.name) for each in await here.measurements.audits(journey_id)])


def _audit(record: AuditRecord, name: str) -> Audit:
    violations = [Violation(text=text, count=count) for text, count in record.violations.items()]
    return Audit(journey_id=record.journey_id, name=name, at=record.at, clean=not violations, violations=violations)
