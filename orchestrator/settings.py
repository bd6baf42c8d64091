"""The one settings class; only the mains read it and hand out what each part needs."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read from `SOJOURN_*` variables; an unknown `SOJOURN_*` name in an .env file fails at start."""

    model_config = SettingsConfigDict(env_prefix="SOJOURN_", env_file=".env", extra="forbid")

    home: Path = Field(Path(".sojourn"), description="Folder of everything kept on this machine")
    database_url: str = Field("", description="App database; empty: SQLite in the home folder")
    engine: Literal["duckdb"] = Field("duckdb", description="Kind of lakehouse")
    duckdb_path: Path | None = Field(None, description="DuckDB file; empty: lakehouse.duckdb in the home folder")
    duckdb_memory: str = Field("4GB", description="Memory DuckDB may use")
    sources_file: Path | None = Field(None, description="Source model; empty: sources.yaml in the home folder")
    connections_file: Path | None = Field(
        None, description="Channel connections; empty: connections.yaml in the home folder"
    )
    ledger_schema: str = Field("sojourn", description="Schema of the ledger in the lakehouse")
    temporal_address: str = Field("", description="Empty: the embedded server, or TEMPORAL_* variables")
    temporal_namespace: str = Field("default", description="Temporal namespace")
    task_queue: str = Field("sojourn", description="Prefix of the Temporal task queues")
    host: str = Field("127.0.0.1", description="Address the API listens on; loopback until sign-in exists")
    port: int = Field(8321, description="Port of the API and the pages", ge=0, le=65535)
    node_packages: tuple[str, ...] = Field(("orchestrator.journey.nodes",), description="Where node types are")
    channel_packages: tuple[str, ...] = Field(("workers.channels",), description="Where channels are")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")

    @property
    def app_database(self) -> str:
        """URL of the app database, SQLAlchemy's notation."""
        return self.database_url or f"sqlite+aiosqlite:///{self.home.resolve() / 'sojourn.db'}"

    @property
    def lakehouse_file(self) -> Path:
        """The DuckDB file."""
        return self.duckdb_path or self.home / "lakehouse.duckdb"

    @property
    def sources(self) -> Path:
        """The YAML file of the source model."""
        return self.sources_file or self.home / "sources.yaml"

    @property
    def connections(self) -> Path:
        """The YAML file of channel connections."""
        return self.connections_file or self.home / "connections.yaml"
