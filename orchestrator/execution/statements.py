"""What the statements of one plan share: the journey, the ledger's schema, the dialect, what is known around it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from orchestrator.audience.predicate import Predicate
from orchestrator.audience.rules import OfMessage
from orchestrator.execution import ledger
from orchestrator.journey.known import Known
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Statement

OF_PLAN = "a.version BETWEEN :since_version AND :version"
"""Of the arrivals `a` those whose visits this plan moves on: several versions may share a step."""
VISIT_OF_PLAN = "v.version BETWEEN :since_version AND :version"
"""The same for the visits `v`: what a plan moves on came in under a version that it took over, or under its own."""

_OF_MESSAGE = """
(h.member_id, h.visit_no) IN (SELECT e.member_id, e.visit_no FROM message_events AS e
  WHERE e.journey_id = :journey_id AND e.node_id = :node_id AND e.kind = :kind AND e.happened_at <= :now)
"""

Fragments = Mapping[str, exp.Expr | str | int]
"""What `:name` in a statement's text stands for; ids become literals, so that an engine can skip files by them."""


@dataclass(frozen=True)
class Statements:
    """Makes statements over the ledger for one version of a journey."""

    journey_id: str
    version: int
    known: Known
    dialect: str
    schema: str

    def expression(self, text: str, fragments: Fragments) -> exp.Expr:
        """The text with its fragments; `:journey_id` and `:version` are given."""
        given: dict[str, exp.Expr | str | int] = {
            "journey_id": self.journey_id,
            "version": self.version,
        }
        given |= fragments
        return ledger.expression(
            text,
            self.schema,
            {name: each if isinstance(each, exp.Expr) else exp.convert(each) for name, each in given.items()},
        )

    def query(self, text: str, fragments: Fragments) -> exp.Select:
        """As `expression`, for the text of a SELECT."""
        found = self.expression(text, fragments)
        assert isinstance(found, exp.Select)
        return found

    def statement(self, text: str, fragments: Fragments, binder: sql.Binder | None = None) -> Statement:
        """The text, rendered; the binder holds the values its fragments bound."""
        return ledger.rendered(self.expression(text, fragments), self.dialect, binder)

    def not_erased(self, member: exp.Expr) -> exp.Expr:
        """Whether nobody has asked for the member to be erased: they never come in again."""
        text = "SELECT NOT :member IN (SELECT x.member_id FROM erasures AS x)"
        return self.query(text, {"member": member}).selects[0]

    def predicate(self, binder: sql.Binder) -> Predicate:
        """Compiles rules whose values go to the binder."""
        return Predicate(self.known.lakehouse, self.known.audiences, binder, self._of_message)

    def _of_message(self, rule: OfMessage) -> exp.Expr:
        """Whether it happened to the message that the visit `h` got from a step."""
        return self.query(f"SELECT {_OF_MESSAGE}", {"node_id": rule.step, "kind": rule.event}).selects[0]
