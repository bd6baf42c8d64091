"""The one settings class; only the mains read it and hand out what each part needs."""

import os
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from orchestrator.errors import UserError

SECRETS_DIR = "SOJOURN_SECRETS_DIR"
"""Names the folder with secrets as files, as container platforms mount them."""
SETTINGS_ELSEWHERE = frozenset({SECRETS_DIR, "SOJOURN_FAULT", "SOJOURN_FAULT_ONCE", "SOJOURN_TEST_CHROMIUM"})
"""Read elsewhere, and no settings."""


class Settings(BaseSettings):
    """Read from `SOJOURN_*` variables; an unknown `SOJOURN_*` name in an .env file fails at start.

    A secret may be a file instead, named after its variable in small letters, in the folder SOJOURN_SECRETS_DIR.
    """

    model_config = SettingsConfigDict(env_prefix="SOJOURN_", env_file=".env", extra="forbid")

    home: Path = Field(Path(".sojourn"), description="Folder of everything kept on this machine")
    database_url: str = Field("", description="App database; empty: SQLite in the home folder")
    engine: str = Field("duckdb", description="Kind of lakehouse: duckdb, databricks, or one that a package adds")
    engine_options: dict[str, Any] = Field({}, description="Settings of a lakehouse that a package adds, as JSON")
    duckdb_path: Path | None = Field(None, description="DuckDB file; empty: lakehouse.duckdb in the home folder")
    duckdb_memory: str = Field("4GB", description="Memory DuckDB may use")
    databricks_host: str = Field("", description="Workspace of the SQL warehouse: dbc-….cloud.databricks.com")
    databricks_http_path: str = Field("", description="HTTP path of the SQL warehouse: /sql/1.0/warehouses/…")
    databricks_sign_in: Literal["token", "oauth-m2m", "oauth-u2m", "azure-m2m", "azure-u2m"] = Field(
        "token", description="How to sign in; m2m: as a service principal, u2m: as a person in the browser"
    )
    databricks_token: SecretStr = Field(SecretStr(""), description="Personal access token, for the sign-in `token`")
    databricks_client_id: str = Field("", description="Service principal, for the sign-ins for machines")
    databricks_client_secret: SecretStr = Field(SecretStr(""), description="The service principal's secret")
    databricks_tenant_id: str = Field("", description="Microsoft Entra tenant, for the sign-in azure-m2m")
    databricks_catalog: str = Field("main", description="Catalog whose tables go by schema.table")
    databricks_more_catalogs: tuple[str, ...] = Field((), description="Catalogs whose tables go by all three parts")
    databricks_volume: str = Field(
        "",
        description="Volume (catalog.schema.volume) by which many rows go at once; empty: part by part",
        pattern=r"^([\w-]+\.[\w-]+\.[\w-]+)?$",
    )
    databricks_ca_file: Path | None = Field(None, description="Certificates to trust, where a proxy has its own")
    databricks_statement_seconds: int = Field(900, description="How long a statement may take", ge=1, le=172_800)
    databricks_answer_seconds: int = Field(120, description="How long a request may go unanswered", ge=5)
    databricks_patience_seconds: int = Field(30, description="How long a busy or starting warehouse is asked", ge=0)
    databricks_connections: int = Field(8, description="Statements under way at once", ge=1, le=64)
    sources_file: Path | None = Field(None, description="Source model; empty: sources.yaml in the home folder")
    connections_file: Path | None = Field(
        None, description="Channel connections; empty: connections.yaml in the home folder"
    )
    wake_every: timedelta = Field(
        timedelta(),
        ge=timedelta(),
        le=timedelta(hours=1),
        description="What falls due within it runs together, for all journeys, so that a warehouse can sleep (PT1M); "
        "empty: at once",
    )
    secret_keys: SecretStr = Field(
        SecretStr(""),
        description="Keys that seal the secrets of connections, parted by commas, the first seals; "
        "empty: secret.keys in the home folder",
    )
    ledger_schema: str = Field("sojourn", description="Schema of the ledger in the lakehouse")
    temporal_address: str = Field("", description="Empty: the embedded server, or TEMPORAL_* variables")
    temporal_namespace: str = Field("default", description="Temporal namespace")
    task_queue: str = Field("sojourn", description="Prefix of the Temporal task queues")
    host: str = Field("127.0.0.1", description="Address the API listens on; loopback until sign-in exists")
    port: int = Field(8321, description="Port of the API and the pages", ge=0, le=65535)
    public_url: str = Field(
        "",
        pattern=r"^(https?://[^/\s?#]+/?)?$",
        description="Where customers reach the links in messages, such as https://mail.example.com, which leads to the "
        "API's paths under /m; empty: this machine",
    )
    node_packages: tuple[str, ...] = Field(("orchestrator.journey.nodes",), description="Where node types are")
    channel_packages: tuple[str, ...] = Field(("workers.channels",), description="Where channels are")
    private_networks: tuple[str, ...] = Field(
        (), description="Networks that webhooks may reach besides public addresses, as 10.1.0.0/16"
    )
    worker_metrics_port: int = Field(
        8324, description="Port of the metrics of a worker that is a process of its own; 0: none", ge=0, le=65535
    )
    log_format: Literal["auto", "json", "plain"] = Field(
        "auto", description="json: a line for each event; plain: for people; auto: plain on a terminal"
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")

    @model_validator(mode="after")
    def _no_other_names(self) -> "Settings":
        """A name that is not read would be believed to be in force."""
        known = {f"SOJOURN_{name.upper()}" for name in type(self).model_fields} | SETTINGS_ELSEWHERE
        for name in sorted(os.environ):
            if name.startswith("SOJOURN_") and name not in known:
                near = get_close_matches(name, known, n=1)
                fix = f"did you mean {near[0]}?" if near else "`sojourn config` lists them"
                raise PydanticCustomError("setting", "there is no setting {name}; {fix}", {"name": name, "fix": fix})
        return self

    @property
    def app_database(self) -> str:
        """URL of the app database, SQLAlchemy's notation."""
        return self.database_url or f"sqlite+aiosqlite:///{self.home.resolve() / 'sojourn.db'}"

    @property
    def lakehouse_file(self) -> Path:
        """The DuckDB file."""
        return self.duckdb_path or self.home / "lakehouse.duckdb"

    @property
    def engine_settings(self) -> dict[str, Any]:
        """What the lakehouse's kind is opened with: its settings, without their prefix."""
        if self.engine == "duckdb":
            return {"path": self.lakehouse_file, "memory": self.duckdb_memory}
        prefix = f"{self.engine}_"
        named = {name.removeprefix(prefix) for name in type(self).model_fields if name.startswith(prefix)}
        return {**self.engine_options, **{name: getattr(self, prefix + name) for name in named}}

    @property
    def sources(self) -> Path:
        """The YAML file of the source model."""
        return self.sources_file or self.home / "sources.yaml"

    @property
    def connections(self) -> Path:
        """The YAML file of channel connections."""
        return self.connections_file or self.home / "connections.yaml"

    @property
    def links_url(self) -> str:
        """What the links in messages begin with."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def key_file(self) -> Path:
        """Where keys are kept that nobody set; made when the first secret is sealed."""
        return self.home / "secret.keys"


@dataclass(frozen=True, slots=True)
class Effective:
    """A setting in force: its variable, its value without secrets, and where that comes from (`file`: .env)."""

    name: str
    value: str
    source: Literal["default", "environment", "file"]
    description: str


_STANDS_FOR = {
    "database_url": "app_database",
    "duckdb_path": "lakehouse_file",
    "sources_file": "sources",
    "connections_file": "connections",
}
"""Settings whose empty value stands for another one, and the property that gives it."""


def effective(settings: Settings) -> list[Effective]:
    """Every setting, in the order in which they are declared."""
    environment = {name.upper() for name in os.environ}
    found = []
    for name, field in type(settings).model_fields.items():
        variable = f"SOJOURN_{name.upper()}"
        given = name in settings.model_fields_set
        source: Literal["default", "environment", "file"] = "file" if given else "default"
        if given and variable in environment:
            source = "environment"
        value = _shown(getattr(settings, _STANDS_FOR.get(name, name)))
        found.append(Effective(variable, value, source, field.description or ""))
    return found


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return "…" if value.get_secret_value() else ""
    if isinstance(value, Path):
        return str(value.resolve())
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(value)  # names only: a value may be a secret
    if isinstance(value, str) and "://" in value and "@" in value:
        # A password may be before the @, and among the options after the ?.
        parts = urlsplit(value)
        return f"{parts.scheme}://…@{parts.netloc.rpartition('@')[2]}{parts.path}"
    return str(value)


def read_settings() -> Settings:
    """The settings in force. Raises UserError that names the variable."""
    try:
        return Settings(_secrets_dir=os.environ.get(SECRETS_DIR))
    except ValidationError as wrong:
        first = wrong.errors(include_input=False)[0]
        name = "SOJOURN_" + "_".join(map(str, first["loc"])).upper() if first["loc"] else "settings"
        raise UserError(first["msg"], place=name) from None
