"""A problem in a journey is data, not an exception: all of them are listed at once, each at its place."""

from typing import Literal

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
