"""What all tests share: one Temporal server, and the switches that rewrite recorded files."""

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from temporalio.client import Client

from sojourn.temporal_server import TemporalServer


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="rewrite tests/golden")
    parser.addoption("--record-histories", action="store_true", help="record tests/histories")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Temporal's library may crash while the interpreter ends; the exit code of the tests must not depend on it."""
    status = getattr(config, "exit_status", None)
    if status is not None:
        os._exit(int(status))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.exit_status = exitstatus  # type: ignore[attr-defined]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def temporal() -> AsyncIterator[TemporalServer]:
    async with TemporalServer() as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(temporal: TemporalServer) -> Client:
    return await temporal.client()
