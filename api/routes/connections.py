"""Connections: the accounts channels work with; those of the file are shown, others are made and changed here."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Header, Path, Response
from pydantic import BaseModel, Field

from api.connection_uses import Use, connection_uses
from api.deps import Here, Parts
from api.drafts import revision_of, tag
from api.models import Body, ConnectionCheck
from orchestrator.channels.channel import Channel, Remark
from orchestrator.connections.connection import KEPT, Connection, Usable, secret_fields
from orchestrator.errors import ChannelAway, Conflict, NotFound, SojournError, Stale
from orchestrator.journey.document import Id
from orchestrator.lakehouse.model import suggest

T = TypeVar("T")

router = APIRouter(prefix="/connections", tags=["connections"])

_PATIENCE = 15.0
"""Seconds a provider has to answer a check."""
Name = Annotated[str, Path(max_length=120)]


class ConnectionRow(BaseModel):
    """A connection in the list."""

    name: str
    channel: str
    title: str = Field(description="The channel's title; its name when it is not installed")
    icon: str
    kind: Literal["message", "audience"] | None = Field(description="None: the channel is not installed")
    source: Literal["file", "page"] = Field(description="`file`: declared in connections.yaml, read-only")
    revision: int | None = Field(description="None: of the file")
    updated_at: datetime | None
    used_in: list[Use] = Field(description="Drafts, and journeys under way, by name")
    last_check: ConnectionCheck | None = Field(description="Since the API was started")
    problem: str = Field(description="Why it cannot be used as it is; empty: it can")


class ConnectionList(BaseModel):
    """All connections, by name."""

    items: list[ConnectionRow]


class KeptSecret(BaseModel):
    """A secret field: whether something is kept, never what."""

    is_set: bool
    reference: str | None = Field(
        description="`env:NAME` or `file:PATH`; None: the value itself is kept, or nothing is"
    )


class ConnectionDetail(ConnectionRow):
    """A connection with its settings, but for the secrets."""

    settings: dict[str, Any]
    secrets: dict[str, KeptSecret]
    created_at: datetime | None


class ConnectionSettings(Body):
    """The fields of the channel's form. A secret left out is kept, one that is null or empty is cleared."""

    settings: dict[str, Any]


class NewConnection(ConnectionSettings):
    """A connection to be made."""

    name: Id
    channel: str


class ConnectionTrial(ConnectionSettings):
    """Settings to be tried before they are saved; secrets left out are those of the connection `name`."""

    name: Id | None = None
    channel: str


class ConnectionAnswer(BaseModel):
    """What the provider said, and what else to know."""

    text: str
    remarks: list[Remark] = Field(default_factory=list)


class Choice(BaseModel):
    """A value for a field, and how the provider calls it."""

    value: str
    label: str


class ChoiceList(BaseModel):
    """What there is to choose from."""

    items: list[Choice]


@router.get("")
async def list_connections(here: Here) -> ConnectionList:
    """All connections, with the journeys they are used in."""
    uses = await connection_uses(here)
    found = await here.catalog.connections.all()
    return ConnectionList(items=[ConnectionRow(**_row(here, each, uses)) for each in found])


@router.post("", status_code=201)
async def create_connection(here: Here, new: NewConnection, response: Response) -> ConnectionDetail:
    """A new connection, revision 1; its secrets are sealed before they are stored."""
    made = await here.catalog.connections.add(new.name, new.channel, new.settings)
    return await _detail(here, made, response)


@router.post("/check")
async def check_settings(here: Here, trial: ConnectionTrial) -> ConnectionAnswer:
    """Reaches the provider with settings that are not saved, and says what it answered."""
    return await _tried(here, await here.catalog.connections.draft(trial.name, trial.channel, trial.settings))


@router.get("/{name}")
async def get_connection(here: Here, name: Name, response: Response) -> ConnectionDetail:
    """The connection, with its revision as ETag; secrets are told to be there, never shown."""
    return await _detail(here, await here.catalog.connections.get(name), response)


@router.put("/{name}")
async def save_connection(
    here: Here,
    name: Name,
    draft: ConnectionSettings,
    response: Response,
    if_match: Annotated[str | None, Header(description='The revision it replaces, e.g. "3"')] = None,
) -> ConnectionDetail:
    """Saves over exactly the revision named by If-Match; workers use it from their next chunk on."""
    try:
        saved = await here.catalog.connections.save(name, draft.settings, revision_of(if_match))
    except Stale as stale:
        newer = await _detail(here, Connection(**stale.current), response)
        current = newer.model_dump(mode="json")
        raise Stale(stale.text, current=current, place=stale.place, fix=stale.fix) from stale
    here.checks.pop(name, None)
    return await _detail(here, saved, response)


