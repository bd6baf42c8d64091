"""Every answer that is an error has one shape; what was sent is never in it."""

import logging
import traceback
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from orchestrator.errors import ChannelAway, Invalid, SojournError, Stale, UserError
from orchestrator.journey.problem import Problem

log = logging.getLogger("sojourn.api")

_HTTP_CODES = {401: "not_signed_in", 403: "forbidden", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}


class Failure(BaseModel):
    """What went wrong, where, and what to do about it."""

    kind: Literal["user", "operational", "unexpected"]
    code: str
    text: str
    place: str
    fix: str
    problems: list[Problem]
    current: dict[str, Any] | None = Field(description="What somebody else saved meanwhile, as one would read it")


class ErrorBody(BaseModel):
    """The body of every answer that is an error."""

    error: Failure


ERRORS: dict[int | str, dict[str, Any]] = {"4XX": {"model": ErrorBody}, "5XX": {"model": ErrorBody}}
"""For the OpenAPI document of every route."""


class RevisionNeeded(UserError):
    """A save must say which revision it replaces."""

    status = 428
    code = "revision_needed"


def answer(
    status: int,
    kind: Literal["user", "operational", "unexpected"],
    code: str,
    text: str,
    *,
    place: str = "",
    fix: str = "",
    problems: Sequence[Mapping[str, Any]] = (),
    current: dict[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """An error as a response."""
    failure = Failure(
        kind=kind,
        code=code,
        text=text,
        place=place,
        fix=fix,
        problems=[Problem.model_validate(dict(problem)) for problem in problems],
        current=current,
    )
    return JSONResponse(ErrorBody(error=failure).model_dump(mode="json"), status, headers)


def install(app: FastAPI) -> None:
    """Every kind of error leaves by the one shape."""
    app.add_exception_handler(SojournError, _told)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(HTTPException, _http)


def unexpected(error: Exception) -> JSONResponse:
    """A defect: logged under a reference that the answer names. The log has no message, which may quote a value."""
    reference = uuid.uuid4().hex[:12]
    cause = error.__cause__ or error.__context__
    names = " from ".join(f"{type(each).__module__}.{type(each).__qualname__}" for each in (error, cause) if each)
    log.error("unexpected error %s: %s\n%s", reference, names, "".join(traceback.format_tb(error.__traceback__)))
    text = "something went wrong that should not have"
    fix = f"look for {reference} in the log, and report it"
    return answer(500, "unexpected", "unexpected", text, place=f"reference {reference}", fix=fix)


async def _told(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SojournError)
    retry = getattr(error, "retry_after", None) if isinstance(error, ChannelAway) else None
    return answer(
        error.status,
        "user" if isinstance(error, UserError) else "operational",
        error.code,
        error.text,
        place=error.place,
        fix=error.fix,
        problems=error.problems if isinstance(error, Invalid) else (),
        current=error.current if isinstance(error, Stale) else None,
        headers={"Retry-After": str(round(retry))} if retry else None,
    )


async def _not_understood(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = [_problem(each) for each in error.errors()]
    first = problems[0] if problems else {"text": "the request cannot be read", "fix": ""}
    return answer(422, "user", "invalid", first["text"], place="request", fix=first["fix"], problems=problems)


def _problem(error: Mapping[str, Any]) -> dict[str, Any]:
    """One of pydantic's errors as a problem; neither the input nor what was made of it comes along."""
    code = str(error["type"])
    path = [part for part in error["loc"] if part != "body"]
    field = ".".join(map(str, path)) or "the body"
    if code == "missing":
        return {"code": code, "text": f"{field} is missing", "fix": "send it", "path": path}
    if code == "union_tag_invalid":
        expected = error.get("ctx", {}).get("expected_tags", "")
        return {"code": code, "text": f"{field}: this kind is not known", "fix": f"use one of {expected}", "path": path}
    return {"code": code, "text": f"{field}: {error['msg']}", "fix": "correct it", "path": path}


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = _HTTP_CODES.get(error.status_code, "http_error")
    text = "there is nothing here" if error.status_code == 404 else str(error.detail)
    return answer(error.status_code, "user", code, text, headers=error.headers)
