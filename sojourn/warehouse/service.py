"""The connector's protocol (TCLIService over HTTP): sessions, statements, results."""

import re
import threading
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from databricks.sql.thrift_api.TCLIService import ttypes as t

from sojourn.warehouse import rows
from sojourn.warehouse.backend import Refused
from sojourn.warehouse.faults import Switchboard
from sojourn.warehouse.history import tags_of
from sojourn.warehouse.operations import OK, Operation, Operations, State

_PROTOCOL = t.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V9
_STAGING = re.compile(
    r"\s*(?:PUT\s+'(?P<local>[^']*)'\s+INTO\s+'(?P<put>/Volumes/[^']*)'(?:\s+OVERWRITE)?|REMOVE\s+'(?P<remove>/Volumes/[^']*)')",
    re.IGNORECASE,
)
_LIST = re.compile(r"\s*LIST\s+'/Volumes/(?P<folder>[^']*)'\s*", re.IGNORECASE)
_READS = re.compile(r"\s*(SELECT|WITH|DESC|DESCRIBE|SHOW|EXPLAIN)\b", re.IGNORECASE)
_MOST_PARAMETERS = 256


@dataclass(frozen=True)
class _Session:
    configuration: dict[str, str]

    @property
    def timeout(self) -> float:
        """Seconds a statement may take; 0: as long as it likes."""
        return float(self.configuration.get("STATEMENT_TIMEOUT", 0))


class Service:
    """Answers the client's calls."""

    def __init__(self, operations: Operations, switchboard: Switchboard, staging_url: str, volumes: Path) -> None:
        self.operations, self.switchboard, self.staging_url = operations, switchboard, staging_url
        self.volumes = volumes
        self.sessions: dict[bytes, _Session] = {}
        self.calling = threading.local()
        """`client`: who calls, set for each request by the server."""

    def OpenSession(self, request: Any) -> Any:
        guid = uuid.uuid4().bytes
        self.sessions[guid] = _Session({k.upper(): v for k, v in (request.configuration or {}).items()})
        handle = t.TSessionHandle(t.THandleIdentifier(guid, uuid.uuid4().bytes), _PROTOCOL)
        return t.TOpenSessionResp(
            status=OK,
            serverProtocolVersion=_PROTOCOL,
            sessionHandle=handle,
            configuration={},
            initialNamespace=request.initialNamespace,
            canUseMultipleCatalogs=True,
        )

    def CloseSession(self, request: Any) -> Any:
        self.sessions.pop(request.sessionHandle.sessionId.guid, None)
        return t.TCloseSessionResp(OK)

    def ExecuteStatement(self, request: Any) -> Any:
        guid, text = request.sessionHandle.sessionId.guid, request.statement
        if self.switchboard.faults.hits("expire_next", text):
            self.sessions.pop(guid, None)
        session = self.sessions.get(guid)
        if session is None:
            return t.TExecuteStatementResp(status=_unknown("Invalid SessionHandle: the session has expired"))
        try:
            operation, parameters = self._operation(request, session)
        except (Refused, ValueError) as refused:
            return t.TExecuteStatementResp(status=_wrong(str(refused)))
        self.operations.start(operation, parameters, session.timeout)
        return t.TExecuteStatementResp(
            status=OK, operationHandle=operation.handle(), directResults=self._direct(operation, request)
        )

    def _operation(self, request: Any, session: _Session) -> tuple[Operation, dict[str, Any]]:
        overlay = {k.lower(): v for k, v in (request.confOverlay or {}).items()}
        tags = tags_of(session.configuration.get("QUERY_TAGS", "")) | tags_of(overlay.get("query_tags", ""))
        operation = Operation(request.statement, tags, getattr(self.calling, "client", ""))
        if len(request.parameters or ()) > _MOST_PARAMETERS:
            raise Refused("TOO_MANY_PARAMETERS", f"a statement has at most {_MOST_PARAMETERS} parameters")
        if file := _STAGING.match(request.statement):
            told = {"operation": "PUT" if file["put"] else "REMOVE", "localFile": file["local"]}
            told |= {"presignedUrl": self.staging_url + (file["put"] or file["remove"]), "headers": "{}"}
            operation.found, operation.staging = pa.table({name: [value] for name, value in told.items()}), True
        elif file := _LIST.fullmatch(request.statement):
            operation.found = self._files(file["folder"])
        elif not _READS.match(request.statement) and self.switchboard.faults.hits("conflict_next", request.statement):
            raise Refused("DELTA_CONCURRENT_APPEND", "files were added by a concurrent update")
        return operation, rows.parameters(request.parameters)

    def _files(self, folder: str) -> pa.Table:
        """(path, name, size) of what is in a volume."""
        if ".." in folder.split("/"):
            raise Refused("PATH_NOT_FOUND", "LIST lists /Volumes here")
        found = [each for each in sorted((self.volumes / folder).glob("*")) if each.is_file()]
        rows = [(f"dbfs:/Volumes/{folder}/{each.name}", each.name, each.stat().st_size) for each in found]
        columns = zip(("path", "name", "size"), (pa.string(), pa.string(), pa.int64()), strict=True)
        return pa.table({name: pa.array([row[n] for row in rows], kind) for n, (name, kind) in enumerate(columns)})

    def _direct(self, operation: Operation, request: Any) -> Any:
        """What a quick statement answers at once, so that it costs the client one request."""
        if not request.getDirectResults:
            return None
        found = t.TSparkDirectResults(operationStatus=operation.status())
        if operation.state == State.FINISHED_STATE:
            found.resultSetMetadata = operation.metadata()
            found.resultSet = operation.fetch(request.getDirectResults.maxRows)
            if not found.resultSet.hasMoreRows:
                found.closeOperation = t.TCloseOperationResp(OK)
                self.operations.close(operation.guid)
        return found

    def GetOperationStatus(self, request: Any) -> Any:
        operation = self._of(request)
        return operation.status() if operation else t.TGetOperationStatusResp(status=_unknown("unknown operation"))

    def GetResultSetMetadata(self, request: Any) -> Any:
        operation = self._of(request)
        if operation is None or operation.found is None:
            return t.TGetResultSetMetadataResp(status=_unknown("unknown operation"))
        return operation.metadata()

    def FetchResults(self, request: Any) -> Any:
        operation = self._of(request)
        if operation is None or operation.found is None:
            return t.TFetchResultsResp(status=_unknown("unknown operation"))
        found = operation.fetch(request.maxRows)
        found.resultSetMetadata = operation.metadata()
        return found

    def CloseOperation(self, request: Any) -> Any:
        self.operations.close(request.operationHandle.operationId.guid)
        return t.TCloseOperationResp(OK)

    def CancelOperation(self, request: Any) -> Any:
        if operation := self._of(request):
            operation.cancel()
        return t.TCancelOperationResp(OK)

    def _of(self, request: Any) -> Operation | None:
        return self.operations.of(request.operationHandle.operationId.guid)


def _unknown(text: str) -> Any:
    return t.TStatus(statusCode=t.TStatusCode.INVALID_HANDLE_STATUS, errorMessage=text)


def _wrong(text: str) -> Any:
    return t.TStatus(statusCode=t.TStatusCode.ERROR_STATUS, errorMessage=text, displayMessage=text, sqlState="42000")
