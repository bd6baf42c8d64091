"""Builds an RFC 5322 message as bytes, because the stdlib's builder costs more than sending the message."""

import re
from binascii import b2a_base64
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256

_BOUNDARY = b"=_sojourn"  # no base64 line can hold an underscore, so no body can hold the boundary
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PLAIN_HEADER = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,66}[\x21-\x7e])?")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]+")
_WORD_BYTES = 42  # of UTF-8 in one encoded word, which then has 75 characters or fewer
_LINE = 76


class InvalidHeader(ValueError):
    """A header holds a line break or another control character, as an injection would."""


class InvalidAddress(ValueError):
    """This is not an address that SMTP can carry."""


def build(
    *,
    sender: str,
    to: str,
    subject: str,
    text: str,
    html: str,
    message_id: str,
    date: datetime,
    reply_to: str = "",
    unsubscribe: str = "",
) -> bytes:
    """A multipart/alternative message, lines ended by CRLF and never starting with a dot.

    `unsubscribe` is the address of a one-click unsubscription, RFC 8058.
    `sender` and `reply_to` come from `mailbox`, `to` from `address`, `message_id` from `identify`. Raises
    InvalidHeader.
    """
    head = (
        f"From: {sender}\r\nTo: {to}\r\nSubject: {encode_header(subject)}\r\n"
        f"Date: {_date(date.replace(microsecond=0))}\r\nMessage-ID: {message_id}\r\n"
    )
    if reply_to:
        head += f"Reply-To: {reply_to}\r\n"
    if unsubscribe:
        head += f"List-Unsubscribe: <{unsubscribe}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    return b"".join(
        (
            head.encode("ascii"),
            b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="' + _BOUNDARY + b'"\r\n',
            _part(b"plain", text),
            _part(b"html", html),
            b"\r\n--" + _BOUNDARY + b"--\r\n",
        )
    )


def address(raw: str) -> str:
    """The address with a punycode domain, without blanks around it. Raises InvalidAddress."""
    local, at, domain = raw.strip(" ").rpartition("@")
    if not at or len(local) > 64 or not _LOCAL.fullmatch(local):
        raise InvalidAddress("not an address SMTP can carry")
    return f"{local}@{_ascii_domain(domain)}"


def mailbox(name: str, raw: str) -> str:
    """An address with its display name, as it stands in a header. Raises InvalidAddress and InvalidHeader."""
    if not name:
        return address(raw)
    encoded = name if _PLAIN_NAME.fullmatch(name) and name == name.strip() else encode_header(name, phrase=True)
    return f"{encoded} <{address(raw)}>"


def identify(key: str, domain: str) -> str:
    """The Message-ID of a delivery: the same for the same key, so that a repeat can be told."""
    local = key if len(key) <= 64 and _LOCAL.fullmatch(key) else sha256(key.encode("utf-8", "replace")).hexdigest()
    return f"<{local}@{domain}>"


def encode_header(value: str, *, phrase: bool = False) -> str:
    """The value as it is when it is short and ASCII, else as RFC 2047 words. Raises InvalidHeader."""
    if _CONTROL.search(value):
        raise InvalidHeader("a header holds a control character")
    if not value or (not phrase and _PLAIN_HEADER.fullmatch(value) and "=?" not in value):
        return value
    try:
        words = _words(value)
    except UnicodeEncodeError:
        raise InvalidHeader("a header holds half a character") from None
    return "\r\n ".join(words)


def _words(value: str) -> list[str]:
    """Encoded words, cut between characters: a reader may decode each on its own."""
    chunks, chunk, size = [], "", 0
    for character in value:
        width = len(character.encode("utf-8"))
        if size + width > _WORD_BYTES:
            chunks.append(chunk)
            chunk, size = "", 0
        chunk += character
        size += width
    chunks.append(chunk)
    return [f"=?utf-8?b?{b2a_base64(part.encode(), newline=False).decode()}?=" for part in chunks]


_date = lru_cache(maxsize=8)(format_datetime)  # thousands of messages leave in one second


@lru_cache(maxsize=4096)
def _ascii_domain(domain: str) -> str:
    try:
        ascii_domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise InvalidAddress("the domain cannot be written in ASCII") from None
    if len(ascii_domain) > 253 or not _DOMAIN.fullmatch(ascii_domain):
        raise InvalidAddress("not a domain")
    return ascii_domain


def _part(subtype: bytes, body: str) -> bytes:
    if "\r" in body:
        body = body.replace("\r\n", "\n").replace("\r", "\n")
    encoded = b2a_base64(body.replace("\n", "\r\n").encode("utf-8", "replace"), newline=False)
    lines = b"\r\n".join([encoded[start : start + _LINE] for start in range(0, len(encoded), _LINE)])
    return b"".join(
        (
            b"\r\n--" + _BOUNDARY + b"\r\nContent-Type: text/" + subtype + b'; charset="utf-8"\r\n',
            b"Content-Transfer-Encoding: base64\r\n\r\n",
            lines,
        )
    )
