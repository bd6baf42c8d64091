"""Random rules over random rows: the same members on every engine, and as the reference says."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings

from orchestrator.audience import rules as r
from orchestrator.audience.predicate import Predicate
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engines.databricks import Databricks
from sojourn.warehouse.server import Warehouse
from tests.audience.reference import holds
from tests.audience.test_predicate import AS_OF, TEXTS, event_rules, leaves, rows, trees, within
from tests.conformance.conftest import connected, empty
from tests.world import COLUMNS, World, build


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def world(warehouse: Warehouse, loop: asyncio.Runner) -> Iterator[World]:
    async def made() -> World:
        return await build(connected(warehouse))

    made_here = loop.run(made())
    yield made_here
    loop.run(made_here.engine.close())
    empty(warehouse)


async def fill(world: World, tables: dict[str, list[dict[str, Any]]]) -> None:
    """Each table with one statement; rows travel as they do in a write-back."""
    for name in COLUMNS:
        await world.run(f"DELETE FROM shop.{name}")
        await world.insert_all(name, tables[name])


async def members(world: World, rule: r.Rule) -> list[int]:
    binder = sql.Binder()
    query = Predicate(world.lakehouse, {}, binder).members(rule)
    found = await world.engine.rows(sql.render(query, world.engine.dialect, binder), {"as_of": AS_OF})
    return sorted(row[0] for row in found)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables=rows, rule=trees(leaves | event_rules(within)))
def test_an_audience_is_who_the_reference_says(
    world: World, loop: asyncio.Runner, tables: dict[str, Any], rule: r.Rule
) -> None:
    async def run() -> None:
        await fill(world, tables)
        complete = {
            name: [{**dict.fromkeys(column.split()[0] for column in COLUMNS[name].split(", ")), **row} for row in given]
            for name, given in tables.items()
        }
        wanted = [c["customer_id"] for c in complete["customers"] if holds(rule, c, complete, AS_OF)]
        assert await members(world, rule) == sorted(wanted)

    loop.run(run())


def operators(rule: type[r.Condition]) -> tuple[str, ...]:
    """Every operator that a rule may have."""
    return get_args(rule.model_fields["op"].annotation)


DAY = timedelta(days=1)
TO = {"between": {"to": 2.0}}
EVERY: list[r.Rule] = [
    *(r.Number(column="points", op=op, value=0.5, **TO.get(op, {})) for op in operators(r.Number)),  # type: ignore[arg-type]
    *(r.Text(column="country", op=op, value=text) for op in operators(r.Text) for text in TEXTS if text),  # type: ignore[arg-type]
    *(
        r.Date(column="member_since", op=op, value=value, to=AS_OF.date() + DAY if op == "between" else None)  # type: ignore[arg-type]
        for op in operators(r.Date)
        for value in (AS_OF.date(), r.Relative(days_ago=1))
    ),
    *(
        r.Events(table="purchases", measure=m, column=None if m == "count" else "amount", within=r.LastDays(days=3),
                 op=op, value=1.0, where=(r.Text(column="category", op="is", value="DE"),))  # type: ignore[arg-type]
        for m in get_args(r.Events.model_fields["measure"].annotation) for op in ("=", "<", ">=")
    ),
    r.OneOf(column="country", values=tuple(TEXTS)),
    r.Not(rule=r.OneOf(column="country", values=("DE", "li"))),
    r.OneOf(column="country", values=tuple(f"c{n}" for n in range(40))),
    r.Boolean(column="is_active", value=True),
    r.Boolean(column="is_active", value=False),
    r.IsSet(column="propensities.soda"),
    r.Score(category="bread", low=0.4, high=1.0),
    r.HasConsent(purpose="email"),
]  # fmt: skip


@pytest.mark.conformance
async def test_every_operator_means_the_same_on_delta(delta: Databricks) -> None:
    made = await build(delta)
    texts = [*TEXTS, None]
    tables: dict[str, list[dict[str, Any]]] = {
        "customers": [
            {"customer_id": n, "country": text, "points": (None, -1.0, 0.5, 2.0)[n % 4],
             "member_since": (None, AS_OF.date() - DAY, AS_OF.date(), AS_OF.date() + DAY)[n % 4],
             "is_active": (True, False, None)[n % 3]}
            for n, text in enumerate(texts)
        ],
        "propensities": [{"customer_id": n, "bread": n / 6, "soda": None if n % 2 else 0.5} for n in range(7)],
        "purchases": [
            {"customer_id": n % 5, "category": ("DE", "de", None)[n % 3], "amount": (1.0, 2.0, None, 0.0)[n % 4],
             "purchased_at": AS_OF - n % 5 * DAY - timedelta(seconds=n % 3)}
            for n in range(20)
        ],
        "consents": [{"customer_id": n, "purpose": "email", "granted": (True, False, None)[n % 3]} for n in range(8)],
    }  # fmt: skip
    await fill(made, tables)
    complete = {
        name: [{**dict.fromkeys(column.split()[0] for column in COLUMNS[name].split(", ")), **row} for row in given]
        for name, given in tables.items()
    }
    for rule in EVERY:
        wanted = [c["customer_id"] for c in complete["customers"] if holds(rule, c, complete, AS_OF)]
        assert await members(made, rule) == sorted(wanted), rule
