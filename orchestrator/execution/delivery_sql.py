"""The statements of a step that acts: whom it is to reach, whom a chunk is sent to, and how each was settled."""

from dataclasses import replace

from sqlglot import exp

from orchestrator.channels.channel import Channel
from orchestrator.channels.templates import Rendering
from orchestrator.channels.tracking import tracked
from orchestrator.execution.intend_sql import compile_intend
from orchestrator.execution.ledger import MARKER
from orchestrator.execution.plan import CapPlan, DeliveryPlan, QuietPlan
from orchestrator.execution.policy_sql import GIVE_WAY, caps_of, has_to_wait, night_at_claim, would_be_too_much
from orchestrator.execution.reach_sql import People
from orchestrator.execution.statements import Statements
from orchestrator.journey.node import Delivery
from orchestrator.journey.settings import JourneySettings
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Statement
from orchestrator.lakehouse.model import QuietHours

_SUPPRESS = """
INSERT INTO deliveries (
  journey_id, node_id, wave, member_id, visit_no, delivery_key, channel, outcome, reason, reference, settled_at)
SELECT i.journey_id, i.node_id, i.wave, i.member_id, i.visit_no, i.delivery_key, :channel, 'suppressed', i.reason,
  CAST(NULL AS STRING), i.planned_at
FROM intents AS i
WHERE i.journey_id = :journey_id AND i.node_id = :node_id AND i.wave = :wave AND NOT i.reason IS NULL
"""

_CHUNKS = """
SELECT COALESCE(MAX(i.chunk) + 1, 0), COUNT(*), COUNT(i.reason) FROM intents AS i
WHERE i.journey_id = :journey_id AND i.node_id = :node_id AND i.wave = :wave
"""

_RECIPIENTS = """
SELECT i.delivery_key, :unfit AS reason, :wakes_at AS wakes_at, :sleeps_at AS sleeps_at
FROM :of_chunk AS i LEFT JOIN :people AS p ON p.member_id = i.member_id
WHERE NOT EXISTS (
  SELECT 1 FROM deliveries AS s WHERE s.journey_id = :journey_id AND s.node_id = :node_id AND s.wave = :wave
    AND s.delivery_key = i.delivery_key)
ORDER BY i.delivery_key
"""

_OF_CHUNK = """
SELECT i.delivery_key, i.member_id, i.visit_no FROM intents AS i
WHERE i.journey_id = :journey_id AND i.node_id = :node_id AND i.wave = :wave AND i.chunk = :chunk
"""

_MOVED_ON = """
EXISTS (SELECT 1 FROM moves AS d WHERE d.journey_id = :journey_id AND d.from_node = :node_id
  AND d.member_id = i.member_id AND d.visit_no = i.visit_no)
"""

_SETTLE = """
INSERT INTO deliveries (
  journey_id, node_id, wave, member_id, visit_no, delivery_key, channel, outcome, reason, reference, settled_at)
SELECT i.journey_id, i.node_id, i.wave, i.member_id, i.visit_no, i.delivery_key, :channel, r.outcome, r.reason,
  r.reference, CAST(r.settled_at AS TIMESTAMP_NTZ)
FROM :given AS r JOIN intents AS i ON i.delivery_key = r.delivery_key
  AND i.journey_id = :journey_id AND i.node_id = :node_id AND i.wave = :wave
WHERE NOT EXISTS (
  SELECT 1 FROM deliveries AS s WHERE s.journey_id = :journey_id AND s.node_id = :node_id AND s.wave = :wave
    AND s.delivery_key = r.delivery_key)
"""

_SETTLED = """
SELECT s.outcome, COUNT(*) FROM intents AS i LEFT JOIN deliveries AS s ON s.delivery_key = i.delivery_key
  AND s.journey_id = :journey_id AND s.node_id = :node_id AND s.wave = :wave
WHERE i.journey_id = :journey_id AND i.node_id = :node_id AND i.wave = :wave AND i.chunk = :chunk
GROUP BY s.outcome
"""

LEAST_URGENT = 4
"""Of messages; what is no message comes after them."""

_ROWS = {
    "delivery_key": "STRING",
    "outcome": "STRING",
    "reason": "STRING",
    "reference": "STRING",
    "settled_at": "STRING",
}
"""What `settle` takes, as a JSON array of objects."""


def within_policy(delivery: Delivery, channel: type[Channel]) -> Delivery:
    """The delivery as the contact policy sees it: a channel that asks for no consent contacts nobody."""
    capabilities = channel.capabilities
    return replace(
        delivery,
        exempt=delivery.exempt or capabilities.consent is None,
        one_per_address=delivery.one_per_address and bool(capabilities.contacts or capabilities.identifiers),
    )


