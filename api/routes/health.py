"""Health: whether the three things Sojourn stands on answer."""

import asyncio
from collections.abc import Awaitable
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from api.deps import Here
from orchestrator import __version__
from orchestrator.errors import SojournError

router = APIRouter(prefix="/health", tags=["health"])
_PATIENCE = 4.0


class HealthCheck(BaseModel):
    """Whether one of them answers, and if not, why."""

    ok: bool
    text: str


class HealthChecks(BaseModel):
    """What Sojourn stands on."""

    database: HealthCheck
    temporal: HealthCheck
    lakehouse: HealthCheck


class Health(BaseModel):
    """The sum of it."""

    status: Literal["ok", "degraded"]
    version: str
    checks: HealthChecks


@router.get("")
async def get_health(here: Here) -> Health:
    """Asks all three at once; answers within 4 s, whatever they do."""
    database, temporal, lakehouse = await asyncio.gather(
        _asked(here.store.ping()), _asked(here.runner.ping()), _asked(here.catalog.lakehouse())
    )
    checks = HealthChecks(database=database, temporal=temporal, lakehouse=lakehouse)
    well = database.ok and temporal.ok and lakehouse.ok
    return Health(status="ok" if well else "degraded", version=__version__, checks=checks)


async def _asked(question: Awaitable[object]) -> HealthCheck:
    try:
        async with asyncio.timeout(_PATIENCE):
            await question
    except SojournError as error:
        return HealthCheck(ok=False, text=str(error))
    except TimeoutError:
        return HealthCheck(ok=False, text=f"it did not answer within {_PATIENCE:g} s")
    return HealthCheck(ok=True, text="it answers")
