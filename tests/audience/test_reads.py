"""What a rule reads, so that an entry is not asked again while nothing it reads has changed."""

import pytest
from pydantic import TypeAdapter

from orchestrator.audience.reads import tables_read
from orchestrator.audience.rules import Rule
from tests.world import build

RULE: TypeAdapter[Rule] = TypeAdapter(Rule)
POINTS = {"kind": "number", "column": "points", "op": ">", "value": 5}


@pytest.fixture(scope="module")
async def world():
    world = await build()
    yield world
    await world.engine.close()


@pytest.mark.parametrize(
    ("rule", "tables"),
    [
        (POINTS, {"shop.customers"}),
        (
            {"kind": "not", "rule": {"kind": "score", "category": "bread", "low": 0.5}},
            {"shop.customers", "shop.propensities"},
        ),
        ({"kind": "consent", "purpose": "email"}, {"shop.customers", "shop.consents"}),
        ({"kind": "in_audience", "audience_id": "rich"}, {"shop.customers", "shop.propensities"}),
        ({"kind": "date", "column": "member_since", "op": "before", "value": "2026-01-01"}, {"shop.customers"}),
        ({"kind": "date", "column": "member_since", "op": "before", "value": {"days_ago": 3}}, None),
        ({"kind": "any", "of": [POINTS, {"kind": "in_audience", "audience_id": "lately"}]}, None),
        ({"kind": "events", "table": "purchases", "within": {"kind": "last_days", "days": 3}}, None),
    ],
)
def test_tables_of_a_rule_and_none_when_the_clock_decides_too(world, rule, tables):
    audiences = {
        "rich": RULE.validate_python({"kind": "number", "column": "propensities.bread", "op": ">", "value": 0.5}),
        "lately": RULE.validate_python(
            {"kind": "events", "table": "purchases", "within": {"kind": "last_days", "days": 1}}
        ),
    }
    assert tables_read(RULE.validate_python(rule), world.lakehouse, audiences) == tables
