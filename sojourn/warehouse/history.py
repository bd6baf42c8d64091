"""What was run, as Databricks' system.query.history has it: for costs, and for tests that look at tags and clients."""

import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

_KEPT = 20_000
SCHEMA = pa.schema(
    [
        ("statement_id", pa.string()),
        ("statement_text", pa.string()),
        ("statement_type", pa.string()),
        ("execution_status", pa.string()),
        ("client_application", pa.string()),
        ("start_time", pa.timestamp("us")),
        ("total_duration_ms", pa.int64()),
        ("read_rows", pa.int64()),
        ("produced_rows", pa.int64()),
        ("query_tags", pa.map_(pa.string(), pa.string())),
    ]
)


@dataclass(frozen=True)
class Ran:
    """A statement, how long it took and what it is for."""

    statement_id: str
    statement: str
    status: str
    client: str
    began: datetime
    milliseconds: int
    rows: int
    tags: dict[str, str]
    error: str = ""


class History:
    """The newest statements, in memory."""

    def __init__(self) -> None:
        self._ran: deque[Ran] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()

    def note(self, ran: Ran) -> None:
        """A statement has ended."""
        with self._lock:
            self._ran.append(ran)

    def statements(self) -> list[Ran]:
        """In the order in which they ended."""
        with self._lock:
            return list(self._ran)

    def table(self) -> pa.Table:
        """As rows."""
        return pa.Table.from_pylist([_row(each) for each in self.statements()], SCHEMA)


def _row(ran: Ran) -> dict[str, Any]:
    return {
        "statement_id": ran.statement_id,
        "statement_text": ran.statement,
        "statement_type": ran.statement.split(maxsplit=1)[0].upper() if ran.statement.strip() else "",
        "execution_status": ran.status,
        "client_application": ran.client,
        "start_time": ran.began.astimezone(UTC).replace(tzinfo=None),
        "total_duration_ms": ran.milliseconds,
        "read_rows": 0,
        "produced_rows": ran.rows,
        "query_tags": list(ran.tags.items()),
    }


def tags_of(text: str) -> dict[str, str]:
    """The client's `key:value,key:value`, where `\\` keeps the next character from meaning anything."""
    pairs, part, parts = dict[str, str](), "", list[str]()
    letters = iter(text)
    for letter in letters:
        if letter == "\\":
            part += next(letters, "")
        elif letter == ":" and not parts:
            parts, part = [part], ""
        elif letter == ",":
            pairs[(parts or [part])[0]] = part if parts else ""
            parts, part = [], ""
        else:
            part += letter
    if part or parts:
        pairs[(parts or [part])[0]] = part if parts else ""
    return pairs
