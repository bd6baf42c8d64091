"""Starts the sandbox as a child process, for tests and for the local stack."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2
from pydantic import BaseModel

from orchestrator.errors import OperationalError
from sojourn.sandbox.faults import Faults


class SandboxProcess:
    """`async with SandboxProcess() as sandbox:` – ports 0 are chosen by the system; the child dies with its parent."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        smtp_port: int = 0,
        http_port: int = 0,
        data: Path | None = None,
        smtp_password: str = "sandbox",  # noqa: S107 - nothing real is behind it
        meta_token: str = "sandbox",  # noqa: S107 - nothing real is behind it
        returns_to: str | None = None,
    ) -> None:
        self.host = host
        self.smtp_port = smtp_port
        self.http_port = http_port
        self.smtp_password = smtp_password
        self.meta_token = meta_token
        self._data, self._returns_to = data, returns_to
        self._process: subprocess.Popen[bytes] | None = None
        self._http: httpx2.AsyncClient | None = None

    @property
    def http_url(self) -> str:
        """Address of the inbox, the facts and the ad platform."""
        return f"http://{self.host}:{self.http_port}"

    async def __aenter__(self) -> Self:
        command = [sys.executable, "-m", "sojourn.sandbox", "--host", self.host, "--with-parent", str(os.getpid())]
        command += ["--smtp-port", str(self.smtp_port), "--http-port", str(self.http_port)]
        command += ["--smtp-password", self.smtp_password, "--meta-token", self.meta_token]
        if self._returns_to is not None:
            command += ["--returns-to", self._returns_to]
        if self._data is not None:
            command += ["--data", str(self._data)]
        # Not in a helper thread: Linux takes the thread that forks for the parent, and it must outlive the child.
        self._process = subprocess.Popen(  # noqa: ASYNC220, S603
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True
        )
        try:
            async with asyncio.timeout(20):
                line = await asyncio.to_thread(self._read_line)
            ready = json.loads(line)
        except (TimeoutError, ValueError):
            await self.stop()
            raise OperationalError("the sandbox does not start", place="sandbox", fix="see what it wrote") from None
        self.smtp_port, self.http_port = ready["smtp_port"], ready["http_port"]
        self._http = httpx2.AsyncClient(base_url=self.http_url, timeout=30, trust_env=False)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Ends the child."""
        if self._http is not None:
            await self._http.aclose()
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            await asyncio.to_thread(process.wait, 10)
        except subprocess.TimeoutExpired:
            process.kill()
            await asyncio.to_thread(process.wait)
        if process.stdout is not None:
            process.stdout.close()

    async def facts(self) -> dict[str, Any]:
        """What came in: messages, recipients, audiences."""
        facts: dict[str, Any] = await self._call("GET", "/facts")
        return facts

    async def message_counts(self, more_than: int = 0) -> dict[str, int]:
        """How often each Message-ID came in, if more often than `more_than`."""
        counts: dict[str, int] = await self._call("GET", f"/facts/messages?more_than={more_than}")
        return counts

    async def reset(self) -> None:
        """Forgets everything and ends all faults."""
        await self._call("DELETE", "/facts")

    async def err(self, **faults: BaseModel) -> None:
        """Sets the faults, by the names in `Faults`; what is left out works."""
        await self._call("PUT", "/faults", Faults.model_validate(faults).model_dump(mode="json"))

    async def _call(self, method: str, path: str, body: Any = None) -> Any:
        assert self._http is not None, "the sandbox has not been started"
        answer = await self._http.request(method, path, json=body)
        answer.raise_for_status()
        return answer.json()

    def _read_line(self) -> bytes:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout.readline()
