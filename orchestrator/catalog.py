"""What exists around journeys: node types, channels, connections, and what the lakehouse really has."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError
from sqlglot import exp, select

from orchestrator.audience.rules import Rule
from orchestrator.connections.connections import Connections
from orchestrator.errors import Invalid
from orchestrator.journey.known import Known
from orchestrator.journey.node import Node
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Engine
from orchestrator.lakehouse.model import Lakehouse, bind_sources, load_sources
from orchestrator.plugins import discover

_RULE: TypeAdapter[Rule] = TypeAdapter(Rule)
_FRESH_FOR = 15.0
"""Seconds for which introspected tables are believed; a new column shows up after that."""
_MOST_PURPOSES = 100


class Catalog:
    """Node types and channels as found at start; connections and the lakehouse as they are now."""

    def __init__(
        self,
        engine: Engine,
        sources_file: Path,
        *,
        node_packages: Iterable[str],
        connections: Connections,
    ) -> None:
        """Raises UserError for a package that is missing."""
        self.engine, self.sources_file = engine, sources_file
        # mypy takes an abstract class for no class; a face is only compared with.
        self.nodes: dict[str, type[Node]] = discover(cast("Any", Node), node_packages, "sojourn.nodes")
        self.channels, self.connections = connections.channels, connections
        self._looking = asyncio.Lock()
        self._seen: tuple[float, Lakehouse] | None = None

    async def lakehouse(self) -> Lakehouse:
        """The source model bound to the tables that are there, at most 15 s old.

        Raises UserError for a broken source model, Invalid when it names what is not there, LakehouseAway.
        """
        async with self._looking:
            if self._seen is None or time.monotonic() - self._seen[0] > _FRESH_FOR:
                sources = await asyncio.to_thread(load_sources, self.sources_file)
                tables, tagged = await self.engine.tables(), await self.engine.personal()
                self._seen = (time.monotonic(), bind_sources(sources, tables, tagged))
            return self._seen[1]

    async def known(self, audiences: Mapping[str, Mapping[str, Any]]) -> Known:
        """What a journey is checked against; `audiences`: id → rule as stored.

        Raises Invalid when a stored rule cannot be read any more; else as `lakehouse`.
        """
        return Known(
            nodes=self.nodes,
            channels=self.channels,
            connections=await self.connections.channel_names(),
            audiences=read_rules(audiences),
            lakehouse=await self.lakehouse(),
        )

    async def purposes(self) -> list[str]:
        """The purposes that the consent table has, at most 100 of them. Raises as `lakehouse`."""
        consent = (await self.lakehouse()).sources.consent
        if consent is None:
            return []
        purpose = sql.column(consent.purpose)
        found = (
            select(purpose).distinct().from_(sql.table(consent.table)).where(exp.not_(purpose.copy().is_(exp.null())))
        )
        statement = sql.render(found.limit(_MOST_PURPOSES), self.engine.dialect)
        return sorted(str(row[0]) for row in await self.engine.rows(statement))


def read_rules(audiences: Mapping[str, Mapping[str, Any]]) -> dict[str, Rule]:
    """Stored rules as rules, by audience id. Raises Invalid that names the one that cannot be read."""
    found: dict[str, Rule] = {}
    for audience_id, document in audiences.items():
        try:
            found[audience_id] = _RULE.validate_python(document)
        except ValidationError as wrong:
            first = wrong.errors(include_input=False, include_url=False)[0]
            text = f"its rule cannot be read: {first['msg']}"
            raise Invalid(text, place=f"audience {audience_id}", fix="open it and save it again") from wrong
    return found
