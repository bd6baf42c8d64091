"""The statements of a step that acts: who is to be reached, in frozen chunks, and how each was settled."""

from sqlglot import exp

from orchestrator.audience.predicate import Predicate
from orchestrator.channels.addresses import VALID
from orchestrator.channels.channel import Capabilities, Channel, Identifier
from orchestrator.channels.templates import Rendering
from orchestrator.execution.ledger import MARKER
from orchestrator.execution.plan import DeliveryPlan
from orchestrator.execution.policy_sql import Waking, had_enough, suppressed
from orchestrator.execution.statements import OF_PLAN, Statements
from orchestrator.execution.visit_sql import VisitSql
from orchestrator.journey.node import Delivery
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.attributes import attribute_rows
from orchestrator.lakehouse.engine import Statement

CHUNK = 10_000
"""Members per chunk: one activity, one write-back; a multiple of no provider's limit but within each one's."""

_INTEND = """
INSERT INTO intents (
  journey_id, node_id, wave, member_id, visit_no, delivery_key, chunk, reason, planned_at, channel)
WITH here AS ({here}),
judged AS (
  SELECT h.member_id, h.visit_no, :address AS address, :unfit AS reason, :limits AS limits
  FROM {source} LEFT JOIN :people AS p ON p.member_id = h.member_id WHERE :awake
),
once AS (SELECT j.member_id, j.visit_no, COALESCE(:once, j.limits) AS reason FROM judged AS j)
SELECT :journey_id, :node_id, :wave, o.member_id, o.visit_no, :delivery_key,
  CASE WHEN o.reason IS NULL THEN CAST((
    ROW_NUMBER() OVER (PARTITION BY o.reason IS NULL ORDER BY o.member_id, o.visit_no) - 1) DIV :size AS INT) END,
  o.reason, :now, :channel
FROM once AS o
"""

_NOT_YET = f"""
  SELECT a.member_id, a.visit_no FROM moves AS a
  WHERE a.journey_id = :journey_id AND a.to_node = :node_id AND NOT a.ended AND {OF_PLAN} AND NOT EXISTS (
    SELECT 1 FROM moves AS d WHERE d.journey_id = :journey_id AND d.from_node = :node_id
      AND d.member_id = a.member_id AND d.visit_no = a.visit_no)
  AND NOT EXISTS (
    SELECT 1 FROM intents AS i WHERE i.journey_id = :journey_id AND i.node_id = :node_id
      AND i.member_id = a.member_id AND i.visit_no = a.visit_no)
"""

_WAKING = f"WITH here AS ({_NOT_YET}) SELECT MIN(:next) FROM {{source}}"

_ONCE = """
CASE WHEN j.reason IS NULL AND ROW_NUMBER() OVER (
  PARTITION BY j.reason IS NULL, j.address ORDER BY j.member_id, j.visit_no) > 1
THEN 'duplicate_address' ELSE j.reason END
"""

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
SELECT i.delivery_key, :unfit AS reason
FROM intents AS i LEFT JOIN :people AS p ON p.member_id = i.member_id
WHERE i.journey_id = :journey_id AND i.node_id = :node_id AND i.wave = :wave AND i.chunk = :chunk
AND NOT EXISTS (
  SELECT 1 FROM deliveries AS s WHERE s.journey_id = :journey_id AND s.node_id = :node_id AND s.wave = :wave
    AND s.delivery_key = i.delivery_key)
ORDER BY i.delivery_key
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

_ROWS = {
    "delivery_key": "STRING",
    "outcome": "STRING",
    "reason": "STRING",
    "reference": "STRING",
    "settled_at": "STRING",
}
"""What `settle` takes, as a JSON array of objects."""


