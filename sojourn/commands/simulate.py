"""`sojourn simulate`: what a journey would do, before anybody is reached."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from sojourn.client import of_journey, open_client
from sojourn.commands.output import count, say, show, telling


def simulate(
    journey_id: Annotated[str, typer.Argument(metavar="ID", help="The journey's id; its draft is played")],
    days: Annotated[int, typer.Option(min=1, max=366, help="For how many days")] = 30,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Play what was since that day (UTC)")
    ] = None,
) -> None:
    """Play a journey's draft on a scratch ledger: people per step, messages per day, losses by reason, cost."""
    with telling(), open_client() as client:
        begin = since.replace(tzinfo=UTC).isoformat() if since else None
        found = client.post(of_journey(journey_id, "simulate"), {"days": days, "since": begin})
        faces = client.get(of_journey(journey_id))["faces"]
    names = {node_id: face["name"] for node_id, face in faces.items()}
    people = f"{count(found['entered'])} enter, {count(found['ended'])} leave, {count(found['inside'])} are inside then"
    rows = [
        [names.get(node_id, node_id), each["arrived"], each["left"], each["here"], _reasons(each["reasons"])]
        for node_id, each in found["nodes"].items()
    ]
    show(people, ["step", "arrive", "leave", "stay", "not reached"], rows)
    sent = _by_day(found["sent"])
    if sent:
        show("Messages", ["day", "channel", "count"], sent)
    if found["refused"]:
        say(f"not let in: {_reasons(found['refused'])}")
    for node_id in found["unforeseen"]:
        say(f"nobody comes in by {names.get(node_id, node_id)}: what other systems will post cannot be foreseen")
    if found["looked_every"]:
        say("always-on entries were looked up less often than they will be: data stay as they are")
    say(f"{count(found['statements'])} statements, {found['seconds']:.1f} s")


def _by_day(sent: list[dict[str, Any]]) -> list[list[object]]:
    found: dict[tuple[str, str], int] = defaultdict(int)
    for each in sent:
        found[each["day"], each["channel"]] += each["count"]
    return [[day, channel, number] for (day, channel), number in sorted(found.items())]


def _reasons(reasons: dict[str, int]) -> str:
    return ", ".join(f"{count(number)} {reason.replace('_', ' ')}" for reason, number in sorted(reasons.items()))
