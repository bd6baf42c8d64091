"""The compiled predicate against the plain reference, on random rules and rows: same members, always."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from orchestrator.audience import rules as r
from orchestrator.audience.check import problems
from orchestrator.audience.predicate import Predicate
from orchestrator.lakehouse import sql
from tests.audience.reference import holds
from tests.world import COLUMNS, World, build

AS_OF = datetime(2026, 3, 2, 9, 30)
TEXTS = [
    "",
    "DE",
    "de",
    "O'Brien",
    'qu"ote',
    "100%",
    "under_score",
    "back\\slash",
    "李",
    "Zoë",
    "😀",
    "a;b--c",
    "x' OR '1'='1",
]
texts = st.sampled_from(TEXTS) | st.text(max_size=4).filter(lambda text: "\0" not in text and text.isprintable())
numbers = st.sampled_from([-1.0, 0.0, 0.4, 0.5, 0.7, 1.0, 2.0, 100.0])
days = st.integers(-3, 3).map(lambda offset: AS_OF.date() + timedelta(days=offset))
instants = st.integers(-5, 1).flatmap(
    lambda day: st.sampled_from([-1, 0, 1]).map(lambda second: AS_OF + timedelta(days=day, seconds=second))
)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


ids = st.integers(1, 6)
rows = st.fixed_dictionaries(
    {
        "customers": st.lists(
            st.fixed_dictionaries(
                {
                    "customer_id": ids,
                    "country": maybe(texts),
                    "points": maybe(numbers),
                    "member_since": maybe(days),
                    "is_active": maybe(st.booleans()),
                }
            ),
            max_size=6,
            unique_by=lambda row: row["customer_id"],
        ),
        "propensities": st.lists(
            st.fixed_dictionaries({"customer_id": ids, "bread": maybe(numbers), "soda": maybe(numbers)}), max_size=5
        ),
        "purchases": st.lists(
            st.fixed_dictionaries(
                {
                    "customer_id": ids,
                    "category": maybe(texts),
                    "amount": maybe(numbers),
                    "purchased_at": instants,
                }
            ),
            max_size=8,
        ),
        "consents": st.lists(
            st.fixed_dictionaries(
                {"customer_id": ids, "purpose": st.sampled_from(["email", "sms"]), "granted": maybe(st.booleans())}
            ),
            max_size=6,
        ),
    }
)


def number_rules(column: st.SearchStrategy[str]) -> st.SearchStrategy[r.Comparison]:
    single = st.builds(r.Number, column=column, op=st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), value=numbers)
    return single | st.builds(r.Number, column=column, op=st.just("between"), value=numbers, to=numbers)


def text_rules(column: st.SearchStrategy[str]) -> st.SearchStrategy[r.Comparison]:
    ops = st.sampled_from(["is", "is_not", "contains", "starts_with", "ends_with"])
    listed = st.builds(r.OneOf, column=column, values=st.lists(texts, min_size=1, max_size=3).map(tuple))
    return st.builds(r.Text, column=column, op=ops, value=texts) | listed


day_values = days | st.builds(r.Relative, days_ago=st.integers(-3, 3))
date_rules = st.builds(
    r.Date, column=st.just("member_since"), op=st.sampled_from(["on", "before", "after"]), value=day_values
) | st.builds(r.Date, column=st.just("member_since"), op=st.just("between"), value=day_values, to=day_values)
within = st.builds(r.LastDays, days=st.integers(1, 4))


def event_rules(within: st.SearchStrategy[Any]) -> st.SearchStrategy[r.Rule]:
    where = st.lists(text_rules(st.just("category")) | number_rules(st.just("amount")), max_size=2).map(tuple)
    ops = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
    counts = st.builds(
        r.Events, table=st.just("purchases"), where=where, within=within, op=ops, value=st.sampled_from([0, 1, 2])
    )
    measured = st.builds(
        r.Events,
        table=st.just("purchases"),
        measure=st.sampled_from(["sum", "min", "max", "latest"]),
        column=st.just("amount"),
        where=where,
        within=within,
        op=ops,
        value=numbers,
    )
    return counts | measured


leaves = (
    number_rules(st.sampled_from(["points", "propensities.bread"]))
    | text_rules(st.just("country"))
    | st.builds(r.Boolean, column=st.just("is_active"), value=st.booleans())
    | date_rules
    | st.builds(r.IsSet, column=st.sampled_from(["country", "points", "propensities.soda"]))
    | st.builds(
        r.Score,
        category=st.sampled_from(["bread", "soda"]),
        low=st.sampled_from([0.0, 0.4]),
        high=st.sampled_from([0.5, 1.0]),
    )
    | st.builds(r.HasConsent, purpose=st.just("email"))
)


def trees(leaf: st.SearchStrategy[r.Rule]) -> st.SearchStrategy[r.Rule]:
    return st.recursive(
        leaf,
        lambda inner: (
            st.builds(r.All, of=st.lists(inner, max_size=3).map(tuple))
            | st.builds(r.Any, of=st.lists(inner, max_size=3).map(tuple))
            | st.builds(r.Not, rule=inner)
        ),
        max_leaves=5,
    )


@pytest.fixture(scope="module")
def world() -> World:
    return asyncio.run(build())


async def _fill(world: World, tables: dict[str, list[dict[str, Any]]]) -> None:
    for name in COLUMNS:
        await world.run(f"DELETE FROM shop.{name}")
        await world.insert(name, tables[name])


async def _members(world: World, rule: r.Rule) -> list[int]:
    assert problems(rule, world.lakehouse, {}) == []
    binder = sql.Binder()
    query = Predicate(world.lakehouse, {}, binder).members(rule)
    found = await world.engine.rows(sql.render(query, world.engine.dialect, binder), {"as_of": AS_OF})
    return sorted(row[0] for row in found)


PROFILE = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@PROFILE
@given(tables=rows, rule=trees(leaves | event_rules(within)))
@example(
    tables={
        "customers": [{"customer_id": 1, "country": "x' OR '1'='1"}],
        "propensities": [],
        "purchases": [],
        "consents": [],
    },
    rule=r.Text(column="country", op="is", value="x' OR '1'='1"),
)
def test_an_audience_is_who_the_reference_says(world: World, tables: dict[str, Any], rule: r.Rule) -> None:
    async def run() -> None:
        complete = {
            name: [{**dict.fromkeys(_names(name)), **row} for row in given_rows] for name, given_rows in tables.items()
        }
        await _fill(world, complete)
        wanted = [c["customer_id"] for c in complete["customers"] if holds(rule, c, complete, AS_OF)]
        assert await _members(world, rule) == sorted(wanted)

    asyncio.run(run())


@PROFILE
@given(tables=rows, rule=trees(leaves | event_rules(st.builds(r.SinceEntry))), entered=st.integers(0, 4))
def test_a_step_sees_who_the_reference_says(world: World, tables: dict[str, Any], rule: r.Rule, entered: int) -> None:
    async def run() -> None:
        complete = {
            name: [{**dict.fromkeys(_names(name)), **row} for row in given_rows] for name, given_rows in tables.items()
        }
        await _fill(world, complete)
        entered_at = AS_OF - timedelta(days=entered)
        binder = sql.Binder()
        where = Predicate(world.lakehouse, {}, binder).of_visit(rule).sql(world.engine.dialect)
        names = {str(name) for name in binder.values}
        visit = f"1 AS visit_no, TIMESTAMP '{entered_at}' AS entered_at"
        here = f"SELECT customer_id AS member_id, {visit} FROM shop.customers"
        text = f"WITH here AS ({here}) SELECT h.member_id FROM here AS h WHERE {where}"
        values = {**binder.values, **({"as_of": str(AS_OF)} if "$as_of" in text else {})}
        used = {name: value for name, value in values.items() if name == "as_of" or name in names}
        found = sorted(row[0] for row in await world.run(text, **used))
        wanted = [c["customer_id"] for c in complete["customers"] if holds(rule, c, complete, AS_OF, entered_at)]
        assert found == sorted(wanted)

    asyncio.run(run())


def _names(table: str) -> list[str]:
    return [column.split()[0] for column in COLUMNS[table].split(", ")]


@pytest.mark.parametrize("name", ['points"; DROP TABLE shop.customers; --', "points' OR 1=1", "", "points\0", "🍞"])
async def test_a_hostile_name_is_a_problem_and_never_sql(world: World, name: str) -> None:
    [found] = problems(r.Number(column=name, op=">", value=0), world.lakehouse, {})
    assert found.code == "unknown_name"
    assert found.path == ["column"]


async def test_a_customer_who_is_there_twice_is_one_member(world: World) -> None:
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
    tables["customers"] = [{"customer_id": 1, "points": 1.0}, {"customer_id": 1, "points": 2.0}]
    await _fill(world, tables)
    assert set(await _members(world, r.Number(column="points", op=">", value=0))) == {1}


def test_a_relative_day_counts_from_the_wave() -> None:
    assert r.Relative(days_ago=7) != r.Relative(days_ago=-7)
    rule = r.Date(column="member_since", op="on", value=r.Relative(days_ago=1))
    customer = {"customer_id": 1, "member_since": date(2026, 3, 1)}
    assert holds(rule, customer, {}, AS_OF)


async def test_a_day_is_the_workspaces_day(world: World) -> None:
    """At 23:30 UTC it is tomorrow in Tokyo, so yesterday's purchases there are today's in UTC."""
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
    tables["customers"] = [{"customer_id": 1}, {"customer_id": 2}]
    tables["purchases"] = [
        {"customer_id": 1, "purchased_at": datetime(2026, 3, 2, 14, 59)},
        {"customer_id": 2, "purchased_at": datetime(2026, 3, 2, 15, 0)},
    ]
    await _fill(world, tables)
    today = r.Date(column="purchased_at", op="on", value=r.Relative(days_ago=0))
    rule = r.Events(table="purchases", where=(today,), within=r.LastDays(days=5))
    found = {}
    for zone in ("UTC", "Asia/Tokyo"):
        sources = world.lakehouse.sources.model_copy(update={"time_zone": zone})
        lakehouse = world.lakehouse.model_copy(update={"sources": sources})
        binder = sql.Binder()
        query = sql.render(Predicate(lakehouse, {}, binder).members(rule), world.engine.dialect, binder)
        rows = await world.engine.rows(query, {"as_of": datetime(2026, 3, 2, 23, 30)})
        found[zone] = sorted(row[0] for row in rows)
    assert found == {"UTC": [1, 2], "Asia/Tokyo": [2]}


def _bought(*purchased_at: datetime, amount: float | None = 1.0) -> dict[str, Any]:
    tables: dict[str, Any] = {name: [] for name in COLUMNS}
    tables["customers"] = [{"customer_id": 1}]
    tables["purchases"] = [{"customer_id": 1, "amount": amount, "purchased_at": at} for at in purchased_at]
    return tables


def _measure(measure: str, op: str, value: float) -> r.Events:
    column = None if measure == "count" else "amount"
    return r.Events.model_validate(
        {"table": "purchases", "measure": measure, "column": column, "op": op, "value": value, "within": {
            "kind": "last_days", "days": 2}}
    )  # fmt: skip


SECOND = timedelta(seconds=1)
EDGES = {
    "at the instant counts": (_bought(AS_OF), _measure("count", ">=", 1), True),
    "after the instant does not": (_bought(AS_OF + SECOND), _measure("count", ">=", 1), False),
    "exactly two days ago does not": (_bought(AS_OF - timedelta(days=2)), _measure("count", ">=", 1), False),
    "a second less does": (_bought(AS_OF - timedelta(days=2) + SECOND), _measure("count", ">=", 1), True),
    "no rows are a count of 0": (_bought(), _measure("count", "=", 0), True),
    "no rows sum to 0": (_bought(), _measure("sum", "<=", 0), True),
    "nothing but NULL sums to 0": (_bought(AS_OF, amount=None), _measure("sum", "=", 0), True),
    "no rows have no smallest": (_bought(), _measure("min", "<=", 100), False),
    "no rows have no latest": (_bought(), _measure("latest", "!=", 5), False),
}


@pytest.mark.parametrize("case", EDGES)
async def test_at_the_edges(world: World, case: str) -> None:
    tables, rule, inside = EDGES[case]
    await _fill(world, tables)
    assert await _members(world, rule) == ([1] if inside else [])
    assert holds(rule, {"customer_id": 1}, tables, AS_OF) is inside