def compile_delivery(make: Statements, node_id: str, delivery: Delivery) -> DeliveryPlan:
    """The plan of a step that acts."""
    channel = make.known.channels[delivery.channel]
    step = channel.Step.model_validate(delivery.step)
    rendering = Rendering(step)
    people = _People(make, channel.capabilities, rendering.columns)
    at = {"node_id": node_id, "channel": delivery.channel}
    given = sql.json_rows({name: _kind(kind, make.dialect) for name, kind in _ROWS.items()}, make.dialect)
    return DeliveryPlan(
        channel=delivery.channel,
        connection=delivery.connection,
        step=step.model_dump(mode="json"),  # as it is sent: MJML is HTML, the text is made
        marker=make.statement(MARKER, {**at, "task": "intend"}),
        intend=(_intend(make, node_id, delivery, channel, people), make.statement(_SUPPRESS, at)),
        chunks=make.statement(_CHUNKS, at),
        recipients=_recipients(make, node_id, channel, people),
        columns=people.columns,
        settle=make.statement(_SETTLE, {**at, "given": given}),
        settled=make.statement(_SETTLED, at),
    )


def _kind(kind: str, dialect: str) -> str:
    return "VARCHAR" if dialect == "duckdb" and kind == "STRING" else kind


class _People:
    """What is read of members: contacts, identifiers made of contacts, and the attributes templates use."""

    def __init__(self, make: Statements, capabilities: Capabilities, attributes: tuple[str, ...]) -> None:
        self.make, self.capabilities = make, capabilities
        self.attributes = attributes
        contacts = [f"contact:{name}" for name in capabilities.contacts]
        identifiers = [f"identifier:{each.name}" for each in self._identifiers()]
        self.columns = (*contacts, *identifiers, *(f"attribute:{path}" for path in attributes))

    def _identifiers(self) -> list[Identifier]:
        declared = self.make.known.lakehouse.customers.contacts
        return [each for each in self.capabilities.identifiers if each.contact in declared]

    def relation(self, *, addresses_only: bool) -> exp.Select:
        """SELECT member_id and the columns, named by their place in `columns` (c0, c1 …).

        For judging, one row per member; for sending, as many rows as the customer table has – the runner takes one.
        """
        lakehouse = self.make.known.lakehouse
        customers = lakehouse.customers
        key = sql.column(customers.key, "c")
        rows, attributes = attribute_rows(lakehouse, () if addresses_only else self.attributes)
        values: list[exp.Expr] = [sql.column(customers.contacts[name], "c") for name in self.capabilities.contacts]
        values += [each.make(sql.column(customers.contacts[each.contact], "c")) for each in self._identifiers()]
        if addresses_only:
            kinds = [*self.capabilities.contacts, *("" for _ in self._identifiers())]
            best = [_best(kind, value) for kind, value in zip(kinds, values, strict=True)]
            named = [value.as_(f"c{index}") for index, value in enumerate(best)]
            return rows.select(key.as_("member_id"), *named).group_by(key.copy())
        values += attributes
        return rows.select(key.as_("member_id"), *[value.as_(f"c{index}") for index, value in enumerate(values)])

    def unfit(self, predicate: Predicate, member: exp.Expr) -> exp.Case:
        """Why somebody cannot be reached – NULL: they can; alias `p` are the people."""
        capabilities = self.capabilities
        addresses = [exp.column(f"c{index}", "p") for index in range(len(self.columns) - len(self.attributes))]
        agreed = predicate.has_consent(capabilities.consent, member)
        reason = exp.case()
        reason = reason.when(exp.column("member_id", "p").is_(exp.null()), exp.convert("no_customer"))
        reason = reason.when(exp.not_(exp.func("coalesce", agreed, exp.false())), exp.convert("no_consent"))
        reason = reason.when(suppressed(self.make, capabilities.consent, member.copy()), exp.convert("suppressed"))
        missing = [address.copy().is_(exp.null()) for address in addresses]
        nobody = exp.or_(*missing) if capabilities.contacts else exp.and_(*missing)
        reason = reason.when(nobody, exp.convert("no_address"))
        for contact, address in zip(capabilities.contacts, addresses, strict=False):
            if contact in VALID:
                reason = reason.when(exp.not_(_fits(contact, address)), exp.convert("invalid_address"))
        return reason


def _fits(contact: str, address: exp.Expr) -> exp.Expr:
    """Whether the address looks like one of its kind."""
    return exp.RegexpLike(this=exp.Trim(this=address.copy()), expression=exp.convert(VALID[contact]))


