"""Where audiences are used: in drafts as they are saved, in versions under way, and through other audiences."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from api.deps import Parts
from api.drafts import not_over, status_of
from api.models import Status
from orchestrator.store.records import AudienceRecord

Where = Literal["draft", "live"]


class AudienceUse(BaseModel):
    """A journey that uses an audience, in its draft or in the version that is under way."""

    journey_id: str
    name: str
    status: Status
    where: Where
    through: list[str] = Field(description="Ids of the audiences in between, the one the journey names first")


async def audience_uses(parts: Parts, audiences: list[AudienceRecord]) -> dict[str, list[AudienceUse]]:
    """Id of an audience → where it is used, by the journey's name. Raises EngineAway."""
    inside = {each.id: sorted(set(_named(each.rule))) for each in audiences}
    uses: dict[str, list[AudienceUse]] = {}
    for journey_id, name, status, where, document in await _documents(parts):
        for audience_id, through in _reached(sorted(set(_named(document))), inside).items():
            use = AudienceUse(journey_id=journey_id, name=name, status=status, where=where, through=through)
            uses.setdefault(audience_id, []).append(use)
    return {each: sorted(found, key=lambda use: (use.name, use.journey_id, use.where)) for each, found in uses.items()}


def users(audience_id: str, audiences: list[AudienceRecord]) -> list[AudienceRecord]:
    """The audiences whose rule names this one."""
    return [each for each in audiences if each.id != audience_id and audience_id in _named(each.rule)]


async def _documents(parts: Parts) -> list[tuple[str, str, Status, Where, Mapping[str, Any]]]:
    listed = {each.id: each for each in await parts.store.journeys()}
    found: list[tuple[str, str, Status, Where, Mapping[str, Any]]] = [
        (draft.id, draft.name, status_of(row.version, row.run_status), "draft", draft.document)
        for draft in await parts.store.drafts()
        if (row := listed.get(draft.id))
    ]
    for run in await parts.store.runs():
        if not_over(run) and (row := listed.get(run.journey_id)):
            version = await parts.store.version(run.journey_id, run.version)
            found.append((row.id, row.name, status_of(run.version, run.status), "live", version.document))
    return found


def _named(part: Any) -> Iterator[str]:
    """The audiences that a document names, however unfinished it is."""
    if isinstance(part, Mapping):
        if part.get("kind") == "in_audience" and isinstance(part.get("audience_id"), str):
            yield part["audience_id"]
        for each in part.values():
            yield from _named(each)
    elif isinstance(part, list):
        for each in part:
            yield from _named(each)


def _reached(named: list[str], inside: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Every audience used, with the shortest way to it."""
    found: dict[str, list[str]] = {each: [] for each in named}
    waiting = list(named)
    while waiting:
        here = waiting.pop(0)
        for each in inside.get(here, []):
            if each not in found:
                found[each] = [*found[here], here]
                waiting.append(each)
    return found
