"""Schemas for a while, e.g. the ledger of a simulation: named by when they were made, dropped when left behind."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal
from uuid import uuid4

from sqlglot import exp

from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Engine, Statement

KEPT = timedelta(hours=6)
"""After which nobody works in one any more."""
_MADE_AT = "%Y%m%d%H%M%S"


def scratch_name(schema: str, purpose: Literal["simulation", "check"], now: datetime) -> str:
    """A new one beside the ledger's schema; `now` is UTC."""
    return f"{schema}_{purpose}_{now:{_MADE_AT}}_{uuid4().hex[:8]}"


def dropped(name: str, dialect: str) -> Statement:
    """The statement that drops the schema with all that is in it."""
    return sql.render(exp.Drop(tables=[sql.table(name)], kind="SCHEMA", exists=True, cascade=True), dialect)


def left_behind(tables: Iterable[str], schema: str, now: datetime) -> list[str]:
    """The scratch schemas among those of the tables (`schema.table`) that are older than anybody needs."""
    made = re.compile(rf"{re.escape(schema)}_(?:simulation|check)_(\d{{14}})_[0-9a-f]{{8}}")
    schemas = {name.rpartition(".")[0] for name in tables}
    found = [(name, made.fullmatch(name)) for name in sorted(schemas)]
    at = now.replace(tzinfo=None)
    return [name for name, match in found if match and datetime.strptime(match[1], _MADE_AT) + KEPT < at]  # noqa: DTZ007


async def drop_left_behind(engine: Engine, schema: str, now: datetime) -> int:
    """Drops them; how many there were. `now` is UTC. Raises as the engine does."""
    names = left_behind(await engine.tables(), schema, now)
    await engine.write([dropped(name, engine.dialect) for name in names])
    return len(names)
