"""What exists around journeys: node types, channels, connections, and what the lakehouse really has."""

import asyncio
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import TypeAdapter, ValidationError
from sqlglot import exp, select

from orchestrator.audience.rules import Rule
from orchestrator.channels.channel import Channel, ChannelModel
from orchestrator.errors import Invalid, UserError
from orchestrator.journey.known import Known
from orchestrator.journey.node import Node
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Engine
from orchestrator.lakehouse.model import Lakehouse, bind_sources, load_sources, suggest
from orchestrator.plugins import discover

Connections = dict[str, tuple[type[Channel], ChannelModel]]
"""Name → the channel's class and its connection settings, secrets resolved."""

_RULE: TypeAdapter[Rule] = TypeAdapter(Rule)
_FRESH_FOR = 15.0
"""Seconds for which introspected tables are believed; a new column shows up after that."""
_MOST_PURPOSES = 100


class Catalog:
    """Node types, channels and connections as found at start; the lakehouse as it is now."""

    def __init__(
        self,
        engine: Engine,
        sources_file: Path,
        *,
        node_packages: Iterable[str],
        channel_packages: Iterable[str],
        connections_file: Path,
    ) -> None:
        """Raises UserError for a package that is missing or a connection that is wrong."""
        self.engine, self.sources_file = engine, sources_file
        # mypy takes an abstract class for no class; a face is only compared with.
        self.nodes: dict[str, type[Node]] = discover(cast("Any", Node), node_packages, "sojourn.nodes")
        self.channels: dict[str, type[Channel]] = discover(cast("Any", Channel), channel_packages, "sojourn.channels")
        self.connections = load_connections(connections_file, self.channels)
        self._looking = asyncio.Lock()
        self._seen: tuple[float, Lakehouse] | None = None

    async def lakehouse(self) -> Lakehouse:
        """The source model bound to the tables that are there, at most 15 s old.

        Raises UserError for a broken source model, Invalid when it names what is not there, LakehouseAway.
        """
        async with self._looking:
            if self._seen is None or time.monotonic() - self._seen[0] > _FRESH_FOR:
                sources = await asyncio.to_thread(load_sources, self.sources_file)
                self._seen = (time.monotonic(), bind_sources(sources, await self.engine.tables()))
            return self._seen[1]

    async def known(self, audiences: Mapping[str, Mapping[str, Any]]) -> Known:
        """What a journey is checked against; `audiences`: id → rule as stored.

        Raises Invalid when a stored rule cannot be read any more; else as `lakehouse`.
        """
        return Known(
            nodes=self.nodes,
            channels=self.channels,
            connections={name: channel.name for name, (channel, _) in self.connections.items()},
            audiences=read_rules(audiences),
            lakehouse=await self.lakehouse(),
        )

    async def purposes(self) -> list[str]:
        """The purposes that the consent table has, at most 100 of them. Raises as `lakehouse`."""
        consent = (await self.lakehouse()).sources.consent
        if consent is None:
            return []
        purpose = sql.column(consent.purpose)
        found = (
            select(purpose).distinct().from_(sql.table(consent.table)).where(exp.not_(purpose.copy().is_(exp.null())))
        )
        statement = sql.render(found.limit(_MOST_PURPOSES), self.engine.dialect)
        return sorted(str(row[0]) for row in await self.engine.rows(statement))


def read_rules(audiences: Mapping[str, Mapping[str, Any]]) -> dict[str, Rule]:
    """Stored rules as rules, by audience id. Raises Invalid that names the one that cannot be read."""
    found: dict[str, Rule] = {}
    for audience_id, document in audiences.items():
        try:
            found[audience_id] = _RULE.validate_python(document)
        except ValidationError as wrong:
            first = wrong.errors(include_input=False, include_url=False)[0]
            text = f"its rule cannot be read: {first['msg']}"
            raise Invalid(text, place=f"audience {audience_id}", fix="open it and save it again") from wrong
    return found


def load_connections(path: Path, channels: Mapping[str, type[Channel]]) -> Connections:
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
    found: Connections = {}
    problems: list[dict[str, Any]] = []
    for name, entry in (raw or {}).items():
        connection, wrong = _connection(entry, channels, path.parent)
        problems += [{**problem, "text": f"{name}: {problem['text']}"} for problem in wrong]
        if connection is not None:
            found[str(name)] = connection
    if problems:
        raise Invalid(problems[0]["text"], problems=problems, place=str(path), fix=problems[0]["fix"])
    return found


def _connection(
    entry: object, channels: Mapping[str, type[Channel]], folder: Path
) -> tuple[tuple[type[Channel], ChannelModel] | None, list[dict[str, Any]]]:
    if not isinstance(entry, dict) or "channel" not in entry or entry.keys() - {"channel", "settings"}:
        return None, [_problem("shape", "a connection has a channel and settings", "write those two, nothing else")]
    channel = channels.get(str(entry["channel"]))
    if channel is None:
        name = str(entry["channel"])
        return None, [_problem("unknown_channel", f"there is no channel {name!r}", suggest(name, channels))]
    secrets: list[str] = []
    try:
        settings = _resolved(entry.get("settings") or {}, folder, secrets, "settings")
        return (channel, channel.Connection.model_validate(settings)), []
    except UserError as missing:
        return None, [_problem("missing_value", f"{missing.place}: {missing.text}", missing.fix)]
    except ValidationError as wrong:
        errors = wrong.errors(include_input=False, include_context=False, include_url=False)
        return None, [_of_field(dict(error), secrets) for error in errors]


def _of_field(error: dict[str, Any], secrets: list[str]) -> dict[str, Any]:
    field = ".".join(["settings", *map(str, error["loc"])])
    if error["type"] == "missing":
        return _problem("missing", f"{field} is missing", "fill it in")
    message = error["msg"]
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        message = message.replace(secret, "…")
    return _problem(error["type"], f"{field}: {message}", "correct the field")


def _resolved(value: Any, folder: Path, secrets: list[str], field: str) -> Any:
    """The value with every reference replaced; what was found is added to `secrets`."""
    if isinstance(value, dict):
        return {key: _resolved(each, folder, secrets, f"{field}.{key}") for key, each in value.items()}
    if isinstance(value, list):
        return [_resolved(each, folder, secrets, f"{field}.{index}") for index, each in enumerate(value)]
    if not isinstance(value, str):
        return value
    kind, _, name = value.partition(":")
    if kind == "env":
        if name not in os.environ:
            raise UserError(f"the variable {name} is not set", place=field, fix=f"set {name}")
        secrets.append(os.environ[name])
        return os.environ[name]
    if kind == "file":
        try:
            content = (folder / name).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError):
            raise UserError(f"the file {name} cannot be read", place=field, fix="check its path and rights") from None
        secrets.append(content)
        return content
    return value


def _problem(code: str, text: str, fix: str) -> dict[str, Any]:
    return {"code": code, "text": text, "fix": fix}
