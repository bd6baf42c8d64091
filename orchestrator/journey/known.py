"""What exists around a journey when it is checked and compiled."""

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.audience.rules import Rule
from orchestrator.channels.channel import Channel
from orchestrator.journey.node import Node
from orchestrator.lakehouse.model import Lakehouse


@dataclass(frozen=True)
class Known:
    """Node types and channels by name, connections as name → channel name, audiences as id → rule."""

    nodes: Mapping[str, type[Node]]
    channels: Mapping[str, type[Channel]]
    connections: Mapping[str, str]
    audiences: Mapping[str, Rule]
    lakehouse: Lakehouse
