"""Journeys as the API shows them: the stored draft with its status, newest version and faces."""

import re
import unicodedata
from dataclasses import dataclass

from fastapi import Response

from api.deps import Parts
from api.errors import RevisionNeeded
from api.models import JourneyDetail, Status
from orchestrator.errors import UserError
from orchestrator.journey.check import faces
from orchestrator.journey.document import Journey
from orchestrator.store.records import JourneyRecord, RunRecord


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a journey has come."""

    status: Status
    version: int | None


async def standing(parts: Parts, journey_id: str) -> Standing:
    """Draft, published, or where its run stands; and its newest version."""
    version = await parts.store.last_version(journey_id) or None
    run = await parts.store.run(journey_id)
    return Standing(status_of(version, run.status if run else None), version)


def status_of(version: int | None, run_status: str | None) -> Status:
    """The one word for a journey."""
    match run_status:
        case "live" | "paused" | "stopped" | "finished":
            return run_status
        case None:
            return "draft" if version is None else "published"
        case other:
            raise AssertionError(f"a run cannot be {other}")


async def detail(parts: Parts, record: JourneyRecord) -> JourneyDetail:
    """The journey with everything a canvas needs."""
    document = Journey.model_validate(record.document)
    at = await standing(parts, record.id)
    return JourneyDetail(
        id=record.id,
        name=record.name,
        status=at.status,
        revision=record.revision,
        version=at.version,
        updated_at=record.updated_at,
        document=document,
        faces=faces(document, parts.catalog.nodes),
    )


def not_over(run: RunRecord | None) -> bool:
    """Whether a run may still be under way."""
    return run is not None and run.status not in ("stopped", "finished")


def tag(response: Response, revision: int) -> None:
    """The revision as the entity tag, for the next save."""
    response.headers["ETag"] = f'"{revision}"'


def revision_of(if_match: str | None) -> int:
    """The revision a save replaces. Raises RevisionNeeded (428), UserError."""
    fix = 'send the ETag you got, e.g. If-Match: "3"'
    if if_match is None:
        raise RevisionNeeded("a save must name the revision it replaces", place="If-Match", fix=fix)
    found = re.fullmatch(r'"(\d{1,9})"', if_match.strip())
    if found is None:
        raise UserError("this is not a revision", place="If-Match", fix=fix)
    return int(found[1])


def id_from(name: str) -> str:
    """An id made of a name: `Bröd & soda` → `brod-soda`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    found = words if words[:1].isalpha() else f"j-{words}"
    return found[:56].rstrip("-") if found != "j-" else "journey"
