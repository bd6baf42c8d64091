"""What is wrong with a rule about a message: no step of that id sends one, or what is asked is not counted there."""

from collections.abc import Iterator, Mapping, Sequence

from orchestrator.audience import rules as r
from orchestrator.journey.known import Known
from orchestrator.journey.node import Node
from orchestrator.journey.problem import Problem
from orchestrator.lakehouse.model import suggest

_COUNTED = {"clicked": "track_clicks", "opened": "track_opens"}
_SWITCH = {"clicked": "switch on “Count clicks” there", "opened": "switch on “Count opens” there"}


def message_problems(
    node_id: str | None,
    rules: Mapping[tuple[str | int, ...], r.Rule],
    nodes: Mapping[str, Node],
    known: Known,
    under: Sequence[str | int] = (),
) -> Iterator[Problem]:
    """Of every rule in a step, or in the settings."""
    sends = {each: delivery for each, node in nodes.items() if (delivery := node.delivery()) is not None}
    messages = [
        each
        for each, delivery in sends.items()
        if (channel := known.channels.get(delivery.channel)) is not None and channel.capabilities.kind == "message"
    ]
    for path, rule in rules.items():
        for inside, part in r.walk(rule):
            if not isinstance(part, r.OfMessage):
                continue
            place = [*under, *path, *inside, "step"]
            if part.step not in messages:
                text = f"no step {part.step!r} sends a message" if part.step else "no message is chosen"
                fix = suggest(part.step, messages) if messages else "draw the message first"
                yield Problem(code="unknown_step", text=text, fix=fix, node_id=node_id, path=place)
                continue
            option = _COUNTED.get(part.event)
            step = known.channels[sends[part.step].channel].Step
            asked = step.model_fields.get(option) if option else None
            if option and not sends[part.step].step.get(option, asked.default if asked else False):
                text = f"the message of {part.step!r} does not count that, so it never happens"
                yield Problem(
                    code="not_counted",
                    text=text,
                    fix=_SWITCH[part.event],
                    node_id=node_id,
                    path=place,
                    severity="warning",
                )
