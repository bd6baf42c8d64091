"""Journeys that should be under way and that Temporal does not know: started again where the ledger says they stand."""

from api.deps import Parts
from api.drafts import not_over
from orchestrator.execution.protocol import StartJourney
from orchestrator.execution.recovery import Published, rebuild
from orchestrator.store.records import RunRecord


async def recover(here: Parts) -> list[str]:
    """Starts again what is lost and returns the ids; what runs is left alone, so that a repeat finds nothing.

    Raises EngineAway and LakehouseAway; what was started before stays so.
    """
    found: list[str] = []
    for run in await here.store.runs():
        if run.status != "finished" and not await here.runner.is_running(run.journey_id):
            start, summary = await _rebuilt(here, run)
            if not_over(run) or start.deliveries:  # a stopped journey has to settle whom it was sending to
                await here.runner.start_again(start, summary=summary)
                found.append(run.journey_id)
    return found


async def _rebuilt(here: Parts, run: RunRecord) -> tuple[StartJourney, str]:
    stored = [each for each in reversed(await here.store.versions(run.journey_id)) if each.version <= run.version]
    published = [Published(await here.plan(each.plan_hash), each.plan_hash) for each in stored]
    start = await rebuild(
        here.engine,
        here.ledger_schema,
        run,
        published,
        queue=here.runner.place.task_queue,
        now=here.clock(),
    )
    return start, f"{stored[-1].document['name']}, version {run.version}"
