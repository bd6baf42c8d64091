"""An engine that is watched does what it did, and every statement is told once."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from orchestrator.errors import UserError
from orchestrator.lakehouse.engine import Engine, Statement
from orchestrator.lakehouse.engines.duckdb import DuckDB
from orchestrator.lakehouse.tags import tagged
from orchestrator.lakehouse.watched import Watched, note_statement
from orchestrator.telemetry.metrics import REGISTRY
from tests.collector import spans

NUMBERS = Statement(sql="SELECT * FROM range(25)")


class Numbered(DuckDB):
    """A lakehouse that has an id for each statement, as warehouses do."""

    async def rows(self, statement: Statement, values: Any = None) -> list[tuple[Any, ...]]:
        note_statement("id-1")
        return await super().rows(statement, values)


@pytest.fixture
async def engine() -> AsyncIterator[Watched]:
    found = Watched(Numbered(memory="200MB"))
    yield found
    await found.close()


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_it_hands_on_every_method_of_the_face() -> None:
    face = {name for name, each in vars(Engine).items() if callable(each) and not name.startswith("_")}
    assert face <= vars(Watched).keys()


async def test_statements_are_told_with_their_journey_kind_rows_and_result(engine: Watched) -> None:
    with tagged(journey="watched", kind="advance"):
        assert len(await engine.rows(NUMBERS)) == 25
        async for part in engine.stream(NUMBERS, size=10):
            assert len(part) == 10
            break
        with pytest.raises(UserError):
            await engine.write([Statement(sql="INSERT INTO nowhere VALUES (1)")])
    told = {"journey": "watched", "kind": "advance"}
    assert value("sojourn_statements_total", **told, operation="read", result="ok") == 2
    assert value("sojourn_statements_total", **told, operation="write", result="user_error") == 1
    assert value("sojourn_statement_rows_total", **told) == 35
    assert value("sojourn_statement_seconds_total", **told, operation="read") > 0


async def test_a_span_has_the_statements_id_and_is_below_whatever_asked(engine: Watched) -> None:
    with spans(asking=False) as nobodys:
        await engine.rows(NUMBERS)
    assert nobodys() == ()
    with spans() as kept, tagged(journey="watched", wave=3):
        await engine.rows(NUMBERS)
        with pytest.raises(UserError):
            await engine.rows(Statement(sql="SELECT secret FROM range(1)"))
    statement, refused, asking = kept()
    assert statement.parent is not None
    assert statement.parent.span_id == asking.context.span_id
    assert statement.attributes == {
        "db.system.name": "duckdb",
        "db.operation.name": "read",
        "sojourn.journey": "watched",
        "sojourn.wave": "3",
        "sojourn.rows": 25,
        "sojourn.statement_ids": ("id-1",),
    }
    assert (refused.status.description, refused.events) == ("user_error", ())
