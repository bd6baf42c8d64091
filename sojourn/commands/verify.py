"""`sojourn verify`: counts violations of the ledger's invariants; none is the only good number."""

from typing import Annotated

import typer

from sojourn.client import of_journey, open_client
from sojourn.commands.output import say, show, telling

app = typer.Typer()


@app.callback(invoke_without_command=True)
def verify(
    journey_id: Annotated[str, typer.Argument(metavar="[ID]", help="One journey; else all that were published")] = "",
) -> None:
    """Check that nothing was lost and nothing doubled; exit code 1 on any violation."""
    with telling(), open_client() as client:
        wanted = [journey_id] if journey_id else [each["id"] for each in client.journeys() if each["version"]]
        violations = 0
        for each in wanted:
            checked = client.get(of_journey(each, "verify"))["checked"]
            violations += sum(one["violations"] for one in checked)
            rows = [[one["invariant"], one["text"], one["violations"], _sample(one["sample"])] for one in checked]
            show(each, ["invariant", "what holds", "violations", "for example"], rows)
        if not wanted:
            say("nothing was published yet")
        if violations:
            raise typer.Exit(1)


def _sample(rows: list[object]) -> str:
    return ", ".join(str(row) for row in rows[:3])
