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
    parser.addoption("--live", action="store_true", help="run tests/live against the workspace of the settings")
    parser.addoption("--conformance", action="store_true", help="every scenario on every engine; it takes minutes")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "conformance: runs with --conformance only (make conformance)")
    config.addinivalue_line("markers", "live: runs with --live only (make live)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for marker in ("conformance", "live"):
        if not config.getoption(f"--{marker}"):
            left_out = [each for each in items if each.get_closest_marker(marker)]
            config.hook.pytest_deselected(items=left_out)
            items[:] = [each for each in items if not each.get_closest_marker(marker)]


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
