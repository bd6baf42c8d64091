"""Everything wrong with a drawing, listed at once: every problem names its step, its field and the fix."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from orchestrator.audience.check import event_problems
from orchestrator.audience.check import problems as rule_problems
from orchestrator.audience.rules import KINDS, Rule
from orchestrator.journey import graph
from orchestrator.journey.delivery_check import delivery_problems
from orchestrator.journey.document import DrawnNode, Journey
from orchestrator.journey.known import Known
from orchestrator.journey.message_check import message_problems
from orchestrator.journey.node import Node, NodeFace, face
from orchestrator.journey.problem import Problem, field_problem
from orchestrator.journey.settings import JourneySettings
from orchestrator.lakehouse.model import suggest

_TAGS = KINDS | {"once", "every", "weekly", "monthly", "never", "after", "always"}
SETTINGS = "settings"
"""The first part of the path of a problem that is in the journey's settings."""


@dataclass(frozen=True)
class Checked:
    """A drawing with its problems and the steps that could be read, by node id."""

    problems: list[Problem]
    nodes: dict[str, Node]
    settings: JourneySettings

    @property
    def errors(self) -> list[Problem]:
        """The problems that stand in the way of publishing."""
        return [problem for problem in self.problems if problem.severity == "error"]


def check(journey: Journey, known: Known) -> Checked:
    """Reads every step and lists every problem of the drawing."""
    nodes: dict[str, Node] = {}
    problems = list(_ids(journey))
    for drawn in journey.nodes:
        node, found = _read(drawn, known.nodes)
        problems += found
        if node is not None:
            nodes[drawn.id] = node
            problems += _of_step(drawn, node, known)
    problems += _messages(nodes, known)
    problems += _edges(journey, nodes)
    problems += _shape(journey, nodes)
    settings, found = _settings(journey)
    problems += found
    problems += _rules(None, settings.rules(), known, in_journey=True, under=[SETTINGS])
    problems += message_problems(None, settings.rules(), nodes, known, under=[SETTINGS])
    return Checked(problems, nodes, settings)


def faces(journey: Journey, types: Mapping[str, type[Node]]) -> dict[str, NodeFace]:
    """How the canvas draws each step; a step that cannot be read yet gets its type's bare face."""
    found: dict[str, NodeFace] = {}
    for drawn in journey.nodes:
        node, _ = _read(drawn, types)
        if node is not None:
            found[drawn.id] = face(node, drawn.name)
        else:
            kind = types.get(drawn.type)
            title = kind.title if kind else drawn.type
            found[drawn.id] = NodeFace(
                type=drawn.type,
                title=title,
                name=drawn.name or title,
                summary="Not set up yet" if kind else "Unknown kind of step",
                icon=kind.icon if kind else "help",
                group=kind.group if kind else "action",
                ports=[],
            )
    return found


def _ids(journey: Journey) -> Iterator[Problem]:
    for node_id, count in Counter(node.id for node in journey.nodes).items():
        if count > 1:
            text = f"{count} steps have the id {node_id!r}"
            yield Problem(code="double_id", text=text, fix="give each its own id", node_id=node_id)
    for edge_id, count in Counter(edge.id for edge in journey.edges).items():
        if count > 1:
            text = f"{count} lines have the id {edge_id!r}"
            yield Problem(code="double_id", text=text, fix="give each its own id", edge_id=edge_id)


def _read(drawn: DrawnNode, types: Mapping[str, type[Node]]) -> tuple[Node | None, list[Problem]]:
    if drawn.type not in types:
        text = f"there is no kind of step {drawn.type!r}"
        return None, [Problem(code="unknown_type", text=text, fix=suggest(drawn.type, types), node_id=drawn.id)]
    try:
        return types[drawn.type].model_validate(drawn.data), []
    except ValidationError as wrong:
        return None, [
            _field_problem(drawn.id, types[drawn.type], dict(error)) for error in wrong.errors(include_url=False)
        ]


def _field_problem(node_id: str, kind: type[Node], error: dict[str, Any]) -> Problem:
    return field_problem(node_id, kind, _without_tags(error["loc"]), error)


def _of_step(drawn: DrawnNode, node: Node, known: Known) -> Iterator[Problem]:
    entering = node.entering()
    yield from _rules(drawn.id, node.rules(), known, in_journey=entering is None)
    if entering is not None and entering.event is not None:
        for found in event_problems(entering.event, known.lakehouse):
            path = ["event", *found.path]
            yield Problem(code=found.code, text=found.text, fix=found.fix, node_id=drawn.id, path=path)
    delivery = node.delivery()
    if delivery is not None:
        yield from delivery_problems(drawn.id, delivery, known)


