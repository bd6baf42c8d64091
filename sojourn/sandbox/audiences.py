"""Custom audiences as an ad platform keeps them: sets of hashes, in SQLite."""

import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS members (audience TEXT, hash BLOB, PRIMARY KEY (audience, hash)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY, audience TEXT, action TEXT, session_id INTEGER, received INTEGER, invalid INTEGER, at REAL
);
"""


@dataclass(frozen=True, slots=True)
class Audience:
    """An audience and what was asked of it."""

    id: str
    size: int
    requests: int
    received: int


@dataclass(frozen=True, slots=True)
class Request:
    """One request that changed an audience."""

    audience: str
    action: str
    session_id: int
    received: int
    invalid: int
    at: float


class Audiences:
    """All audiences; one comes into being when it is first named. Safe to use from any thread."""

    def __init__(self, folder: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(folder / "audiences.db", check_same_thread=False, isolation_level=None)
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    def change(self, audience: str, action: str, rows: list[list[str]], session_id: int) -> int:
        """Adds or removes people; returns how many rows were no use.

        A person is a row, known by the first hash in it. What is not a SHA-256 in hex counts as invalid, as at the
        real platform.
        """
        known = [(audience, digest) for row in rows if (digest := _person(row)) is not None]
        invalid = len(rows) - len(known)
        statement = (
            "INSERT OR IGNORE INTO members VALUES (?, ?)"
            if action == "add"
            else "DELETE FROM members WHERE audience = ? AND hash = ?"
        )
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(statement, known)
            self._db.execute(
                "INSERT INTO requests (audience, action, session_id, received, invalid, at) VALUES (?, ?, ?, ?, ?, ?)",
                (audience, action, session_id, len(rows), invalid, time.time()),
            )
            self._db.execute("COMMIT")
        return invalid

    def all(self) -> list[Audience]:
        """Every audience that was ever named."""
        with self._lock:
            rows = self._db.execute(
                """SELECT audience, (SELECT count(*) FROM members WHERE members.audience = requests.audience),
                          count(*), sum(received)
                   FROM requests GROUP BY audience ORDER BY audience"""
            ).fetchall()
        return [Audience(*row) for row in rows]

    def get(self, audience: str) -> Audience:
        """One audience; empty when it was never named."""
        found = [each for each in self.all() if each.id == audience]
        return found[0] if found else Audience(audience, 0, 0, 0)

    def requests(self, audience: str | None = None, limit: int = 50) -> list[Request]:
        """The latest requests first."""
        with self._lock:
            rows = self._db.execute(
                """SELECT audience, action, session_id, received, invalid, at FROM requests
                   WHERE audience = coalesce(?, audience) ORDER BY id DESC LIMIT ?""",
                (audience, limit),
            ).fetchall()
        return [Request(*row) for row in rows]

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._db.executescript("DELETE FROM members; DELETE FROM requests;")


def _person(row: list[str]) -> bytes | None:
    for value in row:
        if value:
            try:
                digest = bytes.fromhex(value)
            except (ValueError, TypeError):
                return None
            return digest if len(digest) == 32 else None
    return None