def compile_delivery(make: Statements, node_id: str, delivery: Delivery, settings: JourneySettings) -> DeliveryPlan:
    """The plan of a step that acts."""
    channel = make.known.channels[delivery.channel]
    step = channel.Step.model_validate(delivery.step)
    people = People(make, channel.capabilities, Rendering(step).columns)
    caps = () if delivery.exempt else caps_of(make, channel, settings)
    quiet = None if delivery.exempt else make.known.lakehouse.sources.contact_policy.quiet_hours
    at = {"node_id": node_id, "channel": delivery.channel}
    sent, links = tracked(step, make.journey_id, node_id)
    urgency = _urgency(channel, delivery, settings)
    given = sql.json_rows(_ROWS, make.dialect)
    intend = compile_intend(make, node_id, delivery, channel, people, caps, urgency)
    return DeliveryPlan(
        channel=delivery.channel,
        connection=delivery.connection,
        step=sent,  # MJML is HTML, the text is made, links are numbered
        marker=make.statement(MARKER, {**at, "task": "intend"}),
        intend=(intend, make.statement(_SUPPRESS, at)),
        chunks=make.statement(_CHUNKS, at),
        recipients=_recipients(make, node_id, people, caps, quiet, urgency),
        columns=people.columns,
        settle=make.statement(_SETTLE, {**at, "given": given}),
        settled=make.statement(_SETTLED, at),
        timed=True,
        retry_for=delivery.retry_for,
        resend=delivery.resend,
        urgency=urgency,
        purpose=channel.capabilities.consent,
        links=links,
        unsubscribe=channel.capabilities.kind == "message" and not delivery.exempt,
        caps=caps,
        quiet=quiet and QuietPlan(start=quiet.start, end=quiet.end),
    )


def _urgency(channel: type[Channel], delivery: Delivery, settings: JourneySettings) -> int:
    """1: before all others … 5: after them."""
    if channel.capabilities.kind != "message":
        return 5
    return 1 if delivery.exempt else {"high": 2, "normal": 3, "low": LEAST_URGENT}[settings.priority]


def _recipients(
    make: Statements,
    node_id: str,
    people: People,
    caps: tuple[CapPlan, ...],
    quiet: QuietHours | None,
    urgency: int,
) -> Statement:
    """Everything is looked at again when a chunk is read: the visit, the member, the caps, the night."""
    binder = sql.Binder()
    unfit = people.unfit(make.predicate(binder), exp.column("member_id", "i"))
    unfit.args["ifs"].insert(
        0, exp.If(this=make.expression(_MOVED_ON, {"node_id": node_id}), true=exp.convert("visit_ended"))
    )
    for cap in caps:
        unfit = unfit.when(would_be_too_much(make, cap, node_id, urgency), exp.convert("frequency_cap"))
    of_chunk = make.query(_OF_CHUNK, {"node_id": node_id})
    wakes_at: exp.Expr = sql.instant(exp.null())
    sleeps_at = wakes_at
    if quiet is not None:
        zone = exp.func("coalesce", exp.column("time_zone", "i"), exp.convert(make.known.lakehouse.sources.time_zone))
        now = exp.ConvertTimezone(source_tz=exp.convert("UTC"), target_tz=zone, timestamp=sql.as_of())
        of_chunk = of_chunk.select(zone.copy().as_("zone"), now.as_("local_now"))
        asleep, until, sleeps_at = night_at_claim(quiet, exp.column("local_now", "i"), exp.column("zone", "i"))
        if quiet.then == "drop":
            unfit = unfit.when(asleep, exp.convert("quiet_hours"))
        else:
            wakes_at = until
    waits = [has_to_wait(make, cap, node_id, urgency) for cap in caps if urgency < LEAST_URGENT]
    if waits:
        soon = sql.shift(sql.as_of(), GIVE_WAY)
        soon = exp.func("coalesce", wakes_at, soon) if quiet is not None else soon
        wakes_at = exp.case().when(exp.or_(*waits), soon).else_(wakes_at.copy())
    fragments: dict[str, exp.Expr | str | int] = {
        "node_id": node_id,
        "unfit": unfit,
        "of_chunk": of_chunk,
        "people": people.relation(addresses_only=False),
        "wakes_at": wakes_at,
        "sleeps_at": sleeps_at,
    }
    found = make.query(_RECIPIENTS, fragments)
    columns = [exp.column(f"c{index}", "p") for index in range(len(people.columns))]
    # Of several rows of a member the runner takes the first that can be sent to: by address, as they were judged.
    found = found.select(*columns).order_by(*[each.copy() for each in columns])
    return sql.render(found, make.dialect, binder)
