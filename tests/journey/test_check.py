"""What is wrong inside a step: each problem with its field and its fix."""

import pytest

from orchestrator.journey.check import check
from orchestrator.journey.document import Journey
from orchestrator.journey.known import Known
from orchestrator.journey.nodes.random_split import RandomSplit
from orchestrator.journey.problem import field_problem
from orchestrator.journey.settings import JourneySettings
from orchestrator.lakehouse.model import Lakehouse
from tests.journey.drawings import ALL, GOOD, LETTER, changed, drawn, only
from tests.world import NODES, World


def test_a_good_drawing_has_no_problem(known: Known) -> None:
    checked = check(drawn(), known)
    assert checked.problems == []
    assert checked.nodes.keys() == GOOD.keys()


FIELD_PROBLEMS: dict[str, tuple[Journey, str, list[str | int], str, str]] = {
    "an unknown kind of step": (
        changed("rest", "waitt", {"duration": "P1D"}),
        "unknown_type",
        [],
        "there is no kind of step 'waitt'",
        "did you mean 'wait'?",
    ),
    "a missing field": (changed("rest", "wait", {}), "missing", ["duration"], "How long is missing", "fill it in"),
    "a wait of nothing": (
        changed("rest", "wait", {"duration": "PT0S"}),
        "duration",
        ["duration"],
        "a wait is longer than nothing and at most ten years",
        "correct the field",
    ),
    "an unknown field": (
        changed("done", "exit", {"outcom": "x"}),
        "extra_forbidden",
        ["outcom"],
        "outcom",
        "correct the field",
    ),
    "an unknown column": (
        changed("rich", "split", {"rule": {"kind": "number", "column": "pionts", "op": ">", "value": 1}}),
        "unknown_name",
        ["rule", "column"],
        "there is no column 'pionts'",
        "did you mean 'points'?",
    ),
    "a column of another kind": (
        changed("rich", "split", {"rule": {"kind": "number", "column": "country", "op": ">", "value": 1}}),
        "wrong_kind",
        ["rule", "column"],
        "'country' holds text, this condition compares number",
        "use a condition for text",
    ),
    "an unknown column deep inside": (
        changed(
            "rich",
            "split",
            {
                "rule": {
                    "kind": "any",
                    "of": [{"kind": "all"}, {"kind": "not", "rule": {"kind": "is_set", "column": "emial"}}],
                }
            },
        ),
        "unknown_name",
        ["rule", "of", 1, "rule", "column"],
        "there is no column 'emial'",
        "did you mean 'email'?",
    ),
    "a look back to the entry at the entry": (
        changed(
            "audience",
            "entry",
            {"rule": {"kind": "events", "table": "purchases", "within": {"kind": "since_entry"}}},
        ),
        "no_entry",
        ["rule", "within"],
        "there is no entry to look back to here",
        "use the last N days",
    ),
    "an unknown audience": (
        changed("rich", "split", {"rule": {"kind": "in_audience", "audience_id": "vip"}}),
        "unknown_name",
        ["rule", "audience_id"],
        "there is no audience 'vip'",
        "",
    ),
    "an unknown variable": (
        changed("letter", "message", {**LETTER, "step": {"line": "Hello {{ frist_name }}"}}),
        "unknown_variable",
        ["step", "line"],
        "line uses 'frist_name', which customers do not have",
        "did you mean 'first_name'?",
    ),
    "a template that does not parse": (
        changed("letter", "message", {**LETTER, "step": {"line": "Hello {{ first_name"}}),
        "template",
        ["step", "line"],
        "",
        "",
    ),
    "a missing message": (
        changed("letter", "message", {**LETTER, "step": {}}),
        "missing",
        ["step", "line"],
        "Line is missing",
        "fill it in",
    ),
    "an unknown channel": (
        changed("letter", "message", {**LETTER, "channel": "lettre"}),
        "unknown_channel",
        ["channel"],
        "there is no channel 'lettre'",
        "did you mean 'letter'?",
    ),
    "an unknown connection": (
        changed("letter", "message", {**LETTER, "connection": "pots"}),
        "unknown_connection",
        ["connection"],
        "there is no connection 'pots'",
        "did you mean 'post'?",
    ),
}


