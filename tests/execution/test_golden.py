"""The SQL of every example and scenario, kept to be read: a change of it shows up as a diff. `make golden` rewrites."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlglot
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from sqlglot import exp

from orchestrator.audience.rules import Rule
from orchestrator.execution.compile import compile_plan
from orchestrator.execution.ledger import ensure_ledger
from orchestrator.execution.plan import Plan
from orchestrator.journey.document import Journey
from orchestrator.journey.known import Known
from orchestrator.lakehouse.engine import Statement
from orchestrator.lakehouse.engines.duckdb import DuckDB
from orchestrator.lakehouse.model import Sources, bind_sources, load_sources
from orchestrator.plugins import discover
from sojourn.sample.grocer import SOURCES, generate
from tests.world import NODES, SCHEMA, World, build
from tests.world import SOURCES as SOURCES_OF_TESTS

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
SCENARIOS = sorted((ROOT / "tests" / "scenarios").glob("*.yaml"))
DIALECTS = ("duckdb", "databricks")
CLOCKS = (exp.CurrentTimestamp, exp.CurrentDate, exp.CurrentTime, exp.CurrentDatetime)
CONNECTIONS = {"mail": "email.smtp", "ads": "audience.meta"}
RUNTIME = {"as_of": datetime(2026, 3, 2, 9, tzinfo=UTC).replace(tzinfo=None), "wave": 1, "chunk": 0}
RUNTIME |= {"since_version": 1, "since": RUNTIME["as_of"], "run_at": RUNTIME["as_of"], "rows": "[]"}


def name_of(file: Path) -> str:
    """Of the plan and its golden file; a scenario may be called like an example."""
    return file.stem if file in EXAMPLES else f"scenario_{file.stem}"


@pytest.fixture(scope="module")
async def world() -> AsyncIterator[World]:
    """Where scenarios are."""
    made = await build()
    yield made
    await made.engine.close()


@pytest.fixture(scope="module")
async def grocer(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[DuckDB, Known]]:
    """Where examples are: the sample lakehouse and the product's own channels."""
    from orchestrator.channels.channel import Channel

    engine = DuckDB(memory="1GB")
    with engine.cursor() as cursor:
        generate(cursor, as_of=RUNTIME["as_of"], customers=1000)
    lakehouse = bind_sources(load_sources(SOURCES), await engine.tables())
    await ensure_ledger(engine, lakehouse, SCHEMA)
    channels: Any = discover(Channel, ["workers.channels"], "sojourn.channels")  # type: ignore[type-abstract]
    yield engine, Known(NODES, channels, CONNECTIONS, {}, lakehouse)
    await engine.close()


@pytest.fixture
def plan(request: pytest.FixtureRequest, world: World, grocer: tuple[DuckDB, Known]) -> tuple[DuckDB, Plan]:
    """The plan of a file in a dialect, and an engine with the tables it is about."""
    file, dialect = request.param
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    if file in EXAMPLES:
        engine, known = grocer
    else:
        world.audiences = TypeAdapter(dict[str, Rule]).validate_python(document.get("audiences", {}))
        policy = Sources.model_validate({**SOURCES_OF_TESTS.model_dump(), **_policy(document)})
        lakehouse = world.lakehouse.model_copy(update={"sources": policy})
        engine, known = world.engine, replace(world.known, lakehouse=lakehouse)
        document = {"name": file.stem, **document["journey"]}
    return engine, compile_plan(name_of(file), 1, Journey.model_validate(document), known, dialect, SCHEMA)


def _policy(scenario: dict[str, Any]) -> dict[str, Any]:
    return {"contact_policy": scenario["contact_policy"]} if "contact_policy" in scenario else {}


def every(*dialects: str) -> pytest.MarkDecorator:
    """Each example and scenario in each of the dialects."""
    cases = [(file, dialect) for file in (*EXAMPLES, *SCENARIOS) for dialect in dialects]
    return pytest.mark.parametrize("plan", cases, ids=lambda case: f"{name_of(case[0])}.{case[1]}", indirect=True)


def statements(plan: Plan) -> Iterator[tuple[str, Statement]]:
    """Every statement of a plan under a heading."""
    for step in plan.steps:
        at = f"step {step.node_id} ({step.kind})"
        many = {"writes": step.writes, "delivery.intend": step.delivery.intend if step.delivery else ()}
        for name, several in many.items():
            yield from ((f"{at}: {name}[{index}]", each) for index, each in enumerate(several))
        yield f"{at}: marker", step.marker
        yield f"{at}: moved", step.moved
        if step.watched is not None:
            yield f"{at}: watched", step.watched
        if step.next_due is not None:
            yield f"{at}: next_due", step.next_due
        if step.delivery is not None:
            for name in ("marker", "chunks", "recipients", "settle", "settled"):
                yield f"{at}: delivery.{name}", getattr(step.delivery, name)
    yield "stop", plan.stop
    assert plan.transfer is not None
    for name in ("standing", "taken", "marker"):
        yield f"transfer.{name}", getattr(plan.transfer, name)
    yield from ((f"transfer.writes[{index}]", each) for index, each in enumerate(plan.transfer.writes))


