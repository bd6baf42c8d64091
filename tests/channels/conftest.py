"""One sandbox for all tests of channels, emptied before each."""

import socket

import pytest

from sojourn.sandbox import SandboxProcess


@pytest.fixture(scope="session")
async def sandbox_process():
    async with SandboxProcess(smtp_password="sandbox-smtp-word", meta_token="sandbox-meta-token") as sandbox:
        yield sandbox


@pytest.fixture
async def sandbox(sandbox_process):
    await sandbox_process.reset()
    return sandbox_process


@pytest.fixture
def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
