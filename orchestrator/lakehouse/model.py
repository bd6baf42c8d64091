"""The source model: which tables hold customers, their key, contacts, related rows and consents."""

from collections.abc import Mapping
from datetime import time
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from orchestrator.errors import Invalid, UserError
from orchestrator.lakehouse.engine import Kind, Tables


class SourceModel(BaseModel):
    """Base of the parts of sources.yaml; an unknown key is an error, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Customers(SourceModel):
    """The customer table: one row per member."""

    table: str
    key: str
    time_zone: str | None = None
    country: str | None = None
    country_zones: dict[str, str] = Field(
        default_factory=dict, description="Country → time zone of those who have none of their own"
    )
    contacts: dict[str, str] = Field(default_factory=dict, description="Kind of contact → column")
    hidden: tuple[str, ...] = Field((), description="Columns kept out of samples, besides the contacts")

    @field_validator("country_zones")
    @classmethod
    def _known_zones(cls, zones: dict[str, str]) -> dict[str, str]:
        return {country: _zone(name) for country, name in zones.items()}


class Related(SourceModel):
    """A table whose rows belong to members. `many` needs `happened_at`, the column of its instants (UTC)."""

    table: str
    key: str
    cardinality: Literal["one", "many"]
    happened_at: str | None = None
    scores: bool = Field(False, description="Its number columns are scores by category")
    hidden: tuple[str, ...] = Field((), description="Columns whose values are not shown")


class Consent(SourceModel):
    """The consent table: one row per member and purpose. No row, or any row that says no, is a no.

    `decided_at` is the column of when (UTC), by which `verify` finds whoever was sent to after they had said no.
    """

    table: str
    key: str
    purpose: str
    granted: str
    decided_at: str | None = None


def _clock(value: Any) -> Any:
    """YAML reads an unquoted 21:00 as a number, of minutes."""
    return f"{value // 60:02}:{value % 60:02}" if isinstance(value, int) and 0 <= value < 1440 else value


Clock = Annotated[time, BeforeValidator(_clock)]


class Cap(SourceModel):
    """At most so many messages to one member in so many days: of a purpose (as in the consents, e.g. email), through a
    channel (email.smtp), or, with neither, of all kinds."""

    purpose: str | None = None
    channel: str | None = None
    most: int = Field(ge=1, le=1000)
    within_days: int = Field(ge=1, le=366)


class QuietHours(SourceModel):
    """No message from `start` to `end` by the member's clock: it waits until then, or is not sent."""

    start: Clock
    end: Clock
    then: Literal["defer", "drop"] = "defer"
    spread_minutes: int = Field(
        0, ge=0, le=720, description="Over how long those who waited are spread when they end, each at their own second"
    )

    @model_validator(mode="after")
    def _some(self) -> "QuietHours":
        if self.start == self.end:
            raise PydanticCustomError("quiet_hours", "they end when they begin")
        begin, end = (at.hour * 60 + at.minute for at in (self.start, self.end))
        if self.spread_minutes >= (begin - end) % 1440:
            raise PydanticCustomError("quiet_hours", "spread_minutes is longer than the time between two of them")
        return self


class ContactPolicy(SourceModel):
    """What holds for all messages but those marked as transactional."""

    caps: tuple[Cap, ...] = ()
    quiet_hours: QuietHours | None = None


class Sources(SourceModel):
    """sources.yaml as written."""

    customers: Customers
    related: dict[str, Related] = Field(default_factory=dict)
    consent: Consent | None = None
    contact_policy: ContactPolicy = ContactPolicy()
    time_zone: str = Field("UTC", description="Whose days count where a rule says today, or a date")
    holdout: float = Field(0, ge=0, le=50, description="Percent of all customers who are held out of every journey")

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        return _zone(name)


def _zone(name: str) -> str:
    zones = available_timezones()
    if name not in zones:
        text = "there is no time zone '{name}'; {fix}"
        raise PydanticCustomError("time_zone", text, {"name": name, "fix": suggest(name, zones)})
    return name


class Column(BaseModel):
    """A column a rule or a template may use. `path` is `country`, or `propensities.bread` for a one-to-one table."""

    model_config = ConfigDict(frozen=True)

    path: str
    table: str
    name: str
    kind: Kind
    relation: str | None = None


