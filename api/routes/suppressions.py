"""Suppressions: whom not to reach, whatever a journey wants."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field
from sqlglot import exp

from api.deps import Here
from api.models import Body
from orchestrator.errors import NotFound
from orchestrator.execution.by_hand import suppress
from orchestrator.execution.ledger import ensure_ledger
from orchestrator.execution.people import member_key
from orchestrator.lakehouse.model import suggest
from orchestrator.lakehouse.sql import naive_utc

router = APIRouter(prefix="/suppressions", tags=["people"])
EVERYTHING = "*"


class Word(Body):
    """The last word on reaching a member for a purpose."""

    member_id: Annotated[str, Field(max_length=200)]
    purpose: str = Field(EVERYTHING, max_length=60, description="As in the consents; `*`: whatever it is")
    suppressed: bool = Field(True, description="False lifts it")
    reason: str = Field("asked", max_length=60, pattern=r"^[a-z][a-z0-9_]*$", description="A word for the reports")


@router.post("", status_code=204)
async def suppress_member(here: Here, word: Word) -> Response:
    """In force for whoever is selected or claimed from now on. Raises NotFound for a purpose nobody was asked for."""
    lakehouse = await here.catalog.lakehouse()
    purposes = [EVERYTHING, *await here.catalog.purposes()]
    if word.purpose not in purposes:
        raise NotFound(f"there is no purpose {word.purpose!r}", place="purpose", fix=suggest(word.purpose, purposes))
    await ensure_ledger(here.engine, lakehouse, here.ledger_schema)
    member = exp.convert(member_key(lakehouse, word.member_id))
    said = word.model_dump(include={"purpose", "suppressed", "reason"})
    await suppress(here.engine, here.ledger_schema, member, said, naive_utc(here.clock()))
    return Response(status_code=204)
