"""The talk with one SMTP server after the sign-in: what may go together is one write."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple, cast

from aiosmtplib import SMTP

_LONGEST = 65_536
"""Bytes of one answer that are believed; more is not SMTP."""


class Reply(NamedTuple):
    """What the server answered to one command."""

    code: int
    text: str


class BrokenOff(Exception):
    """The connection ended, fell silent, or said what no server says; `replies` are those that came before."""

    def __init__(self, replies: Sequence[Reply] = ()) -> None:
        super().__init__()
        self.replies = tuple(replies)


class Conversation(asyncio.Protocol):
    """Takes over a connection that aiosmtplib opened and signed in on.

    aiosmtplib waits for each answer before the next command. With PIPELINING (RFC 2920) a message and the envelope of
    the next are one trip to the server instead of four; every write is a system call on both sides, so the processor
    gains as well. A connection on which nothing was said for `timeout` seconds is closed.
    """

    def __init__(self, client: SMTP, timeout: float) -> None:
        self._client = client  # it owns the socket, and closes it
        self.pipelining = client.supports_extension("pipelining")
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._heard = b""
        self._text: list[str] = []
        self._replies: list[Reply] = []
        self._wanted = 0
        self._waiter: asyncio.Future[None] | None = None
        self._ended = client.transport is None
        self._transport = cast(asyncio.Transport, client.transport)
        self._spoken = self._loop.time()
        self._watch: asyncio.TimerHandle | None = None
        if not self._ended:
            self._transport.set_protocol(self)
            self._watch_silence()

    @property
    def closed(self) -> bool:
        """No more can be said."""
        return self._ended or self._transport.is_closing()

    async def ask(self, *commands: bytes) -> list[Reply]:
        """The replies to the commands, in order; each command with its CRLF. Raises BrokenOff.

        A server without PIPELINING gets the next command only after a positive answer, so there may be fewer replies.
        """
        if self.pipelining:
            return await self._hear(b"".join(commands), len(commands))
        replies: list[Reply] = []
        for command in commands:
            replies += await self._hear(command, 1)
            if replies[-1].code >= 400:
                break
        return replies

    def close(self) -> None:
        """Hangs up at once."""
        self._ended = True
        if self._watch is not None:
            self._watch.cancel()
        self._client.close()

    def _watch_silence(self) -> None:
        """One timer for all that is said, as one for each command costs as much as the command."""
        if self._loop.time() >= self._spoken + self._timeout:
            self._end()
        else:
            self._watch = self._loop.call_at(self._spoken + self._timeout, self._watch_silence)

    async def _hear(self, sent: bytes, wanted: int) -> list[Reply]:
        if self.closed:
            raise BrokenOff
        self._replies, self._wanted = [], wanted
        self._waiter = self._loop.create_future()
        self._spoken = self._loop.time()
        self._transport.write(sent)
        try:
            await self._waiter
        finally:
            self._waiter = None
        return self._replies

    def data_received(self, data: bytes) -> None:
        """Puts lines together to replies; `250-…` goes on in the next line."""
        lines = (self._heard + data).split(b"\n")
        self._heard = lines.pop()
        try:
            for line in lines:
                self._text.append(line[4:].strip().decode("utf-8", "replace"))
                if line[3:4] != b"-":
                    self._replies.append(Reply(int(line[:3]), "\n".join(self._text)))
                    self._text = []
        except ValueError:
            self._end()
            return
        if len(self._heard) + sum(map(len, self._text)) > _LONGEST:
            self._end()
        elif self._waiter is not None and len(self._replies) >= self._wanted and not self._waiter.done():
            self._waiter.set_result(None)
        elif self._waiter is None and lines:
            self._end()  # it speaks without being asked: to say that it closes

    def eof_received(self) -> None:
        """The server hung up."""
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._end()

    def _end(self) -> None:
        self.close()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(BrokenOff(self._replies))
