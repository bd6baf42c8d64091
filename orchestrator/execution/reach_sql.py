"""Who can be reached through a channel, as SQL: contacts, identifiers made of them, and why somebody cannot be."""

from sqlglot import exp

from orchestrator.audience.predicate import Predicate
from orchestrator.channels.addresses import VALID
from orchestrator.channels.channel import Capabilities, Identifier
from orchestrator.execution.policy_sql import suppressed
from orchestrator.execution.statements import Statements
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.attributes import attribute_rows


class People:
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
        purpose = capabilities.consent
        reason = exp.case()
        reason = reason.when(exp.column("member_id", "p").is_(exp.null()), exp.convert("no_customer"))
        if purpose is not None:
            agreed = predicate.has_consent(purpose, member)
            reason = reason.when(exp.not_(exp.func("coalesce", agreed, exp.false())), exp.convert("no_consent"))
        reason = reason.when(suppressed(self.make, purpose or "*", member.copy()), exp.convert("suppressed"))
        missing = [address.copy().is_(exp.null()) for address in addresses]
        if missing:
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
