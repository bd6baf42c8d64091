"""A problem in a journey is data, not an exception: all of them are listed at once, each at its place."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field


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
    field = form.model_fields.get(str(path[0])) if path else None
    inner = "".join(f".{part}" for part in path[1:])
    named = f"{field.title}{inner}" if field is not None and field.title else ".".join(map(str, path))
    missing = error["type"] == "missing"
    return Problem(
        code=error["type"],
        text=f"{named or 'step'} is missing" if missing else f"{named or 'step'}: {error['msg']}",
        fix="fill it in" if missing else "correct the field",
        node_id=node_id,
        path=[*under, *path],
    )
