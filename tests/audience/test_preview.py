"""A preview counts what the lakehouse has, and never shows a contact unasked."""

from datetime import UTC, date, datetime, timedelta

import pytest

from orchestrator.audience import rules as r
from orchestrator.audience.preview import preview
from orchestrator.errors import Invalid, LakehouseAway
from orchestrator.lakehouse.engine import Statement
from orchestrator.lakehouse.engines.duckdb import DuckDB
from orchestrator.lakehouse.model import Sources, bind_sources

AS_OF = datetime(2026, 11, 20, 12, tzinfo=UTC)
SOURCES = {
    "customers": {"table": "shop.people", "key": "id", "contacts": {"email": "mail"}, "hidden": ["surname"]},
    "related": {
        "scores": {"table": "shop.scores", "key": "id", "cardinality": "one", "scores": True},
        "orders": {"table": "shop.orders", "key": "id", "cardinality": "many", "happened_at": "at"},
    },
    "consent": {"table": "shop.consents", "key": "id", "purpose": "purpose", "granted": "granted"},
}
# Customer 3 is there twice, and one has no key.
TABLES = """
    CREATE SCHEMA shop;
    CREATE TABLE shop.people (
        id BIGINT, mail VARCHAR, surname VARCHAR, land VARCHAR, born DATE, seen TIMESTAMP,
        paid DECIMAL(9, 2));
    INSERT INTO shop.people VALUES
        (1, 'ada@zz-canary.test', 'Canary', 'SE', '1990-05-01', '2026-11-01 08:00:00', 12.50),
        (2, 'bo@zz-canary.test', 'Canary', 'SE', NULL, NULL, NULL),
        (3, 'cy@zz-canary.test', 'Canary', 'NO', '1980-01-01', NULL, 3),
        (3, 'cy@zz-canary.test', 'Canary', 'NO', '1980-01-01', NULL, 3),
        (4, NULL, 'Canary', NULL, NULL, NULL, NULL),
        (NULL, 'nobody@zz-canary.test', 'Canary', 'SE', NULL, NULL, NULL);
    CREATE TABLE shop.scores (id BIGINT, bread DOUBLE);
    INSERT INTO shop.scores VALUES (1, 0.9), (2, 0.2), (3, 0.9);
    CREATE TABLE shop.orders (id BIGINT, "at" TIMESTAMP, amount DOUBLE);
    INSERT INTO shop.orders VALUES (1, '2026-11-19 12:00:00', 5), (2, '2026-11-21 00:00:00', 5);
    CREATE TABLE shop.consents (id BIGINT, purpose VARCHAR, granted BOOLEAN);
    INSERT INTO shop.consents VALUES (1, 'email', true), (2, 'email', false)
"""


@pytest.fixture(scope="module")
async def shop():
    engine = DuckDB()
    await engine.write([Statement(sql=each) for each in TABLES.split(";")])
    yield engine, bind_sources(Sources.model_validate(SOURCES), await engine.tables())
    await engine.close()


@pytest.fixture(scope="module")
def ask(shop):
    async def asked(rule, audiences=None, **how):
        return await preview(*shop, audiences or {}, rule, as_of=AS_OF, **how)

    return asked


async def test_members_are_counted_once_and_nobody_without_a_key(ask):
    everybody = await ask(r.All())
    assert (everybody.count, everybody.base, everybody.share) == (4, 4, 1.0)
    nobody = await ask(r.Any())
    assert (nobody.count, nobody.base, nobody.share) == (0, 4, 0.0)
    norway = await ask(r.Text(column="land", op="is", value="NO"))
    assert (norway.count, norway.share) == (1, 0.25)


async def test_rows_after_the_instant_do_not_count(ask):
    assert (await ask(r.Events(table="orders", within=r.LastDays(days=7)))).count == 1


