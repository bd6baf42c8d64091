"""The warehouse over HTTP: the connector's protocol, files for volumes, sign-in, and the fault panel."""

import base64
import json
import math
import secrets
import socket
import threading
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self, cast
from urllib.parse import unquote

from databricks.sql.thrift_api.TCLIService import TCLIService
from pydantic import ValidationError
from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.transport.TTransport import TMemoryBuffer

from sojourn.warehouse.backend import Backend
from sojourn.warehouse.faults import Faults, Switchboard
from sojourn.warehouse.history import History
from sojourn.warehouse.operations import Operations
from sojourn.warehouse.service import Service

PANEL = Path(__file__).parent / "panel.html"
CLIENT, SECRET = "sojourn", "warehouse"
"""The service principal that may sign in, besides whoever has the token."""


class Warehouse:
    """`with Warehouse(backend, history, volumes) as warehouse:` – it listens at `url`, `path` is the warehouse's."""

    path = "/sql/1.0/warehouses/local"

    def __init__(
        self,
        backend: Backend,
        history: History,
        volumes: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str = "warehouse",  # noqa: S107 - nothing real is behind it
    ) -> None:
        self.backend, self.history, self.volumes, self.token = backend, history, volumes, token
        self.switchboard = Switchboard()
        self.issued: set[str] = set()
        self._http = _Server((host, port), _Handler)
        self._http.warehouse = self
        self.url = f"http://{host}:{self._http.server_address[1]}"
        self.operations = Operations(backend, history)
        staging = f"{self.url}/staging/{secrets.token_urlsafe(16)}"
        self.service = Service(self.operations, self.switchboard, staging, volumes)
        self.processor = TCLIService.Processor(self.service)

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, name="warehouse", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self.operations.shutdown()
        self.backend.close()

    def fail(self, **faults: Any) -> None:
        """Sets the faults; what is left out works."""
        self.switchboard.set(Faults(**faults))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    warehouse: Warehouse

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is nothing to report."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def warehouse(self) -> Warehouse:
        return cast("_Server", self.server).warehouse

    def log_message(self, *_: Any) -> None:
        """Nothing: paths and statements may hold what is not ours to write down."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/oidc/v1/token":
            self._issue(body)
        elif self.path.startswith("/sql/"):
            self._call(body)
        else:
            self._answer(404)

    def _issue(self, body: bytes) -> None:
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {basic}" or b"client_credentials" not in body:
            self._answer(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
            return
        issued = secrets.token_urlsafe(16)
        self.warehouse.issued.add(issued)
        self._answer(200, {"access_token": issued, "token_type": "Bearer", "expires_in": 3600})

    def _call(self, body: bytes) -> None:
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        board = self.warehouse.switchboard
        if given not in (self.warehouse.token, *self.warehouse.issued):
            self._answer(401, reason="Invalid access token")
            return
        if board.starting:
            self._answer(503, retry_after=min(1.0, board.starting), reason="TEMPORARILY_UNAVAILABLE: starting")
            return
        method, statement = _opened(body)
        if method in ("OpenSession", "ExecuteStatement") and board.faults.hits("refuse_next", statement):
            self._answer(board.faults.status, retry_after=board.faults.retry_after, reason="told to refuse")
            return
        service = self.warehouse.service
        service.calling.client = self.headers.get("User-Agent", "")
        answer = TMemoryBuffer()
        self.warehouse.processor.process(_protocol(TMemoryBuffer(body)), _protocol(answer))
        if method == "ExecuteStatement" and board.faults.hits("drop_next", statement):
            self._settle()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        if method == "ExecuteStatement" and board.faults.hits("stall_next", statement):
            threading.Event().wait(board.faults.stall_seconds)
        self._send(200, answer.getvalue(), "application/x-thrift")

    def _settle(self) -> None:
        """A dropped reply is dropped when the statement is done: that is the case that matters."""
        for operation in list(self.warehouse.operations.under_way()):
            operation.ended.wait(30)

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/faults":
            try:
                self.warehouse.switchboard.set(Faults.model_validate_json(body))
            except ValidationError as wrong:
                self._answer(422, {"problems": [each["msg"] for each in wrong.errors()]})
                return
            self._answer(200, self.warehouse.switchboard.faults.model_dump())
            return
        file = self._staged()
        if file is None:
            self._answer(404)
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
        self._answer(200)

    def do_DELETE(self) -> None:
        file = self._staged()
        if file is None or not file.is_file():
            self._answer(404)
            return
        file.unlink()
        self._answer(200)

    def do_GET(self) -> None:
        if self.path == "/":
            self._send(200, PANEL.read_bytes(), "text/html; charset=utf-8")
        elif self.path == "/health":
            self._answer(200, {"status": "ok"})
        elif self.path == "/faults":
            self._answer(200, self.warehouse.switchboard.faults.model_dump())
        elif self.path == "/statements":
            newest = self.warehouse.history.statements()[-50:]
            self._answer(200, {"statements": [asdict(each) for each in reversed(newest)]})
        else:
            self._answer(404)

    def _staged(self) -> Path | None:
        """The file behind a staging address that this warehouse has made."""
        made = self.warehouse.service.staging_url.removeprefix(self.warehouse.url) + "/Volumes/"
        path = unquote(self.path)
        if not path.startswith(made) or ".." in path.split("/"):
            return None
        return self.warehouse.volumes / path.removeprefix(made)

    def _answer(
        self, status: int, body: object = None, *, retry_after: float | None = None, reason: str | None = None
    ) -> None:
        text = json.dumps(body, default=str).encode() if body is not None else b""
        more = {"Retry-After": str(math.ceil(retry_after))} if retry_after is not None else {}
        more |= {"x-databricks-reason-phrase": reason} if reason else {}
        self._send(status, text, "application/json", more)

    def _send(self, status: int, body: bytes, kind: str, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(more or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _protocol(buffer: TMemoryBuffer) -> TBinaryProtocol:
    return TBinaryProtocol(buffer, string_length_limit=None, container_length_limit=None)


def _opened(body: bytes) -> tuple[str, str]:
    """The method of a call and the statement in it, if there is one."""
    read = _protocol(TMemoryBuffer(body))
    method, _, _ = read.readMessageBegin()
    if method != "ExecuteStatement":
        return method, ""
    arguments = TCLIService.ExecuteStatement_args()
    arguments.read(read)
    return method, arguments.req.statement
