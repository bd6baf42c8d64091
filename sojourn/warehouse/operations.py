"""Statements under way: each runs in a thread, may be cancelled, and is fetched part by part."""

import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from databricks.sql.thrift_api.TCLIService import ttypes as t

from sojourn.warehouse import rows
from sojourn.warehouse.backend import Backend, Cancelled, Refused
from sojourn.warehouse.history import History, Ran

State = t.TOperationState
OK = t.TStatus(statusCode=t.TStatusCode.SUCCESS_STATUS)
_POLL = 2.0
"""Seconds for which a question about a running statement waits for its end."""


@dataclass
class Operation:
    """A statement; `staging`: its result tells the client where to put or remove a file."""

    statement: str
    tags: dict[str, str]
    client: str
    guid: bytes = field(default_factory=lambda: uuid.uuid4().bytes)
    state: int = State.PENDING_STATE
    error: str = ""
    found: pa.Table | None = None
    touched: int | None = None
    staging: bool = False
    fetched: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    _cancel: Callable[[], None] | None = None
    _cancelled: bool = False

    def cancelling(self, cancel: Callable[[], None]) -> None:
        """From here on this cancels it."""
        self.state, self._cancel = State.RUNNING_STATE, cancel
        if self._cancelled:
            cancel()

    def cancel(self) -> None:
        """Ends it soon."""
        self._cancelled = True
        if self._cancel is not None and not self.ended.is_set():
            self._cancel()

    def handle(self) -> Any:
        """Its name on the wire."""
        return t.TOperationHandle(t.THandleIdentifier(self.guid, self.guid), t.TOperationType.EXECUTE_STATEMENT, True)

    def status(self, wait: float = _POLL) -> Any:
        """How it is, as soon as it has ended or some seconds have passed."""
        self.ended.wait(wait)
        error = self.error or None
        return t.TGetOperationStatusResp(
            status=OK,
            operationState=self.state,
            errorMessage=error,
            displayMessage=error,
            sqlState="42000" if error else None,
            numModifiedRows=self.touched,
            hasResultSet=True,
        )

    def metadata(self) -> Any:
        """What its columns are."""
        assert self.found is not None
        return t.TGetResultSetMetadataResp(
            status=OK,
            schema=rows.table_schema(self.found.schema),
            resultFormat=t.TSparkRowSetType.ARROW_BASED_SET,
            lz4Compressed=False,
            arrowSchema=self.found.schema.serialize().to_pybytes(),
            isStagingOperation=self.staging,
        )

    def fetch(self, most: int | None) -> Any:
        """The next rows."""
        assert self.found is not None
        first = self.fetched
        part = self.found.slice(first, most or 100_000)
        self.fetched += part.num_rows
        return t.TFetchResultsResp(
            status=OK, hasMoreRows=self.fetched < self.found.num_rows, results=rows.row_set(part, first)
        )


class Operations:
    """Runs statements on a backend."""

    def __init__(self, backend: Backend, history: History) -> None:
        self._backend, self._history = backend, history
        self._threads = ThreadPoolExecutor(32, "statement")
        self._open: dict[bytes, Operation] = {}

    def start(self, operation: Operation, parameters: dict[str, Any], timeout: float) -> Future[None]:
        """Begins it; `timeout` in seconds, 0: none."""
        self._open[operation.guid] = operation
        return self._threads.submit(self._run, operation, parameters, timeout)

    def of(self, guid: bytes) -> Operation | None:
        """The statement of that name, while it is open."""
        return self._open.get(guid)

    def under_way(self) -> list[Operation]:
        """What has not ended."""
        return [each for each in list(self._open.values()) if not each.ended.is_set()]

    def close(self, guid: bytes) -> None:
        """Forgets it."""
        if operation := self._open.pop(guid, None):
            operation.cancel()

    def shutdown(self) -> None:
        """Cancels everything and waits for it."""
        for guid in list(self._open):
            self.close(guid)
        self._threads.shutdown()

    def _run(self, operation: Operation, parameters: dict[str, Any], timeout: float) -> None:
        began, clock, state = datetime.now(UTC), time.monotonic(), State.FINISHED_STATE
        late = threading.Event()

        def end() -> None:
            late.set()
            operation.cancel()

        alarm = threading.Timer(timeout, end) if timeout else None
        if alarm is not None:
            alarm.start()
        try:
            if operation.found is None:
                operation.found, operation.touched = self._backend.run(
                    operation.statement, parameters, operation.cancelling
                )
        except Cancelled:
            state = State.ERROR_STATE if late.is_set() else State.CANCELED_STATE
            operation.error = "[STATEMENT_TIMEOUT] the statement took longer than it may" if late.is_set() else ""
        except Refused as refused:
            state, operation.error = State.ERROR_STATE, str(refused)
        except Exception as defect:
            state, operation.error = State.ERROR_STATE, f"[INTERNAL_ERROR] {type(defect).__name__}: {defect}"
        finally:
            if alarm is not None:
                alarm.cancel()
            told = {State.FINISHED_STATE: "FINISHED", State.CANCELED_STATE: "CANCELED"}.get(state, "FAILED")
            self._history.note(
                Ran(
                    str(uuid.UUID(bytes=operation.guid)),
                    operation.statement,
                    told,
                    operation.client,
                    began,
                    round((time.monotonic() - clock) * 1000),
                    operation.found.num_rows if operation.found is not None else 0,
                    operation.tags,
                    operation.error,
                )
            )
            operation.state = state
            operation.ended.set()
