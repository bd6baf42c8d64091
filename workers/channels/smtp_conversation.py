"""The talk with one SMTP server after the sign-in: commands that may go together are one write."""

import asyncio
from typing import NamedTuple, cast

from aiosmtplib import SMTP

_LONGEST = 65_536
"""Bytes of one answer that are believed; more is not SMTP."""


class Reply(NamedTuple):
    """What the server answered to one command."""

    code: int
    text: str


class BrokenOff(Exception):
    """The connection ended, fell silent, or said what no server says."""


class Conversation(asyncio.Protocol):
    """Takes over a connection that aiosmtplib opened and signed in on.

    aiosmtplib waits for each answer before the next command. With PIPELINING (RFC 2920) a message costs two trips to
    the server instead of four; every write is a system call on both sides, so the processor gains as well.
    """

    def __init__(self, client: SMTP, timeout: float) -> None:
        self._client = client  # it owns the socket, and closes it
        self._pipelining = client.supports_extension("pipelining")
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._heard = b""
        self._text: list[str] = []
        self._replies: list[Reply] = []
        self._wanted = 0
        self._waiter: asyncio.Future[None] | None = None
        self._ended = client.transport is None
        self._transport = cast(asyncio.Transport, client.transport)
        if not self._ended:
            self._transport.set_protocol(self)

    async def ask(self, *commands: bytes) -> list[Reply]:
        """The replies to the commands, in order; each command with its CRLF. Raises BrokenOff.

        A server without PIPELINING gets the next command only after a positive answer, so there may be fewer replies.
        """
        if self._pipelining:
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
        self._client.close()

    async def _hear(self, sent: bytes, wanted: int) -> list[Reply]:
        if self._ended or self._transport.is_closing():
            raise BrokenOff
        self._replies, self._wanted = [], wanted
        self._waiter = self._loop.create_future()
        silence = self._loop.call_later(self._timeout, self._end)
        self._transport.write(sent)
        try:
            await self._waiter
        finally:
            silence.cancel()
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
            self._waiter.set_exception(BrokenOff())
