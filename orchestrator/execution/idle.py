"""Which steps have nothing to do: what they read has not changed since they were asked, and their time has not come."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from orchestrator.execution.advance import unasked
from orchestrator.execution.plan import Step
from orchestrator.execution.protocol import Advanced
from orchestrator.lakehouse.engine import Engine
from orchestrator.lakehouse.sql import naive_utc

LONGEST = timedelta(days=1)
"""So long a step is not asked at most: whoever is taken out by hand may have been the last one there."""


@dataclass(frozen=True)
class _Look:
    """A look at the tables that a step reads, and what came of it; nothing comes due by itself before `ahead`."""

    wave: int
    as_of: datetime
    versions: list[str]
    ahead: datetime | None
    done: Advanced


@dataclass
class Looks:
    """What this process knows of the last look of each step; none is ever guessed, so another process knows none."""

    _last: dict[tuple[str, str], _Look] = field(default_factory=dict)

    async def versions(self, engine: Engine, step: Step) -> list[str] | None:
        """Of the tables the step reads, to be taken before it is asked; None: they do not decide alone."""
        return None if step.reads is None else [await engine.table_version(table) for table in step.reads]

    def nothing_to_do(
        self, plan_hash: str, step: Step, values: Mapping[str, Any], versions: list[str] | None, *, quiet: bool
    ) -> Advanced | None:
        """What the step answers when it would find nobody it has not found; None: it is to be asked.

        A step that is asked again and again is to be asked when somebody came to it (not `quiet`). The same wave is
        counted again: its answer was lost.
        """
        last = self._last.get((plan_hash, step.node_id))
        if last is None or versions is None or versions != last.versions or values["wave"] <= last.wave:
            return None
        if last.ahead is not None and values["as_of"] >= last.ahead:
            return None
        if step.beat is not None and not (quiet and values["as_of"] < last.as_of + LONGEST):
            return None
        return unasked(step, values["as_of"], last.done)

    async def remember(
        self,
        engine: Engine,
        plan_hash: str,
        step: Step,
        values: Mapping[str, Any],
        versions: list[str] | None,
        done: Advanced,
    ) -> None:
        """The step was asked, and did this."""
        if versions is None:
            return
        [(ahead,)] = await engine.rows(step.ahead, values) if step.ahead else [(None,)]
        if step.beat is not None:
            ends = [naive_utc(at) for at in (done.ends_at, step.until) if at is not None]
            ahead = min((at for at in ends if at > values["as_of"]), default=None)
        self._last[plan_hash, step.node_id] = _Look(values["wave"], values["as_of"], versions, ahead, done)
