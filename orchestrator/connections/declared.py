"""Reads connections.yaml: connections that whoever runs Sojourn declares, and pages only show."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from orchestrator.channels.channel import Channel
from orchestrator.connections.connection import (
    KEPT,
    Connection,
    Usable,
    is_reference,
    resolve,
    secret_fields,
    without,
)
from orchestrator.errors import Invalid, UserError
from orchestrator.lakehouse.model import suggest

Declared = dict[str, tuple[Connection, Usable]]
"""Name → the connection as it may be shown, and as it is used."""


def read_declared(path: Path, channels: Mapping[str, type[Channel]]) -> Declared:
    """Reads connections.yaml: `name: {channel: email.smtp, settings: {password: env:SMTP_PASSWORD}}`.

    A text `env:NAME` or `file:PATH` (from the folder of the YAML file) stands for a value kept elsewhere. A
    missing file has no connections. Raises UserError, or Invalid with every problem; repeats no value.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as away:
        raise UserError(f"it cannot be read: {away.strerror}", place=str(path), fix="check its rights") from away
    except (yaml.YAMLError, UnicodeDecodeError) as broken:
        mark = getattr(broken, "problem_mark", None)
        at = f" from line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise UserError(f"this is not YAML{at}", place=str(path), fix="mend that line") from None
    if not isinstance(raw, dict | None):
        raise UserError("there is no list of names", place=str(path), fix="write `name: {channel: …, settings: …}`")
    found: Declared = {}
    problems: list[dict[str, Any]] = []
    for name, entry in (raw or {}).items():
        usable, wrong = _connection(entry, channels, path.parent)
        problems += [{**problem, "text": f"{name}: {problem['text']}"} for problem in wrong]
        if usable is not None:
            found[str(name)] = (_shown(str(name), usable, entry.get("settings") or {}), usable)
    if problems:
        raise Invalid(problems[0]["text"], problems=problems, place=str(path), fix=problems[0]["fix"])
    return found


def _shown(name: str, usable: Usable, written: Mapping[str, Any]) -> Connection:
    """As it is written, references and all; of a secret only where it is."""
    channel = usable.channel
    hidden = secret_fields(channel.Connection)
    secrets = {key: str(value) if is_reference(value) else KEPT for key, value in written.items() if key in hidden}
    settings = {key: value for key, value in written.items() if key not in hidden}
    return Connection(name=name, channel=channel.name, source="file", settings=settings, secrets=secrets)


def _connection(
    entry: object, channels: Mapping[str, type[Channel]], folder: Path
) -> tuple[Usable | None, list[dict[str, Any]]]:
    if not isinstance(entry, dict) or "channel" not in entry or entry.keys() - {"channel", "settings"}:
        return None, [_problem("shape", "a connection has a channel and settings", "write those two, nothing else")]
    channel = channels.get(str(entry["channel"]))
    if channel is None:
        name = str(entry["channel"])
        return None, [_problem("unknown_channel", f"there is no channel {name!r}", suggest(name, channels))]
    secrets: list[str] = []
    try:
        settings = _resolved(entry.get("settings") or {}, folder, secrets, "settings")
        return Usable(channel, channel.Connection.model_validate(settings)), []
    except UserError as missing:
        return None, [_problem("missing_value", f"{missing.place}: {missing.text}", missing.fix)]
    except ValidationError as wrong:
        errors = wrong.errors(include_input=False, include_context=False, include_url=False)
        return None, [_of_field(dict(error), secrets) for error in errors]


def _of_field(error: dict[str, Any], secrets: list[str]) -> dict[str, Any]:
    field = ".".join(["settings", *map(str, error["loc"])])
    if error["type"] == "missing":
        return _problem("missing", f"{field} is missing", "fill it in")
    return _problem(error["type"], f"{field}: {without(secrets, error['msg'])}", "correct the field")


def _resolved(value: Any, folder: Path, secrets: list[str], field: str) -> Any:
    """The value with every reference replaced; what was found is added to `secrets`."""
    if isinstance(value, dict):
        return {key: _resolved(each, folder, secrets, f"{field}.{key}") for key, each in value.items()}
    if isinstance(value, list):
        return [_resolved(each, folder, secrets, f"{field}.{index}") for index, each in enumerate(value)]
    if not is_reference(value):
        return value
    try:
        secrets.append(resolve(value, folder))
    except UserError as missing:
        raise UserError(missing.text, place=field, fix=missing.fix) from None
    return secrets[-1]


def _problem(code: str, text: str, fix: str) -> dict[str, Any]:
    return {"code": code, "text": text, "fix": fix}
