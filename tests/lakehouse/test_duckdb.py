"""The embedded lakehouse: what it reads and writes, all or nothing, and how it says that it cannot."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from orchestrator.errors import LakehouseAway, SojournError, UserError
from orchestrator.lakehouse.engine import Described, Statement
from orchestrator.lakehouse.engines.duckdb import DuckDB

FOR_EVER = Statement(sql="SELECT COUNT(*) FROM range(1000000000000) AS a(i) WHERE i % 7 = 3")
ADD = Statement(sql="INSERT INTO t VALUES ($n)", runtime=("n",))
MARK = Statement(sql="INSERT INTO marks VALUES ($n)", runtime=("n",))


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[DuckDB]:
    made = DuckDB(tmp_path / "lakehouse.duckdb", memory="500MB")
    await made.write(
        [Statement(sql="CREATE TABLE t (n BIGINT)"), Statement(sql="CREATE TABLE marks (n INT PRIMARY KEY)")]
    )
    yield made
    await made.close()


async def count(engine: DuckDB, table: str = "t") -> int:
    [(found,)] = await engine.rows(Statement(sql=f"SELECT COUNT(*) FROM {table}"))
    return int(found)


async def test_tables_and_views_are_found_with_the_kinds_of_their_columns(engine: DuckDB) -> None:
    columns = {
        "number": "TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT UINTEGER UBIGINT DOUBLE REAL DECIMAL(9,2)",
        "text": "VARCHAR UUID ENUM('a','b')",
        "boolean": "BOOLEAN",
        "date": "DATE",
        "timestamp": "TIMESTAMP TIMESTAMPTZ TIMESTAMP_MS",
        "other": "BLOB TIME INTERVAL INTEGER[] DOUBLE[] VARCHAR[] TIMESTAMP[] STRUCT(a_INTEGER) MAP(VARCHAR,INTEGER)",
    }
    listed = [
        (f"{kind}{index}", declared) for kind, all_ in columns.items() for index, declared in enumerate(all_.split())
    ]
    ddl = ", ".join(f"{name} {declared.replace('_INTEGER', ' INTEGER')}" for name, declared in listed)
    await engine.write([Statement(sql="CREATE SCHEMA s"), Statement(sql=f"CREATE TABLE s.kinds ({ddl})")])
    await engine.write([Statement(sql="CREATE VIEW s.seen AS SELECT number0, date0 FROM s.kinds")])
    tables = await engine.tables()
    assert tables["s.kinds"] == {name: name.rstrip("0123456789") for name, _ in listed}
    assert tables["s.seen"] == {"number0": "number", "date0": "date"}
    assert list(tables["s.kinds"]) == [name for name, _ in listed], "in the order of the table"
    assert tables["main.t"] == {"n": "number"}


async def test_values_are_bound_and_instants_travel_as_text(engine: DuckDB) -> None:
    statement = Statement(
        sql="SELECT $text, $number, $nothing IS NULL, CAST($as_of AS TIMESTAMP)",
        parameters={"text": 'O\'Hara "$x"', "number": 1.5, "nothing": None},
        runtime=("as_of",),
    )
    instant = datetime.fromisoformat("2026-03-02T09:00:00.000001")
    found = await engine.rows(statement, {"as_of": instant, "not asked for": 1})
    assert found == [('O\'Hara "$x"', 1.5, True, instant)]
    with pytest.raises(KeyError, match="as_of"):
        await engine.rows(statement)


async def test_a_stream_comes_in_parts_and_may_be_left_early(engine: DuckDB) -> None:
    numbers = Statement(sql="SELECT i FROM range(2500) AS r(i) ORDER BY i")
    parts = [part async for part in engine.stream(numbers, size=1000)]
    assert [len(part) for part in parts] == [1000, 1000, 500]
    assert [row for part in parts for row in part] == [(i,) for i in range(2500)]
    async for part in engine.stream(
        FOR_EVER.model_copy(update={"sql": "SELECT i FROM range(1000000000000) AS r(i)"}), size=10
    ):
        assert len(part) == 10
        break
    assert await count(engine) == 0


async def test_statements_are_written_all_or_none(engine: DuckDB) -> None:
    with pytest.raises(UserError, match="nowhere"):
        await engine.write([ADD, Statement(sql="INSERT INTO nowhere VALUES (1)")], {"n": 1})
    assert await count(engine) == 0
    assert await engine.write([ADD, ADD], {"n": 1}) is True
    assert await count(engine) == 2


async def test_a_marker_lets_statements_run_once(engine: DuckDB) -> None:
    assert await engine.write([ADD], {"n": 1}, marker=MARK) is True
    assert await engine.write([ADD], {"n": 1}, marker=MARK) is False
    assert await engine.write([ADD], {"n": 2}, marker=MARK) is True
    assert (await count(engine), await count(engine, "marks")) == (2, 2)


async def test_a_marker_of_statements_that_failed_is_not_left_behind(engine: DuckDB) -> None:
    with pytest.raises(UserError):
        await engine.write([ADD, Statement(sql="SELECT nothing FROM t")], {"n": 1}, marker=MARK)
    assert (await count(engine), await count(engine, "marks")) == (0, 0)
    assert await engine.write([ADD], {"n": 1}, marker=MARK) is True


async def test_of_writers_at_once_only_one_wins_an_anti_join(engine: DuckDB) -> None:
    once = Statement(sql="INSERT INTO t SELECT $n WHERE NOT EXISTS (SELECT 1 FROM t WHERE n = $n)", runtime=("n",))
    await asyncio.gather(*(engine.write([once], {"n": n % 5}) for n in range(40)))
    assert await count(engine) == 5


async def test_one_marker_for_many_at_once_is_taken_once(engine: DuckDB) -> None:
    done = await asyncio.gather(*(engine.write([ADD], {"n": 1}, marker=MARK) for _ in range(20)))
    assert sum(done) == 1
    assert await count(engine) == 1


async def cancelled(work: asyncio.Task[object]) -> None:
    """Cancels work that would never end; an engine that does not interrupt it would hang here."""
    await asyncio.sleep(0.1)
    work.cancel()
    async with asyncio.timeout(60):
        with pytest.raises(asyncio.CancelledError):
            await work


async def test_a_cancelled_query_is_interrupted(engine: DuckDB) -> None:
    await cancelled(asyncio.create_task(engine.rows(FOR_EVER)))
    assert await count(engine) == 0


async def test_a_cancelled_write_leaves_nothing_and_makes_room_for_the_next(engine: DuckDB) -> None:
    never = Statement(sql="INSERT INTO t SELECT COUNT(*) FROM range(1000000000000) AS a(i) WHERE i % 7 = 3")
    running = asyncio.create_task(engine.write([ADD, never], {"n": 1}, marker=MARK))
    waiting = asyncio.create_task(engine.write([ADD], {"n": 2}))
    gone = asyncio.create_task(engine.write([ADD], {"n": 3}))
    await cancelled(gone)
    await cancelled(running)
    assert await waiting is True
    assert (await count(engine), await count(engine, "marks")) == (1, 0)
    assert await engine.write([ADD], {"n": 1}, marker=MARK) is True


async def test_a_cancelled_stream_is_interrupted(engine: DuckDB) -> None:
    async def read() -> None:
        async for _ in engine.stream(FOR_EVER):
            pytest.fail("it ended")

    await cancelled(asyncio.create_task(read()))
    assert await count(engine) == 0


async def test_what_is_refused_is_told_by_name_and_never_by_value(engine: DuckDB) -> None:
    with pytest.raises(UserError, match="nothing_like_it") as unknown:
        await engine.rows(Statement(sql="SELECT nothing_like_it FROM t"))
    assert unknown.value.fix
    assert "\n" not in unknown.value.text
    await engine.write([Statement(sql="CREATE TABLE texts AS SELECT 'ada@shop.test' AS e")])
    for wrong in ("CAST(e AS INT)", "CAST(e AS DATE)", "strptime(e, '%Y')", "error(e)", "regexp_matches(e, '(' || e)"):
        with pytest.raises(UserError) as refused:
            await engine.rows(Statement(sql=f"SELECT {wrong} FROM texts"))
        assert "ada" not in str(refused.value), wrong


async def test_memory_that_does_not_suffice_is_told_as_something_that_may_pass(tmp_path: Path) -> None:
    small = DuckDB(tmp_path / "small.duckdb", memory="20MB")
    greedy = Statement(sql="SELECT LENGTH(STRING_AGG(REPEAT(CAST(i AS VARCHAR), 100), '')) FROM range(2000000) AS r(i)")
    with pytest.raises(LakehouseAway, match="emory"):
        await small.rows(greedy)
    await small.close()


async def test_a_second_process_is_told_who_holds_the_file(engine: DuckDB) -> None:
    script = (
        "import sys\nfrom orchestrator.lakehouse.engines.duckdb import DuckDB\n"
        "from orchestrator.errors import LakehouseAway\n"
        "try:\n    DuckDB(sys.argv[1])\nexcept LakehouseAway as away:\n    print(away)"
    )
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", script, engine.path], capture_output=True, text=True, check=True
    )
    assert f"{engine.path}: the file is in use by process {os.getpid()}" in done.stdout
    assert "stop that process" in done.stdout


@pytest.mark.parametrize("kind", ["a folder", "another file", "no such folder"])
def test_a_file_that_is_no_lakehouse_is_told_with_its_name(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "x.duckdb"
    if kind == "a folder":
        file.mkdir()
    elif kind == "another file":
        file.write_text("This is not a database. " * 1000)
    else:
        file = tmp_path / "none" / "x.duckdb"
    with pytest.raises(LakehouseAway) as away:
        DuckDB(file)
    assert str(file) in str(away.value)
    assert away.value.fix


@pytest.mark.parametrize("what", ["rows", "stream", "tables", "write"])
async def test_a_lakehouse_that_was_closed_says_so_in_our_words(tmp_path: Path, what: str) -> None:
    closed = DuckDB(tmp_path / "x.duckdb")
    await closed.close()

    async def ask() -> object:
        if what == "stream":
            return [part async for part in closed.stream(FOR_EVER)]
        return await {
            "rows": lambda: closed.rows(FOR_EVER),
            "tables": closed.tables,
            "write": lambda: closed.write([]),
        }[what]()

    with pytest.raises(SojournError):
        await ask()


async def test_what_was_written_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    first = DuckDB(tmp_path / "x.duckdb")
    await first.write([Statement(sql="CREATE TABLE t AS SELECT 7 AS n")])
    await first.close()
    second = DuckDB(tmp_path / "x.duckdb")
    assert await second.rows(Statement(sql="SELECT n FROM t")) == [(7,)]
    await second.close()


async def test_a_tables_version_changes_with_everything_that_may_change_what_is_read(engine: DuckDB) -> None:
    await engine.write([Statement(sql="CREATE TABLE other (n BIGINT)"), Statement(sql="CREATE VIEW seen AS FROM t")])

    async def versions() -> tuple[str, str]:
        return await engine.table_version("main.t"), await engine.table_version("main.other")

    before = await versions()
    await count(engine)
    assert await versions() == before, "reading changes nothing"
    for sql in (
        "INSERT INTO main.t VALUES (1)",
        'WITH x AS (SELECT n FROM main.other) INSERT INTO "main"."T" (n) SELECT 2 FROM RANGE(2)',
        "UPDATE main.t SET n = 9 WHERE n = 1",
        "DELETE FROM main.t WHERE n = 9",
        "MERGE INTO main.t USING (SELECT 7 AS n) AS s ON s.n = main.t.n WHEN NOT MATCHED THEN INSERT VALUES (s.n)",
    ):
        await engine.write([Statement(sql=sql)])
        now = await versions()
        assert (now[0] != before[0], now[1] == before[1]) == (True, True), sql
        before = now
    for sql in ("INSERT INTO t VALUES (3)", "ALTER TABLE t ADD COLUMN m INT", "TRUNCATE t"):
        await engine.write([Statement(sql=sql)])
        now = await versions()
        assert now[0] != before[0], sql
        before = now
    with engine.cursor() as cursor:
        open_, again = await versions(), await versions()
        assert open_[0] != again[0], "somebody may write at any moment"
        cursor.execute("INSERT INTO t VALUES (5, 5)")
    assert (await versions())[0] not in (before[0], open_[0], again[0])
    assert await versions() == await versions()
    for unsure in ("main.seen", "main.nothing"):
        assert await engine.table_version(unsure) != await engine.table_version(unsure)


async def test_a_version_is_new_after_a_write_that_was_cancelled_or_refused_and_in_another_process(
    engine: DuckDB, tmp_path: Path
) -> None:
    before = await engine.table_version("main.t")
    slow = Statement(sql="INSERT INTO main.t SELECT COUNT(*) FROM range(1000000000000) AS a(i) WHERE i % 7 = 3")
    writing = asyncio.create_task(engine.write([Statement(sql="INSERT INTO main.t VALUES (1)"), slow]))
    await asyncio.sleep(0.2)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    after = await engine.table_version("main.t")
    assert after != before, "whether it was committed is not known"
    mark = Statement(sql="INSERT INTO main.marks VALUES (1)")
    assert [await engine.write([], marker=mark) for _ in range(2)] == [True, False]
    assert await engine.table_version("main.t") == after
    await engine.close()
    again = DuckDB(tmp_path / "lakehouse.duckdb", memory="500MB")
    assert await again.table_version("main.t") not in (before, after)
    await again.close()


async def test_what_people_may_read_of_a_table(engine: DuckDB) -> None:
    await engine.write(
        [
            Statement(sql="COMMENT ON TABLE t IS 'Numbers'"),
            Statement(sql="COMMENT ON COLUMN t.n IS 'A number'"),
            Statement(sql="CREATE VIEW seen AS SELECT n, CAST(n AS DECIMAL(9, 2)) AS d FROM t"),
        ]
    )
    found = await engine.describe()
    assert found["main.t"] == Described(False, "Numbers", {"n": ("BIGINT", "A number")})
    assert found["main.seen"] == Described(True, None, {"n": ("BIGINT", None), "d": ("DECIMAL(9,2)", None)})
