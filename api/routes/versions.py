"""Versions: what was published, for ever."""

from typing import Annotated

from fastapi import APIRouter

from api.deps import Here
from api.drafts import not_over, status_of
from api.models import (
    DeletedStep,
    JourneyId,
    Number,
    Publish,
    PublishFacts,
    RunningVersion,
    Version,
    VersionDetail,
    VersionList,
)
from orchestrator.errors import Invalid
from orchestrator.execution.compile import compile_plan
from orchestrator.execution.ledger import ensure_ledger
from orchestrator.journey.check import check, faces
from orchestrator.journey.document import Journey
from orchestrator.journey.node import NodeFace
from orchestrator.store.records import VersionRecord

router = APIRouter(prefix="/journeys/{id}", tags=["versions"])


@router.post("/publish", status_code=201)
async def publish_journey(here: Here, journey_id: JourneyId, publish: Publish | None = None) -> Version:
    """Checks and compiles the saved draft, and keeps it as the next version."""
    draft = await here.store.journey(journey_id)
    journey = Journey.model_validate(draft.document)
    known = await here.known()
    checked = check(journey, known)
    if checked.errors:
        first = checked.errors[0]
        raise Invalid(
            first.text,
            problems=[each.model_dump(mode="json") for each in checked.problems],
            place=f"journey {journey_id}",
            fix=first.fix,
        )
    number = await here.store.last_version(journey_id) + 1
    plan = compile_plan(journey_id, number, journey, known, here.engine.dialect, here.ledger_schema)
    await ensure_ledger(here.engine, known.lakehouse, here.ledger_schema)
    note = publish.note if publish else ""
    record = VersionRecord(journey_id, number, draft.document, plan.hash, note, here.clock())
    await here.store.add_version(record, plan.model_dump(mode="json"))
    return _version(record)


@router.get("/publish-facts")
async def get_publish_facts(here: Here, journey_id: JourneyId) -> PublishFacts:
    """What publishing the saved draft means for people who are inside the version that is under way now."""
    draft = await here.store.journey(journey_id)
    run = await here.store.run(journey_id)
    if run is None or not not_over(run):
        return PublishFacts(revision=draft.revision, running=None, inside=0, nodes={}, deleted=[])
    report = await here.report(journey_id)
    nodes = {node_id: counts.here for node_id, counts in report.nodes.items() if counts.here}
    shown: dict[str, NodeFace] = {}
    for number in run.versions or [run.version]:
        version = await here.store.version(journey_id, number)
        shown |= faces(Journey.model_validate(version.document), here.catalog.nodes)
    kept = {node.id for node in Journey.model_validate(draft.document).nodes}
    return PublishFacts(
        revision=draft.revision,
        running=RunningVersion(version=run.version, status=status_of(run.version, run.status)),
        inside=report.inside,
        nodes=nodes,
        deleted=[
            DeletedStep(node_id=node_id, name=shown[node_id].name if node_id in shown else node_id, inside=count)
            for node_id, count in nodes.items()
            if node_id not in kept
        ],
    )


@router.get("/versions")
async def list_versions(here: Here, journey_id: JourneyId) -> VersionList:
    """All versions, the newest first."""
    await here.store.journey(journey_id)
    return VersionList(items=[_version(each) for each in await here.store.versions(journey_id)])


@router.get("/versions/{n}")
async def get_version(here: Here, journey_id: JourneyId, n: Annotated[int, Number]) -> VersionDetail:
    """One version, with the document as it was published."""
    await here.store.journey(journey_id)
    record = await here.store.version(journey_id, n)
    document = Journey.model_validate(record.document)
    return VersionDetail(**_version(record).model_dump(), document=document, faces=faces(document, here.catalog.nodes))


def _version(record: VersionRecord) -> Version:
    return Version(
        version=record.version,
        plan_hash=record.plan_hash,
        note=record.note,
        published_at=record.published_at,
    )
