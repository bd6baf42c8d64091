"""The contract of a channel over HTTP, against a provider on this machine that is written in a few lines."""

import json
import threading
import time
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from orchestrator.channels.channel import ChannelModel
from orchestrator.channels.conformance import ChannelContract


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: the path with its query, and header names in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Trouble:
    """What goes wrong from now on."""

    status: int = 0
    retry_after: float | None = None
    seconds: float = 0.0
    lost: str = ""


class HttpContract(ChannelContract):
    """Say what the provider answers in `provider`, and keep what it takes in `self.taken`; the rest is here.

    `self.url` is its address, `self.closed_url` one where nobody listens.
    """

    taken: dict[str, Any]

    @abstractmethod
    def provider(self, asked: Asked) -> tuple[int, Any]:
        """The provider's answer: the HTTP status, and what is sent as JSON."""

    @abstractmethod
    def connection_to(self, url: str) -> ChannelModel:
        """A connection that works, to that address."""

    def connection(self) -> ChannelModel:
        return self.connection_to(self.url)

    def unreachable_connection(self) -> ChannelModel:
        return self.connection_to(self.closed_url)

    def setup_method(self) -> None:
        """Starts the provider; pytest calls it before each test."""
        self.taken, self.trouble = {}, Trouble()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.contract = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        closed = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.closed_url = f"http://127.0.0.1:{closed.server_address[1]}"
        closed.server_close()
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def teardown_method(self) -> None:
        """Stops it."""
        self._server.shutdown()
        self._server.server_close()

    async def break_provider(self) -> None:
        self.trouble = Trouble(status=500)

    async def busy_provider(self, retry_after: float | None) -> None:
        self.trouble = Trouble(status=429, retry_after=retry_after)

    async def lose_answer(self, *, taken: bool) -> None:
        self.trouble = Trouble(lost="after" if taken else "before")

    async def slow_provider(self, seconds: float) -> None:
        self.trouble = Trouble(seconds=seconds)

    async def heal_provider(self) -> None:
        self.trouble = Trouble()

    async def provider_state(self) -> Any:
        return dict(self.taken)


class _Server(ThreadingHTTPServer):
    contract: HttpContract
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that the channel broke off is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _answer(self) -> None:
        contract = self.server.contract  # type: ignore[attr-defined]
        trouble: Trouble = contract.trouble
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        time.sleep(trouble.seconds)
        status, said = trouble.status, None
        if trouble.lost != "before" and not status:
            status, said = contract.provider(Asked(self.command, self.path, headers, body))
        if trouble.lost:
            self.close_connection = True
            return
        content = json.dumps(said).encode()
        self.send_response(status)
        if trouble.retry_after is not None:
            self.send_header("Retry-After", f"{trouble.retry_after:g}")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

    def log_message(self, *_: Any) -> None:
        """Says nothing."""