def readable(plan: Plan) -> str:
    """A plan as one would print it."""
    parts = []
    for heading, each in statements(plan):
        if heading.startswith("transfer") and plan.journey_id != "reference":
            continue  # it is the same for every drawing
        lines = [f"-- {heading}", each.sql.rstrip() + ";"]
        lines += [f"-- :{name} = {value!r}" for name, value in each.parameters.items()]
        lines += [f"-- at run time: {', '.join(each.runtime)}"] if each.runtime else []
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


@every(*DIALECTS)
def test_the_statements_are_the_ones_that_were_read(plan: tuple[DuckDB, Plan], request: pytest.FixtureRequest) -> None:
    file = GOLDEN / f"{plan[1].journey_id}.{plan[1].dialect}.sql"
    found = readable(plan[1])
    if request.config.getoption("--rewrite-golden"):
        file.write_text(found, encoding="utf-8")
    assert found == file.read_text(encoding="utf-8"), "the SQL has changed: make golden, and read the diff"


def test_no_golden_file_is_left_over() -> None:
    wanted = {f"{name_of(file)}.{dialect}.sql" for file in (*EXAMPLES, *SCENARIOS) for dialect in DIALECTS}
    assert {file.name for file in GOLDEN.iterdir()} == wanted


@every(*DIALECTS)
def test_a_statement_is_read_back_as_it_was_meant_and_asks_no_clock(plan: tuple[DuckDB, Plan]) -> None:
    for heading, each in statements(plan[1]):
        [parsed] = sqlglot.parse(each.sql, dialect=plan[1].dialect)
        assert parsed is not None
        assert parsed.sql(plan[1].dialect, pretty=True) == each.sql, heading
        names = {str(found.this) for found in parsed.find_all(exp.Placeholder, exp.Parameter)}
        assert names == {*each.parameters, *each.runtime}, heading
        assert not list(parsed.find_all(*CLOCKS)), heading
        assert not re.search(r"\b(now|today|getdate|random|rand|uuid)\s*\(|\bcurrent_", each.sql, re.IGNORECASE), (
            heading
        )


@every("duckdb")
async def test_every_statement_can_be_prepared(plan: tuple[DuckDB, Plan]) -> None:
    engine, compiled = plan
    for heading, each in statements(compiled):
        explained = each.model_copy(update={"sql": f"EXPLAIN {each.sql}"})
        assert await engine.rows(explained, RUNTIME), heading


def wait_of(duration: str) -> Journey:
    nodes = [
        {"id": "audience", "type": "entry", "data": {"rule": {"kind": "all"}}},
        {"id": "rest", "type": "wait", "data": {"duration": duration}},
    ]
    return Journey.model_validate(
        {"name": "w", "nodes": nodes, "edges": [{"id": "e1", "source": "audience", "target": "rest"}]}
    )


def test_the_same_drawing_has_the_same_hash_and_another_wait_another_one(world: World) -> None:
    assert world.plan(wait_of("P2D")).hash == world.plan(wait_of("P2D")).hash
    named = wait_of("P2D").model_copy(update={"name": "other", "description": "words"})
    assert world.plan(named).hash == world.plan(wait_of("P2D")).hash, "words that run nowhere change nothing"
    hashes = {world.plan(wait_of(duration)).hash for duration in ("P2D", "P2DT1S", "P3D", "PT1M")}
    assert len(hashes) == 4
    assert world.plan(wait_of("P2D"), "other").hash not in hashes
    assert world.plan(wait_of("P2D"), version=2).hash not in hashes


HOSTILE = st.one_of(
    st.sampled_from(["'; DROP TABLE x; --", '"', "\\' OR 1=1", "$p0", ":p0", "/* */", "{{x}}", "Zürich's", "\x00"]),
    st.text(min_size=3),
).map(lambda text: f"hostile{text}value")


@settings(max_examples=30, deadline=None)
@given(text=HOSTILE, number=st.floats(min_value=1e5, max_value=1e9))
def test_no_value_of_a_rule_is_ever_in_the_sql(world: World, text: str, number: float) -> None:
    rules: list[dict[str, Any]] = [
        {"kind": "text", "column": "country", "op": "is", "value": text},
        {"kind": "text", "column": "country", "op": "contains", "value": text},
        {"kind": "one_of", "column": "country", "values": [text, "x"]},
        {"kind": "consent", "purpose": text},
        {"kind": "number", "column": "points", "op": ">", "value": number},
        {
            "kind": "events",
            "table": "purchases",
            "where": [{"kind": "text", "column": "category", "op": "starts_with", "value": text}],
            "within": {"kind": "last_days", "days": 3},
            "value": number,
        },
    ]
    nodes: list[dict[str, Any]] = [
        {"id": "audience", "type": "entry", "data": {"rule": {"kind": "any", "of": rules}}},
        {"id": "split", "type": "split", "data": {"rule": {"kind": "all", "of": rules}}},
    ]
    edges = [{"id": "e1", "source": "audience", "target": "split"}]
    drawn = Journey.model_validate({"name": text[:50], "description": text[:200], "nodes": nodes, "edges": edges})
    for dialect in DIALECTS:
        compiled = compile_plan("j", 1, drawn, world.known, dialect, SCHEMA)
        told = [each for _, each in statements(compiled)]
        assert not [each.sql for each in told if "hostile" in each.sql or str(number) in each.sql]
        bound = [value for each in told for value in each.parameters.values()]
        assert bound.count(text) >= 8
        assert bound.count(number) >= 4
