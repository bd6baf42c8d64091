"""What a worker tells of its work, in metrics and in its log – counts of steps, waves and chunks, never a person."""

import logging
from collections import Counter
from datetime import UTC, datetime

from orchestrator.channels.channel import Outcome
from orchestrator.execution import protocol as p
from orchestrator.execution.delivery import Chunk
from orchestrator.execution.plan import Step
from orchestrator.store.journal import DeliveryJournal
from orchestrator.store.records import RunRecord
from orchestrator.telemetry import metrics

log = logging.getLogger("sojourn.worker")


def tell_moves(journey_id: str, step: Step, done: p.Advanced) -> None:
    """A step has run for the first time in its wave."""
    count = sum(done.moved.values()) + done.ended
    if count:
        metrics.MOVES.labels(journey_id, step.kind).inc(count)
        log.info("moved", extra={"fields": {"moved": count - done.ended, "ended": done.ended}})


def tell_status(before: RunRecord | None, status: p.Status) -> None:
    """A wave is done, or the journey was paused, resumed, stopped, or has ended; `before` is what was recorded last."""
    if before is None:
        return
    if status.status == "live" and before.next_due_at is not None and before.next_due_at <= status.as_of:
        metrics.WAVE_LAG.observe((datetime.now(UTC) - before.next_due_at).total_seconds())
    if status.status != before.status:
        log.info("the journey is %s", status.status)


def tell_intended(journey_id: str, channel: str, intended: p.Intended) -> None:
    """It is frozen who is to be reached; whoever is not to be is settled."""
    for outcome in Outcome:
        if outcome is not Outcome.DEFERRED:
            metrics.DELIVERIES.labels(journey_id, channel, outcome)  # a series must begin at 0 for its increase to show
    metrics.INTENDED.labels(journey_id, channel).inc(intended.intended)
    metrics.DELIVERIES.labels(journey_id, channel, Outcome.SUPPRESSED).inc(intended.suppressed)


def tell_chunk(chunk: Chunk, journal: DeliveryJournal, seconds: float) -> None:
    """A chunk was delivered, or as much of it as could be. Once for all: sending is fast, and counting is not."""
    commits, entries = journal.committed()
    metrics.JOURNAL_COMMITS.inc(commits)
    metrics.JOURNAL_ENTRIES.inc(entries)
    if not chunk.written:
        return
    journey_id, channel = chunk.request.journey_id, chunk.plan.channel
    outcomes = Counter(str(result.outcome) for result, _ in chunk.settled.values())
    for outcome, count in outcomes.items():
        metrics.DELIVERIES.labels(journey_id, channel, outcome).inc(count)
    log.info("delivered", extra={"fields": {"chunk": chunk.request.chunk, **outcomes, "seconds": round(seconds, 3)}})


def tell_deferred(chunk: Chunk, left: int) -> None:
    """Some of a chunk are left for later: at night for those who are asleep, or as the provider asked."""
    journey_id, channel, asleep = chunk.request.journey_id, chunk.plan.channel, len(chunk.asleep)
    for reason, count in (("quiet_hours", asleep), ("provider", left - asleep)):
        if count > 0:
            metrics.DEFERRED.labels(journey_id, channel, reason).inc(count)
