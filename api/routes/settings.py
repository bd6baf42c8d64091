"""Settings: what is in force and where it comes from; secrets are never in it, and nothing is changed here."""

import asyncio
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.deps import Here
from orchestrator import __version__
from orchestrator.connections.secrets import sealing
from orchestrator.errors import UserError
from orchestrator.lakehouse.model import load_sources

router = APIRouter(prefix="/settings", tags=["settings"])


class Setting(BaseModel):
    """A setting in force."""

    name: str = Field(description="The variable that sets it")
    value: str = Field(description="`…` for a secret that is set")
    source: Literal["default", "environment", "file"] = Field(description="`file`: .env in the folder Sojourn runs in")
    description: str


class Versions(BaseModel):
    """What runs."""

    sojourn: str
    python: str
    lakehouse: str
    temporal_sdk: str
    database: str


class KeyState(BaseModel):
    """The keys that seal secrets, and the secrets they seal."""

    source: Literal["environment", "file", "none"] = Field(description="`none`: the first secret makes the file")
    file: str = Field(description="Where keys are that the environment does not hold")
    count: int
    sealed: int = Field(description="Secrets of connections that are kept sealed")
    older: int = Field(description="Those of them not yet under the first key: `sojourn secrets rotate`")
    unreadable: int = Field(description="Those of them that no key opens")
    problem: str = Field(description="Why the keys cannot be used; empty: they can")


class TemporalPlace(BaseModel):
    """Where workflows run."""

    address: str
    namespace: str
    task_queue: str
    url: str | None = Field(description="Temporal's own pages; None: not known")


class Workspace(BaseModel):
    """Everything about this Sojourn that is set up outside its pages."""

    variables: list[Setting]
    versions: Versions
    keys: KeyState
    time_zone: str | None = Field(description="Of the source model; None: it cannot be read")
    ledger_schema: str
    temporal: TemporalPlace


@router.get("")
async def get_settings(here: Here) -> Workspace:
    """The settings in force, the versions, the state of the keys, and where things are."""
    place = here.runner.place
    return Workspace(
        variables=[
            Setting(name=each.name, value=each.value, source=each.source, description=each.description)
            for each in here.settings
        ],
        versions=Versions(
            sojourn=__version__,
            python=platform.python_version(),
            lakehouse=_engine(here.engine.name),
            temporal_sdk=version("temporalio"),
            database=await here.store.product(),
        ),
        keys=await _keys(here),
        time_zone=await _time_zone(here),
        ledger_schema=here.ledger_schema,
        temporal=TemporalPlace(
            address=place.address, namespace=place.namespace, task_queue=place.task_queue, url=place.url
        ),
    )


def _engine(name: str) -> str:
    """The lakehouse's kind, and the release of the driver."""
    try:
        return f"{name} {version(_DRIVERS.get(name, name))}"
    except PackageNotFoundError:
        return name


_DRIVERS = {"databricks": "databricks-sql-connector"}


async def _keys(here: Here) -> KeyState:
    ring, problem = here.catalog.connections.keys, ""
    count = sealed = older = unreadable = 0
    try:
        count = len(ring.keys())
        found = await sealing(here.catalog.connections.store, ring)
        sealed, older, unreadable = found.sealed, found.older, found.unreadable
    except UserError as refused:
        problem = f"{refused.text} – {refused.fix}"
    return KeyState(
        source=ring.source,
        file=str(ring.file.resolve()),
        count=count,
        sealed=sealed,
        older=older,
        unreadable=unreadable,
        problem=problem,
    )


async def _time_zone(here: Here) -> str | None:
    try:
        return (await asyncio.to_thread(load_sources, here.catalog.sources_file)).time_zone
    except UserError:
        return None