def test_a_rule_about_a_message_names_one_that_counts_what_is_asked(known: Known) -> None:
    def problems(node_id: str, kind: str, **about: str) -> list[tuple[str, list[str | int], str]]:
        rule = {"rule": {"kind": "not", "rule": {"kind": "message", **about}}}
        return [(each.code, each.path, each.severity) for each in check(changed(node_id, kind, rule), known).problems]

    place = ["rule", "rule", "step"]
    assert problems("rich", "split", step="letter", event="bounced") == []
    assert problems("rich", "split", step="letter") == [("not_counted", place, "warning")]
    assert problems("rich", "split", step="rest") == [("unknown_step", place, "error")]
    assert problems("audience", "entry", step="letter") == [("no_message", place, "error")]


@pytest.mark.parametrize("what", FIELD_PROBLEMS)
def test_what_is_wrong_in_a_step_is_told_with_its_field_and_fix(known: Known, what: str) -> None:
    journey, code, path, text, fix = FIELD_PROBLEMS[what]
    problem = only(check(journey, known).errors)
    assert (problem.code, problem.path) == (code, path)
    assert problem.node_id is not None
    assert GOOD[problem.node_id] != (journey.node(problem.node_id).type, journey.node(problem.node_id).data)  # type: ignore[union-attr]
    assert text in problem.text
    assert fix in problem.fix


def test_weights_of_90_percent_are_told(known: Known) -> None:
    arms = [{"id": each, "label": each, "weight": 45} for each in ("a", "b")]
    nodes = {"audience": ("entry", ALL), "arms": ("random_split", {"arms": arms}), "done": ("exit", {})}
    problem = only(check(drawn(nodes, ["audience next arms", "arms a done", "arms b done"]), known).errors)
    assert (problem.code, problem.node_id) == ("weights", "arms")
    assert "the weights sum to 90 %, not to 100 %" in problem.text


def test_a_connection_of_another_channel_is_told(world: World) -> None:
    known = world.known
    other = Known(known.nodes, known.channels, {"post": "letter", "tube": "pneumatic"}, {}, known.lakehouse)
    problem = only(check(changed("letter", "message", {**LETTER, "connection": "tube"}), other).errors)
    assert problem.code == "unknown_connection"
    assert "'tube' is for pneumatic, not for letter" in problem.text
    assert "did you mean 'post'?" in problem.fix or "use one of: post" in problem.fix


def test_a_lakehouse_without_consent_and_contacts_cannot_send(world: World) -> None:
    sources = world.lakehouse.sources
    bare = sources.model_copy(
        update={"consent": None, "customers": sources.customers.model_copy(update={"contacts": {}})}
    )
    lakehouse = Lakehouse(sources=bare, tables=world.lakehouse.tables)
    known = Known(NODES, world.known.channels, world.known.connections, {}, lakehouse)
    assert {problem.code for problem in check(drawn(), known).errors} == {"no_contact", "no_consent"}


def test_a_field_inside_a_list_is_named_in_words_and_a_rule_is_named_as_a_whole() -> None:
    arms = field_problem("a", RandomSplit, ["arms", 2, "weight"], {"type": "missing", "msg": ""})
    assert (arms.text, arms.path) == ("Arms › 3 › Weight is missing", ["arms", 2, "weight"])
    again = field_problem(None, JourneySettings, ["reentry", "gap"], {"type": "x", "msg": "no"}, under=["settings"])
    assert (again.text, again.path) == ("Coming in again › After: no", ["settings", "reentry", "gap"])
    rule = ["exit_rules", 0, "rule", "of", 1, "value"]
    assert (
        field_problem(None, JourneySettings, rule, {"type": "x", "msg": "no"}).text == "Exit rules › 1 › Who leaves: no"
    )
