"""`sojourn member`: what is done for one member."""

from typing import Annotated

import typer

from sojourn.client import open_client
from sojourn.commands.output import say, telling

app = typer.Typer(help="Do something for one member.", no_args_is_help=True)


@app.callback()
def member() -> None:
    """Do something for one member."""


@app.command()
def erase(
    member_id: Annotated[str, typer.Argument(metavar="ID", help="The key of their row in the customer table")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
) -> None:
    """Erase a member: end their visits, take them out of audiences, and take their name off the ledger."""
    if not yes:
        typer.confirm("Nothing brings back what is erased. Erase this member?", abort=True)
    with telling(), open_client() as client:
        done = client.post("/erasures", {"member_id": member_id})
        if done["audiences"]:
            say(f"taken out of {done['audiences']} audience(s)")
        if done["audiences_left"]:
            say(f"{done['audiences_left']} audience(s) may still have them: take them out there")
        if done["erased"]:
            say("erased; delete their row in the customer table too")
        else:
            say(f"{done['under_way']} message(s) to them are under way; the rest follows in the night, or ask again")
