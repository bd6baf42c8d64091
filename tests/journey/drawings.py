"""A good drawing, and ways to spoil it."""

from typing import Any

from orchestrator.journey.document import Journey
from orchestrator.journey.problem import Problem

ALL: dict[str, Any] = {"rule": {"kind": "all"}}
LETTER: dict[str, Any] = {"channel": "letter", "connection": "post", "step": {"line": "Hello {{ first_name }}"}}
GOOD = {
    "audience": ("entry", ALL),
    "letter": ("message", LETTER),
    "rest": ("wait", {"duration": "P1D"}),
    "rich": ("split", {"rule": {"kind": "number", "column": "points", "op": ">", "value": 1}}),
    "done": ("exit", {}),
}
LINES = ["audience next letter", "letter done rest", "rest next rich", "rich yes done", "rich no done"]


def drawn(nodes: dict[str, tuple[str, dict[str, Any]]] | None = None, lines: list[str] | None = None) -> Journey:
    """Nodes by id, lines as `source port target`; the line's id is `source-target`, numbered when that is taken."""
    edges: list[dict[str, str]] = []
    for source, port, target in (line.split() for line in (LINES if lines is None else lines)):
        name = f"{source}-{target}"
        taken = sum(edge["id"].startswith(name) for edge in edges)
        edges.append(
            {"id": name + str(taken or ""), "source": source, "source_port": port, "target": target},
        )
    given_nodes = GOOD if nodes is None else nodes
    listed = [{"id": node_id, "type": kind, "data": data} for node_id, (kind, data) in given_nodes.items()]
    return Journey.model_validate({"name": "test", "nodes": listed, "edges": edges})


def changed(node_id: str, kind: str, data: dict[str, Any]) -> Journey:
    return drawn({**GOOD, node_id: (kind, data)})


def only(problems: list[Problem]) -> Problem:
    [problem] = problems
    return problem
