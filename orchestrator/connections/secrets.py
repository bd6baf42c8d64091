"""Secrets of connections: kept as references, or sealed; what is sealed can be sealed anew under another key."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.connections.connection import is_reference, resolve
from orchestrator.errors import UserError
from orchestrator.keyring import KeyRing, Unreadable
from orchestrator.store.connections import ConnectionStore
from orchestrator.store.records import ConnectionRecord


@dataclass(frozen=True, slots=True)
class Secrets:
    """Keeps and reveals single secrets; paths of `file:` begin in `folder`."""

    keys: KeyRing
    folder: Path

    def keep(self, value: Any) -> str | None:
        """How the value of a field is stored; None for no value. Raises UserError when the keys cannot be read."""
        if value in (None, ""):
            return None
        return str(value) if is_reference(value) else self.keys.seal(json.dumps(value))

    def reveal(self, kept: str) -> Any:
        """The value. Raises UserError when no key opens it, or for a reference that leads nowhere or into Sojourn."""
        if not is_reference(kept):
            try:
                return json.loads(self.keys.open(kept))
            except Unreadable:
                fix = "enter it again, or bring the key back"
                raise UserError("none of the keys opens it", fix=fix) from None
        kind, _, name = kept.partition(":")
        own_file = kind == "file" and (self.folder / name).resolve() == self.keys.file.resolve()
        if own_file or (kind == "env" and name.upper().startswith("SOJOURN_")):
            raise UserError("Sojourn's own keys and settings are not for channels", fix="name another one")
        return resolve(kept, self.folder)


@dataclass(frozen=True, slots=True)
class Sealing:
    """How many secrets are sealed; how many of them not yet under the first key, and how many no key opens."""

    sealed: int
    older: int
    unreadable: int


async def sealing(store: ConnectionStore, keys: KeyRing) -> Sealing:
    """The state of all sealed secrets. Raises UserError when the keys cannot be read, EngineAway."""
    texts = [text for record in await store.all() for text in _sealed(record).values()]
    late = [text for text in texts if not keys.is_first(text)]
    unreadable = sum(not _opens(keys, text) for text in late)
    return Sealing(sealed=len(texts), older=len(late) - unreadable, unreadable=unreadable)


async def rotate(store: ConnectionStore, keys: KeyRing) -> tuple[int, list[str]]:
    """Seals every secret anew under the first key: how many, and `connection.field` of those that no key opens.

    Raises UserError when the keys cannot be read, EngineAway.
    """
    count, lost = 0, []
    for record in await store.all():
        while True:
            fresh: dict[str, str] = {}
            for field, text in _sealed(record).items():
                try:
                    fresh[field] = keys.seal(keys.open(text))
                except Unreadable:
                    continue
            if await store.reseal(record.name, record.secrets | fresh, record.revision):
                break
            record = await store.get(record.name)  # somebody saved it at this moment
        count += len(fresh)
        lost += [f"{record.name}.{field}" for field in _sealed(record) if field not in fresh]
    return count, lost


def _opens(keys: KeyRing, text: str) -> bool:
    try:
        keys.open(text)
    except Unreadable:
        return False
    return True


def _sealed(record: ConnectionRecord) -> dict[str, str]:
    return {field: text for field, text in record.secrets.items() if not is_reference(text)}
