"""`sojourn journey`: journeys as files, and their runs."""

import csv
import re
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer

from orchestrator.errors import NotFound, UserError
from sojourn.client import Client, of_journey, open_client
from sojourn.commands import files
from sojourn.commands.output import count, say, show, show_problems, telling

app = typer.Typer(help="Check, publish and run journeys.", no_args_is_help=True)

JourneyId = Annotated[str, typer.Argument(metavar="ID", help="The journey's id")]
JourneyFile = Annotated[Path, typer.Argument(metavar="FILE", help="A journey as YAML")]
_BATCH = 10_000
"""Members that the API takes at once."""
_WHAT = "a journey: a mapping with name, nodes and edges"


@app.command("list")
def list_journeys() -> None:
    """List all journeys."""
    with telling(), open_client() as client:
        rows = []
        for each in client.journeys():
            people = each["counts"] or {}
            counts = [people.get(name) for name in ("entered", "inside", "ended")]
            rows.append([each["id"], each["name"], each["status"], each["version"], *counts])
        show("Journeys", ["id", "name", "status", "version", "entered", "inside", "ended"], rows)


@app.command()
def check(journey: Annotated[str, typer.Argument(metavar="FILE|ID", help="A file, or a saved journey")]) -> None:
    """Tell everything that is wrong with a journey; exit code 1 when it cannot be published."""
    with telling():
        path = Path(journey)
        is_file = path.suffix in (".yaml", ".yml", ".json") or path.is_file()
        document = files.read(path, _WHAT) if is_file else None
        with open_client() as client:
            if document is not None:
                found = client.post("/journeys/check", {"document": document})
            else:
                found = client.post(of_journey(journey, "check"))
        show_problems(found["problems"])
        errors = sum(problem["severity"] == "error" for problem in found["problems"])
        if errors:
            raise typer.Exit(1)
        say(f"{journey} can be published")


@app.command("import")
def import_journey(
    file: JourneyFile,
    journey_id: Annotated[str, typer.Option("--id", help="Its id; else the file's name")] = "",
) -> None:
    """Save a file as a journey's draft, in place of the draft that is there."""
    with telling():
        document = files.read(file, _WHAT)
        with open_client() as client:
            saved = client.save(journey_id or _id_of(file), document)
        say(f"{saved['id']} is saved, revision {saved['revision']}")


@app.command("export")
def export_journey(
    journey_id: JourneyId,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The file; else stdout")] = None,
) -> None:
    """Write a journey's draft as YAML."""
    with telling():
        with open_client() as client:
            text = files.write(client.get(of_journey(journey_id))["document"])
        if out is None:
            typer.echo(text, nl=False)
            return
        try:
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UserError(
                f"it cannot be written: {error.strerror}", place=str(out), fix="name another file"
            ) from error
        say(f"{journey_id} is written to {out}")


@app.command()
def publish(
    journey_id: JourneyId,
    note: Annotated[str, typer.Option(help="What changed")] = "",
) -> None:
    """Keep the draft as the next version."""
    with telling(), open_client() as client:
        version = client.post(of_journey(journey_id, "publish"), {"note": note})
        say(f"{journey_id} is published as version {version['version']}, plan {version['plan_hash'][:12]}")


@app.command()
def start(
    journey_id: JourneyId,
    version: Annotated[int | None, typer.Option(min=1, help="Which version; else the newest")] = None,
) -> None:
    """Let people in."""
    with telling(), open_client() as client:
        run = client.post(of_journey(journey_id, "start"), {"version": version})
        say(f"{journey_id} is {run['status']}, version {run['version']}, workflow {run['workflow_id']}")


@app.command()
def adopt(
    journey_id: JourneyId,
    version: Annotated[int | None, typer.Option(min=1, help="Which version; else the newest")] = None,
    move: Annotated[bool, typer.Option("--move", help="Whoever is inside goes on in it; else they finish")] = False,
    target: Annotated[
        list[str] | None,
        typer.Option(metavar="OLD=NEW", help="With --move: where people of a step that is gone go on; OLD= ends them"),
    ] = None,
) -> None:
    """Go on with a newer version while people are inside."""
    with telling(), open_client() as client:
        body = {"version": version, "people": "move" if move else "pin", "targets": _targets(target or [])}
        run = client.post(of_journey(journey_id, "adopt"), body)
        older = ", ".join(str(each) for each in run["versions"][:-1])
        rest = f"; people finish on version {older}" if older else ""
        say(f"{journey_id} is {run['status']}, version {run['version']}{rest}")


