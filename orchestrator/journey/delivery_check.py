"""What is wrong with what a step asks of a channel."""

from collections.abc import Iterator

from pydantic import ValidationError

from orchestrator.channels.channel import Channel
from orchestrator.channels.links import OFFERED
from orchestrator.channels.templates import LINKS, templates
from orchestrator.errors import UserError
from orchestrator.journey.known import Known
from orchestrator.journey.node import Delivery
from orchestrator.journey.problem import Problem, field_problem
from orchestrator.lakehouse.model import suggest


def delivery_problems(node_id: str, delivery: Delivery, known: Known) -> Iterator[Problem]:
    """Unknown channel or connection, fields the channel refuses, templates that use what is not there."""
    channel = known.channels.get(delivery.channel)
    if channel is None:
        text = f"there is no channel {delivery.channel!r}"
        fix = suggest(delivery.channel, known.channels)
        yield Problem(code="unknown_channel", text=text, fix=fix, node_id=node_id, path=["channel"])
        return
    yield from _connection(node_id, delivery, known)
    yield from _contacts(node_id, channel, known)
    try:
        step = channel.Step.model_validate(delivery.step)
    except ValidationError as wrong:
        for error in wrong.errors(include_url=False):
            yield field_problem(node_id, channel.Step, error["loc"], error, under=["step"])
        return
    attributes = known.lakehouse.attributes()
    try:
        found = templates(step)
    except UserError as broken:
        path: list[str | int] = ["step", *broken.place.split(".")]
        yield Problem(code="template", text=str(broken), fix=broken.fix, node_id=node_id, path=path)
        return
    for field, template in found.items():
        for name in sorted(template.columns - attributes.keys() - LINKS):
            yield Problem(
                code="unknown_variable",
                text=f"{field} uses {name!r}, which customers do not have",
                fix=suggest(name, [*attributes, *OFFERED]),
                node_id=node_id,
                path=["step", field],
            )


def _connection(node_id: str, delivery: Delivery, known: Known) -> Iterator[Problem]:
    made_for = known.connections.get(delivery.connection)
    fitting = [name for name, channel in known.connections.items() if channel == delivery.channel]
    if made_for is None:
        text = f"there is no connection {delivery.connection!r}"
    elif made_for != delivery.channel:
        text = f"the connection {delivery.connection!r} is for {made_for}, not for {delivery.channel}"
    else:
        return
    fix = suggest(delivery.connection, fitting) if fitting else "make one on the page Connections"
    yield Problem(code="unknown_connection", text=text, fix=fix, node_id=node_id, path=["connection"])


def _contacts(node_id: str, channel: type[Channel], known: Known) -> Iterator[Problem]:
    declared = known.lakehouse.customers.contacts
    capabilities = channel.capabilities
    missing = [contact for contact in capabilities.contacts if contact not in declared]
    made_from = {each.contact for each in capabilities.identifiers}
    if made_from and not made_from & declared.keys():
        missing += sorted(made_from)
    for contact in missing:
        text = f"{channel.title} needs the contact {contact!r}, which the source model does not name"
        fix = "name its column under customers.contacts in sources.yaml"
        yield Problem(code="no_contact", text=text, fix=fix, node_id=node_id, path=["channel"])
    if capabilities.consent is not None and known.lakehouse.sources.consent is None:
        text = f"{channel.title} asks for consent, and no consent table is declared"
        yield Problem(code="no_consent", text=text, fix="declare it in sources.yaml", node_id=node_id)
