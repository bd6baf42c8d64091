"""Counts what was written to each table by this process, for an engine whose tables nobody else can write to."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from uuid import uuid4

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError


class Changes:
    """Versions of tables: they begin anew with every process, so they never equal one of another process.

    What was written is to be noted after it was committed: noted before, a query in between would see the old rows
    under the new version.
    """

    def __init__(self, dialect: str) -> None:
        self.structure = 0
        """Grows with every statement that may have changed any table: what is no plain write."""
        self._dialect = dialect
        self._process = uuid4().hex
        self._written: dict[str, int] = {}
        self._unseen = 0

    def version(self, table: str) -> str | None:
        """The version of a table; None while somebody may write who is not seen."""
        if self._unseen:
            return None
        return f"{self._process}-{self.structure}-{self._written.get(table.lower(), 0)}"

    def note(self, statements: Iterable[str]) -> None:
        """Statements were run, or may have been."""
        for statement in statements:
            table = _written_by(statement, self._dialect)
            if table is None:
                self.structure += 1
            else:
                self._written[table] = self._written.get(table, 0) + 1

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """Anything may be written while the block runs."""
        self._unseen += 1
        try:
            yield
        finally:
            self.structure += 1
            self._unseen -= 1


@lru_cache(4096)
def _written_by(statement: str, dialect: str) -> str | None:
    """The one table that the statement writes to, in small letters; None when it may be another or several."""
    try:
        parsed = parse_one(statement, dialect=dialect)
    except SqlglotError:
        return None
    if not isinstance(parsed, exp.Insert | exp.Update | exp.Delete | exp.Merge):
        return None
    target = parsed.this.this if isinstance(parsed.this, exp.Schema) else parsed.this
    if not isinstance(target, exp.Table) or not target.db:
        return None
    return ".".join(part.name for part in target.parts).lower()
