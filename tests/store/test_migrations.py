"""The migrations make exactly the tables the code expects, on both databases, forwards and back."""

import asyncio
import sys

import pytest
from alembic import command, op

import migrations
from orchestrator.errors import EngineAway, UserError
from orchestrator.store.database import open_database, ping, transaction
from orchestrator.store.documents import Store
from orchestrator.store.tables import metadata


async def tables(url):
    engine = open_database(url)
    async with transaction(engine) as connection:
        found = await connection.run_sync(lambda sync: set(sync.dialect.get_table_names(sync)))
    await engine.dispose()
    return found - {"alembic_version"}


async def test_up_check_down_up(empty_url):
    config = migrations.config(empty_url)
    assert not await migrations.is_current(empty_url)
    await migrations.upgrade(empty_url)
    await asyncio.to_thread(command.check, config)  # raises when tables.py and the migrations differ
    assert await migrations.is_current(empty_url)
    assert await tables(empty_url) == set(metadata.tables)
    await asyncio.to_thread(command.downgrade, config, "base")
    assert await tables(empty_url) == set()
    await migrations.upgrade(empty_url)
    assert await migrations.is_current(empty_url)


async def test_two_may_migrate_at_once(empty_url):
    script = f"import asyncio, migrations; asyncio.run(migrations.upgrade({empty_url!r}))"
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
    await asyncio.gather(migrations.upgrade(empty_url), migrations.upgrade(empty_url))
    assert await other.wait() == 0
    assert await migrations.is_current(empty_url)


async def test_a_half_made_schema_is_never_left_behind(empty_url, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("the power went")

    with monkeypatch.context() as patched:
        patched.setattr(op, "create_index", broken)
        with pytest.raises(RuntimeError):
            await migrations.upgrade(empty_url)
    assert await tables(empty_url) == set()
    await migrations.upgrade(empty_url)


async def test_a_database_that_was_not_migrated_says_so(empty_url):
    store = Store(open_database(empty_url))
    with pytest.raises(EngineAway, match="migrations"):
        await store.journeys()
    await store.close()


async def test_a_server_that_is_away_is_named_without_its_password():
    engine = open_database("postgresql://someone:hunter2@127.0.0.1:9/nowhere")
    with pytest.raises(EngineAway, match="start the server") as away:
        await ping(engine)
    assert "hunter2" not in str(away.value)
    assert "127.0.0.1:9" in str(away.value)


@pytest.mark.parametrize("url", ["nonsense", "mysql://a:hunter2@b/c", "postgresql://a:hunter2@b:port/c", ""])
def test_other_urls_are_refused_without_being_repeated(url):
    with pytest.raises(UserError, match="postgresql://USER@HOST/NAME") as refused:
        open_database(url)
    assert "hunter2" not in str(refused.value)


async def test_the_folder_of_a_new_file_is_made(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/new/home/app.db"
    await migrations.upgrade(url)
    assert await migrations.is_current(url)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EngineAway, match="cannot be made"):
        open_database(f"sqlite:///{tmp_path}/file/app.db")
