"""What a step's statements did in a wave, counted in the ledger."""

from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Any

from orchestrator.execution.plan import Step
from orchestrator.execution.protocol import Advanced
from orchestrator.lakehouse.engine import Engine


async def counted(engine: Engine, step: Step, values: Mapping[str, Any]) -> Advanced:
    """Where the step's visits went in this wave and when the next is due; `values`: as_of (naive UTC) and wave."""
    done = Advanced()
    for target, ended, count in await engine.rows(step.moved, values):
        if ended:
            done.ended += count
        else:
            done.moved[target] = count
    if step.next_due is not None:
        [(first,)] = await engine.rows(step.next_due, values)
        done.next_due_at = first and first.replace(tzinfo=UTC) + (step.wait or timedelta())
    if step.calendar is not None:
        following = step.calendar.next(values["as_of"].replace(tzinfo=UTC))
        done.next_due_at = following if step.until is None or following < step.until else None
    if step.watched is not None and step.beat is not None:
        [(watched,)] = await engine.rows(step.watched, values)
        done.next_due_at = values["as_of"].replace(tzinfo=UTC) + step.beat if watched else None
    return done
