"""The journeys that are measured: the reference journey, and one step that acts between an entry and an exit."""

from pathlib import Path
from typing import Any

import yaml

from orchestrator.journey.document import Journey

EXAMPLES = Path(__file__).parent.parent / "examples"
NOBODY = {"kind": "any", "of": []}
EVERYBODY = {"kind": "all", "of": []}


def reference() -> Journey:
    """Audience → yes/no → three arms → wait → re-check → exit, for every customer."""
    return Journey.model_validate(_read("reference.yaml"))


def for_nobody(journey: Journey) -> Journey:
    """The same drawing with an audience of nobody: it warms up whoever runs it and moves nobody."""
    nodes = [
        node.model_copy(update={"data": {**node.data, "rule": NOBODY}}) if node.type == "entry" else node
        for node in journey.nodes
    ]
    return journey.model_copy(update={"nodes": nodes})


def acting(node_id: str) -> Journey:
    """Everybody enters, one step of the bread-and-soda journey acts on them, everybody leaves."""
    example = _read("bread_and_soda.yaml")
    step = next(node for node in example["nodes"] if node["id"] == node_id)
    return Journey.model_validate(
        {
            "schema_version": 1,
            "name": f"Everybody gets {node_id}",
            "nodes": [
                {"id": "audience", "type": "entry", "data": {"schedule": {"kind": "once"}, "rule": EVERYBODY}},
                step,
                {"id": "done", "type": "exit", "data": {"outcome": "completed"}},
            ],
            "edges": [
                {"id": "e1", "source": "audience", "source_port": "next", "target": node_id},
                {"id": "e2", "source": node_id, "source_port": "done", "target": "done"},
            ],
        }
    )


def crowded() -> Journey:
    """Twenty steps, everybody inside, and a hundredth of them due soon; whoever scores low for bread leaves early."""
    late = [f"late{number}" for number in range(9)]
    arms = [{"id": "soon", "label": "Soon", "weight": 1}]
    arms += [{"id": each, "label": each, "weight": 11} for each in late]
    rule = {"kind": "score", "category": "soda", "low": 0.5}
    nodes: list[dict[str, Any]] = [
        {"id": "audience", "type": "entry", "data": {"schedule": {"kind": "once"}, "rule": EVERYBODY}},
        {"id": "arms", "type": "random_split", "data": {"arms": arms}},
        {"id": "soon", "type": "wait", "data": {"duration": "PT20S"}},
        {"id": "again", "type": "split", "data": {"rule": rule}},
        {"id": "yes", "type": "exit", "data": {"outcome": "yes"}},
        {"id": "no", "type": "exit", "data": {"outcome": "no"}},
        *({"id": each, "type": "wait", "data": {"duration": "P30D"}} for each in late),
        *({"id": f"{each}_split", "type": "split", "data": {"rule": rule}} for each in late[:5]),
    ]
    lines = [("audience", "next", "arms"), ("soon", "next", "again"), ("again", "yes", "yes"), ("again", "no", "no")]
    lines += [("arms", each, each) for each in ("soon", *late)]
    lines += [(each, "next", f"{each}_split") for each in late[:5]]
    lines += [(f"{each}_split", port, port) for each in late[:5] for port in ("yes", "no")]
    return Journey.model_validate(
        {
            "schema_version": 1,
            "name": "Crowded",
            "nodes": nodes,
            "edges": [
                {"id": f"e{number}", "source": source, "source_port": port, "target": target}
                for number, (source, port, target) in enumerate(lines)
            ],
            "settings": {
                "exit_rules": [{"name": "lost", "rule": {"kind": "score", "category": "bread", "high": 0.001}}]
            },
        }
    )


def everybody_daily() -> Journey:
    """The bread-and-soda journey with everybody in it, looked up every day, and a split that needs no purchases."""
    example = _read("bread_and_soda.yaml")
    for node in example["nodes"]:
        if node["type"] == "entry":
            node["data"] = {"rule": EVERYBODY, "schedule": {"kind": "every", "minutes": 1440}}
        elif node["type"] == "split":
            node["data"] = {"rule": {"kind": "score", "category": "bread", "low": 0.5}}
    return Journey.model_validate(example)


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))
    return found
