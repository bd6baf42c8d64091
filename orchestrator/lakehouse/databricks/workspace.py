"""Where a Databricks SQL warehouse is, and as whom to sign in."""

import base64
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx2
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from orchestrator.errors import LakehouseAway, UserError

SignIn = Literal["token", "oauth-m2m", "oauth-u2m", "azure-m2m", "azure-u2m"]
_SPARE = 60
"""Seconds before its end at which a token is replaced."""


class Workspace(BaseModel):
    """The settings `SOJOURN_DATABRICKS_…`, without their prefix."""

    model_config = ConfigDict(frozen=True)

    host: str
    http_path: str
    sign_in: SignIn = "token"
    token: SecretStr = SecretStr("")
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    tenant_id: str = ""
    catalog: str = "main"
    more_catalogs: tuple[str, ...] = ()
    volume: str = Field("", pattern=r"^([\w-]+\.[\w-]+\.[\w-]+)?$")
    ca_file: Path | None = None
    statement_seconds: int = Field(900, ge=1, le=172_800)
    answer_seconds: int = Field(120, ge=1)
    patience_seconds: int = Field(30, ge=0)
    connections: int = Field(8, ge=1, le=64)

    def check(self) -> None:
        """Raises UserError for what is missing, by the variable's name."""
        needed = {"host": self.host, "http_path": self.http_path}
        secret, client_id = self.client_secret.get_secret_value(), self.client_id
        needed |= {
            "token": {"token": self.token.get_secret_value()},
            "oauth-m2m": {"client_id": client_id, "client_secret": secret},
            "azure-m2m": {"client_id": client_id, "client_secret": secret, "tenant_id": self.tenant_id},
        }.get(self.sign_in, {})
        for name, value in needed.items():
            if not value:
                place = f"SOJOURN_DATABRICKS_{name.upper()}"
                fix = "copy it from the warehouse's connection details" if name in ("host", "http_path") else "set it"
                raise UserError("it is needed to reach Databricks, and empty", place=place, fix=fix)
        if self.host.startswith("http://") and not _is_here(urlsplit(self.host).hostname or ""):
            raise UserError(
                "a token would travel unencrypted", place="SOJOURN_DATABRICKS_HOST", fix="leave http:// out"
            )

    def of_person(self, token: str) -> "Workspace":
        """The same, for somebody who has signed in elsewhere."""
        return self.model_copy(update={"sign_in": "token", "token": SecretStr(token), "connections": 2})

    @property
    def base_url(self) -> str:
        """The workspace's address; plain http is for a stand-in on this machine or next to it."""
        return self.host.rstrip("/") if "://" in self.host else f"https://{self.host.rstrip('/')}"

    @property
    def name(self) -> str:
        """The workspace and the warehouse, as errors name them."""
        return f"{urlsplit(self.base_url).netloc}{self.http_path}"


def _is_here(host: str) -> bool:
    return host in ("127.0.0.1", "localhost", "::1") or "." not in host


class SigningIn:
    """Makes the connector's arguments; tokens are shared by all connections."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._machine = ("", 0.0)
        self._people: dict[str, Any] = {}

    def arguments(self) -> dict[str, Any]:
        """What `databricks.sql.connect` needs to know who signs in, and how to trust the server."""
        at = self._workspace
        where: dict[str, Any] = {"server_hostname": urlsplit(at.base_url).netloc, "http_path": at.http_path}
        if at.base_url.startswith("http://"):
            where["_connection_uri"] = f"{at.base_url}{at.http_path}"
        if at.ca_file is not None:
            where["_tls_trusted_ca_file"] = str(at.ca_file)
        return where | self._who()

    def forget(self) -> None:
        """The token was refused: the next connection gets a new one."""
        with self._lock:
            self._machine = ("", 0.0)
            self._people.clear()

    def _who(self) -> dict[str, Any]:
        at = self._workspace
        match at.sign_in:
            case "token":
                return {"access_token": at.token.get_secret_value()}
            case "oauth-m2m":
                return {"credentials_provider": self._machine_headers}
            case "azure-m2m":
                return {
                    "auth_type": "azure-sp-m2m",
                    "azure_client_id": at.client_id,
                    "azure_client_secret": at.client_secret.get_secret_value(),
                    "azure_tenant_id": at.tenant_id,
                }
            case "oauth-u2m" | "azure-u2m":
                kind = "databricks-oauth" if at.sign_in == "oauth-u2m" else "azure-oauth"
                return {"auth_type": kind, "experimental_oauth_persistence": _Remembered(self._people)}

    def _machine_headers(self) -> Callable[[], dict[str, str]]:
        return lambda: {"Authorization": f"Bearer {self._machine_token()}"}

    def _machine_token(self) -> str:
        """OAuth for machines: the service principal's token, asked for anew a minute before it ends."""
        with self._lock:
            token, ends = self._machine
            if time.monotonic() < ends - _SPARE:
                return token
            at = self._workspace
            pair = f"{at.client_id}:{at.client_secret.get_secret_value()}".encode()
            try:
                with httpx2.Client(timeout=30, verify=str(at.ca_file) if at.ca_file else True) as http:
                    answer = http.post(
                        f"{at.base_url}/oidc/v1/token",
                        headers={"Authorization": f"Basic {base64.b64encode(pair).decode()}"},
                        data={"grant_type": "client_credentials", "scope": "all-apis"},
                    )
            except httpx2.HTTPError as error:
                text = f"the sign-in does not answer ({type(error).__name__})"
                raise LakehouseAway(text, place=at.name, fix="check the address and the network") from None
            if answer.status_code in (400, 401, 403):
                fix = "check SOJOURN_DATABRICKS_CLIENT_ID and its secret, and that the secret has not ended"
                raise UserError("Databricks does not take the service principal's secret", place=at.name, fix=fix)
            if answer.status_code != 200:
                raise LakehouseAway(
                    f"the sign-in answers {answer.status_code}", place=at.name, fix="wait, or try again"
                )
            found = answer.json()
            self._machine = (found["access_token"], time.monotonic() + float(found.get("expires_in", 3600)))
            return self._machine[0]


class _Remembered:
    """The connector's store of people's tokens, in memory: one sign-in in the browser serves every connection."""

    def __init__(self, tokens: dict[str, Any]) -> None:
        self._tokens = tokens

    def persist(self, hostname: str, token: Any) -> None:
        """Keeps it."""
        self._tokens[hostname] = token

    def read(self, hostname: str) -> Any:
        """The token kept last, if any."""
        return self._tokens.get(hostname)
