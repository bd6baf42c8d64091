"""Keeps every message in SQLite: many in one commit, each compressed against the first of its commit."""

import asyncio
import re
import sqlite3
import time
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from email.header import decode_header, make_header
from pathlib import Path

_SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY, received_at REAL, mail_from TEXT, rcpt_to TEXT, subject TEXT, message_id TEXT, size INTEGER
);
CREATE TABLE IF NOT EXISTS bodies (id INTEGER PRIMARY KEY, reference INTEGER, body BLOB);
"""
_FIELDS = "id, received_at, mail_from, rcpt_to, subject, message_id, size"


@dataclass(frozen=True, slots=True)
class Received:
    """A message as it came in, and when."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    content: bytes
    received_at: float


@dataclass(frozen=True, slots=True)
class Listed:
    """A message as the list shows it."""

    id: int
    received_at: float
    mail_from: str
    rcpt_to: str
    subject: str
    message_id: str
    size: int


class Inbox:
    """The messages in `folder`. `keep` from one event loop; the readers from any thread."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "inbox.db"
        self._writer = sqlite3.connect(self._file, check_same_thread=False, isolation_level=None)
        self._writer.executescript(_SCHEMA)
        # Kept messages must survive the process, not the machine.
        self._writer.execute("PRAGMA synchronous = NORMAL")
        self._next = self._writer.execute("SELECT coalesce(max(id), 0) + 1 FROM messages").fetchone()[0]
        self._waiting: list[tuple[Received, asyncio.Future[int]]] = []
        self._work: asyncio.Task[None] | None = None

    async def keep(self, message: Received) -> int:
        """Stores the message and returns its number once it is stored.

        Whatever comes in while one commit runs goes into the next, so that load makes the commits bigger.
        """
        stored = asyncio.get_running_loop().create_future()
        self._waiting.append((message, stored))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._write_waiting())
        number: int = await stored
        return number

    async def clear(self) -> None:
        """Forgets every message; numbers are not used again."""
        if self._work is not None:
            await self._work
        await asyncio.to_thread(self._commit, ["DELETE FROM messages", "DELETE FROM bodies"])

    async def close(self) -> None:
        """Stores what is still waiting."""
        if self._work is not None:
            await self._work
        self._writer.close()

    def find(self, text: str = "", *, before: int | None = None, limit: int = 50) -> list[Listed]:
        """The newest messages first; `text` is looked for in addresses and subject."""
        needle = "%" + re.sub(r"([\\%_])", r"\\\1", text.strip()) + "%"
        with self._reading() as db:
            rows = db.execute(
                f"""SELECT {_FIELDS} FROM messages
                    WHERE id < ? AND (rcpt_to LIKE ? ESCAPE '\\' OR subject LIKE ? ESCAPE '\\')
                    ORDER BY id DESC LIMIT ?""",  # noqa: S608 - the fields are a constant
                (before if before is not None else 2**62, needle, needle, limit),
            )
            return [Listed(*row) for row in rows]

    def get(self, number: int) -> tuple[Listed, bytes] | None:
        """A message and its bytes."""
        with self._reading() as db:
            row = db.execute(f"SELECT {_FIELDS} FROM messages WHERE id = ?", (number,)).fetchone()  # noqa: S608
            return (Listed(*row), _content(db, number)) if row else None

    def count(self) -> tuple[int, int]:
        """How many messages, and how many different recipients."""
        with self._reading() as db:
            row = db.execute("SELECT count(*), count(DISTINCT rcpt_to) FROM messages").fetchone()
            return row[0], row[1]

    def count_by_message_id(self, *, more_than: int = 0, recipient: str = "") -> dict[str, int]:
        """How often each Message-ID came in: the judge of "nothing was sent twice"."""
        with self._reading() as db:
            return dict(
                db.execute(
                    """SELECT message_id, count(*) FROM messages WHERE ? IN ('', rcpt_to)
                       GROUP BY message_id HAVING count(*) > ? ORDER BY min(id)""",
                    (recipient, more_than),
                ).fetchall()
            )

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._file)) as db:
            yield db

    async def _write_waiting(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            try:
                first = await asyncio.to_thread(self._store, [message for message, _ in group])
            except sqlite3.Error as error:
                for _, stored in group:
                    if not stored.done():
                        stored.set_exception(error)
            else:
                for number, (_, stored) in enumerate(group, first):
                    if not stored.done():
                        stored.set_result(number)

    def _store(self, group: list[Received]) -> int:
        first: int = self._next
        self._next += len(group)
        messages, bodies = [], []
        for number, message in enumerate(group, first):
            subject, message_id = _headers(message.content)
            to, size = ", ".join(message.rcpt_to), len(message.content)
            messages.append((number, message.received_at, message.mail_from, to, subject, message_id, size))
            bodies.append((number, *_compressed(message.content, first, number, group[0].content)))
        self._writer.execute("BEGIN IMMEDIATE")
        self._writer.executemany("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)", messages)
        self._writer.executemany("INSERT INTO bodies VALUES (?, ?, ?)", bodies)
        self._writer.execute("COMMIT")
        return first

    def _commit(self, statements: list[str]) -> None:
        self._writer.execute("BEGIN IMMEDIATE")
        for statement in statements:
            self._writer.execute(statement)
        self._writer.execute("COMMIT")


def received(mail_from: str, rcpt_to: list[str], content: bytes) -> Received:
    """A message that has come in now."""
    return Received(mail_from, tuple(rcpt_to), content, time.time())


def _compressed(content: bytes, first: int, number: int, reference: bytes) -> tuple[int | None, bytes]:
    """Messages of one step differ little: against another one they take a third of the room, and less time."""
    if number == first:
        return None, zlib.compress(content, 1)
    packer = zlib.compressobj(6, zlib.DEFLATED, 15, 9, zlib.Z_DEFAULT_STRATEGY, reference)
    return first, packer.compress(content) + packer.flush()


def _content(db: sqlite3.Connection, number: int) -> bytes:
    reference, body = db.execute("SELECT reference, body FROM bodies WHERE id = ?", (number,)).fetchone()
    if reference is None:
        return zlib.decompress(body)
    return zlib.decompressobj(zdict=_content(db, reference)).decompress(body)


_HEADER = re.compile(rb"^(subject|message-id):[ \t]*(.*(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)


def _headers(content: bytes) -> tuple[str, str]:
    head, _, _ = content.partition(b"\r\n\r\n")
    found = {name.lower(): value for name, value in reversed(_HEADER.findall(head))}
    subject = re.sub(rb"\r?\n", b"", found.get(b"subject", b"")).decode("utf-8", "replace").strip()
    if "=?" in subject:
        with suppress(ValueError, LookupError):  # then it is shown as it came
            subject = str(make_header(decode_header(subject)))
    return subject, found.get(b"message-id", b"").decode("utf-8", "replace").strip()
