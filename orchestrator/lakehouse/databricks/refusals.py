"""What Databricks and its connector say when something goes wrong, in plain words – and whether to try again."""

import re
import ssl
from dataclasses import dataclass
from enum import Enum
from typing import Any

import urllib3.exceptions

from orchestrator.errors import LakehouseAway, SojournError, UserError


class Again(Enum):
    """What may be done after a failure."""

    NO = "no"
    LATER = "later"
    """Nothing was executed: the same statement may be sent again, after a pause."""
    NEW_SESSION = "new session"
    """Nothing was executed, and this connection is of no more use."""
    UNKNOWN = "unknown"
    """It may have been executed: only what reads may be sent again."""


@dataclass(frozen=True)
class Failure:
    """What went wrong, and what may be done."""

    error: SojournError
    again: Again = Again.NO


_FIX = "check that the tables still have the columns the journey uses, and values that fit"
_ABOUT_NAMES = ("TABLE_OR_VIEW_NOT_FOUND", "UNRESOLVED_COLUMN", "SCHEMA_NOT_FOUND", "UNRESOLVED_ROUTINE")
_SAID = {
    "CAST_INVALID_INPUT": "a value cannot be converted to the type it is compared with",
    "CAST_OVERFLOW": "a number is out of range",
    "ARITHMETIC_OVERFLOW": "a number is out of range",
    "DIVIDE_BY_ZERO": "a number is divided by zero",
    "PARSE_SYNTAX_ERROR": "the statement is not understood",
    "TOO_MANY_PARAMETERS": "the statement has too many values",
}
_RIGHTS = ("INSUFFICIENT_PERMISSIONS", "PERMISSION_DENIED", "UNAUTHORIZED_ACCESS")
_CONFLICTS = re.compile(r"DELTA_CONCURRENT|Concurrent\w+Exception|Failed to commit transaction")


def of_error(error: BaseException, place: str) -> Failure:
    """What the connector raised."""
    from databricks.sql import exc  # it takes seconds to load

    if isinstance(error, SojournError):
        return Failure(error)
    if isinstance(error, exc.RequestError):
        for inner in error.args:
            if isinstance(inner, SojournError):  # of signing in, which happens below the connector
                return Failure(inner)
        code = error.context.get("http-code")
        return of_request(code if code != 200 else None, error.context.get("error-message") or "", place)
    if isinstance(error, urllib3.exceptions.HTTPError | OSError):
        return _unreachable(error, place)
    text = str(getattr(error, "message", None) or error)
    if "SessionHandle" in text or "session has expired" in text.lower():
        gone = LakehouseAway("the session has ended", place=place, fix="it is tried again")
        return Failure(gone, Again.NEW_SESSION)
    if text.startswith("Staging operation"):
        fix = "check that the workspace's storage can be reached; it is tried again"
        return Failure(LakehouseAway("a file could not be put into the volume", place=place, fix=fix), Again.UNKNOWN)
    if isinstance(error, exc.Error):
        return of_statement(text, place)
    return Failure(SojournError(f"an unexpected {type(error).__name__}", place=place, fix="see the log"))


def of_statement(message: str, place: str) -> Failure:
    """A statement that the warehouse refused; `message` is the server's, with an error class in brackets."""
    found = re.search(r"\[([A-Z0-9_]+(?:\.[A-Z0-9_]+)?)\]", message)
    name = found[1] if found else ""
    if _CONFLICTS.search(message):
        lost = "another writer was faster, again and again"
        return Failure(LakehouseAway(lost, place=place, fix="it is tried again"), Again.LATER)
    if "TIMEOUT" in name or "timed out" in message.lower():
        fix = "take a larger warehouse, or raise SOJOURN_DATABRICKS_STATEMENT_SECONDS"
        return Failure(LakehouseAway("the statement took longer than it may", place=place, fix=fix))
    if "CANCELED" in name:
        return Failure(LakehouseAway("the statement was cancelled", place=place, fix="it is tried again"))
    if any(each in message for each in _RIGHTS):
        fix = "`sojourn lakehouse grants` prints what to grant"
        return Failure(UserError(f"a right is missing: {_sentence(message)}", place="lakehouse", fix=fix))
    if name.startswith(_ABOUT_NAMES):
        return Failure(UserError(_sentence(message), place="lakehouse", fix=_FIX))
    # Any other text may quote a value, and with it a person.
    said = next(
        (text for each, text in _SAID.items() if name.startswith(each)), f"it failed with {name or 'no reason'}"
    )
    return Failure(UserError(said, place="lakehouse", fix=_FIX))


def of_request(status: int | None, reason: str, place: str) -> Failure:
    """A request that got an answer other than a result, or none (`status` None)."""
    if status == 401:
        text = f"Databricks refuses the sign-in: {reason.strip(': ') or 'the token is not valid, or has ended'}"
        fix = "make a new token or secret, and set it in SOJOURN_DATABRICKS_…"
        return Failure(UserError(text, place=place, fix=fix), Again.NEW_SESSION)
    if status == 403:
        fix = "grant CAN USE on the warehouse to whoever signs in"
        return Failure(UserError("whoever signs in may not use the warehouse", place=place, fix=fix))
    if status == 404:
        fix = "compare SOJOURN_DATABRICKS_HTTP_PATH with the warehouse's connection details"
        return Failure(UserError("there is no such warehouse", place=place, fix=fix))
    if status == 429:
        fix = "wait; if it stays so, let the warehouse have more clusters"
        return Failure(LakehouseAway("the warehouse has too much to do", place=place, fix=fix), Again.LATER)
    if status == 503:
        fix = "wait; a warehouse that was stopped takes seconds to minutes"
        text = "the warehouse is starting, or not there"
        return Failure(LakehouseAway(text, place=place, fix=fix), Again.LATER)
    if status not in (None, 502, 504):
        return Failure(LakehouseAway(f"the warehouse answers {status}", place=place, fix="it is tried again"))
    text = "the warehouse did not answer"
    return Failure(LakehouseAway(text, place=place, fix="check the network; it is tried again"), Again.UNKNOWN)


def _unreachable(error: BaseException, place: str) -> Failure:
    """No answer: was anything sent at all?"""
    cause: Any = getattr(error, "reason", None) or error
    if isinstance(cause, urllib3.exceptions.SSLError | ssl.SSLError) or "CERTIFICATE" in str(cause):
        fix = "name the authority that signed it in SOJOURN_DATABRICKS_CA_FILE"
        return Failure(UserError("the server's certificate is not trusted", place=place, fix=fix))
    if isinstance(cause, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError):
        fix = "check SOJOURN_DATABRICKS_HOST, the network and the proxy"
        return Failure(LakehouseAway("it cannot be reached", place=place, fix=fix), Again.LATER)
    return of_request(None, "", place)


def _sentence(message: str) -> str:
    """The first sentence, without class, state and what follows: later ones quote the statement."""
    text = re.sub(r"\[[A-Z0-9_.]+\]\s*", "", message.splitlines()[0])
    return re.split(r"\. |\s*SQLSTATE", text)[0].strip()[:300]
