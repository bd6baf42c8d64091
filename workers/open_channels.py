"""Channels kept open between chunks; a connection that was changed gets a new one, and the old one finishes first."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from orchestrator.channels.channel import Batch, Channel, Result
from orchestrator.connections.connection import Usable
from orchestrator.connections.connections import Connections
from orchestrator.errors import NotFound, UserError

log = logging.getLogger("sojourn.worker")


@dataclass
class Opened:
    """An open channel, and how many chunks are on their way through it."""

    usable: Usable
    channel: Channel
    users: int = 0


class OpenChannels:
    """One channel for each connection; whether the connection is still the same is asked at every use."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._opened: dict[str, Opened] = {}
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def use(self, connection: str, channel: str, *, over: bool = False) -> AsyncIterator[Channel]:
        """The open channel of the connection, for as long as the block runs.

        Raises UserError that names what to mend: the connection is gone, cannot be used, or is for another channel.
        In a journey that is over nothing is sent any more, so there it does not matter.
        """
        try:
            opened = await self._current(connection, channel)
        except UserError as unusable:
            kind = self._connections.channels.get(channel)
            if not over or kind is None:
                raise
            yield _Closed(kind, unusable)
            return
        opened.users += 1
        try:
            yield opened.channel
        finally:
            opened.users -= 1
            if self._opened.get(connection) is not opened:
                await _leave(opened)

    async def close(self) -> None:
        """Hangs up on every provider."""
        opened, self._opened = self._opened, {}
        for each in opened.values():
            await _leave(each)

    async def _current(self, connection: str, channel: str) -> Opened:
        async with self._opening:
            opened = self._opened.get(connection)
            usable = await self._find(connection, channel)
            if opened is None or opened.usable != usable:
                await self._retire(connection)
                made = usable.channel(usable.settings)
                await made.open()
                opened = self._opened[connection] = Opened(usable, made)
            return opened

    async def _find(self, connection: str, channel: str) -> Usable:
        place = f"connection {connection}"
        try:
            usable = await self._connections.find(connection)
        except NotFound:
            await self._retire(connection)
            fix = "make one of that name again, on the page Connections or in connections.yaml; until then people wait"
            raise NotFound("it is gone", place=place, fix=fix) from None
        if usable.channel.name != channel:
            text = f"it is for {usable.channel.name} now, and the step sends by {channel}"
            raise UserError(
                text, place=place, fix="publish a version with another connection, or bring the old one back"
            )
        return usable

    async def _retire(self, connection: str) -> None:
        opened = self._opened.pop(connection, None)
        if opened is not None:
            await _leave(opened)


class _Closed(Channel):
    """In place of a channel that cannot be opened: what it never got is settled, and it sends nothing."""

    def __init__(self, kind: type[Channel], why: UserError) -> None:
        self.capabilities = kind.capabilities  # type: ignore[misc] # it settles as the channel would
        self._why, self.connection = why, None

    async def check(self) -> str:
        raise self._why

    async def deliver(self, batch: Batch, step: Any) -> AsyncIterator[tuple[str, Result]]:
        raise self._why
        yield  # an iterator all the same


async def _leave(opened: Opened) -> None:
    """Hangs up once nobody needs the channel any more; what goes wrong then harms no delivery."""
    if opened.users:
        return
    try:
        await opened.channel.close()
    except Exception as error:
        log.warning("a channel did not close: %s", type(error).__qualname__)
