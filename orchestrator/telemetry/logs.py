"""Logs: a line of JSON for each event, or plain lines for somebody at a terminal."""

import json
import logging
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from opentelemetry import trace

Format = Literal["auto", "json", "plain"]


def begin(level: str, wanted: Format, about: Callable[[], Mapping[str, str]]) -> None:
    """Writes what is logged to stderr; `about` says what the work at hand is for: journey, node, wave, kind.

    Does nothing where somebody has set up logging already.
    """
    plain = wanted == "plain" or (wanted == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler()
    handler.setFormatter(_Plain(about) if plain else _Lines(about))
    logging.basicConfig(handlers=[handler])
    logging.getLogger("sojourn").setLevel(level)


class _Lines(logging.Formatter):
    """One line of JSON for each event. `extra={"fields": {...}}` adds fields: counts, ids and clocks."""

    def __init__(self, about: Callable[[], Mapping[str, str]]) -> None:
        super().__init__()
        self._about = about

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **self.fields(record),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"], line["traceback"] = _named(record.exc_info[1]), _frames(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)

    def fields(self, record: logging.LogRecord) -> dict[str, Any]:
        """What the event is about, and in which trace it happened."""
        found: dict[str, Any] = {**self._about(), **getattr(record, "fields", {})}
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            found["trace_id"] = trace.format_trace_id(context.trace_id)
        return found


class _Plain(_Lines):
    """The same, for people."""

    def format(self, record: logging.LogRecord) -> str:
        """A line, and the frames of an exception below it."""
        at = datetime.fromtimestamp(record.created, UTC).astimezone().strftime("%H:%M:%S")
        fields = "".join(f" {name}={value}" for name, value in self.fields(record).items())
        line = f"{at} {record.levelname} {record.name} {record.getMessage()}{fields}"
        if record.exc_info and record.exc_info[0] is not None:
            line += f"\n{_named(record.exc_info[1])}\n{''.join(_frames(record.exc_info))}"
        return line


def _named(error: BaseException | None) -> str:
    """The kinds of an error and of what caused it; their texts may quote a value, and with it a person."""
    names: list[str] = []
    while error is not None and len(names) < 5:
        names.append(f"{type(error).__module__}.{type(error).__qualname__}")
        error = error.__cause__ or error.__context__
    return " from ".join(names)


def _frames(info: Any) -> list[str]:
    return traceback.format_tb(info[2])
