"""Metrics of this process, for Prometheus."""

from fastapi import APIRouter
from starlette.responses import Response

from api.deps import Here
from api.measured import METRICS
from orchestrator.store.scrape import CONTENT_TYPE

router = APIRouter()


@router.get(METRICS, include_in_schema=False)
async def get_metrics(here: Here) -> Response:
    """Counts, ids and clocks; nothing is asked of the lakehouse for them."""
    return Response(await here.scrape.text(), media_type=CONTENT_TYPE)
