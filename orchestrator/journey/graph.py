"""The shape of a drawing: order, circles, and what leads where."""

from collections import defaultdict
from collections.abc import Iterable

from orchestrator.journey.document import DrawnNode, Edge, Journey


def outgoing(journey: Journey) -> dict[str, dict[str, Edge]]:
    """Node id → port id → the edge that leaves there."""
    found: dict[str, dict[str, Edge]] = defaultdict(dict)
    for edge in journey.edges:
        found[edge.source].setdefault(edge.source_port, edge)
    return found


def in_order(journey: Journey) -> list[DrawnNode]:
    """The nodes so that every edge leads to a later one, else in drawing order; only for drawings without circles."""
    waiting = {node.id: sum(edge.target == node.id for edge in journey.edges) for node in journey.nodes}
    ready = [node for node in journey.nodes if not waiting[node.id]]
    rank = {node.id: index for index, node in enumerate(journey.nodes)}
    found: list[DrawnNode] = []
    while ready:
        node = ready.pop(0)
        found.append(node)
        for edge in journey.edges:
            if edge.source == node.id:
                waiting[edge.target] -= 1
                target = journey.node(edge.target)
                if not waiting[edge.target] and target is not None:
                    ready.append(target)
        ready.sort(key=lambda each: rank[each.id])
    return found


def circle(journey: Journey) -> list[Edge]:
    """The edges of one circle, in order; none: the drawing has no circle."""
    leads = defaultdict(list)
    for edge in journey.edges:
        leads[edge.source].append(edge)
    done: set[str] = set()
    for start in [node.id for node in journey.nodes]:
        path: list[Edge] = []
        on_path = {start: 0}
        stack = [(start, iter(leads[start]))]
        while stack:
            here, edges = stack[-1]
            onward = next((each for each in edges if each.target not in done), None)
            if onward is None:
                stack.pop()
                done.add(here)
                on_path.pop(here, None)
                if path:
                    path.pop()
            elif onward.target in on_path:
                return [*path[on_path[onward.target] :], onward]
            else:
                path.append(onward)
                on_path[onward.target] = len(path)
                stack.append((onward.target, iter(leads[onward.target])))
    return []


def reachable(journey: Journey, starts: Iterable[str]) -> set[str]:
    """Every node to which some path from the starts leads, the starts included."""
    leads = defaultdict(list)
    for edge in journey.edges:
        leads[edge.source].append(edge.target)
    seen: set[str] = set()
    left = list(starts)
    while left:
        node_id = left.pop()
        if node_id not in seen:
            seen.add(node_id)
            left += leads[node_id]
    return seen
