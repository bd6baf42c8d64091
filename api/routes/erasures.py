"""Erasures: what the ledger knows of a member goes, and nobody lets them in again."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from api.deps import Here, Parts
from api.models import Body
from orchestrator.execution.erasure import Erased, Erasure
from orchestrator.execution.ledger import ensure_ledger
from orchestrator.execution.people import member_key
from orchestrator.lakehouse.sql import naive_utc
from orchestrator.store.journal import DeliveryJournal

router = APIRouter(prefix="/erasures", tags=["people"])


class ErasureRequest(Body):
    """Who is to be erased; their row in the customer table is yours to delete, afterwards."""

    member_id: Annotated[str, Field(max_length=200)]


@router.post("")
async def erase_member(here: Here, asked: ErasureRequest) -> Erased:
    """Ends their visits, takes them out of audiences, and takes their name off the ledger; asked again it goes on."""
    lakehouse = await here.catalog.lakehouse()
    member = member_key(lakehouse, asked.member_id)
    await ensure_ledger(here.engine, lakehouse, here.ledger_schema)
    return await (await _erasure(here)).erase(member, naive_utc(here.clock()))


async def _erasure(here: Parts) -> Erasure:
    plans = [await here.plan(each.plan_hash) for each in await here.store.all_versions()]
    journal, opened = DeliveryJournal(here.store.engine), here.catalog.connections.opened
    return Erasure(here.engine, here.ledger_schema, await here.known(), journal, opened, plans)
