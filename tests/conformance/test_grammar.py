"""Spark's own parser reads every statement that is generated for Databricks, tables included.

It needs the JVM and `pip install pyspark==4.3.0`, which is no dependency: without them it is skipped.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlglot import exp

from orchestrator.execution.ledger import KEYS, MARKER, TABLES, statement
from orchestrator.execution.ledger import table as ledger_table
from orchestrator.lakehouse.databricks import exact

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*.databricks.sql"))
pytestmark = pytest.mark.conformance


@pytest.fixture(scope="module")
def parse() -> Iterator[Callable[[str], Any]]:
    pytest.importorskip("pyspark.java_gateway", reason="install pyspark with its JVM")
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    parser = spark._jsparkSession.sessionState().sqlParser()
    yield parser.parsePlan
    spark.stop()


@pytest.mark.timeout(600)
def test_every_statement_is_sparks_sql(parse: Callable[[str], Any]) -> None:
    marker = statement(MARKER, "ledger", "databricks", {n: exp.convert("x") for n in ("journey_id", "node_id", "task")})
    read = 0
    for file in GOLDEN:
        for text in file.read_text(encoding="utf-8").split(";\n"):
            lines = [line for line in text.splitlines() if not line.startswith("--")]
            if sql := "\n".join(lines).strip():
                parse(sql)
                parse(exact.unless(marker.sql, sql))
                read += 1
    parse(exact.is_there(marker.sql))
    assert read > 400


def test_every_table_is_sparks_sql(parse: Callable[[str], Any]) -> None:
    assert KEYS.keys() == TABLES.keys()
    for name in TABLES:
        parse(ledger_table(name, "ledger", "BIGINT", "databricks").sql("databricks", pretty=True))
