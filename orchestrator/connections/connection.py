"""A connection: the settings of a channel's account, and where each of its secrets is kept."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from pydantic import BaseModel, SecretBytes, SecretStr, ValidationError

from orchestrator.channels.channel import Channel, ChannelModel
from orchestrator.errors import Invalid, UserError
from orchestrator.journey.problem import Problem, field_problem

KEPT = "kept"
"""Stands for a secret whose value is kept here, where others have a reference."""


class Usable(NamedTuple):
    """What a channel is opened with: its class and the account's settings, secrets resolved."""

    channel: type[Channel]
    settings: ChannelModel


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection as people may see it.

    `settings` are the fields that are no secrets; `secrets`: field → a reference, or KEPT. `revision` and the instants
    are None for one of the file. `problem`: why it cannot be used, in plain words; empty: it can.
    """

    name: str
    channel: str
    source: Literal["file", "page"]
    settings: dict[str, Any]
    secrets: dict[str, str]
    revision: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    problem: str = ""


def secret_fields(form: type[BaseModel]) -> frozenset[str]:
    """The fields of a form that hold a secret, however deep inside."""
    return frozenset(name for name, field in form.model_fields.items() if _is_secret(field.annotation))


def _is_secret(kind: Any) -> bool:
    if isinstance(kind, type) and issubclass(kind, SecretStr | SecretBytes):
        return True
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return bool(secret_fields(kind))
    return any(map(_is_secret, get_args(kind)))


def is_reference(value: object) -> bool:
    """Whether a text stands for a value that is kept elsewhere: `env:NAME` or `file:PATH`."""
    return isinstance(value, str) and value.startswith(("env:", "file:"))


def resolve(reference: str, folder: Path) -> str:
    """What a reference stands for; a path begins in `folder`. Raises UserError that repeats no value."""
    kind, _, name = reference.partition(":")
    if kind == "env":
        if name not in os.environ:
            raise UserError(f"the variable {name} is not set", fix=f"set {name}")
        return os.environ[name]
    try:
        return (folder / name).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError, ValueError):
        raise UserError(f"the file {name} cannot be read", fix="check its path and rights") from None


def checked(channel: type[Channel], values: Mapping[str, Any], secrets: Iterable[str] = ()) -> ChannelModel:
    """The settings. Raises Invalid with a problem at each field, in which no secret is repeated."""
    try:
        return channel.Connection.model_validate(dict(values))
    except ValidationError as wrong:
        errors = wrong.errors(include_input=False, include_context=False, include_url=False)
        found = [field_problem(None, channel.Connection, error["loc"], error, under=["settings"]) for error in errors]
    raise invalid([each.model_copy(update={"text": without(secrets, each.text)}) for each in found]) from None


def invalid(problems: list[Problem]) -> Invalid:
    """All of them at once."""
    listed = [each.model_dump(mode="json") for each in problems]
    return Invalid(problems[0].text, problems=listed, place="connection", fix=problems[0].fix)


def without(secrets: Iterable[str], text: str) -> str:
    """The text with every secret that is in it left out."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "…")
    return text