@app.command()
def enter(
    journey_id: JourneyId,
    file: Annotated[typer.FileText, typer.Argument(metavar="FILE|-", help="Lines of member, or member,key")],
    request: Annotated[str, typer.Option(help="Its name: sent again with the same one it counts once")] = "",
    entry: Annotated[str | None, typer.Option(help="The API entry's id, if there are several")] = None,
) -> None:
    """Post members who are to come in."""
    with telling(), open_client() as client:
        name = request or uuid4().hex
        try:
            rows = [row for row in csv.reader(file) if row]
        except UnicodeDecodeError as unreadable:
            raise UserError("it cannot be read as text", place=file.name, fix="name a file in UTF-8") from unreadable
        parts = [rows[at : at + _BATCH] for at in range(0, len(rows), _BATCH)]
        for number, part in enumerate(parts):
            members = [{"member_id": row[0].strip(), "key": row[1].strip() if row[1:] else None} for row in part]
            body, key = {"entry": entry, "members": members}, f"{name}/{number}" if number else name
            client.post(of_journey(journey_id, "entries"), body, {"Idempotency-Key": key})
        say(f"{count(len(rows))} posted to {journey_id}, as request {name}")


@app.command()
def pause(journey_id: JourneyId) -> None:
    """Freeze it: nobody enters, moves, or is sent to."""
    _change(journey_id, "pause")


@app.command()
def resume(journey_id: JourneyId) -> None:
    """Go on: what fell due meanwhile is due now."""
    _change(journey_id, "resume")


@app.command()
def stop(journey_id: JourneyId) -> None:
    """End every open visit."""
    _change(journey_id, "stop")


@app.command()
def status(journey_id: JourneyId) -> None:
    """Show where everybody is."""
    with telling(), open_client() as client:
        journey = client.get(of_journey(journey_id))
        title = f"{journey['name']} ({journey_id}) is {journey['status']}"
        report = _report(client, journey_id)
        if report is None:
            say(f"{title} and was never published")
            return
        say(f"{title}, version {report['version']}, wave {report['wave']}")
        if report["next_due_at"]:
            say(f"next due at {report['next_due_at']}")
        if report["trouble"]:
            say(f"trouble: {report['trouble']}")
        version = client.get(of_journey(journey_id, "versions", str(report["version"])))
        rows = []
        drawn = version["document"]["nodes"]
        known = {node["id"] for node in drawn}
        older = [{"id": each} for each, n in report["nodes"].items() if each not in known and n["here"]]
        for node in [*drawn, *older]:
            counts = report["nodes"].get(node["id"], {})
            outcomes = ", ".join(f"{count(n)} {name}" for name, n in sorted(counts.get("outcomes", {}).items()))
            name = version["faces"][node["id"]]["name"] if node["id"] in known else f"{node['id']} (older version)"
            rows.append([name, *(counts.get(each, 0) for each in ("arrived", "here", "left")), outcomes])
        people = f"{count(report['entered'])} entered, {count(report['inside'])} inside, {count(report['ended'])} ended"
        show(people, ["step", "arrived", "here", "left", "deliveries"], rows)


def _change(journey_id: str, verb: str) -> None:
    with telling(), open_client() as client:
        run = client.post(of_journey(journey_id, verb))
        say(f"{journey_id} is {run['status']}")


def _targets(given: list[str]) -> dict[str, str | None]:
    """`OLD=NEW` as the API takes it. Raises UserError."""
    found: dict[str, str | None] = {}
    for each in given:
        old, equals, new = each.partition("=")
        if not old or not equals:
            raise UserError(f"{each!r} is not OLD=NEW", place="--target", fix="e.g. --target reminder=last_call")
        found[old] = new or None
    return found


def _report(client: Client, journey_id: str) -> dict[str, Any] | None:
    try:
        return client.get(of_journey(journey_id, "report"))
    except NotFound:
        return None


def _id_of(file: Path) -> str:
    """The file's name as an id: what an id cannot have becomes `-`."""
    found = re.sub(r"[^A-Za-z0-9_-]+", "-", file.stem).strip("-")[:64]
    return found if re.match(r"[A-Za-z]", found) else f"journey-{found}"[:64].rstrip("-")
