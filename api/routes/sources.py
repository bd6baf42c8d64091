"""Data sources: what the source model names, as it is in the lakehouse now, and what is wrong with it."""

import asyncio
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.deps import Here
from orchestrator.errors import UserError
from orchestrator.journey.problem import Problem
from orchestrator.lakehouse.inspection import SourceTable
from orchestrator.lakehouse.model import load_sources

router = APIRouter(prefix="/sources", tags=["sources"])


class SourceTables(BaseModel):
    """The source model with its tables, the customers first."""

    file: str
    time_zone: str = Field(description="Whose days count where a rule says today")
    checked_at: datetime
    problems: list[Problem] = Field(description="Of the file as a whole; with one there are no tables")
    tables: list[SourceTable]


@router.get("")
async def list_sources(here: Here) -> SourceTables:
    """The tables with their columns, rows and freshness. Counts are a few seconds old at most."""
    file = here.catalog.sources_file
    found = SourceTables(file=str(file.resolve()), time_zone="UTC", checked_at=here.clock(), problems=[], tables=[])
    try:
        sources = await asyncio.to_thread(load_sources, file)
    except UserError as broken:
        found.problems = [Problem(code="source_model", text=broken.text, fix=broken.fix)]
        return found
    found.time_zone = sources.time_zone
    found.tables = await here.inspector.inspect(sources)
    return found