@router.delete("/{name}", status_code=204)
async def delete_connection(here: Here, name: Name) -> None:
    """Deletes it, unless a draft or a journey under way uses it."""
    await here.catalog.connections.get(name)
    used = (await connection_uses(here)).get(name)
    if used:
        journeys = ", ".join(f"{use.name} ({use.status})" for use in used)
        fix = "choose another connection there, or delete the journey"
        raise Conflict(f"it is used by {journeys}", place=f"connection {name}", fix=fix)
    await here.catalog.connections.remove(name)
    here.checks.pop(name, None)


@router.post("/{name}/check")
async def check_connection(here: Here, name: Name) -> ConnectionAnswer:
    """Reaches the provider of a connection, and says what it answered."""
    try:
        usable = await here.catalog.connections.find(name)
    except NotFound as none:
        fix = suggest(name, await here.catalog.connections.channel_names())
        raise NotFound(none.text, place=none.place, fix=fix) from none
    try:
        answer = await _tried(here, usable)
    except SojournError as error:
        here.checks[name] = ConnectionCheck(at=here.clock(), ok=False, text=error.text)
        raise
    here.checks[name] = ConnectionCheck(at=here.clock(), ok=True, text=answer.text, remarks=answer.remarks)
    return answer


@router.get("/{name}/choices/{field}")
async def list_choices(here: Here, name: Name, field: Annotated[str, Path(max_length=64)]) -> ChoiceList:
    """What the provider's account has to choose from for a field of a step; empty when it lists nothing."""
    usable = await here.catalog.connections.find(name)
    found = await _asked(usable, lambda channel: channel.choices(field))
    return ChoiceList(items=[Choice(value=value, label=label) for value, label in found.items()])


async def _tried(here: Parts, usable: Usable) -> ConnectionAnswer:
    """What the provider says. Raises as `_asked`."""
    text = await _asked(usable, lambda channel: channel.check())
    remarks = [*await _asked(usable, lambda channel: channel.remarks())]
    if here.links and usable.channel.capabilities.consent == "email":
        remarks.append(_of_links(here.links.url))
    return ConnectionAnswer(text=text, remarks=remarks)


def _of_links(url: str) -> Remark:
    """What mail programs and customers can make of the links in messages."""
    if url.startswith("https://"):
        return Remark(ok=True, text=f"Links in messages, and one-click unsubscribing, lead to {url}")
    text = f"Links in messages lead to {url}, where customers cannot follow: mail programs offer no unsubscribing"
    return Remark(ok=False, text=text, fix="set SOJOURN_PUBLIC_URL to an https address that leads here")


async def _asked(usable: Usable, ask: Callable[[Channel], Awaitable[T]]) -> T:
    """Asks the provider. Raises ChannelAway when it says nothing for 15 s, and what the channel raises."""
    channel = usable.channel(usable.settings)
    try:
        async with asyncio.timeout(_PATIENCE):
            await channel.open()
            return await ask(channel)
    except TimeoutError:
        fix = "check the address, and whether a firewall is in between"
        raise ChannelAway(f"nothing answered within {_PATIENCE:g} s", place="connection", fix=fix) from None
    finally:
        await channel.close()


async def _detail(here: Parts, found: Connection, response: Response) -> ConnectionDetail:
    channel = here.catalog.channels.get(found.channel)
    names = secret_fields(channel.Connection) if channel else found.secrets.keys()
    if found.revision is not None:
        tag(response, found.revision)
    return ConnectionDetail(
        **_row(here, found, await connection_uses(here)),
        settings=found.settings,
        secrets={name: _kept(found.secrets.get(name)) for name in sorted(names)},
        created_at=found.created_at,
    )


def _row(here: Parts, found: Connection, uses: Mapping[str, list[Use]]) -> dict[str, Any]:
    channel = here.catalog.channels.get(found.channel)
    return {
        "name": found.name,
        "channel": found.channel,
        "title": channel.title if channel else found.channel,
        "icon": channel.icon if channel else "plug-off",
        "kind": channel.capabilities.kind if channel else None,
        "source": found.source,
        "revision": found.revision,
        "updated_at": found.updated_at,
        "used_in": uses.get(found.name, []),
        "last_check": here.checks.get(found.name),
        "problem": found.problem,
    }


def _kept(secret: str | None) -> KeptSecret:
    return KeptSecret(is_set=secret is not None, reference=None if secret == KEPT else secret)
