"""Random rows of the lakehouse, edits of them, and rules about them, for hypothesis; small, and close to every edge."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Mars/Olympus", "EST", "", None]
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
POINTS = [None, 0.0, 1.0, 5.0, 10.0]
CATEGORIES = ["bread", "soda", None]

Row = dict[str, Any]


@dataclass
class Edit:
    """A change of a table before a tick: rows that match go, or get new values; rows come."""

    table: str
    member: int | None
    values: Row | None = None
    row: Row | None = None

    def apply(self, tables: dict[str, list[Row]], now: datetime) -> None:
        def resolved(values: Row) -> Row:
            moments = ("purchased_at", "decided_at")
            return {k: now + v if k in moments and isinstance(v, timedelta) else v for k, v in values.items()}

        if self.row is not None:
            tables[self.table].append(resolved(self.row))
        elif self.values is not None:
            for row in tables[self.table]:
                if row["customer_id"] == self.member:
                    row |= resolved(self.values)
        else:
            tables[self.table] = [row for row in tables[self.table] if row["customer_id"] != self.member]


def one_of(values: list[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


# Rows

members = st.integers(1, 9)
keys = one_of(["a", "a", "b", None])
amounts = one_of([None, 0.0, 1.0, 5.0])


def addresses(member: int | None) -> st.SearchStrategy[str | None]:
    own = f"m{member}@shop.test"
    return one_of([own, own, own, "one@shop.test", "one@shop.test", " ONE@shop.test ", "nowhere", "", None])


def customers(start: datetime, member: int | None) -> st.SearchStrategy[Row]:
    fields: dict[str, st.SearchStrategy[Any]] = {
        "email": addresses(member),
        "country": one_of(["DE", "US", "XX", None]),
        "time_zone": one_of(ZONES),
        "points": one_of(POINTS),
        "member_since": one_of([None, *(start.date() + timedelta(days=days) for days in range(-2, 5))]),
        "is_active": one_of([True, False, None]),
    }
    return st.fixed_dictionaries({"customer_id": st.just(member), **fields})


def purchases(at: st.SearchStrategy[Any]) -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries(
        {
            "customer_id": members,
            "category": one_of(CATEGORIES),
            "amount": amounts,
            "purchased_at": at,
            "cart": keys,
        }
    )


def consents(granted: st.SearchStrategy[Any]) -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries(
        {"customer_id": members, "purpose": one_of(["email", "email", "sms"]), "granted": granted}
    )


offsets = one_of([-2 * DAY, -DAY, -HOUR, -SECOND, timedelta(), timedelta(), SECOND, HOUR, None])


@st.composite
def tables(draw: st.DrawFn, start: datetime) -> dict[str, list[Row]]:
    ids = draw(st.lists(members, min_size=3, max_size=9, unique=True)) + draw(
        st.lists(one_of([1, 2, 3, None]), max_size=2)
    )
    agreed = set(range(1, 10)) - draw(st.sets(members, max_size=3))
    scores = st.fixed_dictionaries(
        {"customer_id": members, "bread": one_of([None, 0.2, 0.7, 1.0]), "soda": one_of([None, 0.5])}
    )
    past = offsets.map(lambda offset: None if offset is None else start + offset)
    return {
        "customers": [draw(customers(start, each)) for each in ids],
        "propensities": draw(st.lists(scores, max_size=4)),
        "purchases": draw(st.lists(purchases(past), max_size=4)),
        "consents": [{"customer_id": each, "purpose": "email", "granted": True} for each in sorted(agreed)]
        + draw(st.lists(consents(one_of([False, None])), max_size=1)),
        "suppressions": [],
    }


words = st.fixed_dictionaries(
    {
        "customer_id": members,
        "purpose": one_of(["email", "email", "*", "sms"]),
        "suppressed": one_of([True, True, False]),
        # No two words at once: which of them is the last would be open.
        "decided_at": st.integers(-(10**6), -1).map(lambda part: timedelta(microseconds=part)),
    }
)
"""Whom not to reach, or to reach again."""


@st.composite
def edits(draw: st.DrawFn, start: datetime) -> Edit:
    member = draw(members)
    match draw(st.integers(0, 10)):
        case 0 | 1 | 8 | 9 | 10:
            return Edit("purchases", None, row=draw(purchases(offsets)))
        case 2:
            return Edit("consents", None, row=draw(consents(st.booleans())))
        case 3:
            return Edit("consents", member)
        case 4:
            return Edit("customers", member)
        case 5:
            return Edit("customers", None, row=draw(customers(start, member)))
        case _:
            fresh = draw(customers(start, member))
            name = draw(one_of(["points", "points", "time_zone", "member_since", "email"]))
            return Edit("customers", member, values={name: fresh[name]})


# Rules

OPS = ["=", "!=", "<", "<=", ">", ">="]


@st.composite
def leaves(draw: st.DrawFn, inside: bool) -> dict[str, Any]:
    match draw(st.integers(0, 9 if inside else 7)):
        case 0 | 1:
            return {"kind": "number", "column": "points", "op": draw(one_of(OPS)), "value": draw(one_of([0, 1, 5]))}
        case 2:
            return {"kind": "consent", "purpose": "email"}
        case 3:
            return {"kind": "is_set", "column": draw(one_of(["points", "country", "propensities.soda"]))}
        case 4:
            return {"kind": "score", "category": "bread", "low": 0.5}
        case 5:
            days = {"days_ago": draw(st.integers(-2, 2))}
            return {
                "kind": "date",
                "column": "member_since",
                "op": draw(one_of(["on", "before", "after"])),
                "value": days,
            }
        case 6:
            return {"kind": "text", "column": "country", "op": draw(one_of(["is", "is_not"])), "value": "DE"}
        case _:
            measure = draw(one_of(["count", "count", "sum", "min", "max", "latest"]))
            bread = {"kind": "text", "column": "category", "op": "is", "value": "bread"}
            since = {"kind": "since_entry"} if inside else {"kind": "last_days", "days": draw(st.integers(1, 2))}
            return {
                "kind": "events",
                "table": "purchases",
                "measure": measure,
                "column": None if measure == "count" else "amount",
                "where": draw(one_of([[], [bread]])),
                "within": since,
                "op": draw(one_of(OPS)),
                "value": draw(one_of([0, 1, 2])),
            }


@st.composite
def rules(draw: st.DrawFn, inside: bool, depth: int = 2) -> dict[str, Any]:
    kind = draw(one_of(["leaf", "leaf", "leaf", "all", "any", "not"])) if depth else "leaf"
    if kind == "leaf":
        return draw(leaves(inside))
    if kind == "not":
        return {"kind": "not", "rule": draw(rules(inside, depth - 1))}
    return {"kind": kind, "of": [draw(rules(inside, depth - 1)) for _ in range(draw(st.integers(0, 2)))]}
