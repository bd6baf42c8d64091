"""The catalogue: everything a journey may be made of, as the canvas and the rule builder read it."""

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.deps import Here
from orchestrator.channels.channel import Channel
from orchestrator.journey.node import Group, Node
from orchestrator.journey.settings import JourneySettings
from orchestrator.lakehouse.engine import Kind
from orchestrator.lakehouse.model import Lakehouse

router = APIRouter(prefix="/catalogue", tags=["catalogue"])


class NodeKind(BaseModel):
    """A kind of step, with the JSON Schema of its form."""

    model_config = ConfigDict(populate_by_name=True)

    type: str
    title: str
    icon: str
    group: Group
    hint: str
    form: dict[str, Any] = Field(alias="schema")


class ChannelKind(BaseModel):
    """A channel, with the JSON Schemas of its two forms."""

    name: str
    title: str
    icon: str
    kind: Literal["message", "audience"]
    semantics: str
    connection_schema: dict[str, Any]
    step_schema: dict[str, Any]


class ConnectionName(BaseModel):
    """A connection; its settings stay on the server."""

    name: str
    channel: str


class SourceColumn(BaseModel):
    """A column that rules may use; `contact`: it is personal and never in a sample by itself."""

    name: str
    type: Kind
    contact: bool = False


class CustomerSource(BaseModel):
    """The customer table."""

    table: str
    key: str
    columns: list[SourceColumn]


class RelatedSource(BaseModel):
    """A table whose rows belong to members."""

    name: str
    table: str
    key: str
    cardinality: Literal["one", "many"]
    happened_at: str | None
    scores: bool
    columns: list[SourceColumn]


class SourceList(BaseModel):
    """What is in the lakehouse, as far as the source model names it."""

    customers: CustomerSource
    related: list[RelatedSource]
    consents: list[str] = Field(description="Purposes that the consent table has")


class Catalogue(BaseModel):
    """Everything that a journey may be made of."""

    nodes: list[NodeKind]
    channels: list[ChannelKind]
    connections: list[ConnectionName]
    sources: SourceList
    settings: dict[str, Any] = Field(description="JSON Schema of a journey's settings")
    sandbox_url: str | None = Field(description="Where the sandbox shows what it got; None: it does not run here")


@router.get("")
async def get_catalogue(here: Here) -> Catalogue:
    """Node types, channels, connections, and the columns of the lakehouse."""
    catalog = here.catalog
    lakehouse = await catalog.lakehouse()
    return Catalogue(
        nodes=[_node_kind(node) for node in catalog.nodes.values()],
        channels=[_channel_kind(channel) for channel in catalog.channels.values()],
        connections=[
            ConnectionName(name=name, channel=channel)
            for name, channel in sorted((await catalog.connections.channel_names()).items())
        ],
        sources=SourceList(
            customers=CustomerSource(
                table=lakehouse.customers.table,
                key=lakehouse.customers.key,
                columns=_columns(lakehouse, lakehouse.customers.table),
            ),
            related=[
                RelatedSource(name=name, columns=_columns(lakehouse, related.table), **related.model_dump())
                for name, related in lakehouse.sources.related.items()
            ],
            consents=await catalog.purposes(),
        ),
        settings=JourneySettings.model_json_schema(),
        sandbox_url=here.sandbox_url,
    )


def _columns(lakehouse: Lakehouse, table: str) -> list[SourceColumn]:
    personal = lakehouse.personal_columns(table)
    return [
        SourceColumn(name=name, type=kind, contact=name in personal) for name, kind in lakehouse.tables[table].items()
    ]


def _node_kind(node: type[Node]) -> NodeKind:
    return NodeKind(
        type=node.name,
        title=node.title,
        icon=node.icon,
        group=node.group,
        hint=node.hint,
        form=node.model_json_schema(),
    )


def _channel_kind(channel: type[Channel]) -> ChannelKind:
    return ChannelKind(
        name=channel.name,
        title=channel.title,
        icon=channel.icon,
        kind=channel.capabilities.kind,
        semantics=channel.capabilities.semantics.value,
        connection_schema=channel.Connection.model_json_schema(),
        step_schema=channel.Step.model_json_schema(),
    )
