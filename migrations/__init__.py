"""The app database's schema, step by step: brings a database up to date, or says whether it is."""

import asyncio
import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from orchestrator.store.database import open_database, transaction

_alembic = threading.Lock()  # Alembic's own context is one per process


def config(url: str) -> Config:
    """Alembic's configuration for a database; there is no ini file."""
    found = Config()
    found.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    found.attributes["url"] = url
    return found


async def upgrade(url: str) -> None:
    """Brings the database to the newest revision, if it is not there. Raises EngineAway, UserError."""
    # Alembic is blocking; its env.py runs an event loop of its own in that thread.
    await asyncio.to_thread(_upgrade, url)


async def is_current(url: str) -> bool:
    """Whether the database is at the newest revision. Raises EngineAway, UserError."""
    heads = set(ScriptDirectory.from_config(config(url)).get_heads())
    engine = open_database(url)
    try:
        async with transaction(engine) as connection:
            at = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_heads())
    finally:
        await engine.dispose()
    return set(at) == heads


def _upgrade(url: str) -> None:
    with _alembic:
        command.upgrade(config(url), "head")
