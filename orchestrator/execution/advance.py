"""What a step's statements did in a wave, counted in the ledger."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
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
        [(first, *ends)] = await engine.rows(step.next_due, values)
        done.ends_at = _aware(min((each for each in ends if each), default=None))
        done.next_due_at = first and first.replace(tzinfo=UTC) + (step.wait or timedelta())
    if step.calendar is not None:
        done.next_due_at = next_look(step, values["as_of"])
    if step.watched is not None and step.beat is not None:
        [(watched, *ends)] = await engine.rows(step.watched, values)  # earlier plans do not tell when a window ends
        done.ends_at = _aware(min((each for each in ends if each), default=None))
        done.next_due_at = _next_beat(values["as_of"].replace(tzinfo=UTC), step.beat, done.ends_at) if watched else None
    return done


def unasked(step: Step, as_of: datetime, last: Advanced) -> Advanced:
    """What a step does that has nothing to do, as it was last; `as_of` is UTC without a zone."""
    if step.beat is None:
        return Advanced(next_due_at=next_look(step, as_of))
    if last.next_due_at is None:
        return Advanced()  # nobody is there
    return Advanced(next_due_at=_next_beat(as_of.replace(tzinfo=UTC), step.beat, last.ends_at), ends_at=last.ends_at)


def _next_beat(as_of: datetime, beat: timedelta, ends_at: datetime | None) -> datetime:
    return min(as_of + beat, ends_at or as_of + beat)


def _aware(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(tzinfo=UTC)


def next_look(step: Step, as_of: datetime) -> datetime | None:
    """When an entry by a calendar is asked next; None: no more, or it has none. `as_of` is UTC without a zone."""
    if step.calendar is None:
        return None
    following = step.calendar.next(as_of.replace(tzinfo=UTC))
    return following if step.until is None or following < step.until else None
