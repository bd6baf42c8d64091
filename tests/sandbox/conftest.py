"""One sandbox for all tests of the sandbox, emptied before each."""

import httpx2
import pytest

from sojourn.sandbox import SandboxProcess


@pytest.fixture(scope="session")
async def running():
    async with SandboxProcess() as process:
        yield process


@pytest.fixture
async def sandbox(running):
    await running.reset()
    return running


@pytest.fixture(scope="session")
async def http(running):
    async with httpx2.AsyncClient(base_url=running.http_url, trust_env=False) as client:
        yield client
