"""What is wrong with a rule: every problem at once, each with the path to its part."""

from collections.abc import Callable, Iterator, Mapping

from pydantic import BaseModel

from orchestrator.audience import rules as r
from orchestrator.errors import Invalid
from orchestrator.lakehouse.engine import Kind
from orchestrator.lakehouse.model import Column, Lakehouse, suggest

WANTED: dict[type[r.Condition], tuple[Kind, ...]] = {
    r.Number: ("number",),
    r.Text: ("text",),
    r.Boolean: ("boolean",),
    r.Date: ("date", "timestamp"),
}


class RuleProblem(BaseModel):
    """Something wrong with one part of a rule."""

    path: list[str | int]
    code: str
    text: str
    fix: str = ""


def problems(
    rule: r.Rule, lakehouse: Lakehouse, audiences: Mapping[str, r.Rule], *, in_journey: bool = False
) -> list[RuleProblem]:
    """Everything wrong with a rule: unknown names, wrong kinds, too deep, circles of audiences.

    `in_journey`: the rule belongs to a step after the entry, so it may look back to the member's entry.
    """
    found = [*_too_big(rule)]
    for path, part in r.walk(rule):
        found += [RuleProblem(path=path + at, **what) for at, what in _of_part(part, lakehouse, audiences)]
        if isinstance(part, r.Events) and isinstance(part.within, r.SinceEntry) and not in_journey:
            text = "there is no entry to look back to here"
            found.append(RuleProblem(path=[*path, "within"], code="no_entry", text=text, fix="use the last N days"))
        if isinstance(part, r.OfMessage) and not in_journey:
            text, fix = "nobody has got a message here yet", "ask it in a step after the message"
            found.append(RuleProblem(path=[*path, "step"], code="no_message", text=text, fix=fix))
    return found


def event_problems(rows: r.EventRows, lakehouse: Lakehouse) -> list[RuleProblem]:
    """Everything wrong with what is said of the rows of an event: unknown names and wrong kinds."""
    counted = r.Events(table=rows.table, where=rows.where, within=r.LastDays(days=1))
    found = [RuleProblem(path=at, **what) for at, what in _events(counted, lakehouse)]
    if rows.key and rows.table in lakehouse.sources.related:
        columns = lakehouse.related_columns(rows.table)
        if rows.key not in columns:
            text, fix = f"{rows.table!r} has no column {rows.key!r}", suggest(rows.key, columns)
            found.append(RuleProblem(path=["key"], code="unknown_name", text=text, fix=fix))
        elif columns[rows.key].kind not in ("text", "number"):
            text = f"{rows.key!r} holds {columns[rows.key].kind}; a key needs a number or a text"
            fix = "name another column, or none"
            found.append(RuleProblem(path=["key"], code="wrong_kind", text=text, fix=fix))
    return found


Found = tuple[list[str | int], dict[str, str]]


def _too_big(rule: r.Rule) -> Iterator[RuleProblem]:
    if r.depth(rule) > r.MAX_DEPTH:
        text = f"the rule is nested {r.depth(rule)} deep, {r.MAX_DEPTH} are allowed"
        yield RuleProblem(path=[], code="too_deep", text=text, fix="move a part into an audience of its own")
    count = sum(1 for _ in r.walk(rule))
    if count > r.MAX_CONDITIONS:
        text = f"the rule has {count} parts, {r.MAX_CONDITIONS} are allowed"
        yield RuleProblem(path=[], code="too_big", text=text, fix="move a part into an audience of its own")


def _of_part(part: r.Rule, lakehouse: Lakehouse, audiences: Mapping[str, r.Rule]) -> Iterator[Found]:
    if isinstance(part, r.Number | r.Text | r.Boolean | r.Date | r.OneOf | r.IsSet):
        yield from _comparison(part, lakehouse.attribute)
    elif isinstance(part, r.Score):
        yield from _known(["category"], lambda: lakehouse.score(part.category))
    elif isinstance(part, r.Events):
        yield from _events(part, lakehouse)
    elif isinstance(part, r.InAudience):
        yield from _audience(part, audiences)
    elif isinstance(part, r.HasConsent) and lakehouse.sources.consent is None:
        yield (
            [],
            {
                "code": "no_consent",
                "text": "no consent table is declared",
                "fix": "declare it in sources.yaml",
            },
        )


def _known(at: list[str | int], look_up: Callable[[], object]) -> Iterator[Found]:
    try:
        look_up()
    except Invalid as unknown:
        yield at, {"code": "unknown_name", "text": unknown.text, "fix": unknown.fix}


def _comparison(part: r.Comparison, look_up: Callable[[str], Column]) -> Iterator[Found]:
    missing = list(_known(["column"], lambda: look_up(part.column)))
    yield from missing
    if missing:
        return
    kind = look_up(part.column).kind
    wanted = WANTED.get(type(part), (kind,))
    if isinstance(part, r.OneOf):
        wanted = ("text",) if isinstance(part.values[0], str) else ("number",)
    if kind not in wanted:
        text = f"{part.column!r} holds {kind}, this condition compares {' or '.join(wanted)}"
        yield ["column"], {"code": "wrong_kind", "text": text, "fix": f"use a condition for {kind}"}


def _events(part: r.Events, lakehouse: Lakehouse) -> Iterator[Found]:
    unknown = list(_known(["table"], lambda: lakehouse.related(part.table)))
    yield from unknown
    if unknown:
        return
    if lakehouse.related(part.table).happened_at is None:
        fix = "name its happened_at in sources.yaml"
        yield (
            ["table"],
            {"code": "no_instant", "text": f"{part.table!r} has no instant to count by", "fix": fix},
        )
    columns = lakehouse.related_columns(part.table)

    def look_up(name: str) -> Column:
        if name not in columns:
            raise Invalid(f"{part.table!r} has no column {name!r}", fix=suggest(name, columns))
        return columns[name]

    if part.column is not None:
        measured = r.Number(column=part.column, op="=", value=0)
        yield from _comparison(measured, look_up)
    for index, condition in enumerate(part.where):
        for at, what in _comparison(condition, look_up):
            yield ["where", index, *at], what


def _audience(part: r.InAudience, audiences: Mapping[str, r.Rule]) -> Iterator[Found]:
    if part.audience_id not in audiences:
        fix = suggest(part.audience_id, audiences)
        text = f"there is no audience {part.audience_id!r}"
        yield ["audience_id"], {"code": "unknown_name", "text": text, "fix": fix}
    elif _reaches(part.audience_id, part.audience_id, audiences, set()):
        text = f"audience {part.audience_id!r} contains itself"
        yield ["audience_id"], {"code": "circle", "text": text, "fix": "take one of them out of the other"}


def _reaches(start: str, goal: str, audiences: Mapping[str, r.Rule], seen: set[str]) -> bool:
    if start in seen or start not in audiences:
        return False
    seen.add(start)
    inside = [part.audience_id for _, part in r.walk(audiences[start]) if isinstance(part, r.InAudience)]
    return goal in inside or any(_reaches(each, goal, audiences, seen) for each in inside)
