"""FACE Engine: one subclass in one file makes a lakehouse usable; everything above speaks statements."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

Scalar = bool | int | float | str | None
"""A value that travels as a bound parameter; dates and instants travel as ISO text and are cast in the SQL."""
Kind = Literal["number", "text", "boolean", "date", "timestamp", "other"]
"""What a column holds, in the words the rules use."""
Tables = dict[str, dict[str, Kind]]
"""Introspected columns: `schema.table` → column → kind."""


class Statement(BaseModel):
    """SQL in the engine's dialect with named placeholders.

    `parameters` are values fixed when it was compiled; `runtime` names those it gets when it runs (`as_of`, `wave` …).
    """

    model_config = ConfigDict(frozen=True)

    sql: str
    parameters: dict[str, Scalar] = Field(default_factory=dict)
    runtime: tuple[str, ...] = ()

    def bind(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Exactly the parameters the statement has. Raises KeyError when a runtime value is missing."""
        bound = {**self.parameters, **{name: values[name] for name in self.runtime}}
        return {name: v.isoformat(sep=" ") if isinstance(v, datetime) else v for name, v in bound.items()}


@dataclass(frozen=True, slots=True)
class Described:
    """What the lakehouse says of a table; `columns`: name → (type in the engine's words, comment)."""

    is_view: bool
    comment: str | None
    columns: dict[str, tuple[str, str | None]]


@dataclass(frozen=True)
class Facts:
    """What differs between engines beyond the dialect."""

    max_parameters: int
    people: bool = False
    """It tells people apart: what somebody may see depends on as whom a statement runs."""


class Engine(ABC):
    """A lakehouse: a dialect to write in and a connection to run it on.

    All methods are safe to call from many tasks at once; cancelling one cancels its statement. They raise
    LakehouseAway when the lakehouse cannot be reached, and UserError when it refuses a statement. One that has ids for
    its statements tells them to `watched.note_statement`.
    """

    name: ClassVar[str]
    dialect: ClassVar[str]
    facts: ClassVar[Facts]

    @classmethod
    @abstractmethod
    def open(cls, options: Mapping[str, Any]) -> Self:
        """Opens it as the settings say: those whose names begin with the engine's, without that beginning.

        Raises UserError for settings that are missing or wrong, LakehouseAway when it cannot be reached.
        """

    @abstractmethod
    async def tables(self) -> Tables:
        """Every table and view that can be read, from the information schema."""

    @abstractmethod
    async def describe(self) -> dict[str, Described]:
        """What there is to say of every table and view, for people to read; by `schema.table`."""

    async def personal(self) -> Mapping[str, frozenset[str]]:
        """The columns that the lakehouse itself marks as personal, by table; most have no such marks."""
        return {}

    @abstractmethod
    async def table_version(self, table: str) -> str:
        """Changes whenever what a query reads from the table may have changed; costs next to nothing.

        To be asked before the query: equal versions mean equal content. Where the engine cannot know, as with a view
        over files, no two versions are equal.
        """

    @abstractmethod
    async def rows(self, statement: Statement, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Runs a query and returns all its rows; for results known to be small."""

    @abstractmethod
    def stream(
        self, statement: Statement, values: Mapping[str, Any] | None = None, size: int = 10_000
    ) -> AsyncIterator[list[tuple[Any, ...]]]:
        """Runs a query and yields its rows in lists of at most `size`."""

    @abstractmethod
    async def write(
        self,
        statements: Sequence[Statement],
        values: Mapping[str, Any] | None = None,
        *,
        marker: Statement | None = None,
    ) -> bool:
        """Runs insert-only statements; with a `marker` (a row of a small table with a key) once, however often asked.

        All or nothing – or, where there are no transactions over several tables, as often as it takes: what has been
        added is not added again, and the marker comes last. A repeat changes nothing and returns False.
        """

    def as_person(self, token: str) -> "Engine":
        """The same lakehouse as the person sees it whose token this is, to be closed after use; for `facts.people`."""
        raise NotImplementedError(f"{self.name} tells nobody apart")

    @abstractmethod
    async def close(self) -> None:
        """Finishes what runs and lets go of the lakehouse."""
