"""`sojourn secrets`: the keys that seal what connections keep."""

import asyncio

import typer

from orchestrator.errors import UserError
from orchestrator.keyring import new_key
from sojourn.commands.output import count, say, telling

app = typer.Typer(no_args_is_help=True)


@app.command()
def key() -> None:
    """Make a key for SOJOURN_SECRET_KEYS, and print it."""
    say(new_key())


@app.command()
def rotate() -> None:
    """Seal every secret anew under the first key. A key file gets a new first key before; the old ones stay in it."""
    with telling():
        asyncio.run(_rotate())


async def _rotate() -> None:
    from orchestrator.connections.secrets import rotate as seal_anew
    from orchestrator.settings import read_settings
    from orchestrator.store.connections import ConnectionStore
    from orchestrator.store.database import open_database
    from workers.main import key_ring

    settings = read_settings()
    ring = key_ring(settings)
    engine = open_database(settings.app_database)
    try:
        store = ConnectionStore(engine)
        await store.all()  # a database that is away is told before a key is made
        if ring.source != "environment":
            ring.add()
        done, lost = await seal_anew(store, ring)
    finally:
        await engine.dispose()
    say(f"{count(done)} {'secret is' if done == 1 else 'secrets are'} sealed under the first key.")
    if lost:
        fix = "bring the key back and rotate again, or enter them again on the page Connections"
        raise UserError(f"none of the keys opens {', '.join(lost)}", place="secrets", fix=fix)
