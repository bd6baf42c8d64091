"""The mail server of the sandbox: takes everything, says 250 once a message is stored, errs on demand."""

import asyncio
import logging
import re
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from sojourn.sandbox.faults import Faults
from sojourn.sandbox.inbox import Inbox, received

logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # it would log every address

_SIMPLE_ADDRESS = re.compile(r"<([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+)>\s*(.*)")

_GO_ON = b"250 OK"


class MailServer:
    """Listens for SMTP. Signing in is not required, and only `password` does, with any user name."""

    def __init__(self, inbox: Inbox, faults: Faults, password: str) -> None:
        self._inbox = inbox
        self._faults = faults
        self._password = password.encode()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Starts to listen; returns the port, which 0 leaves to the system."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, host, port, backlog=1024)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    def stop(self) -> None:
        """Stops to listen; open sessions end with the process."""
        if self._server is not None:
            self._server.close()

    def _session(self) -> SMTP:
        return _Session(self._inbox, self._faults, self._sign_in)

    def _sign_in(self, *details: Any) -> AuthResult:
        data = details[-1]
        return AuthResult(success=isinstance(data, LoginPassword) and data.password == self._password, handled=False)


class _Session(SMTP):
    """One connection. The two overridden methods do what aiosmtpd does, with less work for each line."""

    line_length_limit = 33_554_432  # the reader's limit: a message is read as a whole

    def __init__(self, inbox: Inbox, faults: Faults, sign_in: Any) -> None:
        super().__init__(
            self,
            hostname="sandbox.sojourn.example",
            ident="Sojourn sandbox",
            auth_require_tls=False,
            authenticator=sign_in,
            loop=asyncio.get_running_loop(),
        )
        self._inbox = inbox
        self._errs = faults
        self._taken = 0
        self._answers = b""

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, answers: list[str]
    ) -> list[str]:
        """Says that commands may come together."""
        session.host_name = hostname
        return [*answers[:-1], "250-PIPELINING", answers[-1]]

    async def push(self, status: str | bytes) -> None:
        """Answers; one that more commands may follow waits for theirs, as RFC 2920 asks for."""
        answer = status.encode() if isinstance(status, str) else status
        self._answers += answer + b"\r\n"
        if answer == _GO_ON:
            asyncio.get_running_loop().call_soon(self._flush)
        else:
            self._flush()
            await self._writer.drain()

    def _flush(self) -> None:
        answers, self._answers = self._answers, b""
        if answers and self.transport is not None:
            self._writer.write(answers)

    def connection_made(self, transport: Any) -> None:
        """Opens the door, unless told to turn callers away."""
        if self._errs.smtp.connect == "busy":
            transport.write(b"421 4.3.2 Too busy\r\n")
        super().connection_made(transport)
        if self._errs.smtp.connect != "accept":
            transport.close()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        simple = _SIMPLE_ADDRESS.fullmatch(arg)
        if simple is None:
            address, rest = super()._getaddr(arg)
            return address, rest
        return simple.group(1), simple.group(2)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """Takes the sender, or refuses it as told."""
        if code := self._errs.smtp.code_for(address, "mail"):
            return _refuse(code)
        envelope.mail_from = address
        return _GO_ON.decode()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """Takes the recipient, or refuses it as told."""
        if code := self._errs.smtp.code_for(address, "rcpt"):
            return _refuse(code)
        envelope.rcpt_tos.append(address)
        return _GO_ON.decode()

    async def smtp_DATA(self, arg: str | None) -> None:
        """Reads the message at once, stores it, and only then says so."""
        if await self.check_helo_needed():
            return
        envelope: Any = self.envelope
        transport: Any = self.transport
        if not envelope.rcpt_tos:
            await self.push("503 Error: need RCPT command")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        content = b""
        while content != b".\r\n" and not content.endswith(b"\r\n.\r\n"):
            content += await self._reader.readuntil(b".\r\n")
        message = received(envelope.mail_from, envelope.rcpt_tos, _unstuffed(content[:-3]))
        self.envelope = self._create_envelope()
        to = message.rcpt_to[0]
        errs = self._errs.smtp
        code, drop = errs.code_for(to, "data"), errs.drops(to)
        if code is None and (drop is None or drop.stored):
            await self._inbox.keep(message)
        if errs.latency_ms:
            await asyncio.sleep(errs.latency_ms / 1000)
        if drop is not None:
            transport.abort()
            return
        self._taken += 1
        await self.push(_refuse(code) if code else "250 2.0.0 OK")
        if errs.messages_per_connection and self._taken >= errs.messages_per_connection:
            transport.close()


def _unstuffed(content: bytes) -> bytes:
    if content.startswith(b"."):
        content = content[1:]
    return content.replace(b"\r\n.", b"\r\n") if b"\r\n." in content else content


def _refuse(code: int) -> str:
    return f"{code} {'4' if code < 500 else '5'}.0.0 As told"
