"""Lines of the log, as machines and as people read them."""

import json
import logging
import sys

import pytest

from orchestrator.telemetry.logs import _Lines, _Plain

SOMEBODY = "@".join(("somebody", "zz-canary.example"))


def record() -> logging.LogRecord:
    """An error whose texts name somebody."""
    try:
        try:
            raise ValueError(SOMEBODY)
        except ValueError as first:
            raise KeyError(SOMEBODY) from first
    except KeyError:
        made = logging.LogRecord("sojourn.worker", logging.ERROR, __file__, 1, "it %s", ("broke",), sys.exc_info())
    made.fields = {"chunk": 7}
    return made


def test_an_event_is_one_line_of_json_and_an_error_is_told_without_its_text() -> None:
    line = _Lines(lambda: {"journey": "spring", "node": "offer"}).format(record())
    told = json.loads(line)
    assert "\n" not in line
    assert "zz-canary" not in line
    assert (
        told.items()
        >= {
            "level": "error",
            "logger": "sojourn.worker",
            "message": "it broke",
            "journey": "spring",
            "node": "offer",
            "chunk": 7,
            "exception": "builtins.KeyError from builtins.ValueError",
        }.items()
    )
    assert "in record" in told["traceback"][-1]


@pytest.mark.parametrize(
    "text", ["ERROR sojourn.worker it broke journey=spring chunk=7", "builtins.KeyError", "in record"]
)
def test_somebody_at_a_terminal_reads_the_same(text: str) -> None:
    assert text in _Plain(lambda: {"journey": "spring"}).format(record())