async def test_a_sample_shows_no_contact_and_no_hidden_column_unless_allowed(ask):
    found = await ask(r.All(), sample=10)
    assert found.sample.columns == ["id", "land", "born", "seen", "paid"]
    assert found.sample.rows[0] == [1, "SE", "1990-05-01", "2026-11-01T08:00:00", 12.5]
    assert "canary" not in found.model_dump_json().lower()
    shown = await ask(r.All(), sample=1, show_contacts=True)
    assert shown.sample.rows == [[1, "ada@zz-canary.test", "Canary", *found.sample.rows[0][1:]]]


async def test_a_sample_is_small_whatever_is_asked(ask):
    assert len((await ask(r.All(), sample=1_000_000)).sample.rows) == 5
    assert (await ask(r.All(), sample=0)).sample is None
    assert (await ask(r.All(), sample=-1)).sample is None


async def test_breakdown_by_a_column_of_the_customer_and_of_a_related_table(ask):
    def pairs(found):
        return [(each.value, each.count) for each in found.breakdown]

    assert pairs(await ask(r.All(), breakdown="land")) == [("SE", 2), ("NO", 1), (None, 1)]
    assert pairs(await ask(r.All(), breakdown="scores.bread")) == [(0.9, 2), (0.2, 1), (None, 1)]
    assert pairs(await ask(r.Score(category="bread", low=0.5), breakdown="land")) == [("NO", 1), ("SE", 1)]
    dates = await ask(r.All(), breakdown="born")
    assert pairs(dates)[0] == (None, 2)
    assert {each.value for each in dates.breakdown} == {None, "1990-05-01", "1980-01-01"}


@pytest.mark.parametrize("column", ["mail", "surname"])
async def test_no_breakdown_by_what_is_personal(ask, column):
    with pytest.raises(Invalid, match="personal"):
        await ask(r.All(), breakdown=column)


async def test_an_unknown_breakdown_names_the_nearest_column(ask):
    with pytest.raises(Invalid, match="did you mean 'land'"):
        await ask(r.All(), breakdown="lande")


async def test_all_problems_of_a_rule_come_at_once(ask):
    rule = r.All(
        of=(
            r.Text(column="lend", op="is", value="SE"),
            r.Number(column="land", op="=", value=1),
            r.InAudience(audience_id="nowhere"),
            r.Events(table="orders", within=r.SinceEntry()),
        )
    )
    with pytest.raises(Invalid) as invalid:
        await ask(rule)
    assert [(p["code"], p["path"]) for p in invalid.value.problems] == [
        ("unknown_name", ["of", 0, "column"]),
        ("wrong_kind", ["of", 1, "column"]),
        ("unknown_name", ["of", 2, "audience_id"]),
        ("no_entry", ["of", 3, "within"]),
    ]


@pytest.mark.parametrize("value", ["' OR 1=1 --", "$p0", "SE'; DROP TABLE shop.people; --", "\\' OR ''='", "%", "🥨"])
async def test_hostile_text_is_a_value_and_is_not_shown(ask, value):
    found = await ask(r.Text(column="land", op="contains", value=value), sample=1)
    assert found.count == 0
    benign = await ask(r.Text(column="land", op="contains", value="benign"))
    assert found.sql == benign.sql


async def test_audiences_inside_audiences(ask):
    swedes = r.Text(column="land", op="is", value="SE")
    found = await ask(r.Not(rule=r.InAudience(audience_id="swedes")), {"swedes": swedes}, breakdown="land")
    assert found.count == 2
    assert "$p0" in found.sql
    assert "'SE'" not in found.sql


async def test_dates_count_from_the_instant(ask):
    rule = r.Date(column="seen", op="after", value=r.Relative(days_ago=20))
    assert (await ask(rule)).count == 1
    rule = r.Date(column="born", op="before", value=date(1985, 1, 1))
    assert (await ask(rule)).count == 1


async def test_a_lakehouse_that_is_away_is_told(shop, tmp_path):
    engine = DuckDB(tmp_path / "gone.duckdb")

    async def away(*_args, **_kwargs):
        raise LakehouseAway("the warehouse is asleep", place="lakehouse", fix="wake it")

    engine.rows = away
    with pytest.raises(LakehouseAway, match="asleep"):
        await preview(engine, shop[1], {}, r.All(), as_of=AS_OF + timedelta(days=1))
    await engine.close()
