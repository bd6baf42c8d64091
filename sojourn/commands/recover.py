"""`sojourn recover`: goes on after Temporal has lost what it knew."""

from sojourn.client import open_client
from sojourn.commands.output import say, telling


def recover() -> None:
    """Start again the journeys that Temporal has lost, where the ledger says they stand."""
    with telling(), open_client() as client:
        found = client.post("/runs/recover")["journey_ids"]
        names = {each["id"]: each["name"] for each in client.journeys()}
    for journey_id in found:
        say(f"goes on: {names.get(journey_id, journey_id)}")
    if not found:
        say("every journey that should be under way is")