def _best(contact: str, address: exp.Expr) -> exp.Expr:
    """Of the addresses in several rows of one member, one that can be sent to, if there is one."""
    some = exp.Min(this=address.copy())
    if contact not in VALID:
        return some
    return exp.func("coalesce", exp.Min(this=exp.case().when(_fits(contact, address), address.copy())), some)


def _intend(make: Statements, node_id: str, delivery: Delivery, channel: type[Channel], people: _People) -> Statement:
    binder = sql.Binder()
    member = exp.column("member_id", "h")
    key = sql.digest(
        [
            exp.convert(make.journey_id),
            exp.convert(node_id),
            exp.column("member_id", "o"),
            exp.column("visit_no", "o"),
        ]
    )
    fragments: dict[str, exp.Expr | str | int] = {
        "node_id": node_id,
        "channel": delivery.channel,
        "people": people.relation(addresses_only=True),
        "address": exp.Lower(this=exp.Trim(this=exp.column("c0", "p"))),
        "unfit": people.unfit(make.predicate(binder), member),
        "once": make.expression(_ONCE, {}) if delivery.one_per_address else exp.column("reason", "j"),
        "delivery_key": key,
        "size": CHUNK,
    }
    limits: list[tuple[exp.Expr, str]] = []
    if not delivery.exempt:
        limits = [(each, "frequency_cap") for each in had_enough(make, channel.capabilities.consent, member)]
    source, waking = _waking(make, node_id, delivery, binder, fragments)
    if waking is not None and waking.drops:
        limits.append((exp.not_(waking.awake), "quiet_hours"))
        waking = None
    fragments["awake"] = waking.awake if waking else exp.true()
    fragments["limits"] = exp.cast(exp.null(), "text")
    if limits:
        case = exp.case()
        for holds, reason in limits:
            case = case.when(holds, exp.convert(reason))
        fragments["limits"] = case
    return make.statement(_INTEND.format(here=_NOT_YET, source=source), fragments, binder)


def _waking(
    make: Statements, node_id: str, delivery: Delivery, binder: sql.Binder, fragments: dict[str, exp.Expr | str | int]
) -> tuple[str, Waking | None]:
    """What the statement reads those at the step from, and when they wake; None: nobody's sleep matters."""
    quiet = make.known.lakehouse.sources.contact_policy.quiet_hours
    if quiet is None or delivery.exempt:
        return "here AS h", None
    visit = VisitSql(make, node_id, binder)
    waking = Waking(quiet, visit)
    assert visit.source is not None, "the waking needs the member's clock"
    fragments["seen"] = visit.source
    return ":seen AS h", waking


def compile_waking(make: Statements, node_id: str, delivery: Delivery) -> Statement | None:
    """When the first of those whom quiet hours hold back may be sent to; None: they hold nobody back."""
    binder = sql.Binder()
    fragments: dict[str, exp.Expr | str | int] = {"node_id": node_id}
    source, waking = _waking(make, node_id, delivery, binder, fragments)
    if waking is None or waking.drops:
        return None
    return make.statement(_WAKING.format(source=source), {**fragments, "next": waking.next}, binder)


def _recipients(make: Statements, node_id: str, channel: type[Channel], people: _People) -> Statement:
    binder = sql.Binder()
    unfit = people.unfit(make.predicate(binder), exp.column("member_id", "i"))
    unfit.args["ifs"].insert(
        0, exp.If(this=make.expression(_MOVED_ON, {"node_id": node_id}), true=exp.convert("visit_ended"))
    )
    relation = people.relation(addresses_only=False)
    found = make.expression(_RECIPIENTS, {"node_id": node_id, "unfit": unfit, "people": relation})
    assert isinstance(found, exp.Select)
    columns = [exp.column(f"c{index}", "p") for index in range(len(people.columns))]
    # Of several rows of a member the runner takes the first that can be sent to: by address, as they were judged.
    found = found.select(*columns).order_by(*[each.copy() for each in columns])
    return sql.render(found, make.dialect, binder)
