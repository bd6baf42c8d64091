"""`sojourn channel`: a channel of your own, from a scaffold that keeps the contract at once."""

import re
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from orchestrator.errors import Conflict, UserError
from sojourn.commands.output import say, telling

app = typer.Typer(no_args_is_help=True)
_SCAFFOLD = Path(__file__).parent.parent / "scaffold"
_FILES = {
    "pyproject.toml": "pyproject.toml.txt",
    "{name}.py": "channel.py.txt",
    "test_{name}.py": "test_channel.py.txt",
}


@app.callback()
def channel() -> None:
    """One command so far, which stays a command of its own name."""


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="In small letters: acme_push")],
    folder: Annotated[Path, typer.Option("--in", help="Where the folder of the new package is made")] = Path(),
) -> None:
    """Make a package with a new channel: one file, and the contract as its test."""
    with telling():
        made = _make(name, folder)
    say(f"{made} has a channel that keeps the contract. Run `pytest` in it, make it yours, then:")
    say(f"  uv pip install --editable {made}")
    say("Sojourn shows it, with its forms, when it is started the next time.")


def _make(name: str, folder: Path) -> Path:
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise UserError(
            f"{name!r} is no name for a module", place="channel", fix="write it in small letters: acme_push"
        )
    words = name.split("_")
    values = {
        "name": name,
        "dashed": "-".join(words),
        "title": " ".join(map(str.capitalize, words)),
        "class_name": "".join(map(str.capitalize, words)),
    }
    made = folder / f"sojourn-{values['dashed']}"
    try:
        made.mkdir(parents=True)
    except FileExistsError:
        raise Conflict(f"{made} is there already", place="channel", fix="choose another name or folder") from None
    for file, source in _FILES.items():
        text = Template((_SCAFFOLD / source).read_text(encoding="utf-8")).substitute(values)
        (made / file.format(name=name)).write_text(text, encoding="utf-8")
    return made
