"""Opens the app database – SQLite embedded, PostgreSQL in production – and says so when it is away."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event, make_url, text
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from orchestrator.errors import EngineAway, UserError

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}
_PRAGMAS = ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=5000", "synchronous=FULL")


def open_database(url: str) -> AsyncEngine:
    """An engine for `sqlite:///file` or `postgresql://…`; it connects when it is first used.

    The folder of an SQLite file is made when it is not there. Raises UserError for any other URL.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "postgresql":
        # A server that was restarted must cost one round trip, not one failed request per pooled connection.
        return create_async_engine(parsed, pool_pre_ping=True, connect_args={"connect_timeout": 5})
    if parsed.database and parsed.database != ":memory:":
        folder = Path(parsed.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            text = f"its folder cannot be made: {error.strerror}"
            raise EngineAway(text, place=f"app database {parsed.database}", fix="name another file") from error
    engine = create_async_engine(parsed)
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    return engine


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection in a transaction, committed at the end and rolled back on any error. Raises as `telling`."""
    with telling(engine):
        async with engine.begin() as connection:
            yield connection


@contextmanager
def telling(engine: AsyncEngine) -> Iterator[None]:
    """Raises EngineAway when the database cannot be reached, is locked for too long, or lacks a table; UserError for
    text it cannot keep. A broken constraint stays an IntegrityError, for the caller to say what it means.
    """
    try:
        yield
    except IntegrityError:
        raise
    except DataError as refused:
        # PostgreSQL keeps no NUL in a text; SQLite does not mind.
        text = "the app database cannot keep this text"
        raise UserError(text, fix="leave out characters that cannot be seen") from refused
    except (DBAPIError, engine.dialect.loaded_dbapi.Error, PoolTimeout, OSError) as error:
        raise _away(error, engine.url) from error


async def ping(engine: AsyncEngine) -> None:
    """Asks the database for nothing. Raises EngineAway when it does not answer."""
    async with transaction(engine) as connection:
        await connection.execute(text("SELECT 1"))


async def product(engine: AsyncEngine) -> str:
    """What the database is: `SQLite 3.45.1`. Raises EngineAway."""
    name, query = {
        "sqlite": ("SQLite", "SELECT sqlite_version()"),
        "postgresql": ("PostgreSQL", "SHOW server_version"),
    }[engine.dialect.name]
    async with transaction(engine) as connection:
        return f"{name} {await connection.scalar(text(query))}"


def _parse(url: str) -> URL:
    fix = "use sqlite:///FILE or postgresql://USER@HOST/NAME"
    try:
        parsed = make_url(url)
        parsed = parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername))
        supported = parsed.drivername in _DRIVERS.values()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        # The URL may hold a password, so it is not repeated.
        raise UserError("this is not the URL of a database", place="SOJOURN_DATABASE_URL", fix=fix) from error
    if not supported:
        text = f"there is no support for {parsed.drivername!r}"
        raise UserError(text, place="SOJOURN_DATABASE_URL", fix=fix)
    return parsed


def _set_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _away(error: Exception, url: URL) -> EngineAway:
    # The driver's own first line names the cause; later lines quote the statement.
    cause = str(getattr(error, "orig", None) or error).strip().splitlines()
    embedded = url.get_backend_name() == "sqlite"
    place = f"app database {url.database if embedded else url.render_as_string(hide_password=True)}"
    fix = "check that the file can be written" if embedded else "start the server, or check SOJOURN_DATABASE_URL"
    if cause and ("no such table" in cause[0] or "does not exist" in cause[0]):
        fix = "bring the database up to date with the migrations"
    return EngineAway(cause[0] if cause else type(error).__name__, place=place, fix=fix)
