"""The sample lakehouse: believable, dirty on purpose, and the same every time."""

from datetime import UTC, datetime

import duckdb
import pytest
import yaml

from orchestrator.errors import Conflict, UserError
from sojourn.sample import SOURCES, generate, simulate_purchases

AS_OF = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def grocer():
    with duckdb.connect() as connection:
        generate(connection, customers=20_000, as_of=AS_OF)
        yield connection


def share(grocer, condition, table="customers"):
    return grocer.sql(f"SELECT avg(({condition})::INTEGER) FROM grocery.{table}").fetchall()[0][0]


def fingerprint(connection, table):
    return connection.sql(f"SELECT bit_xor(hash(t)), count(*) FROM grocery.{table} AS t").fetchall()[0]


def test_same_seed_same_rows_whatever_the_threads():
    prints = []
    for threads, seed in ((1, 7), (2, 7), (2, 8)):
        with duckdb.connect(config={"threads": threads}) as connection:
            rows = generate(connection, customers=3_000, seed=seed, as_of=AS_OF).rows
            assert rows["customers"] == rows["propensities"] == 3_000
            prints.append({table: fingerprint(connection, table) for table in rows})
    assert prints[0] == prints[1]
    assert all(prints[0][table] != prints[2][table] for table in ("customers", "propensities", "purchases", "consents"))


def test_the_demo_audience_is_six_to_nine_percent(grocer):
    members = grocer.sql("""
        SELECT count(*) FROM grocery.propensities JOIN grocery.consents USING (customer_id)
        WHERE bread >= 0.7 AND soda BETWEEN 0.4 AND 0.7 AND purpose = 'email' AND granted
    """).fetchall()[0][0]
    assert 0.06 <= members / 20_000 <= 0.09


def test_scores_are_scores_and_some_are_missing(grocer):
    for category in ("bread", "soda", "baby"):
        assert share(grocer, f"{category} NOT BETWEEN 0 AND 1", "propensities") == 0
        assert 0.005 < share(grocer, f"{category} IS NULL", "propensities") < 0.02
    with_family, against = grocer.sql(
        "SELECT corr(soda, snacks), corr(soda, produce) FROM grocery.propensities"
    ).fetchall()[0]
    assert with_family > 0.4
    assert against < -0.3


def test_purchases_follow_the_scores_and_stay_in_the_past(grocer):
    high, low, first, last = grocer.sql("""
        SELECT
            count(purchase_id) FILTER (bread > 0.8) / count(DISTINCT p.customer_id) FILTER (bread > 0.8),
            count(purchase_id) FILTER (bread < 0.2) / count(DISTINCT p.customer_id) FILTER (bread < 0.2),
            min(purchased_at),
            max(purchased_at)
        FROM grocery.propensities AS p
        LEFT JOIN grocery.purchases AS b ON b.customer_id = p.customer_id AND b.category = 'bread'
    """).fetchall()[0]
    assert high > 4 * low
    assert last < AS_OF.replace(tzinfo=None)
    assert (last - first).days <= 365
    assert grocer.sql("SELECT count(*) - count(DISTINCT purchase_id) FROM grocery.purchases").fetchall()[0][0] == 0


def test_the_dirt_is_there(grocer):
    assert 0.005 < share(grocer, "email IS NULL") < 0.015
    assert 0.002 < share(grocer, "email NOT LIKE '%_@_%.%' OR email LIKE '%@@%' OR email LIKE '% at %'") < 0.01
    assert 0.002 < share(grocer, "time_zone NOT LIKE '%/%' OR time_zone LIKE 'Mars%'") < 0.01
    twice = grocer.sql("SELECT count(*) - count(DISTINCT email) FROM grocery.customers WHERE email LIKE '%@%'")
    assert twice.fetchall()[0][0] > 50
    names = {
        name for row in grocer.sql("SELECT first_name, last_name FROM grocery.customers").fetchall() for name in row
    }
    assert {"O'Brien", "Zoë", "李"} <= names
    assert any("🍞" in name for name in names)


def test_sources_name_tables_and_columns_that_exist(grocer):
    model = yaml.safe_load(SOURCES.read_text(encoding="utf-8"))
    has = {
        (f"{s}.{t}", c)
        for s, t, c in grocer.sql("SELECT schema_name, table_name, column_name FROM duckdb_columns()").fetchall()
    }
    customers, consent = model["customers"], model["consent"]
    columns = [customers[name] for name in ("key", "time_zone", "country")]
    columns += [*customers["contacts"].values(), *customers["hidden"]]
    named = {(customers["table"], column) for column in columns}
    named |= {(t["table"], t[c]) for t in model["related"].values() for c in ("key", "happened_at") if c in t}
    named |= {(consent["table"], consent[c]) for c in ("key", "purpose", "granted")}
    assert named <= has


def test_purchases_can_be_simulated_once_per_instant():
    with duckdb.connect() as connection:
        generate(connection, customers=5_000, as_of=AS_OF)
        later = AS_OF.replace(hour=15)
        bought = simulate_purchases(connection, 0.1, later)
        assert 700 < bought < 1_300
        assert simulate_purchases(connection, 0.1, later) == 0
        assert simulate_purchases(connection, 0.0, later.replace(hour=16)) == 0
        buyers, everyone = connection.execute(
            """SELECT avg(bread) FILTER (customer_id IN (
                   SELECT customer_id FROM grocery.purchases
                   WHERE category = 'bread' AND purchased_at = $1)), avg(bread)
               FROM grocery.propensities""",
            [later.replace(tzinfo=None)],
        ).fetchall()[0]
        assert buyers > everyone + 0.05


def test_a_sample_is_not_overwritten_by_accident(tmp_path):
    file = tmp_path / "lakehouse.duckdb"
    generate(file, customers=100, as_of=AS_OF)
    with pytest.raises(Conflict, match="already"):
        generate(file, customers=100, as_of=AS_OF)
    assert generate(file, customers=50, as_of=AS_OF, replace=True).rows["customers"] == 50


def test_out_of_range_arguments_are_refused():
    with duckdb.connect() as connection:
        with pytest.raises(UserError, match="out of range"):
            generate(connection, customers=0, as_of=AS_OF)
        with pytest.raises(UserError, match="out of range"):
            simulate_purchases(connection, 1.5, AS_OF)
