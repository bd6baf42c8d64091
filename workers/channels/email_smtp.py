"""E-mail through any SMTP server, one connection per lane, kept open between messages."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from orchestrator.channels.channel import (
    Batch,
    Capabilities,
    Channel,
    ChannelModel,
    Liquid,
    LiquidHtml,
    Outcome,
    PerSecond,
    Recipient,
    Remark,
    Result,
    Semantics,
)
from orchestrator.channels.links import ONE_CLICK, RETURN_TOKEN
from orchestrator.channels.render.html_text import text_from_html, with_preheader
from orchestrator.channels.render.mime import InvalidAddress, InvalidHeader, address, build, identify, mailbox
from orchestrator.channels.tracking import ClickTracking, OpenTracking, UtmSource
from orchestrator.errors import SojournError, UserError
from workers.channels.smtp_connections import SmtpConnections, hang_up
from workers.channels.smtp_conversation import BrokenOff, Conversation, Reply
from workers.channels.smtp_sender import sender_remarks

_QUEUED = re.compile(r"queued as ([A-Za-z0-9._-]{1,64})")
_GOES_ON = ((250,), (250, 251), (354,))
"""The answers after which MAIL, RCPT and DATA go on."""


class EmailSmtp(Channel):
    """One message per recipient; what breaks off after DATA began stays in doubt, and is not sent again."""

    name: ClassVar[str] = "email.smtp"
    title: ClassVar[str] = "E-mail (SMTP)"
    icon: ClassVar[str] = "mail"
    capabilities: ClassVar[Capabilities] = Capabilities(
        kind="message", semantics=Semantics.NONE, consent="email", batch=1, lanes=20, contacts=("email",)
    )

    class Connection(ChannelModel):
        """The server, how to sign in, and who sends."""

        host: str = Field(title="Server", min_length=1)
        port: int = Field(587, title="Port", ge=1, le=65535)
        security: Literal["none", "starttls", "tls"] = Field("starttls", title="Security")
        username: str = Field("", title="User name")
        password: SecretStr | None = Field(None, title="Password")
        sender: str = Field(title="Sender address")
        sender_name: str = Field("", title="Sender name", max_length=200)
        envelope_sender: str = Field("", title="Return address", description="Where bounces go; empty: the sender")
        per_second: PerSecond = None
        dkim_selector: str = Field(
            "",
            title="DKIM selector",
            pattern=r"^[A-Za-z0-9._-]{0,63}$",
            description="Names the key that your provider signs with: it is looked up when the connection is tested",
        )
        own_return: bool = Field(
            False,
            title="A return address for each message",
            description="b+…@ the domain of the return address, so that every bounce tells which message it is about",
        )

        @field_validator("sender", "envelope_sender")
        @classmethod
        def _is_address(cls, value: str) -> str:
            return address(value) if value else value

        @field_validator("sender_name")
        @classmethod
        def _is_header(cls, value: str) -> str:
            mailbox(value, "name@header.example")
            return value

    class Step(ChannelModel):
        """The message."""

        subject: Liquid = Field(title="Subject", min_length=1)
        preheader: Liquid = Field("", title="Preview text", description="Shown after the subject in most inboxes")
        html: LiquidHtml = Field(title="Message", min_length=1)
        text: Liquid = Field("", title="Plain text", description="Empty: made from the message", validate_default=True)
        reply_to: str = Field("", title="Reply to")
        track_clicks: ClickTracking = True
        track_opens: OpenTracking = False
        utm_source: UtmSource = ""

        @field_validator("text")
        @classmethod
        def _made_of_html(cls, text: str, found: ValidationInfo) -> str:
            return text or text_from_html(found.data.get("html", ""))

        @field_validator("reply_to")
        @classmethod
        def _is_address(cls, value: str) -> str:
            return address(value) if value else value

    def __init__(self, connection: ChannelModel) -> None:
        super().__init__(connection)
        self._sender = mailbox(self.connection.sender_name, self.connection.sender)
        self._domain = self.connection.sender.rpartition("@")[2]
        self._connections = SmtpConnections(self.connection, self._domain)
        self._returns_to = self.connection.envelope_sender or self.connection.sender
        # Connections on which the envelope of the key was answered already.
        self._ready: dict[str, tuple[Conversation, list[Reply]]] = {}

    async def check(self) -> str:
        """Connects, signs in and says hello."""
        line = await self._connections.connect()
        try:
            await line.ask(b"NOOP\r\n")
        except BrokenOff:
            raise self._connections.away("does not answer") from None
        finally:
            await hang_up(line)
        secured = {"none": "without encryption", "starttls": "with STARTTLS", "tls": "with TLS"}
        return f"Connected to {self.connection.host} {secured[self.connection.security]}"

    @property
    def returns(self) -> bool:
        """Its own return address."""
        return bool(self.connection.own_return)

    async def remarks(self) -> Sequence[Remark]:
        """What mail servers will find of the sender in the DNS."""
        selector: str = self.connection.dkim_selector
        return await sender_remarks(self._domain, self._returns_to.rpartition("@")[2], selector)

    async def close(self) -> None:
        """Hangs up politely."""
        while self._ready:
            self._ready.popitem()[1][0].close()
        await self._connections.close()

    async def deliver(self, batch: Batch, step: Any) -> AsyncIterator[tuple[str, Result]]:
        """Sends one message after the other on one connection."""
        recipients = list({each.key: each for each in batch.recipients}.values())
        maybe_accepted = False
        for recipient, upcoming in zip(recipients, (*recipients[1:], batch.upcoming), strict=True):
            try:
                result = await self._send(recipient, step, upcoming)
            except SojournError:
                if not maybe_accepted:
                    raise
                result = Result(Outcome.DEFERRED, reason="connection_lost")
            maybe_accepted = maybe_accepted or result is None or result.outcome is Outcome.ACCEPTED
            if result is not None:
                yield recipient.key, result

    async def _send(self, recipient: Recipient, step: Any, upcoming: Recipient | None) -> Result | None:
        """The result, or None when the message may or may not have been taken."""
        values = recipient.values
        message_id = identify(recipient.key, self._domain)
        try:
            to = _address(recipient)
            message = build(
                sender=self._sender,
                to=to,
                subject=values["subject"].strip(),
                text=values.get("text") or "",
                html=with_preheader(values["html"], values.get("preheader") or ""),
                message_id=message_id,
                date=datetime.now(UTC),
                reply_to=step.reply_to,
                unsubscribe=values.get(ONE_CLICK) or "",
            )
        except InvalidAddress:
            return Result(Outcome.REJECTED, reason="invalid_address")
        except InvalidHeader:
            return Result(Outcome.REJECTED, reason="invalid_header")
        line, refusal = await self._open(recipient, to)
        if refusal is not None:
            return refusal
        return await self._transmit(line, message, message_id, upcoming)

    def _envelope(self, recipient: Recipient, to: str) -> tuple[bytes, bytes, bytes]:
        returns_to = self._returns_to
        if token := recipient.values.get(RETURN_TOKEN):
            returns_to = f"b+{token}@{returns_to.rpartition('@')[2]}"
        return f"MAIL FROM:<{returns_to}>\r\n".encode("ascii"), f"RCPT TO:<{to}>\r\n".encode("ascii"), b"DATA\r\n"

    async def _open(self, recipient: Recipient, to: str) -> tuple[Conversation, Result | None]:
        """A connection on which the server waits for the message, or the refusal.

        A connection that was used before may have been closed by the server; as nothing of the message has left yet,
        a new one is tried once.
        """
        with suppress(BrokenOff):
            if (ready := self._ready.pop(recipient.key, None)) and not ready[0].closed:
                return ready[0], await self._refusal(*ready)
            if (line := self._connections.take_idle()) is not None:
                return line, await self._refusal(line, await _asked(line, *self._envelope(recipient, to)))
        line = await self._connections.connect()
        try:
            return line, await self._refusal(line, await _asked(line, *self._envelope(recipient, to)))
        except BrokenOff:
            raise self._connections.away("broke off the connection") from None

    async def _refusal(self, line: Conversation, replies: Sequence[Reply]) -> Result | None:
        """None when these answers to an envelope say that the server waits for the message.

        Else the refusal, with the connection given back. Raises BrokenOff when the server will not talk on.
        """
        stage, code = next(
            ((at, each.code) for at, each in enumerate(replies) if each.code not in _GOES_ON[at]), (3, 0)
        )
        if stage == 3:
            return None
        if code == 421 or not 400 <= code < 600 or replies[-1].code == 354:
            line.close()  # closing, out of step, or waiting for a message to nobody
            if code == 421 or not 400 <= code < 600:
                raise BrokenOff
        else:
            await self._connections.reset(line)
        if stage == 0 and code >= 500 and code != 552:
            raise UserError(
                f"the server refuses the sender (smtp_{code})",
                place="connection",
                fix="check the sender address and the limits of the account",
            )
        return _refusal(code)

    async def _transmit(
        self, line: Conversation, message: bytes, message_id: str, upcoming: Recipient | None
    ) -> Result | None:
        """Sends the message, and with it the next one's envelope: one trip to the server for both."""
        envelope: tuple[bytes, ...] = ()
        if upcoming is not None and line.pipelining:
            with suppress(InvalidAddress):
                envelope = self._envelope(upcoming, _address(upcoming))
        try:
            reply, *answers = await _asked(line, message + b".\r\n", *envelope)
        except BrokenOff as broken:
            if not broken.replies:
                return None
            reply, answers = broken.replies[0], []
        if upcoming is not None and answers:
            self._ready[upcoming.key] = (line, answers)
        if reply.code == 250:
            if not answers:
                self._connections.give_back(line)
            queued = _QUEUED.search(reply.text)
            return Result(Outcome.ACCEPTED, reference=queued.group(1) if queued else message_id)
        if 400 <= reply.code < 600 and reply.code != 421:
            if not answers:
                await self._connections.reset(line)
            return _refusal(reply.code)
        line.close()
        if reply.code == 421:
            raise self._connections.away("is closing down")
        return None


async def _asked(line: Conversation, *commands: bytes) -> list[Reply]:
    """As `ask`; a connection left in the middle of a talk is of no use to the next message."""
    try:
        return await line.ask(*commands)
    except BaseException:
        line.close()
        raise


def _address(recipient: Recipient) -> str:
    return address(str(recipient.values.get("email") or ""))


def _refusal(code: int) -> Result:
    return Result(Outcome.DEFERRED if code < 500 else Outcome.REJECTED, reason=f"smtp_{code}")
