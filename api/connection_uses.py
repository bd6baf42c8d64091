"""Which journeys a connection is used in: drafts as they are saved, and versions that are under way."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from api.deps import Parts
from api.drafts import not_over, status_of
from api.models import Status
from orchestrator.errors import NotFound
from orchestrator.journey.node import Node
from orchestrator.store.records import RunRecord


class Use(BaseModel):
    """A journey that uses something."""

    id: str
    name: str
    status: Status


async def connection_uses(parts: Parts) -> dict[str, list[Use]]:
    """Name of a connection → the journeys that use it, by name. Raises EngineAway."""
    uses: dict[str, dict[str, Use]] = {}
    drafts = {each.id: each for each in await parts.store.drafts()}
    listed = {each.id: each for each in await parts.store.journeys()}
    fields = {name: _connection_fields(node) for name, node in parts.catalog.nodes.items()}
    for draft in drafts.values():
        if draft.id in listed:
            use = Use(
                id=draft.id, name=draft.name, status=status_of(listed[draft.id].version, listed[draft.id].run_status)
            )
            for connection in _named(draft.document, fields):
                uses.setdefault(connection, {})[draft.id] = use
    for run in await parts.store.runs():
        if not_over(run):
            name = drafts[run.journey_id].name if run.journey_id in drafts else run.journey_id
            use = Use(id=run.journey_id, name=name, status=status_of(run.version, run.status))
            for connection in await _sent_through(parts, run):
                uses.setdefault(connection, {})[run.journey_id] = use
    return {name: sorted(found.values(), key=lambda use: use.name) for name, found in uses.items()}


async def _sent_through(parts: Parts, run: RunRecord) -> set[str]:
    """The connections of every version that people are on."""
    try:
        plans = await parts.running(run)
    except NotFound:
        return set()
    return {step.delivery.connection for plan in plans for step in plan.steps if step.delivery is not None}


def _connection_fields(node: type[Node]) -> list[str]:
    """The fields of a form that name a connection: those whose widget chooses one."""
    properties: Mapping[str, Any] = node.model_json_schema().get("properties", {})
    return [name for name, schema in properties.items() if schema.get("x-widget") == "connection"]


def _named(document: Mapping[str, Any], fields: Mapping[str, list[str]]) -> Iterator[str]:
    for node in document["nodes"]:
        for field in fields.get(node["type"], ()):
            if isinstance(value := node["data"].get(field), str):
                yield value
