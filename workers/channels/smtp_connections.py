"""Connections to one SMTP server, kept open between messages."""

import asyncio
import ssl
from contextlib import suppress
from functools import cached_property
from typing import Any

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPAuthenticationError, SMTPException

from orchestrator.errors import ChannelAway, SojournError, UserError
from workers.channels.smtp_conversation import BrokenOff, Conversation

TIMEOUT = 60.0
_GOODBYE = 5.0
_SIGN_IN_REFUSED = frozenset((530, 534, 535, 538))


class SmtpConnections:
    """As many connections as are taken at once; what is given back is used again.

    `settings` are the channel's: host, port, security, username and password. `domain` is said in EHLO.
    """

    def __init__(self, settings: Any, domain: str) -> None:
        self._settings = settings
        self._domain = domain
        self._idle: list[Conversation] = []

    def take_idle(self) -> Conversation | None:
        """A connection that was used before; the server may be about to close it."""
        while self._idle:
            line = self._idle.pop()
            if not line.closed:
                return line
        return None

    def give_back(self, line: Conversation) -> None:
        """Keeps a connection that stands between two messages."""
        self._idle.append(line)

    async def reset(self, line: Conversation) -> None:
        """Keeps a connection on which a message was refused."""
        try:
            (reply,) = await line.ask(b"RSET\r\n")
        except BrokenOff:
            return
        if reply.code == 250:
            self.give_back(line)
        else:
            line.close()

    async def close(self) -> None:
        """Hangs up politely."""
        while self._idle:
            await hang_up(self._idle.pop())

    async def connect(self) -> Conversation:
        """A new connection, signed in. Raises ChannelAway, or UserError when the settings are refused."""
        settings = self._settings
        client = SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.username or None,
            password=settings.password.get_secret_value() if settings.password else None,
            local_hostname=self._domain,
            timeout=TIMEOUT,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            tls_context=None if settings.security == "none" else self._tls,
        )
        try:
            await client.connect()
            await client.noop()  # says EHLO, or HELO to an old server
        except (SMTPException, OSError) as error:
            client.close()
            raise self._explain(error) from None
        return Conversation(client, TIMEOUT)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    def _explain(self, error: Exception) -> SojournError:
        """What went wrong, without the server's own words: they may repeat the user name."""
        if isinstance(error, SMTPAuthenticationError) and error.code in _SIGN_IN_REFUSED:
            return UserError(
                f"the server refuses the user name or the password (smtp_{error.code})",
                place="connection",
                fix="correct them",
            )
        if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
            return UserError(
                "no encrypted connection can be made",
                place="connection",
                fix="check port, security and the server's certificate",
            )
        if type(error) is SMTPException:
            return UserError(
                "the server offers no STARTTLS or no sign-in here",
                place="connection",
                fix="choose another port or security",
            )
        return self.away("cannot be reached")

    def away(self, what: str) -> ChannelAway:
        """The error to raise when nothing of a message can have been taken."""
        place = f"{self._settings.host}:{self._settings.port}"
        return ChannelAway(f"the mail server {what}", place=place, fix="it is tried again")


async def hang_up(line: Conversation) -> None:
    """Says QUIT, and does not wait long for the answer."""
    with suppress(BrokenOff, TimeoutError):
        async with asyncio.timeout(_GOODBYE):
            await line.ask(b"QUIT\r\n")
    line.close()
