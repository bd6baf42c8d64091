"""What is wrong with the shape of a drawing, everything at once, and drawings of any shape."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.journey import graph
from orchestrator.journey.check import check, faces
from orchestrator.journey.document import Journey
from orchestrator.journey.known import Known
from tests.journey.drawings import ALL, GOOD, LETTER, LINES, drawn, only
from tests.world import NODES, World

SHAPES: dict[str, tuple[Journey, str, str | None, str | None, str]] = {
    "a circle": (
        drawn(lines=[*LINES[:-1], "rich no letter"]),
        "cycle",
        "rich",
        "rich-letter",
        "the lines letter-rest, rest-rich, rich-letter lead in a circle: letter → rest → rich → letter",
    ),
    "a line to itself": (
        drawn(lines=[*LINES[:-1], "rich no rich"]),
        "cycle",
        "rich",
        "rich-rich",
        "the lines rich-rich lead in a circle: rich → rich",
    ),
    "a port that is not there": (
        drawn(lines=[*LINES, "rich maybe done"]),
        "missing_port",
        "rich",
        "rich-done2",
        "leaves 'rich' by 'maybe', which it does not have",
    ),
    "a target that is not there": (
        drawn(lines=[*LINES[:-1], "rich no don"]),
        "missing_step",
        "rich",
        "rich-don1",
        "ends at 'don', which is not there",
    ),
    "a source that is not there": (
        drawn(lines=[*LINES, "gone next done"]),
        "missing_step",
        None,
        "gone-done",
        "starts at 'gone', which is not there",
    ),
    "two lines from one port": (
        drawn(lines=[*LINES, "rest next done"]),
        "double_line",
        "rest",
        "rest-done",
        "two lines leave 'rest' by 'next'",
    ),
    "a line into an entry": (
        drawn({**GOOD, "second": ("entry", ALL)}, [*LINES[:-1], "rich no second", "second next letter"]),
        "into_entry",
        "rich",
        "rich-second",
        "leads into an entry, 'second'",
    ),
    "nobody can come in": (drawn({"done": ("exit", {})}, []), "no_entry", None, None, "nobody can come in"),
    "nobody can get there": (
        drawn({**GOOD, "island": ("exit", {})}),
        "unreachable",
        "island",
        None,
        "nobody can reach 'island'",
    ),
}


@pytest.mark.parametrize("what", SHAPES)
def test_what_is_wrong_with_the_lines_is_told_with_its_place_and_fix(known: Known, what: str) -> None:
    journey, code, node_id, edge_id, text = SHAPES[what]
    found = [problem for problem in check(journey, known).errors if problem.code == code]
    problem = only(found)
    assert (problem.node_id, problem.edge_id) == (node_id, edge_id)
    assert text in problem.text
    assert problem.fix


def test_ids_that_are_there_twice_are_told(known: Known) -> None:
    document = drawn().model_dump(mode="json")
    document["nodes"].append(document["nodes"][-1])
    document["edges"].append(document["edges"][-1])
    found = [
        problem for problem in check(Journey.model_validate(document), known).errors if problem.code == "double_id"
    ]
    assert [(each.node_id, each.edge_id) for each in found] == [("done", None), (None, "rich-done1")]


def test_a_port_that_leads_nowhere_is_only_a_warning(known: Known) -> None:
    checked = check(drawn(lines=LINES[:-1]), known)
    assert checked.errors == []
    problem = only(checked.problems)
    assert (problem.code, problem.severity, problem.node_id) == ("open_port", "warning", "rich")
    assert "No leads nowhere" in problem.text


def test_an_optional_port_that_leads_nowhere_is_not_even_that(known: Known) -> None:
    assert "not_done" not in {line.split()[1] for line in LINES}
    assert check(drawn(), known).problems == []


def test_everything_is_told_at_once(known: Known) -> None:
    nodes = {
        **GOOD,
        "letter": ("message", {**LETTER, "connection": "pots", "step": {"line": "{{ frist_name }}"}}),
        "rest": ("wait", {}),
        "what": ("waitt", {}),
        "island": ("exit", {"outcome": "NOT A NAME"}),
    }
    found = {
        problem.code for problem in check(drawn(nodes, [*LINES, "rich maybe don", "rich no letter"]), known).errors
    }
    assert found >= {
        "unknown_connection", "unknown_variable", "missing", "unknown_type", "string_pattern_mismatch",
        "missing_port", "missing_step", "double_line", "cycle", "unreachable",
    }  # fmt: skip


IDS = st.sampled_from(["a", "b", "c", "d", "e", "f"])
DATA = st.one_of(
    st.sampled_from([ALL, LETTER, {"duration": "P1D"}, {}, {"duration": "never"}, {"rule": 7}]),
    st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(max_size=5), max_size=2),
)
NODE = st.fixed_dictionaries({"id": IDS, "type": st.sampled_from([*sorted(NODES), "unknown"]), "data": DATA})
EDGE = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["e1", "e2", "e3"]),
        "source": IDS,
        "source_port": st.sampled_from(["next", "yes", "no", "done", "not_done", "else", "💥"]),
        "target": IDS,
    }
)


@settings(max_examples=150, deadline=None)
@given(nodes=st.lists(NODE, max_size=8), edges=st.lists(EDGE, max_size=12))
def test_no_drawing_is_too_odd_to_be_checked(world: World, nodes: list[Any], edges: list[Any]) -> None:
    journey = Journey.model_validate({"name": "odd", "nodes": nodes, "edges": edges})
    for problem in check(journey, world.known).problems:
        assert problem.text
        assert problem.fix
    assert faces(journey, NODES).keys() == {node["id"] for node in nodes}


@given(edges=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=25), order=st.permutations(range(10)))
def test_without_a_circle_every_line_leads_onward_and_with_one_it_is_named(
    edges: list[tuple[int, int]], order: list[int]
) -> None:
    nodes = [{"id": f"n{number}", "type": "exit"} for number in order]
    lines = [{"id": f"e{i}", "source": f"n{a}", "target": f"n{b}"} for i, (a, b) in enumerate(edges)]
    journey = Journey.model_validate({"name": "graph", "nodes": nodes, "edges": lines})
    closing = graph.circle(journey)
    if closing:
        assert all(a.target == b.source for a, b in zip(closing, [*closing[1:], closing[0]], strict=True))
        return
    found = [node.id for node in graph.in_order(journey)]
    assert found == _in_order([node["id"] for node in nodes], [(edge.source, edge.target) for edge in journey.edges])
    position = {node_id: index for index, node_id in enumerate(found)}
    assert all(position[edge.source] < position[edge.target] for edge in journey.edges)


def _in_order(drawn_ids: list[str], lines: list[tuple[str, str]]) -> list[str]:
    """Again and again the first drawn of those to which no line leads any more."""
    left, found = list(drawn_ids), []
    while left:
        free = next(each for each in left if not any(b == each and a in left for a, b in lines))
        left.remove(free)
        found.append(free)
    return found
