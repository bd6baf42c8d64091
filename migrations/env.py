"""How Alembic runs the migrations: on the same engine as the app, one migrator at a time, all or nothing."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from orchestrator.store.database import open_database, transaction
from orchestrator.store.tables import metadata

_LOCK = 8_321_000_001
"""Any number will do, as long as every migrator of this product takes the same."""


def _url() -> str:
    given = context.config.attributes.get("url") or context.get_x_argument(as_dictionary=True).get("url")
    if not given:
        raise SystemExit("name the database: alembic -x url=sqlite:///FILE …")
    return str(given)


def _run(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        # The driver opens no transaction before DDL by itself; without one a crash would leave half a schema.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_server_default=True,
        render_as_batch=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _online() -> None:
    engine = open_database(_url())
    try:
        async with transaction(engine) as connection:
            await connection.run_sync(_run)
    finally:
        await engine.dispose()


def _offline() -> None:
    context.configure(url=_url(), target_metadata=metadata, literal_binds=True, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    _offline()
else:
    asyncio.run(_online())
