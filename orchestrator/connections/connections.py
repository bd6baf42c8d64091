"""All connections by name: those of the file as they were at start, those made on a page as they are now."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from orchestrator.channels.channel import Channel
from orchestrator.connections.connection import (
    KEPT,
    Connection,
    Usable,
    checked,
    invalid,
    is_reference,
    secret_fields,
)
from orchestrator.connections.declared import read_declared
from orchestrator.connections.secrets import Secrets
from orchestrator.errors import Conflict, Invalid, Stale, UserError
from orchestrator.journey.problem import Problem
from orchestrator.keyring import KeyRing
from orchestrator.lakehouse.model import suggest
from orchestrator.store.connections import ConnectionStore, taken
from orchestrator.store.records import ConnectionRecord

_Draft = tuple[Usable, dict[str, Any], dict[str, str]]
"""What can be used, and how it is stored: the fields that are no secrets, and the secrets."""


class Connections:
    """Finds, makes and changes connections. All methods raise EngineAway when the app database is away.

    Whoever uses one finds it anew each time, so a change is in force at once, in the API and in every worker.
    """

    def __init__(
        self, channels: Mapping[str, type[Channel]], file: Path, store: ConnectionStore, keys: KeyRing
    ) -> None:
        """`file`: connections.yaml; references to files begin in its folder. Raises as `read_declared`."""
        self.channels, self.store, self.keys = channels, store, keys
        self.declared = read_declared(file, channels)
        self._file, self._secrets = file, Secrets(keys, file.parent)

    async def channel_names(self) -> dict[str, str]:
        """Name → the name of its channel."""
        made = {each.name: each.channel for each in await self.store.all()}
        return made | {name: shown.channel for name, (shown, _) in self.declared.items()}

    async def find(self, name: str) -> Usable:
        """What a channel is opened with. Raises NotFound, or UserError when it cannot be used as it is."""
        return self.declared[name][1] if name in self.declared else self._usable(await self.store.get(name))

    @asynccontextmanager
    async def opened(self, name: str) -> AsyncIterator[Channel]:
        """A channel opened for this once. Raises as `find`."""
        usable = await self.find(name)
        channel = usable.channel(usable.settings)
        await channel.open()
        try:
            yield channel
        finally:
            await channel.close()

    async def all(self) -> list[Connection]:
        """All of them, by name."""
        found = {each.name: self._shown(each) for each in await self.store.all()}
        for name, (shown, _) in self.declared.items():
            problem = "another one of this name was made here; this one, of the file, is used" if name in found else ""
            found[name] = replace(shown, problem=problem)
        return sorted(found.values(), key=lambda each: each.name)

    async def get(self, name: str) -> Connection:
        """The one of that name. Raises NotFound."""
        return self.declared[name][0] if name in self.declared else self._shown(await self.store.get(name))

    async def add(self, name: str, channel: str, given: Mapping[str, Any]) -> Connection:
        """A new connection; `given` are the fields of its channel's form. Raises Conflict, Invalid."""
        if name in self.declared:
            raise taken(name)
        _, settings, secrets = self._draft(channel, given, {})
        return self._shown(await self.store.add(name, channel, settings, secrets))

    async def save(self, name: str, given: Mapping[str, Any], revision: int) -> Connection:
        """Saves over exactly that revision. A secret left out is kept, one that is None or empty is cleared.

        Raises NotFound, Conflict for one of the file, Invalid, and Stale with the newer one as a dict.
        """
        record = await self.store.get(self._made(name))
        if record.revision == revision:
            _, settings, secrets = self._draft(record.channel, given, record.secrets)
            saved = await self.store.save(name, settings, secrets, revision)
            record = await self.store.get(name)
            if saved:
                return self._shown(record)
        raise Stale(
            f"somebody saved revision {record.revision} meanwhile; nothing was overwritten",
            current=asdict(self._shown(record)),
            place=f"connection {name}",
            fix="look at theirs, then save over it or discard yours",
        )

    async def remove(self, name: str) -> None:
        """Deletes it. Raises NotFound, Conflict for one of the file."""
        await self.store.remove(self._made(name))

    async def draft(self, name: str | None, channel: str, given: Mapping[str, Any]) -> Usable:
        """What is not saved, to be tried; secrets left out are those of the connection `name`, if it is one made here.

        Raises NotFound, Invalid.
        """
        kept = None if name is None or name in self.declared else await self.store.get(name)
        return self._draft(channel, given, kept.secrets if kept and kept.channel == channel else {})[0]

    def _made(self, name: str) -> str:
        if name in self.declared:
            fix = f"change it in {self._file}, and start Sojourn again"
            raise Conflict("it is declared in the file", place=f"connection {name}", fix=fix)
        return name

    def _usable(self, record: ConnectionRecord) -> Usable:
        """Raises UserError."""
        try:
            return self._draft(record.channel, record.settings, record.secrets)[0]
        except Invalid as wrong:
            raise UserError(wrong.text, place=f"connection {record.name}", fix=wrong.fix) from None

    def _shown(self, record: ConnectionRecord) -> Connection:
        try:
            self._usable(record)
            problem = ""
        except UserError as unusable:
            problem = f"{unusable.text} – {unusable.fix}"
        return Connection(
            name=record.name,
            channel=record.channel,
            source="page",
            settings=record.settings,
            secrets={field: text if is_reference(text) else KEPT for field, text in record.secrets.items()},
            revision=record.revision,
            created_at=record.created_at,
            updated_at=record.updated_at,
            problem=problem,
        )

    def _draft(self, name: str, given: Mapping[str, Any], kept: Mapping[str, str]) -> _Draft:
        """The fields as given, with the secrets kept from before. Raises Invalid with a problem at each field."""
        channel = self.channels.get(name)
        if channel is None:
            text, fix = f"there is no channel {name!r}", suggest(name, self.channels)
            raise invalid([Problem(code="unknown_channel", text=text, fix=fix, path=["channel"])])
        hidden = secret_fields(channel.Connection)
        secrets: dict[str, str] = {}
        values = {field: value for field, value in given.items() if field not in hidden}
        problems: dict[str, Problem] = {}
        for field in sorted(hidden):
            try:
                stored = self._secrets.keep(given[field]) if field in given else kept.get(field)
                if stored is not None:
                    secrets[field], values[field] = stored, self._secrets.reveal(stored)
            except UserError as unusable:
                text = f"{channel.Connection.model_fields[field].title or field}: {unusable.text}"
                path = ["settings", field]
                problems[field] = Problem(code="secret", text=text, fix=unusable.fix, path=path)
        try:
            settings = checked(channel, values, [str(values[field]) for field in hidden & values.keys()])
        except Invalid as wrong:
            others = [each for each in wrong.problems if each["path"][1:2] not in [[field] for field in problems]]
            raise invalid([*problems.values(), *map(Problem.model_validate, others)]) from None
        if problems:
            raise invalid([*problems.values()])
        shown = settings.model_dump(mode="json", exclude=set(hidden), exclude_unset=True)
        return Usable(channel, settings), shown, secrets
