"""Runs: all of them, and starting, pausing, resuming and stopping a journey."""

from dataclasses import replace

from fastapi import APIRouter

from api.adopting import adopt
from api.deps import Here, Parts
from api.drafts import status_of
from api.models import Adopt, JourneyId, Recovery, Run, RunList, RunRow, Start
from api.recovering import recover
from api.tally import Tally
from api.temporal import already_running
from orchestrator.errors import NotFound
from orchestrator.execution.protocol import RunState, journey_workflow_id
from orchestrator.store.records import RunRecord

router = APIRouter(tags=["runs"])
_OF = "/journeys/{id}"


@router.get("/runs")
async def list_runs(here: Here) -> RunList:
    """The latest run of every journey that was ever started, the last started first."""
    runs = sorted(await here.store.runs(), key=lambda run: (run.started_at, run.journey_id), reverse=True)
    counts = await Tally.read(here) if runs else None
    names = {each.id: each.name for each in await here.store.journeys()}
    return RunList(
        items=[
            RunRow(
                **_run(here, run).model_dump(),
                name=names.get(run.journey_id) or await _last_name(here, run),
                is_deleted=run.journey_id not in names,
                ended_at=run.ended_at,
                wave=run.wave,
                as_of=run.as_of,
                next_due_at=run.next_due_at,
                trouble=run.trouble,
                counts=counts and counts.of(run.journey_id),
                sent=counts and counts.sent(run.journey_id),
            )
            for run in runs
        ]
    )


@router.post("/runs/recover", status_code=202)
async def recover_runs(here: Here) -> Recovery:
    """Starts again, where the ledger says they stand, the journeys that Temporal has lost; a repeat finds none."""
    return Recovery(journey_ids=await recover(here))


@router.post(f"{_OF}/start", status_code=202)
async def start_journey(here: Here, journey_id: JourneyId, start: Start | None = None) -> Run:
    """Starts the newest version, or the one named; waves go on counting where the last run ended."""
    journey = await here.store.journey(journey_id)
    version = await here.store.version(journey_id, start.version if start else None)
    plan = await here.plan(version.plan_hash)
    if await here.runner.is_running(journey_id):
        raise already_running(journey_id)
    before = await here.store.run(journey_id)
    run = RunRecord(
        journey_id=journey_id,
        version=version.version,
        plan_hash=version.plan_hash,
        status="live",
        wave=before.wave if before else 0,
        as_of=before.as_of if before else None,
        next_due_at=None,
        trouble="",
        started_at=here.clock(),
        ended_at=None,
        versions=[version.version],
    )
    # The row is there before the workflow is, because the workflow's first wave writes to it.
    await here.store.claim_run(run, before)
    try:
        summary = f"{journey.name}, version {version.version}"
        await here.runner.start(plan, version.plan_hash, wave=run.wave, started_at=run.started_at, summary=summary)
    except Exception:
        # Nothing was started.
        if before is not None:
            await here.store.put_run(before)
        else:
            await here.store.remove_run(journey_id)
        raise
    return _run(here, run)


@router.post(f"{_OF}/pause")
async def pause_journey(here: Here, journey_id: JourneyId) -> Run:
    """Freezes it: nobody enters, moves, or is sent to."""
    await _started(here, journey_id)
    return await _after(here, journey_id, await here.runner.pause(journey_id))


@router.post(f"{_OF}/resume")
async def resume_journey(here: Here, journey_id: JourneyId) -> Run:
    """Goes on: what fell due meanwhile is due now."""
    await _started(here, journey_id)
    return await _after(here, journey_id, await here.runner.resume(journey_id))


@router.post(f"{_OF}/stop")
async def stop_journey(here: Here, journey_id: JourneyId) -> Run:
    """Ends every open visit. A delivery under way may take a little longer; the run says when it is over."""
    await _started(here, journey_id)
    return await _after(here, journey_id, await here.runner.stop(journey_id))


@router.post(f"{_OF}/adopt")
async def adopt_version(here: Here, journey_id: JourneyId, wanted: Adopt | None = None) -> Run:
    """Goes on with a newer version: who comes in gets that one; who is inside finishes on theirs, or moves to it."""
    await _started(here, journey_id)
    return await _after(here, journey_id, await adopt(here, journey_id, wanted or Adopt()))


@router.get(f"{_OF}/run")
async def get_run(here: Here, journey_id: JourneyId) -> Run:
    """The latest run."""
    return _run(here, await _started(here, journey_id))


async def _started(here: Parts, journey_id: str) -> RunRecord:
    await here.store.journey(journey_id)
    run = await here.store.run(journey_id)
    if run is None:
        raise NotFound("it was never started", place=f"journey {journey_id}", fix="publish and start it")
    return run


async def _last_name(here: Parts, run: RunRecord) -> str:
    """What a journey was called that is deleted."""
    return str((await here.store.version(run.journey_id, run.version)).document["name"])


async def _after(here: Parts, journey_id: str, state: RunState | None) -> Run:
    run = await _started(here, journey_id)
    return _run(here, replace(run, status=state.status) if state else run)


def _run(here: Parts, run: RunRecord) -> Run:
    return Run(
        journey_id=run.journey_id,
        version=run.version,
        versions=run.versions or [run.version],
        status=status_of(run.version, run.status),
        plan_hash=run.plan_hash,
        started_at=run.started_at,
        workflow_id=journey_workflow_id(run.journey_id),
        workflow_url=here.runner.workflow_url(run.journey_id),
    )
