"""A problem in a journey is data, not an exception: all of them are listed at once, each at its place."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, Field

PART = " › "
"""Between a field and the part of it that is meant: `Arms › 3 › Share (%)`."""


class Problem(BaseModel):
    """Something wrong at a place in a journey, with what to do about it."""

    code: str = Field(description="Stable name of the kind of problem, e.g. `cycle`")
    text: str = Field(description="What is wrong, in plain words")
    fix: str = Field("", description="What to do about it")
    node_id: str | None = Field(None, description="The step it is at; None: the journey as a whole")
    edge_id: str | None = Field(None, description="The line it is at, if it is a line")
    path: list[str | int] = Field(default_factory=list, description="The field inside the step's data")
    severity: Literal["error", "warning"] = "error"


def field_problem(
    node_id: str | None,
    form: type[BaseModel],
    path: Sequence[str | int],
    error: Mapping[str, Any],
    under: Sequence[str | int] = (),
) -> Problem:
    """What pydantic refused in a form, in the words of the form; `under` is where the form is in the step's data."""
    named = PART.join(_titles(_schema(form), path))
    missing = error["type"] == "missing"
    return Problem(
        code=error["type"],
        text=f"{named or 'step'} is missing" if missing else f"{named or 'step'}: {error['msg']}",
        fix="fill it in" if missing else "correct the field",
        node_id=node_id,
        path=[*under, *path],
    )


@cache
def _schema(form: type[BaseModel]) -> dict[str, Any]:
    return form.model_json_schema()


def _titles(form: Mapping[str, Any], path: Sequence[str | int]) -> Iterator[str]:
    """A path in the words of a form's JSON Schema; entries of a list are counted from one."""
    at: list[Mapping[str, Any]] = [form]
    for part in path:
        at = [each for schema in at for each in _alternatives(schema, form)]
        if isinstance(part, int):
            at = [schema["items"] for schema in at if "items" in schema]
            yield str(part + 1)
            continue
        at = [schema["properties"][part] for schema in at if part in schema.get("properties", {})]
        title = next((schema["title"] for schema in at if "title" in schema), part)
        yield title
        if any(schema.get("x-widget") == "rule" for schema in at):
            return  # what is in a rule says where it is by itself


def _alternatives(schema: Mapping[str, Any], form: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What a schema may stand for: itself, what it refers to, each of its choices."""
    yield schema
    if "$ref" in schema:
        yield from _alternatives(form["$defs"][schema["$ref"].rpartition("/")[2]], form)
    for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _alternatives(each, form)