class Lakehouse(BaseModel):
    """The source model together with the columns that the lakehouse really has."""

    model_config = ConfigDict(frozen=True)

    sources: Sources
    tables: Tables
    tagged: dict[str, frozenset[str]] = Field(default_factory=dict, description="Columns tagged as personal, by table")

    @property
    def customers(self) -> Customers:
        """The customer table."""
        return self.sources.customers

    @property
    def key_kind(self) -> Kind:
        """What the members' key holds: `number` or `text`."""
        return self.tables[self.customers.table][self.customers.key]

    def personal_columns(self, table: str) -> frozenset[str]:
        """Columns of a table whose values are never shown unless allowed: contacts, hidden ones, those tagged so."""
        hidden = [name for each in self.sources.related.values() if each.table == table for name in each.hidden]
        if table == self.customers.table:
            hidden += [*self.customers.contacts.values(), *self.customers.hidden]
        return frozenset(hidden) | self.tagged.get(table, frozenset())

    def attributes(self) -> dict[str, Column]:
        """Every column with one value per member, by path."""
        table = self.customers.table
        found = {
            name: Column(path=name, table=table, name=name, kind=kind) for name, kind in self.tables[table].items()
        }
        for relation, related in self.sources.related.items():
            if related.cardinality == "one":
                found |= {column.path: column for column in self.related_columns(relation).values()}
        return found

    def related_columns(self, relation: str) -> dict[str, Column]:
        """The columns of a related table, by name. Raises Invalid when there is no such table."""
        related = self.related(relation)
        return {
            name: Column(path=f"{relation}.{name}", table=related.table, name=name, kind=kind, relation=relation)
            for name, kind in self.tables[related.table].items()
        }

    def related(self, relation: str) -> Related:
        """The related table of that name. Raises Invalid when there is none."""
        known = self.sources.related
        if relation not in known:
            raise Invalid(f"there is no related table {relation!r}", fix=suggest(relation, known))
        return known[relation]

    def attribute(self, path: str) -> Column:
        """The attribute of that path. Raises Invalid, with the nearest name, when there is none."""
        known = self.attributes()
        if path not in known:
            raise Invalid(f"there is no column {path!r}", fix=suggest(path, known))
        return known[path]

    def score(self, category: str) -> Column:
        """The score column of a category. Raises Invalid when no score table has it."""
        known = {
            column.name: column
            for relation, related in self.sources.related.items()
            if related.scores
            for column in self.related_columns(relation).values()
            if column.kind == "number" and column.name != related.key
        }
        if category not in known:
            raise Invalid(f"there is no score for {category!r}", fix=suggest(category, known))
        return known[category]


def suggest(word: str, known: Any) -> str:
    """What to write instead: the nearest known name, else all of them."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.5)
    if near:
        return f"did you mean {near[0]!r}?"
    names = ", ".join(sorted(known)[:20])
    return f"use one of: {names}" if names else "declare one in sources.yaml"


def load_sources(path: Path) -> Sources:
    """Reads sources.yaml. Raises UserError that names the file and the line or field."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as missing:
        raise UserError(
            "there is no source model", place=str(path), fix="write one; `sojourn demo` shows an example"
        ) from missing
    except (OSError, UnicodeDecodeError) as unreadable:
        text = "it cannot be read as text"
        raise UserError(text, place=str(path), fix="name a YAML file in UTF-8") from unreadable
    except yaml.YAMLError as broken:
        raise UserError(f"this is not YAML: {_where(broken)}", place=str(path), fix="mend that line") from broken
    if not isinstance(raw, dict):
        fix = "write `customers:` with its table and key"
        raise UserError("there is no source model in it", place=str(path), fix=fix)
    try:
        return Sources.model_validate(raw)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise UserError(f"{field}: {first['msg']}", place=str(path), fix="mend that field") from wrong


def bind_sources(sources: Sources, tables: Tables, tagged: Mapping[str, frozenset[str]] | None = None) -> Lakehouse:
    """Checks every table and column the source model names against the lakehouse; `tagged`: as personal, by table.

    Raises Invalid with one problem for each name that is not there.
    """
    problems = source_problems(sources, tables)
    if problems:
        raise Invalid(problems[0]["text"], problems=problems, place="sources.yaml", fix=problems[0]["fix"])
    return Lakehouse(sources=sources, tables=tables, tagged=dict(tagged or {}))


def source_problems(sources: Sources, tables: Tables) -> list[dict[str, Any]]:
    """Every name that is not there; `path` leads to the part of the source model: `["related", "purchases"]`."""
    wanted: list[tuple[tuple[str, ...], str, str | None]] = []
    customers = sources.customers
    columns = [
        customers.key,
        customers.time_zone,
        customers.country,
        *customers.contacts.values(),
        *customers.hidden,
    ]
    wanted += [(("customers",), customers.table, name) for name in columns]
    for relation, related in sources.related.items():
        wanted += [
            (("related", relation), related.table, name) for name in (related.key, related.happened_at, *related.hidden)
        ]
    if sources.consent:
        consent = sources.consent
        columns = [consent.key, consent.purpose, consent.granted, consent.decided_at]
        wanted += [(("consent",), consent.table, name) for name in columns]
    problems = [problem for path, table, name in wanted if (problem := _missing(path, table, name, tables)) is not None]
    problems += [
        {
            "code": "no_instant",
            "text": f"related.{relation} has many rows but no happened_at",
            "fix": "name the column",
            "path": ["related", relation],
        }
        for relation, related in sources.related.items()
        if related.cardinality == "many" and not related.happened_at
    ]
    return list({problem["text"]: problem for problem in problems}.values())


def _missing(path: tuple[str, ...], table: str, name: str | None, tables: Tables) -> dict[str, Any] | None:
    place = ".".join(path)
    if table not in tables:
        return {
            "code": "no_table",
            "text": f"{place}: there is no table {table!r}",
            "fix": suggest(table, tables),
            "path": list(path),
        }
    if name is not None and name not in tables[table]:
        return {
            "code": "no_column",
            "text": f"{place}: {table} has no column {name!r}",
            "fix": suggest(name, tables[table]),
            "path": list(path),
        }
    return None


def _where(broken: yaml.YAMLError) -> str:
    mark = getattr(broken, "problem_mark", None)
    cause = getattr(broken, "problem", None) or "it cannot be read"
    return f"line {mark.line + 1}, column {mark.column + 1}: {cause}" if mark else str(cause)
