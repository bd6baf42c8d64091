"""The journey as drawn: exactly the canvas's nodes and edges, nothing translated, positions never stored."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
"""Ids of nodes and edges: a letter, then letters, digits, - and _, 64 at most."""


class DrawnNode(BaseModel):
    """A step on the canvas; `data` are the fields of its type's form and may still be incomplete in a draft."""

    model_config = ConfigDict(extra="forbid")

    id: Id
    type: str
    name: str = Field("", max_length=120, description="What the canvas shows; empty: the type's title")
    data: dict[str, Any] = Field(default_factory=dict)


class Edge(BaseModel):
    """A line from a port of one step to another step."""

    model_config = ConfigDict(extra="forbid")

    id: Id
    source: Id
    source_port: str = "next"
    target: Id


class Note(BaseModel):
    """What somebody wrote beside a step for those who draw with them; no run ever reads it."""

    model_config = ConfigDict(extra="forbid")

    id: Id
    node_id: Id = Field(description="The step it is beside; shown nowhere when that is gone")
    text: str = Field("", max_length=1000, description="Plain text")


class Journey(BaseModel):
    """A journey document: what is saved, exported and published. At most 500 nodes."""

    model_config = ConfigDict(extra="forbid")

    schema_version: Literal[1] = 1
    name: str = Field(min_length=1, max_length=120)
    description: str = Field("", max_length=2000)
    nodes: list[DrawnNode] = Field(default_factory=list, max_length=500)
    edges: list[Edge] = Field(default_factory=list, max_length=2000)
    notes: list[Note] = Field(default_factory=list, max_length=200)
    settings: dict[str, Any] = Field(
        default_factory=dict, description="The fields of JourneySettings; may still be incomplete in a draft"
    )

    def node(self, node_id: str) -> DrawnNode | None:
        """The node of that id, or None."""
        return next((node for node in self.nodes if node.id == node_id), None)
