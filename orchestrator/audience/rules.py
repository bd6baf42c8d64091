"""The rule tree: who is in, as data. Unknown and NULL are "no"; `not` is the complement of what it holds."""

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

MAX_DEPTH = 8
MAX_CONDITIONS = 200

Compare = Literal["=", "!=", "<", "<=", ">", ">="]
Path = list[str | int]


class Condition(BaseModel):
    """Base of every part of a rule; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _two_ends(op: str, to: object) -> None:
    if (op == "between") != (to is not None):
        raise PydanticCustomError("range", "between needs both ends; the other comparisons take one value")


class All(Condition):
    """Holds when every part holds; an empty one holds for everybody."""

    kind: Literal["all"] = "all"
    of: tuple["Rule", ...] = Field((), max_length=MAX_CONDITIONS)


class Any(Condition):
    """Holds when at least one part holds; an empty one holds for nobody."""

    kind: Literal["any"] = "any"
    of: tuple["Rule", ...] = Field((), max_length=MAX_CONDITIONS)


class Not(Condition):
    """Holds for everybody for whom its part does not hold, unknown included."""

    kind: Literal["not"] = "not"
    rule: "Rule"


class Number(Condition):
    """A number column compared; `between` includes both ends."""

    kind: Literal["number"] = "number"
    column: str
    op: Literal["=", "!=", "<", "<=", ">", ">=", "between"]
    value: float
    to: float | None = Field(None, description="Upper end, for between")

    @model_validator(mode="after")
    def _ends(self) -> "Number":
        _two_ends(self.op, self.to)
        return self


class Text(Condition):
    """A text column compared, letter by letter: upper and lower case differ."""

    kind: Literal["text"] = "text"
    column: str
    op: Literal["is", "is_not", "contains", "starts_with", "ends_with"]
    value: str = Field(max_length=1000)


class Boolean(Condition):
    """A yes/no column."""

    kind: Literal["boolean"] = "boolean"
    column: str
    value: bool


class Relative(Condition):
    """A day counted from the wave's, in the workspace's time zone: 0 is today, 7 a week before, -7 a week after."""

    days_ago: int = Field(ge=-36_500, le=36_500)


class Date(Condition):
    """A date, or the day of a timestamp in the workspace's time zone, compared; `between` includes both ends."""

    kind: Literal["date"] = "date"
    column: str
    op: Literal["on", "before", "after", "between"]
    value: dt.date | Relative
    to: dt.date | Relative | None = Field(None, description="Last day, for between")

    @model_validator(mode="after")
    def _ends(self) -> "Date":
        _two_ends(self.op, self.to)
        return self


class OneOf(Condition):
    """A column with one of the listed values."""

    kind: Literal["one_of"] = "one_of"
    column: str
    values: tuple[str, ...] | tuple[float, ...] = Field(min_length=1, max_length=100)


class IsSet(Condition):
    """A column that has a value; an empty text is a value."""

    kind: Literal["is_set"] = "is_set"
    column: str


Comparison = Annotated[Number | Text | Boolean | Date | OneOf | IsSet, Field(discriminator="kind")]
"""A condition on one column."""


class Score(Condition):
    """A category's score from `low` to `high`, both included."""

    kind: Literal["score"] = "score"
    category: str
    low: float = Field(0.0, ge=0, le=1)
    high: float = Field(1.0, ge=0, le=1)

    @model_validator(mode="after")
    def _order(self) -> "Score":
        if self.low > self.high:
            raise PydanticCustomError("range", "the lowest score is above the highest")
        return self


class LastDays(Condition):
    """Rows of the last N days before the wave's instant."""

    kind: Literal["last_days"] = "last_days"
    days: int = Field(ge=1, le=36_500)


class SinceEntry(Condition):
    """Rows since the member entered the journey; only for steps inside a journey."""

    kind: Literal["since_entry"] = "since_entry"


class Events(Condition):
    """Rows of a related table, measured: count, sum, min, max, or the latest row's value.

    Without rows count and sum are 0, the others unknown. `where` must hold for each row that counts.
    """

    kind: Literal["events"] = "events"
    table: str
    measure: Literal["count", "sum", "min", "max", "latest"] = "count"
    column: str | None = Field(None, description="What is measured; none for count")
    where: tuple[Comparison, ...] = Field((), max_length=20)
    within: Annotated[LastDays | SinceEntry, Field(discriminator="kind")]
    op: Compare = ">="
    value: float = 1

    @model_validator(mode="after")
    def _measured(self) -> "Events":
        if (self.measure == "count") != (self.column is None):
            raise PydanticCustomError("measure", "count takes no column; every other measure needs one")
        return self


class EventRows(Condition):
    """Rows of a table of events, each of which is about one member, and which of them count.

    `key` tells what else they are about: rows of one member with different keys are told apart.
    """

    table: str = Field(title="Table")
    where: tuple[Comparison, ...] = Field((), title="Only where", max_length=20)
    key: str = Field(
        "", title="Column of the key", description="E.g. of the cart: somebody may be inside once for each; empty: once"
    )


class InAudience(Condition):
    """A member of another audience."""

    kind: Literal["in_audience"] = "in_audience"
    audience_id: str


class HasConsent(Condition):
    """Agreed to be reached for a purpose, e.g. email."""

    kind: Literal["consent"] = "consent"
    purpose: str


class OfMessage(Condition):
    """Something that happened to the message of a step, in this visit; only for steps inside a journey.

    An open is counted by a picture that many mail programs load by themselves, and others never do.
    """

    kind: Literal["message"] = "message"
    step: str = Field(max_length=64, description="The id of the step that sends it")
    event: Literal["clicked", "opened", "bounced", "complained", "unsubscribed"] = "clicked"


Rule = Annotated[
    All
    | Any
    | Not
    | Number
    | Text
    | Boolean
    | Date
    | OneOf
    | IsSet
    | Score
    | Events
    | InAudience
    | HasConsent
    | OfMessage,
    Field(discriminator="kind"),
]
"""A rule: a condition, or conditions joined by all, any and not."""

KINDS = frozenset(
    {
        "all", "any", "not", "number", "text", "boolean", "date", "one_of", "is_set", "score", "events",
        "in_audience", "consent", "message", "last_days", "since_entry",
    }
)  # fmt: skip
"""Every `kind`: pydantic puts them into the path of an error, where no field has such a name."""

for _model in (All, Any, Not):
    _model.model_rebuild()


def parts(rule: Rule) -> list[tuple[Path, Rule]]:
    """The rules directly inside a rule, with the path to each."""
    if isinstance(rule, All | Any):
        return [(["of", index], part) for index, part in enumerate(rule.of)]
    return [(["rule"], rule.rule)] if isinstance(rule, Not) else []


def walk(rule: Rule, at: Path | None = None) -> Iterator[tuple[Path, Rule]]:
    """Every rule in the tree, itself first, with the path to each."""
    here = at or []
    yield here, rule
    for path, part in parts(rule):
        yield from walk(part, here + path)


def depth(rule: Rule) -> int:
    """How deep the tree is nested; a lone condition is 1."""
    return 1 + max((depth(part) for _, part in parts(rule)), default=0)


def about_visit(rule: Rule) -> bool:
    """Whether some condition is about the visit: it looks back to the entry, or to a message sent in it."""
    return any(
        isinstance(part, OfMessage) or (isinstance(part, Events) and isinstance(part.within, SinceEntry))
        for _, part in walk(rule)
    )
