"""An engine that is watched: every statement counted, timed, and told in the trace it belongs to."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from contextvars import ContextVar
from typing import Any, Self

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode

from orchestrator.errors import SojournError
from orchestrator.lakehouse.engine import Described, Engine, Statement, Tables
from orchestrator.lakehouse.tags import tags
from orchestrator.telemetry import metrics

_IDS: ContextVar[list[str] | None] = ContextVar("statement_ids", default=None)
_OTHER = "request"
"""The kind of a statement that no work was named for: somebody looks at a page."""


def note_statement(statement_id: str | None) -> None:
    """To be called by an engine, in the task that asked, when it knows under which id the lakehouse ran a statement."""
    ids = _IDS.get()
    if ids is not None and statement_id:
        ids.append(statement_id)


class Watched(Engine):
    """Does what the engine does, and tells of it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.dialect, self.facts = engine.name, engine.dialect, engine.facts  # type: ignore[misc]
        # They are the classes' own everywhere else; here they are those of the engine that is watched.

    @classmethod
    def open(cls, options: Mapping[str, Any]) -> Self:
        raise TypeError("an engine is opened before it is watched")

    async def tables(self) -> Tables:
        with self._told("describe"):
            return await self._engine.tables()

    async def describe(self) -> dict[str, Described]:
        with self._told("describe"):
            return await self._engine.describe()

    async def personal(self) -> Mapping[str, frozenset[str]]:
        with self._told("describe"):
            return await self._engine.personal()

    async def table_version(self, table: str) -> str:
        return await self._engine.table_version(table)

    async def rows(self, statement: Statement, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        with self._told("read") as told:
            found = await self._engine.rows(statement, values)
            told.read(len(found))
            return found

    async def stream(
        self, statement: Statement, values: Mapping[str, Any] | None = None, size: int = 10_000
    ) -> AsyncIterator[list[tuple[Any, ...]]]:
        told = _Told(self.name, "read")
        try:
            async with aclosing(self._engine.stream(statement, values, size)) as parts:  # type: ignore[type-var]
                while True:
                    with told.working():
                        part = await anext(parts, None)
                    if part is None:
                        break
                    told.read(len(part))
                    yield part
        finally:
            told.end()

    async def write(
        self,
        statements: Sequence[Statement],
        values: Mapping[str, Any] | None = None,
        *,
        marker: Statement | None = None,
    ) -> bool:
        with self._told("write"):
            return await self._engine.write(statements, values, marker=marker)

    def as_person(self, token: str) -> "Watched":
        return Watched(self._engine.as_person(token))

    async def close(self) -> None:
        await self._engine.close()

    @contextmanager
    def _told(self, operation: str) -> Iterator["_Told"]:
        told = _Told(self.name, operation)
        try:
            with told.working():
                yield told
        finally:
            told.end()


class _Told:
    """What is told of one statement. The time is the engine's: what is done with its rows meanwhile is not in it."""

    def __init__(self, engine: str, operation: str) -> None:
        about = tags()
        self._journey, self._kind, self._operation = about.get("journey", ""), about.get("kind", _OTHER), operation
        self._seconds, self._rows, self._result = 0.0, 0, "ok"
        self._ids: list[str] = []
        self._span = _span(operation, engine, about)

    def read(self, rows: int) -> None:
        """So many more rows."""
        self._rows += rows

    @contextmanager
    def working(self) -> Iterator[None]:
        """The engine works, for as long as the block runs."""
        began, ids = time.perf_counter(), _IDS.set(self._ids)
        try:
            with trace.use_span(self._span, record_exception=False, set_status_on_exception=False):
                yield
        except BaseException as error:
            self._result = _result(error)
            raise
        finally:
            _IDS.reset(ids)
            self._seconds += time.perf_counter() - began

    def end(self) -> None:
        """Counts it, and ends its span."""
        journey, kind, operation = self._journey, self._kind, self._operation
        metrics.STATEMENTS.labels(journey, kind, operation, self._result).inc()
        metrics.STATEMENT_SECONDS.labels(journey, kind, operation).inc(self._seconds)
        metrics.STATEMENT_DURATION.labels(kind, operation).observe(self._seconds)
        if self._rows:
            metrics.STATEMENT_ROWS.labels(journey, kind).inc(self._rows)
        if self._span.is_recording():
            if operation == "read":
                self._span.set_attribute("sojourn.rows", self._rows)
            if self._ids:
                self._span.set_attribute("sojourn.statement_ids", self._ids)
            if self._result != "ok":
                self._span.set_status(StatusCode.ERROR, self._result)
            self._span.end()


def _span(operation: str, engine: str, about: Mapping[str, str]) -> Span:
    """A span below what asked for the statement; a statement that nobody's request or activity asked for has none."""
    if not trace.get_current_span().is_recording():
        return trace.INVALID_SPAN
    attributes = {"db.system.name": engine, "db.operation.name": operation}
    attributes |= {f"sojourn.{name}": value for name, value in about.items()}
    return trace.get_tracer("sojourn").start_span(f"lakehouse {operation}", kind=SpanKind.CLIENT, attributes=attributes)


def _result(error: BaseException) -> str:
    """`user`, `lakehouse_away` …: the code of our errors; anything else by its kind."""
    if isinstance(error, SojournError):
        return error.code
    return "cancelled" if isinstance(error, asyncio.CancelledError | GeneratorExit) else "unexpected"
