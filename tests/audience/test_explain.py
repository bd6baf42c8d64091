"""A rule taken apart for one member: every part says what the reference says, and shows the value it compared."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.audience import rules as r
from orchestrator.audience.explain import RulePart, explain
from tests.audience.reference import holds
from tests.audience.test_predicate import AS_OF, PROFILE, _fill, _names, event_rules, leaves, rows, trees, within
from tests.world import COLUMNS, World, build

AUDIENCES = {"rich": r.Number(column="points", op=">=", value=1), "both": r.InAudience(audience_id="rich")}


@pytest.fixture(scope="module")
def world() -> World:
    return asyncio.run(build())


def every(part: RulePart, rule: r.Rule) -> list[tuple[RulePart, r.Rule]]:
    """Each part told beside the part of the rule it is about."""
    inner = [AUDIENCES[rule.audience_id]] if isinstance(rule, r.InAudience) else [each for _, each in r.parts(rule)]
    below = [pair for told, each in zip(part.parts, inner, strict=True) for pair in every(told, each)]
    return [(part, rule), *below]


@PROFILE
@given(tables=rows, rule=trees(leaves | event_rules(within) | st.just(r.InAudience(audience_id="both"))))
def test_every_part_is_as_the_reference_says(world: World, tables: dict[str, Any], rule: r.Rule) -> None:
    async def run() -> None:
        complete = {
            name: [{**dict.fromkeys(_names(name)), **row} for row in given_rows] for name, given_rows in tables.items()
        }
        await _fill(world, complete)
        for customer in complete["customers"]:
            key = customer["customer_id"]
            told = await explain(world.engine, world.lakehouse, AUDIENCES, [rule, r.All()], key, as_of=AS_OF)
            assert told is not None
            assert told[1].verdict == "yes"
            for part, each in every(told[0], rule):
                plain = AUDIENCES["rich"] if isinstance(each, r.InAudience) else each
                if not any(isinstance(inner, r.InAudience) for _, inner in r.walk(plain)):
                    assert (part.verdict == "yes") is holds(plain, customer, complete, AS_OF), part.text
                if part.condition and part.kind in ("number", "text", "date", "boolean", "score"):
                    assert (part.verdict == "unknown") is (part.actual is None), part.text

    asyncio.run(run())


async def test_a_part_shows_what_it_compared_and_no_contact(world: World) -> None:
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
    tables["customers"] = [
        {"customer_id": 1, "email": "ada@zz-canary.test", "country": "SE", "points": 2.0},
        {"customer_id": 1, "email": "ada@zz-canary.test", "country": "SE", "points": 7.0},
    ]
    tables["propensities"] = [{"customer_id": 1, "bread": 0.41}]
    tables["purchases"] = [{"customer_id": 1, "category": "bread", "amount": 5.0, "purchased_at": AS_OF}] * 2
    await _fill(world, tables)
    bread = r.OneOf(column="category", values=("bread", "soda"))
    rule = r.All(
        of=(
            r.Score(category="bread", low=0.7),
            r.Not(rule=r.Text(column="email", op="ends_with", value="zz-canary.test")),
            r.Events(table="purchases", where=(bread,), within=r.LastDays(days=30), value=3),
            r.Events(table="purchases", measure="sum", column="amount", within=r.LastDays(days=1), op=">", value=9),
            r.Date(column="member_since", op="after", value=r.Relative(days_ago=3)),
            r.Number(column="points", op="between", value=1, to=9),
            r.InAudience(audience_id="both"),
            r.HasConsent(purpose="email"),
        )
    )

    async def told(**how: Any) -> RulePart:
        found = await explain(world.engine, world.lakehouse, AUDIENCES, [rule], 1, as_of=AS_OF, **how)
        assert found is not None
        return found[0]

    told_once = await told()
    assert [(part.text, part.verdict, part.actual) for part in told_once.parts] == [
        ("bread score ≥ 0.7", "no", 0.41),
        ("not this", "no", None),
        ("purchases where category is one of “bread”, “soda” in the last 30 days ≥ 3", "no", 2),
        ("sum of amount of purchases in the last day > 9", "yes", 10.0),
        ("member since after 3 days ago", "unknown", None),
        ("points from 1 to 9", "yes", 2.0),
        ("in the audience “both”", "yes", None),
        ("agreed to email", "no", None),
    ]
    [email] = told_once.parts[1].parts
    assert (email.path, email.verdict, email.withheld, email.actual) == (["of", 1, "rule"], "yes", True, None)
    assert "ada@" not in told_once.model_dump_json()
    assert "ada@" in (await told(show_contacts=True)).model_dump_json()
    rich = r.Number(column="points", op=">", value=5)
    found = await explain(world.engine, world.lakehouse, {}, [rich], 1, as_of=AS_OF)
    assert found is not None
    assert (found[0].verdict, found[0].actual) == ("yes", 7.0), "the row for which the rule holds is the one told"
    assert await explain(world.engine, world.lakehouse, {}, [rich], 2, as_of=AS_OF) is None
