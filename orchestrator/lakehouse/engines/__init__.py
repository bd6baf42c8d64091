"""Lakehouses, one file each; packages add theirs in the entry-point group `sojourn.engines`."""

from collections.abc import Mapping
from typing import Any

from orchestrator.errors import UserError
from orchestrator.lakehouse.engine import Engine
from orchestrator.plugins import discover


def open_engine(name: str, options: Mapping[str, Any]) -> Engine:
    """The engine of that name, opened with its settings. Raises UserError when there is none, and as Engine.open."""
    kinds = discover(Engine, [__name__], "sojourn.engines")  # type: ignore[type-abstract]
    if name not in kinds:
        fix = f"use one of: {', '.join(sorted(kinds))}"
        raise UserError(f"there is no kind of lakehouse {name!r}", place="SOJOURN_ENGINE", fix=fix)
    return kinds[name].open(options)