def _messages(nodes: Mapping[str, Node], known: Known) -> Iterator[Problem]:
    """Once all steps are read: which of them are messages that a rule may ask about."""
    for node_id, node in nodes.items():
        if node.entering() is None:
            yield from message_problems(node_id, node.rules(), nodes, known)


def _rules(
    node_id: str | None,
    rules: Mapping[tuple[str | int, ...], Rule],
    known: Known,
    *,
    in_journey: bool,
    under: Sequence[str | int] = (),
) -> Iterator[Problem]:
    for path, rule in rules.items():
        for found in rule_problems(rule, known.lakehouse, known.audiences, in_journey=in_journey):
            place = [*under, *path, *found.path]
            yield Problem(code=found.code, text=found.text, fix=found.fix, node_id=node_id, path=place)


def _settings(journey: Journey) -> tuple[JourneySettings, list[Problem]]:
    """The settings, or the default ones with what is wrong with those that are there."""
    try:
        return JourneySettings.model_validate(journey.settings), []
    except ValidationError as wrong:
        return JourneySettings(), [
            field_problem(None, JourneySettings, _without_tags(error["loc"]), dict(error), under=[SETTINGS])
            for error in wrong.errors(include_url=False)
        ]


def _without_tags(path: Sequence[str | int]) -> list[str | int]:
    """The path of an error without the kinds that pydantic puts into it."""
    return [part for part in path if part not in _TAGS]


def _edges(journey: Journey, nodes: Mapping[str, Node]) -> Iterator[Problem]:
    drawn = {node.id for node in journey.nodes}
    taken: set[tuple[str, str]] = set()
    for edge in journey.edges:
        at: dict[str, Any] = {"node_id": edge.source if edge.source in drawn else None, "edge_id": edge.id}
        for end, node_id in (("starts", edge.source), ("ends", edge.target)):
            if node_id not in drawn:
                text = f"the line {edge.id!r} {end} at {node_id!r}, which is not there"
                yield Problem(code="missing_step", text=text, fix=suggest(node_id, drawn), **at)
        source, target = nodes.get(edge.source), nodes.get(edge.target)
        if source is not None and edge.source_port not in {port.id for port in source.ports()}:
            text = f"the line {edge.id!r} leaves {edge.source!r} by {edge.source_port!r}, which it does not have"
            yield Problem(code="missing_port", text=text, fix=suggest(edge.source_port, _port_ids(source)), **at)
        if (edge.source, edge.source_port) in taken:
            text = f"two lines leave {edge.source!r} by {edge.source_port!r}"
            yield Problem(code="double_line", text=text, fix="remove one of them", **at)
        taken.add((edge.source, edge.source_port))
        if target is not None and target.entering() is not None:
            text = f"the line {edge.id!r} leads into an entry, {edge.target!r}"
            yield Problem(code="into_entry", text=text, fix="lead it to the step after the entry", **at)


def _shape(journey: Journey, nodes: Mapping[str, Node]) -> Iterator[Problem]:
    entries = [node_id for node_id, node in nodes.items() if node.entering() is not None]
    # A step that could not be read may be the entry; its own problem is told already.
    if not entries and len(nodes) == len(journey.nodes):
        yield Problem(code="no_entry", text="nobody can come in", fix="add an entry")
    closing = graph.circle(journey)
    if closing:
        way = " → ".join([closing[0].source, *(edge.target for edge in closing)])
        text = f"the lines {', '.join(edge.id for edge in closing)} lead in a circle: {way}"
        last = closing[-1]
        yield Problem(code="cycle", text=text, fix=f"remove the line {last.id!r}", node_id=last.source, edge_id=last.id)
    if entries:
        reached = graph.reachable(journey, entries)
        for drawn in journey.nodes:
            if drawn.id not in reached:
                text = f"nobody can reach {drawn.name or drawn.id!r}"
                yield Problem(code="unreachable", text=text, fix="draw a line to it, or remove it", node_id=drawn.id)
    wired = graph.outgoing(journey)
    for node_id, node in nodes.items():
        for port in node.ports():
            if not port.optional and port.id not in wired.get(node_id, {}):
                yield Problem(
                    code="open_port",
                    text=f"{port.label or port.id} leads nowhere: visits end there as `end_of_path`",
                    fix="draw a line from it, or leave it if that is meant",
                    node_id=node_id,
                    severity="warning",
                )


def _port_ids(node: Node) -> list[str]:
    return [port.id for port in node.ports()]
